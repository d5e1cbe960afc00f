//! What events of the stream say, as it is written.

use serde::Serialize;

/// A free text, of heartbeat, dong, ready and reset.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TextPayload {
    /// Always written: the Python client fails without it.
    pub data: String,
}

/// Somebody came into a room.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomJoinPayload {
    pub invitee_id_list: Vec<String>,
    pub inviter_id: String,
    pub room_id: String,
    /// In seconds or milliseconds; if nobody knows it is written as zero.
    #[serde(serialize_with = "known")]
    pub timestamp: Option<i64>,
}

/// Somebody left a room, or was removed.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomLeavePayload {
    pub removee_id_list: Vec<String>,
    pub remover_id: String,
    pub room_id: String,
    /// In seconds or milliseconds; if nobody knows it is written as zero.
    #[serde(serialize_with = "known")]
    pub timestamp: Option<i64>,
}

/// A room's topic changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomTopicPayload {
    pub changer_id: String,
    pub new_topic: String,
    pub old_topic: String,
    pub room_id: String,
    /// In seconds or milliseconds; if nobody knows it is written as zero.
    #[serde(serialize_with = "known")]
    pub timestamp: Option<i64>,
}

/// A login waits for a person with a phone.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[allow(missing_docs)]
pub struct ScanPayload {
    /// Unknown 0, Cancel 1, Waiting 2, Scanned 3, Confirmed 4, Timeout 5.
    pub status: i32,
    /// Unknown 0, Login 1, Verify 2: whether the code logs in, or proves who logs in. Of juzi's generation, as all below.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qrcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// When the code was made, in seconds or milliseconds.
    #[serde(rename = "createTimestamp", skip_serializing_if = "Option::is_none")]
    pub created: Option<i64>,
    /// When it is too old.
    #[serde(rename = "expireTimestamp", skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
}

/// A puppet reports an error of its own.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[allow(missing_docs)]
pub struct Failure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gerror: Option<String>,
    pub data: String,
}

/// An account was logged out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LogoutPayload {
    /// Always written: the Python client fails without it.
    pub contact_id: String,
    pub data: String,
}

/// Something that clients cache is stale.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct DirtyPayload {
    /// Message 1, Contact 2, Room 3, RoomMember 4, Friendship 5, Post 6, Tag 7, TagGroup 8.
    pub payload_type: i32,
    pub payload_id: String,
}

/// Tags, or groups of tags, came, went or have another name.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TagsPayload {
    /// Of tags: created 0, deleted 1, renamed 2; of groups the same from 10 on.
    #[serde(rename = "type")]
    pub change: i32,
    pub id_list: Vec<String>,
    /// In seconds or milliseconds; if nobody knows it is written as zero.
    #[serde(serialize_with = "known")]
    pub timestamp: Option<i64>,
}

/// Somebody commented on a post.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PostCommentPayload {
    pub post_id: String,
    pub comment_id: String,
}

/// Somebody tapped on a post, or took that back.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PostTapPayload {
    pub post_id: String,
    /// Unspecified 0, Like 1.
    pub tap_type: i32,
    pub contact_id: String,
    /// Whether it is there now.
    pub tap: bool,
    /// In seconds or milliseconds; if nobody knows it is written as zero.
    #[serde(serialize_with = "known")]
    pub timestamp: Option<i64>,
}

/// A room's announcement changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RoomAnnouncePayload {
    pub changer_id: String,
    pub new_announce: String,
    pub old_announce: String,
    pub room_id: String,
    /// In seconds or milliseconds; if nobody knows it is written as zero.
    #[serde(serialize_with = "known")]
    pub timestamp: Option<i64>,
}

/// A login waits for a code that its person was sent, or shown on the phone.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[allow(missing_docs)]
pub struct VerifyCodePayload {
    /// What an answer names.
    pub id: String,
    /// Unknown 0, Login 1.
    pub scene: i32,
    /// Unknown 0, Waiting 1, Expired 2, Wrong 3.
    pub status: i32,
    /// What the provider says to its person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A login waits for its person to slide a puzzle into its place, on a page or in a program of the provider's.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct VerifySlidePayload {
    /// Unknown 0, Login 1.
    pub scene: i32,
    /// Unknown 0, Waiting 1, Expired 2.
    pub status: i32,
    /// What the program needs.
    pub slider_verify_encrypt: String,
    /// Where the program is.
    pub slider_exe_url: String,
}

fn known<S: serde::Serializer>(time: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.unwrap_or_default())
}
