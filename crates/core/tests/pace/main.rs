//! The queue and the pace: whatever is asked for in whatever order, no window of any length holds more than
//! its limit, conversations keep their order, bots have their shares, and everybody has a turn or is told that there
//! is none.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test pace` tries others.
#![allow(missing_docs, clippy::expect_used)]

mod any_order;
mod office;
#[allow(dead_code, reason = "each test uses what it needs")]
#[path = "../support/random.rs"]
mod random;
mod shares;
mod turns;
