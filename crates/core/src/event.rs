//! What happens in WeChat, as an account tells it and as a bot is told it.
//!
//! The same type serves both ways: on the way in its ids are the account's own, on the way out the team's.

use alloc::{string::String, vec::Vec};
use core::{mem::size_of, time::Duration};

use crate::{
    challenge::LoginChallenge,
    kind::{DirtyType, MessageKind},
    phase::PendingScan,
    time::Stamp,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WeChatEvent {
    /// A message, by its id.
    Message {
        /// Its id.
        id: String,
    },
    /// A friend request, or its confirmation.
    Friendship {
        /// Its id.
        id: String,
    },
    /// An invitation to a room.
    RoomInvite {
        /// Its id.
        id: String,
    },
    /// A post in the moments.
    Post {
        /// Its id.
        id: String,
    },
    /// People came into a room.
    RoomJoin(RoomChange),
    /// People left a room.
    RoomLeave(RoomChange),
    /// A room's topic changed.
    RoomTopic {
        /// The room.
        room: String,
        /// Who changed it.
        changer: String,
        /// The new topic.
        new: String,
        /// The old topic.
        old: String,
        /// As the provider counts time.
        timestamp: Option<i64>,
    },
    /// Something that clients cache is stale.
    Dirty {
        /// What sort of thing.
        kind: DirtyType,
        /// Its id.
        id: String,
    },
    /// The team became available. Only towards bots.
    Login {
        /// The virtual self.
        contact_id: String,
    },
    /// The team failed. Only towards bots.
    Logout {
        /// The virtual self.
        contact_id: String,
        /// Who is down, and why.
        reason: String,
    },
    /// Tags came, went or have another name.
    Tag(TagChange),
    /// Groups of tags came, went or have another name.
    TagGroup(TagChange),
    /// Somebody commented on a post.
    PostComment {
        /// The post.
        post: String,
        /// The comment.
        comment: String,
    },
    /// Somebody tapped on a post, or took that back.
    PostTap {
        /// The post.
        post: String,
        /// What the tap says, by the protocol's number.
        kind: i32,
        /// Who.
        contact: String,
        /// Whether it is there now.
        is_there: bool,
        /// As the provider counts time.
        timestamp: Option<i64>,
    },
    /// A room's announcement changed.
    RoomAnnounce {
        /// The room.
        room: String,
        /// Who changed it.
        changer: String,
        /// What it says now.
        new: String,
        /// What it said.
        old: String,
        /// As the provider counts time.
        timestamp: Option<i64>,
    },
    /// A login waits for a person. Only towards bots.
    Scan(PendingScan),
    /// A login waits for a person to prove more than by a scan. Only towards bots.
    Challenge(LoginChallenge),
    /// All is there that may be asked for.
    Ready,
    /// The answer to a bot's ding. Only towards bots.
    Dong {
        /// What the ding said.
        data: String,
    },
}

impl WeChatEvent {
    /// Its size in memory, in bytes.
    pub fn weight(&self) -> usize {
        let list = |texts: &[String]| texts.iter().map(|it| size_of::<String>() + it.len()).sum::<usize>();
        let texts = match self {
            Self::Message { id }
            | Self::Friendship { id }
            | Self::RoomInvite { id }
            | Self::Post { id }
            | Self::Dirty { id, .. } => id.len(),
            Self::Tag(it) | Self::TagGroup(it) => list(&it.ids),
            Self::PostComment { post, comment } => post.len() + comment.len(),
            Self::PostTap { post, contact, .. } => post.len() + contact.len(),
            Self::RoomJoin(it) | Self::RoomLeave(it) => it.room.len() + it.by.len() + list(&it.people),
            Self::RoomTopic { room, changer, new, old, .. }
            | Self::RoomAnnounce { room, changer, new, old, .. } => {
                room.len() + changer.len() + new.len() + old.len()
            }
            Self::Login { contact_id } => contact_id.len(),
            Self::Logout { contact_id, reason } => contact_id.len() + reason.len(),
            Self::Scan(it) => [&it.qrcode, &it.data].into_iter().flatten().map(String::len).sum(),
            Self::Challenge(it) => it.weight(),
            Self::Dong { data } => data.len(),
            Self::Ready => 0,
        };
        size_of::<Self>() + texts
    }
}

/// Tags, or groups of tags, came, went or have another name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TagChange {
    /// What became of them, by the protocol's number.
    pub change: i32,
    /// Which.
    pub ids: Vec<String>,
    /// As the provider counts time.
    pub timestamp: Option<i64>,
}

impl TagChange {
    /// The same with each id as it is elsewhere.
    pub(crate) fn owned(&self, id: impl Fn(&str) -> String) -> Self {
        Self { ids: self.ids.iter().map(|it| id(it)).collect(), ..self.clone() }
    }
}

/// People came into a room, or left it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RoomChange {
    /// The room.
    pub room: String,
    /// Who came or left.
    pub people: Vec<String>,
    /// Who invited or removed them.
    pub by: String,
    /// As the provider counts time.
    pub timestamp: Option<i64>,
}

/// What must be known of a message to decide what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MessageFacts {
    /// Its id.
    pub id: String,
    /// Who said it.
    pub talker: String,
    /// The room, or empty in a private conversation.
    pub room: String,
    /// To whom, in a private conversation.
    pub listener: String,
    /// What it is.
    pub kind: MessageKind,
    /// What it says or carries, as all accounts show it: [`content_of`](crate::content_of).
    pub content: u64,
    /// When it was said, by the clock of whoever tells; `None` if that is not told.
    pub stamp: Option<Stamp>,
    /// Of a recall: the id of what was recalled, as whoever tells knows it; empty if that is not told.
    pub recalls: String,
    /// How long ago its account told of it: what it says had to be asked for.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub waited: Duration,
}
