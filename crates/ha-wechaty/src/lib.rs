//! HAWechaty.

pub mod config;
