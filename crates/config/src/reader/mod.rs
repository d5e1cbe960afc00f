//! How anything is read: values as they were written, each with its place, become typed values.

pub(crate) mod draft;
pub(crate) mod keys;
pub(crate) mod problem;
pub(crate) mod resolve;
pub mod secret_file;
pub(crate) mod tree;
pub(crate) mod values;
