//! What the accounts of the team, and people in rooms, are called: asked for when they are needed, kept, and forgotten
//! when they are said to be dirty.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ha_wechaty_core::{AccountId, DirtyType, Identity};
use lru::LruCache;

/// Of how many rooms names are remembered, and of how many people in each.
const ROOMS: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
const PEOPLE: usize = 64;
/// An account that did not answer is not asked for so long.
const SILENCE: Duration = Duration::from_secs(30);

/// What is known of names.
#[derive(Debug)]
pub struct Names {
    /// The virtual self's name, and whose it is.
    own: Mutex<Option<Own>>,
    /// By the ids that bots know.
    rooms: Mutex<LruCache<String, Room>>,
    /// When those that did not answer did not.
    silent: Mutex<BTreeMap<AccountId, Instant>>,
}

/// What the virtual self is called, and by which account's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) by: AccountId,
    pub(crate) name: String,
}

/// What is known of a room's names.
#[derive(Debug, Clone, Default)]
struct Room {
    /// What the virtual self is called there; empty if only by its name.
    own: Option<Own>,
    /// By the ids that the account knows that told them.
    people: BTreeMap<String, Member>,
}

/// How somebody is called in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) alias: String,
    pub(crate) name: String,
}

impl Default for Names {
    fn default() -> Self {
        Self { own: Mutex::default(), rooms: Mutex::new(LruCache::new(ROOMS)), silent: Mutex::default() }
    }
}

impl Names {
    /// How many names are remembered, in all rooms.
    pub(crate) fn len(&self) -> usize {
        locked(&self.rooms).iter().map(|(_, room)| 1 + room.people.len()).sum()
    }

    /// An account tells that something is dirty, by its own id for it.
    pub fn is_dirty(&self, identity: &Identity, account: AccountId, kind: DirtyType, id: &str) {
        match kind {
            DirtyType::Contact if identity.is_own(id) => self.forget(),
            DirtyType::Room | DirtyType::RoomMember => {
                drop(locked(&self.rooms).pop(&identity.room_out(account, id)));
            }
            DirtyType::Message
            | DirtyType::Contact
            | DirtyType::Friendship
            | DirtyType::Post
            | DirtyType::Tag
            | DirtyType::TagGroup
            | DirtyType::Other(_) => {}
        }
    }

    /// An account has another name.
    pub fn forget(&self) {
        *locked(&self.own) = None;
        locked(&self.rooms).clear();
    }

    /// The virtual self's name, and whose it is.
    pub(crate) fn own(&self) -> Option<Own> {
        locked(&self.own).clone()
    }

    /// The virtual self's name is this from now on.
    pub(crate) fn set_own(&self, own: Option<Own>) {
        *locked(&self.own) = own;
    }

    /// The name that the virtual self has in a room alone, and whose it is.
    pub(crate) fn own_in(&self, room: &str) -> Option<Own> {
        self.room(room, |room| room.own.clone())
    }

    /// The name that the virtual self has in a room alone is this from now on.
    pub(crate) fn set_own_in(&self, room: &str, own: Option<Own>) {
        self.room(room, |room| room.own = own);
    }

    /// How somebody is called in a room, by the id that an account knows.
    pub(crate) fn member(&self, room: &str, id: &str) -> Option<Member> {
        self.room(room, |room| room.people.get(id).cloned())
    }

    /// Somebody is called so in a room.
    pub(crate) fn keep_member(&self, room: &str, id: &str, member: Member) {
        self.room(room, |room| {
            if room.people.len() >= PEOPLE {
                room.people.clear();
            }
            room.people.insert(id.to_owned(), member);
        });
    }

    /// Whether an account did not answer lately.
    pub(crate) fn is_silent(&self, account: AccountId) -> bool {
        locked(&self.silent).get(&account).is_some_and(|since| since.elapsed() < SILENCE)
    }

    /// An account did not answer.
    pub(crate) fn was_silent(&self, account: AccountId) {
        locked(&self.silent).insert(account, Instant::now());
    }

    /// What is known of a room's names; of one that is new nothing yet, but it is remembered.
    fn room<T>(&self, room: &str, change: impl FnOnce(&mut Room) -> T) -> T {
        change(locked(&self.rooms).get_or_insert_mut(room.to_owned(), Room::default))
    }
}

impl Member {
    /// As a stock client calls them.
    pub(crate) fn called(&self) -> String {
        if self.alias.is_empty() { self.name.clone() } else { self.alias.clone() }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Entries are replaced whole: a panic elsewhere can't leave half of one.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
