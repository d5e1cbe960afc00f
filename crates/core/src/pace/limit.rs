//! What is limited, and how much.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use crate::words::words;

/// At most so many in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limit {
    /// How many; with none nothing would ever be done, so it counts as one at least.
    pub count: u32,
    /// In how long.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub window: Duration,
}

impl Limit {
    /// So many in so many seconds.
    pub(super) const fn new(count: u32, seconds: u64) -> Self {
        Self { count, window: Duration::from_secs(seconds) }
    }
}

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

words! {
    /// What WeChat counts by itself, and so do we. The words are the keys under `[pace]`.
    pub enum Paced {
        /// A message, of whatever kind.
        Message = "messages",
        /// Asking somebody for their friendship.
        FriendAdd = "friend_adds",
        /// Making a room.
        RoomCreation = "room_creations",
        /// Inviting somebody into a room.
        RoomInvitation = "room_invitations",
    }
}

impl Paced {
    pub(super) fn index(self) -> usize {
        match self {
            Self::Message => 0,
            Self::FriendAdd => 1,
            Self::RoomCreation => 2,
            Self::RoomInvitation => 3,
        }
    }
}

/// What one account may do; no limit means as much as it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Allowance {
    /// Messages.
    pub messages: Vec<Limit>,
    /// Requests for friendship.
    pub friend_adds: Vec<Limit>,
    /// Rooms made.
    pub room_creations: Vec<Limit>,
    /// People invited into rooms.
    pub room_invitations: Vec<Limit>,
}

impl Default for Allowance {
    /// What operators report as safe.
    fn default() -> Self {
        Self {
            messages: vec![Limit::new(40, MINUTE)],
            friend_adds: vec![Limit::new(1, MINUTE), Limit::new(20, DAY)],
            room_creations: vec![Limit::new(1, MINUTE), Limit::new(20, DAY)],
            room_invitations: vec![Limit::new(3, MINUTE), Limit::new(60, DAY)],
        }
    }
}

impl Allowance {
    /// Without any limit.
    pub fn unlimited() -> Self {
        let none = Vec::new;
        Self { messages: none(), friend_adds: none(), room_creations: none(), room_invitations: none() }
    }

    /// The limits of one kind of work.
    pub fn of(&self, paced: Paced) -> &[Limit] {
        match paced {
            Paced::Message => &self.messages,
            Paced::FriendAdd => &self.friend_adds,
            Paced::RoomCreation => &self.room_creations,
            Paced::RoomInvitation => &self.room_invitations,
        }
    }
}

/// How fast a team may work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// If not, there are no limits, and but for the order of what a bot says in a conversation nobody waits for
    /// others; who finds no account waits all the same.
    pub enabled: bool,
    /// What each account may do.
    pub accounts: Vec<Allowance>,
    /// How many messages one conversation may get, of all accounts together: people see one bot.
    pub per_conversation: Vec<Limit>,
    /// How many may wait at once, for all bots together.
    pub max_queue: usize,
    /// What those who wait may weigh, in bytes, for all bots together.
    pub max_weight: usize,
    /// What is said in a conversation within so long after somebody spoke there is an answer.
    pub answer_within: Duration,
    /// An answer goes before whatever was asked for up to so long before it.
    pub answers_first: Duration,
    /// Of a hundred messages that an account may say, so many are kept for answers.
    pub for_answers: u8,
    /// What a bot says in a conversation less than so long after its last words there belongs to them.
    pub burst: Duration,
}
