//! The program as people run it: a process of its own, in a folder of its own, with an environment of its own.
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on says why")]

#[cfg(feature = "store")]
mod alarms;
mod cli;

#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod dong;
#[cfg(feature = "store")]
mod entry;
mod environment;
mod hands;
#[cfg(feature = "store")]
mod history;
#[cfg(feature = "store")]
mod kills;
mod login;
mod operator;
#[cfg(feature = "store")]
mod replay;
mod serve;
mod service;
#[cfg(feature = "store")]
mod store;
mod top;
#[cfg(feature = "otlp")]
mod traces;
mod tryout;
mod year;
