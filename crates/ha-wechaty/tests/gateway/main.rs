//! The gateway end to end, over real gRPC: a simulated WeChat behind it, a generated client in front.

mod house;

mod admin;
mod bots;
mod failover;
mod health;
mod identity;
