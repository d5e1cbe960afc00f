//! What several accounts tell of one thing, or one account again and again, though it happened once, and which is
//! neither a message nor a change of a room.
//!
//! Friend requests, invitations and posts have ids of the account that tells: the same id again is the same
//! again, as after a restart of its puppet. That something is dirty is told by every account: as often as the
//! one that tells it most, within [`TOGETHER`]. A bot's cache must never stay stale: once the bot has read the
//! thing from an account that had not told yet, the next one is given ([`Once::is_read`]).

use alloc::string::{String, ToString};
use core::time::Duration;

use crate::{
    account::AccountId, account_set::AccountSet, balance::fingerprint, event::Event, lately::Lately,
    time::Time,
};

/// Accounts that tell that a thing is dirty tell it within this of the first.
const TOGETHER: Duration = Duration::from_secs(2);
/// How many dirty things are remembered, and how many ids of friend requests, invitations and posts.
const DIRTY: usize = 10_000;
const OWNED: usize = 10_000;

/// What was told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Once {
    /// By what they are and their tagged ids, as fingerprints.
    owned: Lately<(u8, u64), ()>,
    /// Who told that a thing is dirty.
    dirty: Lately<(i32, String), AccountSet>,
}

impl Once {
    /// Nothing yet; ids are remembered for `age`.
    pub(super) fn new(age: Duration) -> Self {
        Self { owned: Lately::new(age, OWNED), dirty: Lately::new(TOGETHER, DIRTY) }
    }

    /// How much is remembered: ids, and dirty things.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.owned.len(), self.dirty.len()]
    }

    /// Whether a friend request, an invitation or a post is told for the first time, by its tagged id.
    pub(super) fn is_first(&mut self, now: Time, event: &Event, id: &str) -> bool {
        let what = match event {
            Event::Friendship { .. } => 0,
            Event::RoomInvite { .. } => 1,
            _ => 2,
        };
        let key = (what, fingerprint(id));
        let is_first = self.owned.get(now, &key).is_none();
        if is_first {
            self.owned.put(now, key, ());
        }
        is_first
    }

    /// An account tells that a thing is dirty. True if a bot must be told.
    pub(super) fn is_dirtied(&mut self, now: Time, account: AccountId, kind: i32, id: &str) -> bool {
        let key = (kind, id.to_string());
        if let Some(told) = self.dirty.get_mut(now, &key).filter(|told| !told.contains(account)) {
            told.insert(account);
            return false;
        }
        self.dirty.put(now, key, AccountSet::from_iter([account]));
        true
    }

    /// What a bot knows of a thing may be older than the last that was told of it.
    pub(super) fn is_read(&mut self, kind: i32, id: &str) {
        self.dirty.remove(&(kind, id.to_string()));
    }

    /// Forgets what is too old. Also done whenever something is told.
    pub(super) fn handle_timeout(&mut self, now: Time) {
        self.owned.handle_timeout(now);
        self.dirty.handle_timeout(now);
    }
}
