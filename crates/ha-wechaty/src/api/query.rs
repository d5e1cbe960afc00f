//! What to look for: closures over payloads, and the common ones ready made.
//!
//! ```
//! use ha_wechaty::{RoomPayload, query::topic};
//!
//! let is_meant = topic("ding room");
//! assert!(!is_meant(&RoomPayload::default()));
//! ```

use super::{contact::ContactPayload, room::RoomPayload};

/// Every room and every contact.
pub fn any<P>(_: &P) -> bool {
    true
}

/// The rooms with exactly this topic.
pub fn topic(topic: impl Into<String>) -> impl Fn(&RoomPayload) -> bool + Send + Sync + 'static {
    let topic = topic.into();
    move |room| room.topic == topic
}

/// The rooms whose topic has these words in it.
pub fn topic_contains(words: impl Into<String>) -> impl Fn(&RoomPayload) -> bool + Send + Sync + 'static {
    let words = words.into();
    move |room| room.topic.contains(&words)
}

/// The contacts with exactly this name.
pub fn name(name: impl Into<String>) -> impl Fn(&ContactPayload) -> bool + Send + Sync + 'static {
    let name = name.into();
    move |contact| contact.name == name
}

/// The contacts with exactly this alias, which is what the team calls them.
pub fn alias(alias: impl Into<String>) -> impl Fn(&ContactPayload) -> bool + Send + Sync + 'static {
    let alias = alias.into();
    move |contact| contact.alias.as_deref() == Some(&alias)
}

/// The contacts with this WeChat handle.
pub fn handle(handle: impl Into<String>) -> impl Fn(&ContactPayload) -> bool + Send + Sync + 'static {
    let handle = handle.into();
    move |contact| contact.handle.as_deref() == Some(&handle)
}

/// The contacts that are friends.
pub fn is_friend(contact: &ContactPayload) -> bool {
    contact.is_friend
}
