//! What the team knows, so that no account is asked again: messages, who told last that a thing is dirty, names.

mod book;
mod fresh;
mod names;

pub use book::{Book, Page};
pub use fresh::Fresh;
pub(crate) use fresh::kinds;
pub use names::Names;
pub(crate) use names::{Member, Own};
