//! The queue and the pace: whatever is asked for in whatever order, no window of any length holds more than
//! its limit, conversations keep their order, bots have their shares, and everybody has a turn or is told that there
//! is none.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team pace` tries others.
#![allow(missing_docs, clippy::expect_used)]

mod any_order;
mod office;
mod restarts;
mod shares;
mod turns;
