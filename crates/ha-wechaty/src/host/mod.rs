//! Puppets that we run ourselves: each in a Node process of its own, as a puppet service on this machine.
//!
//! | module | what it holds |
//! |---|---|
//! | [`catalogue`] | the puppets that are known, and what each needs |

pub mod catalogue;
