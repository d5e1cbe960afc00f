//! The rows of the table.

use super::{Class, Field, Id, Rpc, Twin};

/// All RPCs of `wechaty.Puppet` 1.5.2, in the order of our `.proto`.
pub const RPCS: &[Rpc] = &[
    // The puppet itself.
    rpc("Start", Class::Local),
    rpc("Stop", Class::Local),
    rpc("Logout", Class::Logout),
    rpc("Ding", Class::Local),
    rpc("Version", Class::Local),
    rpc("Event", Class::Local),
    rpc("DirtyPayload", Class::All).takes(&[field("id", Id::Payload)]),
    // Contacts.
    rpc("ContactSelfQRCode", Class::Reach),
    rpc("ContactSelfName", Class::All),
    rpc("ContactSelfSignature", Class::All),
    rpc("ContactPayload", Class::Reach).takes(&[field("id", Id::Contact)]).gives(&[field("id", Id::Contact)]),
    rpc("ContactAlias", Class::Reach)
        .changed_by("alias", Class::All)
        .takes(&[field("id", Id::Contact)])
        .takes_twins(&[twin("alias", "alias_string_value_deprecated")])
        .gives_twins(&[twin("alias", "alias_string_value_deprecated")]),
    rpc("ContactAvatar", Class::Reach)
        .changed_by("file_box", Class::All)
        .takes(&[
            field("id", Id::Contact),
            field("file_box", Id::FileBox),
            field("filebox_string_value_deprecated.value", Id::FileBox),
        ])
        .gives(&[field("file_box", Id::FileBox), field("filebox_string_value_deprecated.value", Id::FileBox)])
        .takes_twins(&[twin("file_box", "filebox_string_value_deprecated")])
        .gives_twins(&[twin("file_box", "filebox_string_value_deprecated")]),
    rpc("ContactPhone", Class::All).takes(&[field("contact_id", Id::Contact)]),
    rpc("ContactCorporationRemark", Class::All)
        .takes(&[field("contact_id", Id::Contact)])
        .takes_twins(&[twin("corporation_remark", "corporation_remark_string_value_deprecated")]),
    rpc("ContactDescription", Class::All)
        .takes(&[field("contact_id", Id::Contact)])
        .takes_twins(&[twin("description", "description_string_value_deprecated")]),
    rpc("ContactList", Class::Union).gives(&[field("ids", Id::Contact)]),
    // Friendships.
    rpc("FriendshipPayload", Class::Owner)
        .takes(&[field("id", Id::Friendship)])
        .gives(&[field("id", Id::Friendship), field("contact_id", Id::Contact)])
        .takes_twins(&[twin("payload", "payload_string_value_deprecated")]),
    rpc("FriendshipSearchPhone", Class::Create).gives(FOUND_CONTACT).gives_twins(FOUND_CONTACT_TWINS),
    rpc("FriendshipSearchWeixin", Class::Create).gives(FOUND_CONTACT).gives_twins(FOUND_CONTACT_TWINS),
    rpc("FriendshipSearchHandle", Class::Create).gives(FOUND_CONTACT).gives_twins(FOUND_CONTACT_TWINS),
    rpc("FriendshipAdd", Class::Create)
        .takes(&[
            field("contact_id", Id::Contact),
            field("referrer.contact_id", Id::Contact),
            field("referrer.room_id", Id::Room),
            field("source_room_id_string_value_deprecated.value", Id::Room),
            field("source_contact_id_string_value_deprecated.value", Id::Contact),
        ])
        .takes_twins(&[
            twin("referrer.room_id", "source_room_id_string_value_deprecated"),
            twin("referrer.contact_id", "source_contact_id_string_value_deprecated"),
        ]),
    rpc("FriendshipAccept", Class::Owner).takes(&[field("id", Id::Friendship)]),
    // Messages: reading.
    rpc("MessageFile", Class::Owner).takes(MESSAGE).gives(&[field("file_box", Id::FileBox)]),
    rpc("MessageImage", Class::Owner).takes(MESSAGE).gives(&[field("file_box", Id::FileBox)]),
    rpc("MessageFileStream", Class::Owner).takes(MESSAGE),
    rpc("MessageImageStream", Class::Owner).takes(MESSAGE),
    rpc("MessagePayload", Class::Owner)
        .takes(MESSAGE)
        .gives(&[
            field("id", Id::Message),
            field("talker_id", Id::Contact),
            field("listener_id", Id::Contact),
            field("room_id", Id::Room),
            field("mention_ids", Id::Contact),
        ])
        .gives_twins(&[twin("receive_time", "timestamp_deprecated")]),
    // The id that a shared contact card answers with is the contact's.
    rpc("MessageContact", Class::Owner).takes(MESSAGE).gives(&[field("id", Id::Contact)]),
    rpc("MessageMiniProgram", Class::Owner).takes(MESSAGE),
    rpc("MessageUrl", Class::Owner).takes(MESSAGE),
    rpc("MessageLocation", Class::Owner).takes(MESSAGE),
    // Messages: acting on one.
    rpc("MessageRecall", Class::Owner).takes(MESSAGE),
    rpc("MessageForward", Class::Owner)
        .takes(&[field("message_id", Id::Message), field("conversation_id", Id::Conversation)])
        .gives(SENT)
        .gives_twins(SENT_TWINS),
    // Messages: sending.
    send("MessageSendFile", &[CONVERSATION, field("file_box", Id::FileBox)]),
    send("MessageSendFileStream", &[CONVERSATION]),
    send("MessageSendContact", &[CONVERSATION, field("contact_id", Id::Contact)]),
    send("MessageSendText", &[CONVERSATION, field("mentional_ids", Id::Contact)]),
    send("MessageSendMiniProgram", &[CONVERSATION]),
    send("MessageSendUrl", &[CONVERSATION]),
    rpc("MessageSendLocation", Class::Send).takes(&[CONVERSATION]).gives(&[field("id", Id::Message)]),
    // Rooms.
    rpc("RoomPayload", Class::Reach).takes(ROOM).gives(&[
        field("id", Id::Room),
        field("owner_id", Id::Contact),
        field("admin_ids", Id::Contact),
        field("member_ids", Id::Contact),
    ]),
    rpc("RoomList", Class::Union).gives(&[field("ids", Id::Room)]),
    rpc("RoomAdd", Class::RoomAct).takes(&[field("id", Id::Room), field("contact_id", Id::Contact)]),
    rpc("RoomAvatar", Class::Reach).takes(ROOM).gives(&[field("file_box", Id::FileBox)]),
    rpc("RoomCreate", Class::Create)
        .takes(&[field("contact_ids", Id::Contact)])
        .gives(&[field("id", Id::Room)]),
    rpc("RoomDel", Class::RoomAct).takes(&[field("id", Id::Room), field("contact_id", Id::Contact)]),
    rpc("RoomQuit", Class::All).takes(ROOM),
    rpc("RoomTopic", Class::Reach)
        .changed_by("topic", Class::RoomAct)
        .takes(ROOM)
        .takes_twins(&[twin("topic", "topic_string_value_deprecated")])
        .gives_twins(&[twin("topic", "topic_string_value_deprecated")]),
    rpc("RoomQRCode", Class::Reach).takes(ROOM),
    rpc("RoomAnnounce", Class::Reach)
        .changed_by("text", Class::RoomAct)
        .takes(ROOM)
        .takes_twins(&[twin("text", "text_string_value_deprecated")])
        .gives_twins(&[twin("text", "text_string_value_deprecated")]),
    // Room members and invitations.
    rpc("RoomMemberPayload", Class::Reach)
        .takes(&[field("id", Id::Room), field("member_id", Id::Contact)])
        .gives(&[field("id", Id::Contact), field("inviter_id", Id::Contact)]),
    rpc("RoomMemberList", Class::Reach).takes(ROOM).gives(&[field("member_ids", Id::Contact)]),
    rpc("RoomInvitationPayload", Class::Owner)
        .takes(&[field("id", Id::Invitation)])
        .gives(&[
            field("id", Id::Invitation),
            field("inviter_id", Id::Contact),
            field("receiver_id", Id::Contact),
            field("member_ids", Id::Contact),
        ])
        .takes_twins(&[twin("payload", "payload_string_value_deprecated")])
        .gives_twins(&[twin("receive_time", "timestamp_uint64_deprecated")]),
    rpc("RoomInvitationAccept", Class::Owner).takes(&[field("id", Id::Invitation)]),
    // Tags.
    rpc("TagContactAdd", Class::All).takes(&[field("contact_id", Id::Contact)]),
    rpc("TagContactRemove", Class::All).takes(&[field("contact_id", Id::Contact)]),
    rpc("TagContactDelete", Class::All),
    rpc("TagContactList", Class::Union)
        .takes(&[
            field("contact_id", Id::Contact),
            field("contact_id_string_value_deprecated.value", Id::Contact),
        ])
        .takes_twins(&[twin("contact_id", "contact_id_string_value_deprecated")]),
    // Files.
    rpc("Upload", Class::Upload).gives(&[field("id", Id::File)]),
    rpc("Download", Class::Owner).takes(&[field("id", Id::File)]),
];

