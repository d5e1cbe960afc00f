//! What is remembered by id, for as long as it does not weigh too much.

use std::{
    fmt, mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;

/// What an entry costs besides what it holds: its places in the map and in the order, and the allocator's own.
const ENTRY: usize = 128;

/// How much of something is held, and how much may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many things.
    pub entries: usize,
    /// What they weigh, in bytes.
    pub bytes: usize,
    /// What they may weigh.
    pub limit: usize,
}

/// Values by their ids; those that were used least lately go first.
pub struct Bounded<V> {
    limit: usize,
    kept: Mutex<Kept<V>>,
}

struct Kept<V> {
    values: LruCache<String, (V, usize)>,
    bytes: usize,
}

impl<V: Clone> Bounded<V> {
    /// Nothing is kept yet.
    pub fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::new(Kept { values: LruCache::unbounded(), bytes: 0 }) }
    }

    /// What is kept under this id.
    pub fn get(&self, id: &str) -> Option<V> {
        self.locked().values.get(id).map(|(value, _)| value.clone())
    }

    /// Keeps a value that holds so many bytes; alone it may weigh what it likes.
    pub fn put(&self, id: &str, value: V, bytes: usize) {
        let mut kept = self.locked();
        let weight = ENTRY + mem::size_of::<V>() + id.len() + bytes;
        kept.bytes += weight;
        if let Some((_, before)) = kept.values.put(id.to_owned(), (value, weight)) {
            kept.bytes -= before;
        }
        while kept.bytes > self.limit && kept.values.len() > 1 {
            let Some((_, (_, weight))) = kept.values.pop_lru() else { break };
            kept.bytes -= weight;
        }
    }

    /// Keeps nothing under this id any more.
    pub fn forget(&self, id: &str) {
        let mut kept = self.locked();
        if let Some((_, weight)) = kept.values.pop(id) {
            kept.bytes -= weight;
        }
    }

    /// Keeps nothing any more.
    pub fn clear(&self) {
        let mut kept = self.locked();
        (kept.values, kept.bytes) = (LruCache::unbounded(), 0);
    }

    /// How much is kept.
    pub fn load(&self) -> Load {
        let kept = self.locked();
        Load { entries: kept.values.len(), bytes: kept.bytes, limit: self.limit }
    }

    fn locked(&self) -> MutexGuard<'_, Kept<V>> {
        // Values and their weight change together, without a panic between.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> fmt::Debug for Bounded<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_least_lately_goes_when_it_weighs_too_much() {
        let bounded = Bounded::new(3_000);
        for n in 0..3 {
            bounded.put(&n.to_string(), n, 700);
        }
        assert_eq!(bounded.get("0"), Some(0));
        bounded.put("3", 3, 700);
        assert_eq!(["0", "1", "2", "3"].map(|id| bounded.get(id)), [Some(0), None, Some(2), Some(3)]);
        let load = bounded.load();
        assert!(load.entries == 3 && load.bytes <= load.limit, "{load:?}");
        bounded.put("3", 4, 0);
        assert!(bounded.load().bytes < load.bytes - 690);
        ["0", "2", "3"].into_iter().for_each(|id| bounded.forget(id));
        assert_eq!(bounded.load(), Load { entries: 0, bytes: 0, limit: 3_000 });
    }

    #[test]
    fn one_alone_may_weigh_what_it_likes() {
        let bounded = Bounded::new(100);
        bounded.put("a", (), 1_000_000);
        assert!(bounded.get("a").is_some());
        bounded.put("b", (), 0);
        assert!(bounded.get("a").is_none() && bounded.get("b").is_some());
    }
}
