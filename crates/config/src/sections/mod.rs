//! The tables of keys that there are.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod discovery;
pub(crate) mod dong;
pub(crate) mod library;
pub(crate) mod memory;
pub(crate) mod pace;
