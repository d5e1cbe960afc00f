//! The payloads of the event stream: JSON text beside a type number.
//!
//! What is read may be odd in any field but the one that the event is about; what is written has every field that
//! some client fails without ([`NEEDED`]).

mod fields;
mod payload;

use serde::Serialize;

use crate::puppet::{EventResponse, EventType};
use fields::Fields;

pub use payload::{
    DirtyPayload, Failure, LogoutPayload, PostCommentPayload, PostTapPayload, RoomAnnouncePayload,
    RoomJoinPayload, RoomLeavePayload, RoomTopicPayload, ScanPayload, TagsPayload, TextPayload,
    VerifyCodePayload, VerifySlidePayload,
};

/// One event of a puppet, read from or written to [`EventResponse`].
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum PuppetEvent {
    Heartbeat(TextPayload),
    Message { id: String },
    Post { id: String },
    Friendship { id: String },
    RoomInvite { id: String },
    RoomJoin(RoomJoinPayload),
    RoomLeave(RoomLeavePayload),
    RoomTopic(RoomTopicPayload),
    Scan(ScanPayload),
    Ready(TextPayload),
    Reset(TextPayload),
    Dong(TextPayload),
    Error(Failure),
    Login { contact_id: String },
    Logout(LogoutPayload),
    Dirty(DirtyPayload),
    Tag(TagsPayload),
    TagGroup(TagsPayload),
    PostComment(PostCommentPayload),
    PostTap(PostTapPayload),
    RoomAnnounce(RoomAnnouncePayload),
    VerifyCode(VerifyCodePayload),
    VerifySlide(VerifySlidePayload),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageId {
    message_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostId {
    post_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FriendshipId {
    friendship_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoomInvitationId {
    room_invitation_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    contact_id: String,
}

/// The fields that some stock client fails without, by event: it ends, or never tells its bot. Each is a text, a
/// list or a number, and never `null`.
///
/// The Python client ends where a field of its own is missing or `null`; TypeScript clients leave out what they
/// can't look up.
pub const NEEDED: &[(EventType, &[&str])] = &[
    (EventType::Heartbeat, &["data"]),
    (EventType::Ready, &["data"]),
    (EventType::Reset, &["data"]),
    (EventType::Dong, &["data"]),
    (EventType::Error, &["data"]),
    (EventType::Message, &["messageId"]),
    (EventType::Post, &["postId"]),
    (EventType::Friendship, &["friendshipId"]),
    (EventType::RoomInvite, &["roomInvitationId"]),
    (EventType::RoomJoin, &["inviteeIdList", "inviterId", "roomId", "timestamp"]),
    (EventType::RoomLeave, &["removeeIdList", "removerId", "roomId", "timestamp"]),
    (EventType::RoomTopic, &["changerId", "newTopic", "oldTopic", "roomId", "timestamp"]),
    (EventType::Scan, &["status"]),
    (EventType::Login, &["contactId"]),
    (EventType::Logout, &["contactId", "data"]),
    (EventType::Dirty, &["payloadType", "payloadId"]),
    (EventType::Tag, &["type", "idList", "timestamp"]),
    (EventType::TagGroup, &["type", "idList", "timestamp"]),
    (EventType::PostComment, &["postId", "commentId"]),
    (EventType::PostTap, &["postId", "tapType", "contactId", "tap", "timestamp"]),
    (EventType::RoomAnnounce, &["changerId", "newAnnounce", "oldAnnounce", "roomId", "timestamp"]),
    (EventType::VerifyCode, &["id", "scene", "status"]),
    (EventType::VerifySlide, &["scene", "status", "sliderVerifyEncrypt", "sliderExeUrl"]),
];

/// The scan statuses that clients know; the Python client ends at another.
const SCAN_STATUSES: std::ops::RangeInclusive<i64> = 0..=5;

impl PuppetEvent {
    /// Reads an event from the stream.
    ///
    /// # Errors
    /// Names the type, and what is wrong with the payload; the text of the payload is not repeated.
    pub fn parse(response: &EventResponse) -> Result<Self, BadEvent> {
        let kind =
            EventType::try_from(response.r#type).map_err(|_| BadEvent::UnknownType(response.r#type))?;
        let fields = Fields::read(&response.payload);
        let malformed = |error| BadEvent::Payload { kind: kind.as_str_name(), error };
        // A note is only a text for people: one that can't be read is an empty one.
        let is_note =
            matches!(kind, EventType::Heartbeat | EventType::Ready | EventType::Reset | EventType::Dong);
        let fields = if is_note { fields.unwrap_or_default() } else { fields.map_err(malformed)? };
        if kind == EventType::Unspecified {
            return Err(BadEvent::UnknownType(response.r#type));
        }
        Self::of(kind, fields).map_err(malformed)
    }

    fn of(kind: EventType, mut fields: Fields) -> Result<Self, String> {
        let it = &mut fields;
        Ok(match kind {
            EventType::Unspecified => return Err(String::from("it has no type")),
            EventType::Heartbeat => Self::Heartbeat(note(it)),
            EventType::Ready => Self::Ready(note(it)),
            EventType::Reset => Self::Reset(note(it)),
            EventType::Dong => Self::Dong(note(it)),
            EventType::Message => Self::Message { id: it.needed("messageId")? },
            EventType::Post => Self::Post { id: it.needed("postId")? },
            EventType::Friendship => Self::Friendship { id: it.needed("friendshipId")? },
            EventType::RoomInvite => Self::RoomInvite { id: it.needed("roomInvitationId")? },
            EventType::RoomJoin => Self::RoomJoin(RoomJoinPayload {
                invitee_id_list: it.list("inviteeIdList"),
                inviter_id: it.text("inviterId").unwrap_or_default(),
                room_id: it.needed("roomId")?,
                timestamp: it.time("timestamp"),
            }),
            EventType::RoomLeave => Self::RoomLeave(RoomLeavePayload {
                removee_id_list: it.list("removeeIdList"),
                remover_id: it.text("removerId").unwrap_or_default(),
                room_id: it.needed("roomId")?,
                timestamp: it.time("timestamp"),
            }),
            EventType::RoomTopic => Self::RoomTopic(RoomTopicPayload {
                changer_id: it.text("changerId").unwrap_or_default(),
                new_topic: it.text("newTopic").unwrap_or_default(),
                old_topic: it.text("oldTopic").unwrap_or_default(),
                room_id: it.needed("roomId")?,
                timestamp: it.time("timestamp"),
            }),
            EventType::Scan => Self::Scan(ScanPayload {
                status: scan_status(it.number("status")),
                qrcode: it.text("qrcode"),
                data: it.words("data"),
                kind: it.number("type").and_then(|it| it.try_into().ok()),
                created: it.time("createTimestamp"),
                expires: it.time("expireTimestamp"),
            }),
            EventType::Error => Self::Error(Failure {
                gerror: it.words("gerror"),
                data: it.words("data").unwrap_or_default(),
            }),
            EventType::Login => Self::Login { contact_id: it.needed("contactId")? },
            EventType::Logout => Self::Logout(LogoutPayload {
                contact_id: it.text("contactId").unwrap_or_default(),
                data: it.words("data").unwrap_or_default(),
            }),
            EventType::Dirty => Self::Dirty(DirtyPayload {
                payload_type: small(it.number("payloadType")),
                payload_id: it.needed("payloadId")?,
            }),
            EventType::Tag => Self::Tag(tags(it)),
            EventType::TagGroup => Self::TagGroup(tags(it)),
            EventType::PostComment => Self::PostComment(PostCommentPayload {
                post_id: it.needed("postId")?,
                comment_id: it.needed("commentId")?,
            }),
            EventType::PostTap => Self::PostTap(PostTapPayload {
                post_id: it.needed("postId")?,
                tap_type: small(it.number("tapType")),
                contact_id: it.text("contactId").unwrap_or_default(),
                tap: it.flag("tap"),
                timestamp: it.time("timestamp"),
            }),
            EventType::RoomAnnounce => Self::RoomAnnounce(RoomAnnouncePayload {
                changer_id: it.text("changerId").unwrap_or_default(),
                new_announce: it.text("newAnnounce").unwrap_or_default(),
                old_announce: it.text("oldAnnounce").unwrap_or_default(),
                room_id: it.needed("roomId")?,
                timestamp: it.time("timestamp"),
            }),
            // Who answers needs not name what: some services have one code at a time.
            EventType::VerifyCode => Self::VerifyCode(VerifyCodePayload {
                id: it.text("id").unwrap_or_default(),
                scene: small(it.number("scene")),
                status: small(it.number("status")),
                message: it.words("message").filter(|it| !it.is_empty()),
            }),
            EventType::VerifySlide => Self::VerifySlide(VerifySlidePayload {
                scene: small(it.number("scene")),
                status: small(it.number("status")),
                slider_verify_encrypt: it.text("sliderVerifyEncrypt").unwrap_or_default(),
                slider_exe_url: it.text("sliderExeUrl").unwrap_or_default(),
            }),
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
            Self::Tag(it) => (EventType::Tag, write(it)),
            Self::TagGroup(it) => (EventType::TagGroup, write(it)),
            Self::PostComment(it) => (EventType::PostComment, write(it)),
            Self::PostTap(it) => (EventType::PostTap, write(it)),
            Self::RoomAnnounce(it) => (EventType::RoomAnnounce, write(it)),
            Self::VerifyCode(it) => (EventType::VerifyCode, write(it)),
            Self::VerifySlide(it) => (EventType::VerifySlide, write(it)),
        };
        EventResponse { r#type: kind.into(), payload, seq: 0 }
    }
}

fn note(fields: &mut Fields) -> TextPayload {
    TextPayload { data: fields.words("data").unwrap_or_default() }
}

fn tags(fields: &mut Fields) -> TagsPayload {
    TagsPayload {
        change: small(fields.number("type")),
        id_list: fields.list("idList"),
        timestamp: fields.time("timestamp"),
    }
}

fn small(told: Option<i64>) -> i32 {
    told.and_then(|it| it.try_into().ok()).unwrap_or_default()
}

fn scan_status(told: Option<i64>) -> i32 {
    told.filter(|status| SCAN_STATUSES.contains(status)).and_then(|it| it.try_into().ok()).unwrap_or_default()
}

fn write<T: Serialize>(payload: &T) -> String {
    // Structs of strings, numbers and lists have no key that JSON can't write.
    serde_json::to_string(payload).unwrap_or_default()
}

/// An event that can't be read: its puppet service's fault. The stream is whole; the next event may be fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    use serde_json::Value;

    fn response(kind: EventType, payload: &str) -> EventResponse {
        EventResponse { r#type: kind.into(), payload: payload.into(), seq: 0 }
    }

    /// Each event, with the least that it can hold.
    fn barest() -> Vec<PuppetEvent> {
        let id = || String::from("id");
        vec![
            PuppetEvent::Heartbeat(TextPayload::default()),
            PuppetEvent::Ready(TextPayload::default()),
            PuppetEvent::Reset(TextPayload::default()),
            PuppetEvent::Dong(TextPayload::default()),
            PuppetEvent::Error(Failure::default()),
            PuppetEvent::Message { id: id() },
            PuppetEvent::Post { id: id() },
            PuppetEvent::Friendship { id: id() },
            PuppetEvent::RoomInvite { id: id() },
            PuppetEvent::RoomJoin(RoomJoinPayload { room_id: id(), ..Default::default() }),
            PuppetEvent::RoomLeave(RoomLeavePayload { room_id: id(), ..Default::default() }),
            PuppetEvent::RoomTopic(RoomTopicPayload { room_id: id(), ..Default::default() }),
            PuppetEvent::Scan(ScanPayload::default()),
            PuppetEvent::Login { contact_id: id() },
            PuppetEvent::Logout(LogoutPayload::default()),
            PuppetEvent::Dirty(DirtyPayload { payload_id: id(), ..Default::default() }),
            PuppetEvent::Tag(TagsPayload::default()),
            PuppetEvent::TagGroup(TagsPayload::default()),
            PuppetEvent::PostComment(PostCommentPayload { post_id: id(), comment_id: id() }),
            PuppetEvent::PostTap(PostTapPayload { post_id: id(), ..Default::default() }),
            PuppetEvent::RoomAnnounce(RoomAnnouncePayload { room_id: id(), ..Default::default() }),
            PuppetEvent::VerifyCode(VerifyCodePayload::default()),
            PuppetEvent::VerifySlide(VerifySlidePayload::default()),
        ]
    }

    #[test]
    fn what_a_stock_server_writes_is_read() {
        let join = r#"{"inviteeIdList":["a"],"inviterId":"b","roomId":"r@chatroom","timestamp":1700000000}"#;
        let Ok(PuppetEvent::RoomJoin(it)) = PuppetEvent::parse(&response(EventType::RoomJoin, join)) else {
            panic!("a room join")
        };
        assert_eq!((it.room_id.as_str(), it.invitee_id_list.len()), ("r@chatroom", 1));
        let message = PuppetEvent::parse(&response(EventType::Message, r#"{"messageId":"m"}"#));
        assert_eq!(message, Ok(PuppetEvent::Message { id: "m".into() }));
    }

    #[test]
    fn what_we_write_we_read() {
        for event in barest().into_iter().chain([
            PuppetEvent::Scan(ScanPayload {
                status: 2,
                kind: Some(1),
                qrcode: Some("q".into()),
                expires: Some(7),
                ..Default::default()
            }),
            PuppetEvent::PostTap(PostTapPayload { post_id: "p".into(), tap: true, ..Default::default() }),
            PuppetEvent::VerifyCode(VerifyCodePayload {
                id: "v".into(),
                scene: 1,
                status: 3,
                message: Some("again".into()),
            }),
            PuppetEvent::Logout(LogoutPayload { contact_id: "c".into(), data: "why".into() }),
            PuppetEvent::Dirty(DirtyPayload { payload_type: 3, payload_id: "r".into() }),
            PuppetEvent::RoomJoin(RoomJoinPayload {
                room_id: "r".into(),
                timestamp: Some(1),
                ..Default::default()
            }),
        ]) {
            assert_eq!(PuppetEvent::parse(&event.to_response()), Ok(event));
        }
    }

    #[test]
    fn every_event_has_all_that_some_client_fails_without() {
        let mut written: Vec<i32> = Vec::new();
        for event in barest() {
            let EventResponse { r#type, payload, .. } = event.to_response();
            let (_, needed) = NEEDED.iter().find(|(kind, _)| i32::from(*kind) == r#type).expect("a row");
            let payload: Value = serde_json::from_str(&payload).expect("JSON");
            for key in *needed {
                assert!(!payload[key].is_null(), "{event:?} lacks {key}");
            }
            written.push(r#type);
        }
        let rows = NEEDED.iter().map(|(kind, _)| i32::from(*kind));
        assert!(rows.clone().all(|kind| written.contains(&kind)) && rows.count() == written.len());
    }

    #[test]
    fn an_odd_field_costs_itself_and_not_the_event() {
        for odd in ["null", "7", "\"x\"", "[]", "{}", "true", "\"\\ud83d\""] {
            for (kind, needed) in NEEDED {
                for key in *needed {
                    let mut whole = serde_json::Map::new();
                    for other in needed.iter().filter(|other| *other != key) {
                        whole.insert((*other).to_owned(), Value::from("1"));
                    }
                    whole.insert((*key).to_owned(), serde_json::from_str(odd).unwrap_or_default());
                    let about = [
                        "messageId",
                        "postId",
                        "commentId",
                        "friendshipId",
                        "roomInvitationId",
                        "roomId",
                        "payloadId",
                    ];
                    let is_about = about.contains(key) || (*key, *kind) == ("contactId", EventType::Login);
                    let read = PuppetEvent::parse(&response(*kind, &Value::Object(whole).to_string()));
                    assert!(is_about || read.is_ok(), "{kind:?} {key} = {odd}: {read:?}");
                }
            }
        }
    }

    #[test]
    fn a_room_event_of_which_nobody_knows_who_or_when_is_still_one() {
        let join = r#"{"inviteeIdList":[],"inviterId":null,"roomId":"r","timestamp":"2023-11-14T22:13:20Z"}"#;
        let expected =
            RoomJoinPayload { room_id: "r".into(), timestamp: Some(1_700_000_000_000), ..Default::default() };
        assert_eq!(
            PuppetEvent::parse(&response(EventType::RoomJoin, join)),
            Ok(PuppetEvent::RoomJoin(expected))
        );
        let topic = r#"{"changerId":null,"oldTopic":null,"newTopic":"half \ud83d","roomId":"r"}"#;
        let expected =
            RoomTopicPayload { room_id: "r".into(), new_topic: "half \u{fffd}".into(), ..Default::default() };
        assert_eq!(
            PuppetEvent::parse(&response(EventType::RoomTopic, topic)),
            Ok(PuppetEvent::RoomTopic(expected))
        );
    }

    #[test]
    fn a_scan_has_a_status_that_clients_know() {
        for (told, read) in [("2", 2), ("\"2\"", 2), ("9", 0), ("-1", 0), ("null", 0), ("2.0", 2)] {
            let scan = PuppetEvent::parse(&response(EventType::Scan, &format!("{{\"status\":{told}}}")));
            assert_eq!(
                scan,
                Ok(PuppetEvent::Scan(ScanPayload { status: read, ..Default::default() })),
                "{told}"
            );
        }
    }

    #[test]
    fn a_malformed_payload_names_its_type() {
        for malformed in ["{nonsense", "null", "[]", "", "{}", r#"{"messageId":null}"#] {
            let error = PuppetEvent::parse(&response(EventType::Message, malformed)).expect_err("malformed");
            assert!(error.to_string().contains("EVENT_TYPE_MESSAGE"), "{error}");
        }
        let unknown = EventResponse { r#type: 99, payload: "{}".into(), seq: 0 };
        assert_eq!(PuppetEvent::parse(&unknown), Err(BadEvent::UnknownType(99)));
    }
}
