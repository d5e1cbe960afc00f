//! The library: programs that hold a team of simulated phones.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod callbacks;
mod ends;
mod events;
mod examples;
mod failures;
mod fan_out;
mod membership;
mod messages;
mod people;
mod plugins;
mod rooms;
mod team;
mod usage;
