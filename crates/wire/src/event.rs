//! The payloads of the event stream: JSON text beside a type number.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Number, Value};

use crate::puppet::{EventResponse, EventType};

/// One event of a puppet, read from or written to [`EventResponse`].
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Event {
    Heartbeat(Note),
    Message { id: String },
    Post { id: String },
    Friendship { id: String },
    RoomInvite { id: String },
    RoomJoin(RoomJoin),
    RoomLeave(RoomLeave),
    RoomTopic(RoomTopic),
    Scan(Scan),
    Ready(Note),
    Reset(Note),
    Dong(Note),
    Error(Failure),
    Login { contact_id: String },
    Logout(Logout),
    Dirty(Dirty),
}

/// A free text, of heartbeat, dong, ready and reset.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Note {
    /// Always written: the Python client fails without it.
    #[serde(default)]
    pub data: String,
}

/// Somebody came into a room.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomJoin {
    pub invitee_id_list: Vec<String>,
    #[serde(default)]
    pub inviter_id: String,
    pub room_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Number>,
}

/// Somebody left a room, or was removed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomLeave {
    pub removee_id_list: Vec<String>,
    #[serde(default)]
    pub remover_id: String,
    pub room_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Number>,
}

/// A room's topic changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomTopic {
    #[serde(default)]
    pub changer_id: String,
    #[serde(default)]
    pub new_topic: String,
    #[serde(default)]
    pub old_topic: String,
    pub room_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Number>,
}

/// A login waits for a person with a phone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Scan {
    /// Unknown 0, Cancel 1, Waiting 2, Scanned 3, Confirmed 4, Timeout 5.
    #[serde(default)]
    pub status: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qrcode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// A puppet reports an error of its own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Failure {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gerror: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// An account was logged out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Logout {
    /// Always written: the Python client fails without it.
    #[serde(default)]
    pub contact_id: String,
    #[serde(default)]
    pub data: String,
}

