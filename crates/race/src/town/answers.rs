//! What an account answers: the same to everybody, about a contact, a room and messages that need not exist.

use bytes::{BufMut as _, Bytes, BytesMut};
use ha_wechaty_wire::{MessageType, puppet as p};
use prost::Message;

/// A contact that every account has.
pub(crate) const ALICE: &str = "wxid_alice";
/// A room that every account is in.
const ROOM: &str = "19000000000@chatroom";
/// A message that may be told of.
pub(crate) const MESSAGE: u64 = 1_700_000_000_000_001;
/// How many rooms an account lists.
const ROOMS: usize = 50;
/// How large the file of a message is.
pub(crate) const FILE: usize = 5 << 20;

/// What one account answers.
pub(super) struct Answers {
    me: String,
    /// How many messages it has sent.
    sent: u64,
    nothing: Bytes,
    contacts: Bytes,
    rooms: Bytes,
    members: Bytes,
    file: Bytes,
}

impl Answers {
    pub(super) fn new(me: &str) -> Self {
        let people = || vec![me.to_owned(), ALICE.to_owned()];
        let rooms = (1..ROOMS).map(|it| format!("{}@chatroom", 18_000_000_000 + it));
        let rooms = rooms.chain([ROOM.to_owned()]).collect();
        Self {
            me: me.to_owned(),
            sent: 0,
            nothing: Bytes::from_static(&[0; 5]),
            contacts: framed(&p::ContactListResponse { ids: people() }),
            rooms: framed(&p::RoomListResponse { ids: rooms }),
            members: framed(&p::RoomMemberListResponse { member_ids: people() }),
            file: framed(&p::MessageFileResponse { file_box: file_box(FILE) }),
        }
    }

    /// The answer to a request, of which the frame's head may still be there.
    pub(super) fn to(&mut self, rpc: &str, request: &[u8]) -> Bytes {
        let request = request.get(5..).unwrap_or_default();
        match rpc {
            "MessageSendText" | "MessageSendFile" | "MessageSendFileStream" => self.sent(),
            "MessagePayload" => {
                let asked = p::MessagePayloadRequest::decode(request).unwrap_or_default();
                framed(&message(asked.id))
            }
            "ContactPayload" => {
                let asked = p::ContactPayloadRequest::decode(request).unwrap_or_default();
                framed(&contact(asked.id))
            }
            "RoomPayload" => {
                let asked = p::RoomPayloadRequest::decode(request).unwrap_or_default();
                framed(&self.room(asked.id))
            }
            "MessageFile" => self.file.clone(),
            "ContactList" => self.contacts.clone(),
            "RoomList" => self.rooms.clone(),
            "RoomMemberList" => self.members.clone(),
            _ => self.nothing.clone(),
        }
    }

    #[allow(deprecated, reason = "stock services answer in both fields")]
    fn sent(&mut self) -> Bytes {
        self.sent += 1;
        let id = format!("{}{:015}", &self.me[self.me.len() - 2..], self.sent);
        framed(&p::MessageSendTextResponse { id_string_value_deprecated: Some(id.clone()), id })
    }

    fn room(&self, id: String) -> p::RoomPayloadResponse {
        let member_ids = vec![self.me.clone(), ALICE.to_owned()];
        p::RoomPayloadResponse { id, topic: "Tea".into(), member_ids, ..Default::default() }
    }
}

/// What Alice says in the room. Copies of a message differ by their ids alone, of which what stands before the dash is the same.
fn message(id: String) -> p::MessagePayloadResponse {
    let number = id.split('-').next().and_then(|it| it.parse::<u64>().ok()).unwrap_or_default();
    p::MessagePayloadResponse {
        text: format!("the tea is ready, cup {number}"),
        r#type: MessageType::Text.to_wire(),
        talker_id: ALICE.into(),
        receive_time: Some(super::telling::said(number)),
        id,
        room_id: ROOM.into(),
        ..Default::default()
    }
}

/// A file of so many bytes, inside a field.
pub(crate) fn file_box(length: usize) -> String {
    let inside = "A".repeat(length.div_ceil(3) * 4);
    format!(r#"{{"name":"cup.png","boxType":1,"base64":"{inside}"}}"#)
}

fn contact(id: String) -> p::ContactPayloadResponse {
    p::ContactPayloadResponse {
        gender: p::ContactGender::Female.into(),
        r#type: p::ContactType::Personal.into(),
        name: "Alice".into(),
        avatar: "https://avatar.invalid/alice.png".into(),
        alias: "Alice of the tea house".into(),
        city: "Beijing".into(),
        friend: true,
        weixin: id.clone(),
        id,
        ..Default::default()
    }
}

/// A message of gRPC, not compressed.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(5 + length);
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // There is room: it was asked for.
    let _ = message.encode(&mut bytes);
    bytes.freeze()
}
