//! What the team knows, so that no account is asked again: messages, which accounts told last that a thing is dirty, names.

mod book;
mod fresh;
mod names;

use ha_wechaty_config::MemoryConfig;
use ha_wechaty_core::{AccountId, DirtyType, Identity};

pub use book::{Book, Page, written::PageRecord};
pub use fresh::Fresh;
pub(crate) use fresh::kinds;
pub use names::Names;
pub(crate) use names::{Member, Own};

/// What is known.
#[derive(Debug)]
pub struct Knowledge {
    /// Messages that bots may ask for.
    pub book: Book,
    /// Which accounts know what is dirty.
    pub fresh: Fresh,
    /// What the team is called.
    pub names: Names,
}

impl Knowledge {
    /// Nothing yet.
    pub fn new(memory: &MemoryConfig) -> Self {
        Self { book: Book::new(memory), fresh: Fresh::default(), names: Names::default() }
    }

    /// An account tells that something is dirty, by its own id for it.
    pub fn is_dirty(&self, identity: &Identity, account: AccountId, kind: DirtyType, id: &str) {
        self.names.is_dirty(identity, account, kind, id);
        self.fresh.is_dirty(identity, account, kind, id);
    }
}