/// Something that clients cache is stale.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Dirty {
    /// Message 1, Contact 2, Room 3, RoomMember 4, Friendship 5, Post 6.
    pub payload_type: i32,
    pub payload_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageId {
    message_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostId {
    post_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FriendshipId {
    friendship_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoomInvitationId {
    room_invitation_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    contact_id: String,
}

impl Event {
    /// Reads an event from the stream.
    ///
    /// # Errors
    /// Names the type, and what is wrong with the payload; the text of the payload is not repeated.
    pub fn parse(response: &EventResponse) -> Result<Self, BadEvent> {
        let kind =
            EventType::try_from(response.r#type).map_err(|_| BadEvent::UnknownType(response.r#type))?;
        let json = response.payload.as_str();
        Ok(match kind {
            EventType::Unspecified => return Err(BadEvent::UnknownType(0)),
            EventType::Heartbeat => Self::Heartbeat(note(json)),
            EventType::Ready => Self::Ready(note(json)),
            EventType::Reset => Self::Reset(note(json)),
            EventType::Dong => Self::Dong(note(json)),
            EventType::Message => Self::Message { id: read::<MessageId>(kind, json)?.message_id },
            EventType::Post => Self::Post { id: read::<PostId>(kind, json)?.post_id },
            EventType::Friendship => Self::Friendship { id: read::<FriendshipId>(kind, json)?.friendship_id },
            EventType::RoomInvite => {
                Self::RoomInvite { id: read::<RoomInvitationId>(kind, json)?.room_invitation_id }
            }
            EventType::RoomJoin => Self::RoomJoin(read(kind, json)?),
            EventType::RoomLeave => Self::RoomLeave(read(kind, json)?),
            EventType::RoomTopic => Self::RoomTopic(read(kind, json)?),
            EventType::Scan => Self::Scan(read(kind, json)?),
            EventType::Error => Self::Error(read(kind, json)?),
            EventType::Login => Self::Login { contact_id: read::<Login>(kind, json)?.contact_id },
            EventType::Logout => Self::Logout(read(kind, json)?),
            EventType::Dirty => Self::Dirty(read(kind, json)?),
        })
    }

    /// Writes the event for the stream.
    pub fn to_response(&self) -> EventResponse {
        let (kind, payload) = match self {
            Self::Heartbeat(it) => (EventType::Heartbeat, write(it)),
            Self::Ready(it) => (EventType::Ready, write(it)),
            Self::Reset(it) => (EventType::Reset, write(it)),
            Self::Dong(it) => (EventType::Dong, write(it)),
            Self::Message { id } => (EventType::Message, write(&MessageId { message_id: id.clone() })),
            Self::Post { id } => (EventType::Post, write(&PostId { post_id: id.clone() })),
            Self::Friendship { id } => {
                (EventType::Friendship, write(&FriendshipId { friendship_id: id.clone() }))
            }
            Self::RoomInvite { id } => {
                (EventType::RoomInvite, write(&RoomInvitationId { room_invitation_id: id.clone() }))
            }
            Self::RoomJoin(it) => (EventType::RoomJoin, write(it)),
            Self::RoomLeave(it) => (EventType::RoomLeave, write(it)),
            Self::RoomTopic(it) => (EventType::RoomTopic, write(it)),
            Self::Scan(it) => (EventType::Scan, write(it)),
            Self::Error(it) => (EventType::Error, write(it)),
            Self::Login { contact_id } => {
                (EventType::Login, write(&Login { contact_id: contact_id.clone() }))
            }
            Self::Logout(it) => (EventType::Logout, write(it)),
            Self::Dirty(it) => (EventType::Dirty, write(it)),
        };
        EventResponse { r#type: kind.into(), payload }
    }
}

/// A note is only a text for people: one that can't be read is an empty one.
fn note(json: &str) -> Note {
    serde_json::from_str(json).unwrap_or_default()
}

fn read<T: DeserializeOwned>(kind: EventType, json: &str) -> Result<T, BadEvent> {
    serde_json::from_str(json)
        .map_err(|error| BadEvent::Payload { kind: kind.as_str_name(), error: error.to_string() })
}

fn write<T: Serialize>(payload: &T) -> String {
    // Structs of strings, numbers and lists have no key that JSON can't write.
    serde_json::to_string(payload).unwrap_or_default()
}

/// An event that can't be read: its puppet service's fault. The stream is whole; the next event may be fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadEvent {
    /// A type of a newer protocol, or none.
    #[error("an event of the unknown type {0}")]
    UnknownType(i32),
    /// The payload is not the JSON of its type.
    #[error("a malformed payload of {kind}: {error}")]
    Payload {
        /// The type's name.
        kind: &'static str,
        /// What the JSON reader said.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(kind: EventType, payload: &str) -> EventResponse {
        EventResponse { r#type: kind.into(), payload: payload.into() }
    }

    #[test]
    fn what_a_stock_server_writes_is_read() {
        let join = r#"{"inviteeIdList":["a"],"inviterId":"b","roomId":"r@chatroom","timestamp":1700000000}"#;
        let Ok(Event::RoomJoin(it)) = Event::parse(&response(EventType::RoomJoin, join)) else {
            panic!("a room join")
        };
        assert_eq!((it.room_id.as_str(), it.invitee_id_list.len()), ("r@chatroom", 1));
        let message = Event::parse(&response(EventType::Message, r#"{"messageId":"m"}"#));
        assert_eq!(message, Ok(Event::Message { id: "m".into() }));
    }

    #[test]
    fn what_we_write_we_read() {
        for event in [
            Event::Heartbeat(Note { data: "x".into() }),
            Event::Post { id: "p".into() },
            Event::Friendship { id: "f".into() },
            Event::RoomInvite { id: "i".into() },
            Event::Scan(Scan { status: 2, qrcode: Some("q".into()), data: None }),
            Event::Login { contact_id: "c".into() },
            Event::Logout(Logout { contact_id: "c".into(), data: "why".into() }),
            Event::Dirty(Dirty { payload_type: 3, payload_id: "r".into() }),
            Event::RoomTopic(RoomTopic { room_id: "r".into(), ..Default::default() }),
            Event::RoomLeave(RoomLeave { room_id: "r".into(), ..Default::default() }),
            Event::Error(Failure { gerror: None, data: Some(Value::Null) }),
        ] {
            let Event::Error(_) = event else {
                assert_eq!(Event::parse(&event.to_response()), Ok(event));
                continue;
            };
            assert!(matches!(Event::parse(&event.to_response()), Ok(Event::Error(_))));
        }
    }

    #[test]
    fn a_malformed_payload_names_its_type() {
        let error = Event::parse(&response(EventType::Message, "{nonsense")).expect_err("malformed");
        assert!(error.to_string().contains("EVENT_TYPE_MESSAGE"), "{error}");
        let unknown = EventResponse { r#type: 99, payload: "{}".into() };
        assert_eq!(Event::parse(&unknown), Err(BadEvent::UnknownType(99)));
    }

    #[test]
    fn what_python_needs_is_always_there() {
        assert_eq!(Event::Heartbeat(Note::default()).to_response().payload, r#"{"data":""}"#);
        assert!(Event::Logout(Logout::default()).to_response().payload.contains("contactId"));
    }
}
