//! What several accounts tell of one thing, or one account again and again, though it happened once, and which is
//! neither a message nor a change of a room.
//!
//! Friend requests, invitations, posts and what is said of those have ids of the account that tells: the same id again is
//! the same again, as after a restart of its puppet. So is what became of a tag or who tapped on a post, if it was at the same time. That something is dirty is told by every account: as often as the
//! one that tells it most, within [`TOGETHER`]. A bot's cache must never stay stale: once the bot has read the
//! thing from an account that had not told yet, the next one is given ([`Once::is_read`]).
//!
//! Who asks for it to be told, asks all accounts, and is given one answer: there are stock clients that ask whenever
//! they are told, and of two answers to each there would soon be no end.

use alloc::{
    borrow::Cow,
    collections::BTreeMap,
    format,
    string::{String, ToString},
};
use core::time::Duration;

use crate::{
    account::AccountId, balance::fingerprint, event::WeChatEvent, kind::DirtyType, lately::Lately, time::Time,
};

/// Accounts that tell that a thing is dirty tell it within this of the first.
const TOGETHER: Duration = Duration::from_secs(2);
/// How many dirty things are remembered, and how many ids of friend requests, invitations and posts.
const DIRTY: usize = 10_000;
const OWNED: usize = 10_000;

/// What was told.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Once {
    /// By what they are and their tagged ids, as fingerprints.
    owned: Lately<(Owned, u64), ()>,
    dirty: Lately<(DirtyType, String), Dirty>,
}

/// What has an owner's id, and happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Owned {
    /// A friend request, or its confirmation.
    Friendship,
    /// An invitation to a room.
    Invitation,
    /// A post in the moments.
    Post,
    /// A comment on one.
    Comment,
    /// A tap on one, or that it was taken back.
    Tap,
    /// What became of tags, or of groups of tags.
    Tags,
}

/// How often it was told lately that a thing is dirty.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Dirty {
    /// By each account.
    told: BTreeMap<AccountId, u32>,
    /// To bots.
    given: u32,
    /// The next is to be given, whoever tells it.
    is_owed: bool,
}

impl Owned {
    /// What an event is of, and its id.
    ///
    /// Of tags and taps that is when it happened, and of whom it is told; if nobody knows when, each is one more.
    pub(super) fn of(event: &WeChatEvent) -> Option<(Self, Cow<'_, str>)> {
        match event {
            WeChatEvent::Friendship { id } => Some((Self::Friendship, id.into())),
            WeChatEvent::RoomInvite { id } => Some((Self::Invitation, id.into())),
            WeChatEvent::Post { id } => Some((Self::Post, id.into())),
            // Some services count comments for each post.
            WeChatEvent::PostComment { post, comment } => {
                Some((Self::Comment, format!("{post} {comment}").into()))
            }
            WeChatEvent::PostTap { post, kind, contact, is_there, timestamp } => {
                let at = (*timestamp)?;
                Some((Self::Tap, format!("{post} {kind} {contact} {is_there} {at}").into()))
            }
            WeChatEvent::Tag(it) | WeChatEvent::TagGroup(it) => {
                let at = it.timestamp?;
                Some((Self::Tags, format!("{} {at} {}", it.change, it.ids.join(" ")).into()))
            }
            WeChatEvent::Message { .. }
            | WeChatEvent::RoomJoin(_)
            | WeChatEvent::RoomLeave(_)
            | WeChatEvent::RoomTopic { .. }
            | WeChatEvent::RoomAnnounce { .. }
            | WeChatEvent::Dirty { .. }
            | WeChatEvent::Login { .. }
            | WeChatEvent::Logout { .. }
            | WeChatEvent::Scan(_)
            | WeChatEvent::Challenge(_)
            | WeChatEvent::Ready
            | WeChatEvent::Dong { .. } => None,
        }
    }
}

impl Once {
    /// Nothing yet; ids are remembered for `age`.
    pub(super) fn new(age: Duration) -> Self {
        Self { owned: Lately::new(age, OWNED), dirty: Lately::new(TOGETHER, DIRTY) }
    }

    /// From now on ids are remembered for `age`.
    pub(super) fn set_age(&mut self, now: Time, age: Duration) {
        self.owned.set_limits(now, age, OWNED);
    }

    /// How much is remembered: ids, and dirty things.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.owned.len(), self.dirty.len()]
    }

    /// Whether a friend request, an invitation or a post is told for the first time, by its tagged id.
    pub(super) fn is_first(&mut self, now: Time, what: Owned, id: &str) -> bool {
        let key = (what, fingerprint(id));
        let is_first = self.owned.get(now, &key).is_none();
        if is_first {
            self.owned.put(now, key, ());
        }
        is_first
    }

    /// An account tells that a thing is dirty. True if a bot must be told.
    pub(super) fn is_dirtied(&mut self, now: Time, account: AccountId, kind: DirtyType, id: &str) -> bool {
        let key = (kind, id.to_string());
        let mut known = self.dirty.get(now, &key).cloned().unwrap_or_default();
        let is_news = known.is_told(account);
        match self.dirty.get_mut(now, &key) {
            Some(it) if !is_news => *it = known,
            // From now on others have time to tell it too.
            _ => self.dirty.put(now, key, known),
        }
        is_news
    }

    /// What a bot knows of a thing may be older than the last that was told of it.
    pub(super) fn is_read(&mut self, now: Time, kind: DirtyType, id: &str) {
        if let Some(it) = self.dirty.get_mut(now, &(kind, id.to_string())) {
            it.is_owed = true;
        }
    }

    /// Forgets what is too old. Also done whenever something is told.
    pub(super) fn handle_timeout(&mut self, now: Time) {
        self.owned.handle_timeout(now);
        self.dirty.handle_timeout(now);
    }
}

impl Dirty {
    /// An account tells it. True if bots must be told.
    fn is_told(&mut self, account: AccountId) -> bool {
        let told = self.told.entry(account).or_default();
        *told += 1;
        let is_first = *told > self.given;
        self.given += u32::from(is_first);
        let is_news = is_first || self.is_owed;
        if is_news {
            // What was owed is one that was kept back, and others that tell the same now are behind this one.
            *told = self.given;
            self.is_owed = false;
        }
        is_news
    }
}
