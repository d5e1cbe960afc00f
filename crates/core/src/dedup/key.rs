//! By what copies and occurrences are told apart.

use alloc::string::{String, ToString};
use core::hash::{Hash as _, Hasher as _};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::{account::AccountId, balance::fingerprint, kind::MessageKind};

/// What copies of one occurrence have in common, and other occurrences mostly not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The room, as bots know it.
    pub room: String,
    /// Who did it, as bots know them.
    pub talker: String,
    /// What it is.
    pub sort: Sort,
    /// Its content: [`content_of`](crate::content_of).
    pub content: u64,
}

/// What an occurrence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Sort {
    /// Somebody said something: one kind for all that puppets take for each other.
    Said(MessageKind),
    /// People came into a room.
    Joined,
    /// People left a room.
    Left,
    /// A room's topic changed.
    Topic,
    /// A room's announcement changed.
    Announced,
}

/// A message as one account shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MessageCopy {
    /// The account that shows it.
    pub account: AccountId,
    /// The id that it has there.
    pub id: String,
}

/// A send of the bot's, by the number that its caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SendId(pub u64);

impl Key {
    /// The key in 128 bits, so that millions can be remembered; two keys never share one in practice.
    pub(super) fn digest(&self) -> u128 {
        let mut hasher = SipHasher13::new();
        for text in [&self.room, &self.talker] {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        self.sort.hash(&mut hasher);
        hasher.write_u64(self.content);
        hasher.finish128().as_u128()
    }

    /// Whether it is something that somebody said.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.sort, Sort::Said(_))
    }

    /// The conversation in 64 bits.
    pub(super) fn place(&self) -> u64 {
        fingerprint(&self.room)
    }

    /// Whether two of the same content are most likely the same: so of texts, and of what happens to rooms;
    /// two pictures may have no content that is known here.
    pub(super) fn is_told_by_content(&self) -> bool {
        match self.sort {
            Sort::Said(kind) => kind == MessageKind::Text,
            Sort::Joined | Sort::Left | Sort::Topic | Sort::Announced => true,
        }
    }
}

impl MessageCopy {
    /// The copy that `account` shows under `id`.
    pub fn new(account: AccountId, id: &str) -> Self {
        Self { account, id: id.to_string() }
    }

    /// Account and id in 64 bits: there are not many of them at a time.
    pub(super) fn digest(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        hasher.write_u8(self.account.0);
        hasher.write(self.id.as_bytes());
        hasher.finish()
    }
}