const MESSAGE: &[Field] = &[field("id", Id::Message)];
const ROOM: &[Field] = &[field("id", Id::Room)];
const CONVERSATION: Field = field("conversation_id", Id::Conversation);
const SENT: &[Field] = &[field("id", Id::Message), field("id_string_value_deprecated.value", Id::Message)];
const SENT_TWINS: &[Twin] = &[twin("id", "id_string_value_deprecated")];
const FOUND_CONTACT: &[Field] =
    &[field("contact_id", Id::Contact), field("contact_id_string_value_deprecated.value", Id::Contact)];
const FOUND_CONTACT_TWINS: &[Twin] = &[twin("contact_id", "contact_id_string_value_deprecated")];

const fn rpc(name: &'static str, class: Class) -> Rpc {
    Rpc { name, class, change: None, takes: &[], gives: &[], takes_twins: &[], gives_twins: &[] }
}

const fn send(name: &'static str, takes: &'static [Field]) -> Rpc {
    rpc(name, Class::Send).takes(takes).gives(SENT).gives_twins(SENT_TWINS)
}

const fn field(path: &'static str, id: Id) -> Field {
    Field { path, id }
}

const fn twin(new: &'static str, old: &'static str) -> Twin {
    Twin { new, old }
}

impl Rpc {
    const fn changed_by(mut self, field: &'static str, class: Class) -> Self {
        self.change = Some((field, class));
        self
    }

    const fn takes(mut self, fields: &'static [Field]) -> Self {
        self.takes = fields;
        self
    }

    const fn gives(mut self, fields: &'static [Field]) -> Self {
        self.gives = fields;
        self
    }

    const fn takes_twins(mut self, twins: &'static [Twin]) -> Self {
        self.takes_twins = twins;
        self
    }

    const fn gives_twins(mut self, twins: &'static [Twin]) -> Self {
        self.gives_twins = twins;
        self
    }
}
