//! Who has told lately that something is dirty: those know how it is now.
//!
//! A bot is told once that a thing is dirty, by the first account that tells, and reads it at once. The others may
//! not know of the change yet, so those that told are asked first; where another one answers all the same, the
//! core gives the bot the next that is told of the thing.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ha_wechaty_core::{AccountId, AccountSet, DirtyType, Id, Identity};
use lru::LruCache;

/// Of how many things it is remembered who told.
const THINGS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// How long after the first had told others may not know yet.
const LATELY: Duration = Duration::from_secs(10);

/// Contacts and rooms that were said to be dirty, and by whom; by the ids that bots know.
#[derive(Debug)]
pub struct Fresh(Mutex<LruCache<String, (Instant, AccountSet)>>);

impl Default for Fresh {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(THINGS)))
    }
}

impl Fresh {
    /// How many things are remembered.
    pub(crate) fn len(&self) -> usize {
        self.locked().len()
    }

    /// An account tells that something is dirty, by its own id for it.
    pub fn is_dirty(&self, identity: &Identity, account: AccountId, kind: DirtyType, id: &str) {
        let id = match kind {
            DirtyType::Contact => identity.contact_out(account, id),
            DirtyType::Room | DirtyType::RoomMember => identity.room_out(account, id),
            DirtyType::Message
            | DirtyType::Friendship
            | DirtyType::Post
            | DirtyType::Tag
            | DirtyType::TagGroup
            | DirtyType::Other(_) => return,
        };
        let now = Instant::now();
        let mut things = self.locked();
        let (since, told) = things.get_or_insert_mut(id, || (now, AccountSet::EMPTY));
        // Whoever tells again tells of another change.
        if now - *since >= LATELY || told.contains(account) {
            (*since, *told) = (now, AccountSet::EMPTY);
        }
        told.insert(account);
    }

    /// Those that may be asked about a thing, with those first that told of it.
    pub(crate) fn first(&self, id: &str, order: &mut [AccountId]) {
        if let Some(told) = self.told(id) {
            // Stable: else the order stays.
            order.sort_by_key(|account| !told.contains(*account));
        }
    }

    /// Whether what an account answered about a thing may be older than what was told of it.
    pub(crate) fn may_be_old(&self, id: &str, account: AccountId) -> bool {
        self.told(id).is_some_and(|told| !told.contains(account))
    }

    fn told(&self, id: &str) -> Option<AccountSet> {
        let things = self.locked();
        things.peek(id).filter(|(since, _)| since.elapsed() < LATELY).map(|(_, told)| *told)
    }

    fn locked(&self) -> MutexGuard<'_, LruCache<String, (Instant, AccountSet)>> {
        // Entries are replaced whole: a panic elsewhere can't leave half of one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kinds under which what is read by such an id may have been told as dirty.
pub(crate) fn kinds(of: Id) -> &'static [DirtyType] {
    match of {
        Id::Contact => &[DirtyType::Contact],
        Id::Room => &[DirtyType::Room, DirtyType::RoomMember],
        Id::Conversation
        | Id::Message
        | Id::Friendship
        | Id::Invitation
        | Id::File
        | Id::FileBox
        | Id::Quote
        | Id::Tag
        | Id::TagGroup
        | Id::Post
        | Id::Broadcast
        | Id::Verify
        | Id::Strategy
        | Id::Payload => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORTH: AccountId = AccountId(0);
    const SOUTH: AccountId = AccountId(1);

    #[test]
    fn those_that_told_are_asked_first_and_others_may_be_behind() {
        let fresh = Fresh::default();
        fresh.locked().put("alice".to_owned(), (Instant::now(), AccountSet::from_iter([SOUTH])));
        let mut order = [NORTH, SOUTH];
        fresh.first("bob", &mut order);
        assert_eq!(order, [NORTH, SOUTH]);
        fresh.first("alice", &mut order);
        assert_eq!(order, [SOUTH, NORTH]);
        let old = [(NORTH, "alice"), (SOUTH, "alice"), (NORTH, "bob")];
        assert_eq!(old.map(|(account, id)| fresh.may_be_old(id, account)), [true, false, false]);
    }
}
