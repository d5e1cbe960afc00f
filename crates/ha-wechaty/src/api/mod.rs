//! The bot's API: the team in one's own program, without a gateway between.
//!
//! | module | what it holds |
//! |---|---|
//! | `ha`, `builder`, `account` | the team: how it is put together, its life |
//! | `event`, `events` | what happens; streams and callbacks |
//! | `message`, `contact`, `room`, `friendship`, `room_invitation`, `current_user` | what Wechaty calls user modules |
//! | `contacts`, `rooms`, `friendships`, `query`, `fan_out` | finding them, over all accounts |
//! | `sayable`, `card`, `file`, `sent` | what can be said, and what became of it |
//! | `plugin` | behaviour that any bot can take in |
//! | `client`, `dispatch`, `subscribers`, `handle`, `cache` | inside: the way to the team and back |

mod account;
mod builder;
mod cache;
mod card;
mod client;
mod contact;
mod contacts;
mod current_user;
mod dispatch;
mod error;
mod event;
mod events;
mod fan_out;
mod file;
mod friendship;
mod friendships;
mod ha;
mod handle;
mod message;
mod plugin;
pub mod query;
mod room;
mod room_invitation;
mod rooms;
mod runs;
mod sayable;
mod sent;
mod subscribers;

pub use account::{Account, BadAccount};
pub use builder::{Builder, configure_ha};
pub use card::{Location, MiniProgram, UrlLink};
pub use contact::{Contact, ContactKind, ContactPayload, Gender};
pub use contacts::Contacts;
pub use current_user::ContactSelf;
pub use error::{Error, WasSent};
pub use event::{
    AccountChange, Dirty, DirtyKind, Event, Logout, Post, RoomAnnounce, RoomJoin, RoomLeave, RoomTopic, Scan,
    ScanStatus, VerifyCode, VerifySlide,
};
pub use events::{Events, Outcome, Subscription};
pub use fan_out::{FanOut, Gathered, Missing, Part, Parts};
pub use file::File;
pub use friendship::{Friendship, FriendshipKind};
pub use friendships::Friendships;
pub use ha::HaWechaty;
pub use ha_wechaty_core::{ChallengeProgress, Standing};
pub use ha_wechaty_wire::MessageType;
pub use message::{Conversation, ImageSize, Message};
pub use plugin::Plugin;
pub use room::{Room, RoomMember, RoomPayload};
pub use room_invitation::RoomInvitation;
pub use rooms::Rooms;
pub use sayable::{Sayable, Text, text};
pub use sent::Sent;
