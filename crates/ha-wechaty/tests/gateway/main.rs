//! The gateway end to end, over real gRPC: a simulated WeChat behind it, a generated client in front.
#![allow(unreachable_pub, missing_docs, dead_code, reason = "a house that every scenario uses in part")]

mod house;

mod admin;
mod bots;
mod failover;
mod health;
mod identity;
mod witness;
