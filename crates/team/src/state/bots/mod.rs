//! Bots, as all others know them: which token each has, and which event streams.

mod origin;
mod streams;
mod tokens;
mod unread;

pub use origin::Origin;
pub use streams::{Ending, Streams};
pub(crate) use streams::{Opened, Room, Signals};
pub use tokens::Tokens;
pub(crate) use unread::Unread;
