//! The library: programs that hold a team of simulated phones.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod examples;
mod house;
mod messages;
mod plugins;
mod usage;
