//! Puppets that run here, with stand-ins for Node and npm: shell scripts that do what the test says. A simulated
//! phone is the puppet service that such a host would be. With the real programs: `interop/`.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::expect_used, reason = "a test that can't go on says why")]

mod stage;

mod installing;
mod living;
mod trouble;
mod usage;
