//! Payloads that were read once, until something says that they are stale.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use lru::LruCache;

use super::{contact::ContactPayload, room::RoomPayload};

/// How many payloads of each sort are kept.
const KEPT: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The payloads.
pub(super) struct Cache {
    pub(super) contacts: Shelf<ContactPayload>,
    pub(super) rooms: Shelf<RoomPayload>,
}

impl Default for Cache {
    fn default() -> Self {
        Self { contacts: Shelf::new(), rooms: Shelf::new() }
    }
}

impl Cache {
    pub(super) fn clear(&self) {
        self.contacts.change(LruCache::clear);
        self.rooms.change(LruCache::clear);
    }
}

/// Payloads of one sort, by id.
pub(super) struct Shelf<P> {
    kept: Mutex<LruCache<String, Arc<P>>>,
}

impl<P> Shelf<P> {
    fn new() -> Self {
        Self { kept: Mutex::new(LruCache::new(KEPT)) }
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<P>> {
        self.change(|kept| kept.get(id).cloned())
    }

    pub(super) fn put(&self, id: &str, payload: Arc<P>) {
        self.change(|kept| drop(kept.put(id.to_owned(), payload)));
    }

    pub(super) fn forget(&self, id: &str) {
        self.change(|kept| drop(kept.pop(id)));
    }

    fn change<T>(&self, change: impl FnOnce(&mut LruCache<String, Arc<P>>) -> T) -> T {
        // Entries are replaced whole: a panic elsewhere can't leave half of one.
        change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
