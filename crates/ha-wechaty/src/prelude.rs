//! What nearly every bot needs: `use ha_wechaty::prelude::*;`

pub use futures_util::StreamExt as _;

pub use crate::api::{
    Account, Contact, Conversation, Error, Event, File, Friendship, FriendshipKind, HaWechaty, Location,
    Message, MessageType, MiniProgram, Plugin, Room, RoomInvitation, Sayable, Sent, Standing, UrlLink,
    WasSent,
    query::{alias, any, handle, is_friend, name, topic, topic_contains},
    text,
};
