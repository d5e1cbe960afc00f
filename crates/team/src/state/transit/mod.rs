//! Files on their way between bots and accounts.
//!
//! A file's id lives in one service's registry. What a bot uploads is spooled here, and handed to whichever
//! account the file is then sent from; what an account offers is tagged with its name, fetched from it when
//! a bot asks, and carried over when the file goes out through a teammate.

mod share;
mod spool;

pub use spool::{Lent, Spool, Spooled, Writer, full, unreadable};

/// How much of a file travels in one chunk.
pub const CHUNK: usize = 64 * 1024;
