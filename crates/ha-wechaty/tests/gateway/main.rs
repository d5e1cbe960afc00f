//! The gateway end to end, over real gRPC: a simulated WeChat behind it, a generated client in front.
#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that can't go on says why; figures are shown"
)]

mod admin;
mod alarms;
mod answers;
mod backlog;
mod bad_input;
mod bots;
mod classes;
mod codes;
mod discovery;
mod entry;
mod environment;
mod failover;
mod files;
mod garbled;
mod generations;
mod guests;
mod hands;
mod health;
mod heard;
mod identity;
mod juzi;
mod links;
mod lists;
mod live;
mod login;
mod modes;
mod numbered;
mod order;
mod owners;
mod pace;
mod packed;
mod page;
mod parts;
mod private;
mod proxies;
mod random_kills;
mod reflection_and_health;
mod reload;
mod replay;
mod rooms;
mod sends;
mod shares;
mod shutdown;
mod streams;
mod taken;
mod tokenless;
mod twins;
mod unsure;
mod witness;
