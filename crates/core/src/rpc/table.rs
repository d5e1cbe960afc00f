//! The rows of the table.

use super::{
    Class::{All, Create, Local, Logout, Owner, Reach, RoomAct, Send, Union, Upload},
    Down, Id, IdField, Leaver,
    Local::{Ding, Event, Start, Stop, Version},
    Naming, Rpc, Says, Teaches, Twin, Up, field, rpc, twin,
};
use crate::{ejection::Work, pace::Paced};

/// Makes the list of all rows, and a constant for each, by which the gateway itself asks.
macro_rules! table {
    ($($constant:ident = $row:expr;)*) => {
        /// All RPCs of `wechaty.Puppet` 1.5.2, in the order of our `.proto`.
        pub const RPCS: &[Rpc] = &[$($row),*];

        $(
            #[doc = concat!("`", stringify!($row), "`")]
            pub const $constant: &Rpc = &$row;
        )*

        /// What each is called here, and in the service.
        #[cfg(test)]
        pub(super) const CONSTANTS: &[(&str, &Rpc)] = &[$((stringify!($constant), $constant)),*];
    };
}

table! {
    // The puppet itself.
    START = rpc("Start", Local(Start));
    STOP = rpc("Stop", Local(Stop));
    LOGOUT = rpc("Logout", Logout);
    DING = rpc("Ding", Local(Ding));
    VERSION = rpc("Version", Local(Version));
    EVENT = rpc("Event", Local(Event));
    DIRTY_PAYLOAD = rpc("DirtyPayload", All).takes(&[field("id", Id::Payload)]);
    // Contacts.
    CONTACT_SELF_QR_CODE = rpc("ContactSelfQRCode", Reach);
    CONTACT_SELF_NAME = rpc("ContactSelfName", All).teaches(Teaches::OwnName);
    CONTACT_SELF_SIGNATURE = rpc("ContactSelfSignature", All);
    CONTACT_PAYLOAD = rpc("ContactPayload", Reach)
        .teaches(Teaches::Friend)
        .names(Naming::Contact)
        .takes(&[field("id", Id::Contact)])
        .gives(&[field("id", Id::Contact)]);
    CONTACT_ALIAS = rpc("ContactAlias", Reach)
        .changed_by("alias", All)
        .takes(&[field("id", Id::Contact)])
        .takes_twins(&[twin("alias", "alias_string_value_deprecated")])
        .gives_twins(&[twin("alias", "alias_string_value_deprecated")]);
    CONTACT_AVATAR = rpc("ContactAvatar", Reach)
        .changed_by("file_box", All)
        .takes(&[
            field("id", Id::Contact),
            field("file_box", Id::FileBox),
            field("filebox_string_value_deprecated.value", Id::FileBox),
        ])
        .gives(&[field("file_box", Id::FileBox), field("filebox_string_value_deprecated.value", Id::FileBox)])
        .takes_twins(&[twin("file_box", "filebox_string_value_deprecated")])
        .gives_twins(&[twin("file_box", "filebox_string_value_deprecated")]);
    CONTACT_PHONE = rpc("ContactPhone", All).takes(&[field("contact_id", Id::Contact)]);
    CONTACT_CORPORATION_REMARK = rpc("ContactCorporationRemark", All)
        .takes(&[field("contact_id", Id::Contact)])
        .takes_twins(&[twin("corporation_remark", "corporation_remark_string_value_deprecated")]);
    CONTACT_DESCRIPTION = rpc("ContactDescription", All)
        .takes(&[field("contact_id", Id::Contact)])
        .takes_twins(&[twin("description", "description_string_value_deprecated")]);
    CONTACT_LIST = rpc("ContactList", Union).teaches(Teaches::Contacts).gives(&[field("ids", Id::Contact)]);
    // Friendships.
    FRIENDSHIP_PAYLOAD = rpc("FriendshipPayload", Owner)
        .acknowledges()
        .in_order()
        .takes(&[field("id", Id::Friendship)])
        .gives(&[field("id", Id::Friendship), field("contact_id", Id::Contact)])
        .takes_twins(&[twin("payload", "payload_string_value_deprecated")]);
    FRIENDSHIP_SEARCH_PHONE = search("FriendshipSearchPhone");
    FRIENDSHIP_SEARCH_WEIXIN = search("FriendshipSearchWeixin");
    FRIENDSHIP_SEARCH_HANDLE = search("FriendshipSearchHandle");
    FRIENDSHIP_ADD = rpc("FriendshipAdd", Create)
        .work(Work::Befriend)
        .paced(Paced::FriendAdd)
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
        ]);
    FRIENDSHIP_ACCEPT = rpc("FriendshipAccept", Owner).once().takes(&[field("id", Id::Friendship)]);
    // Messages: reading.
    MESSAGE_FILE = rpc("MessageFile", Owner).takes(MESSAGE).gives(&[field("file_box", Id::FileBox)]);
    MESSAGE_IMAGE = rpc("MessageImage", Owner).takes(MESSAGE).gives(&[field("file_box", Id::FileBox)]);
    MESSAGE_FILE_STREAM = rpc("MessageFileStream", Owner).down(Down::OfMessage).takes(MESSAGE);
    MESSAGE_IMAGE_STREAM = rpc("MessageImageStream", Owner).down(Down::OfMessage).takes(MESSAGE);
    MESSAGE_PAYLOAD = rpc("MessagePayload", Owner)
        .from_book()
        .acknowledges()
        .among_messages()
        .takes(MESSAGE)
        .gives(&[
            field("id", Id::Message),
            field("talker_id", Id::Contact),
            field("listener_id", Id::Contact),
            field("room_id", Id::Room),
            field("mention_ids", Id::Contact),
        ])
        .gives_twins(&[twin("receive_time", "timestamp_deprecated")]);
    // The id that a shared contact card answers with is the contact's.
    MESSAGE_CONTACT = rpc("MessageContact", Owner).in_order().takes(MESSAGE).gives(&[field("id", Id::Contact)]);
    MESSAGE_MINI_PROGRAM = rpc("MessageMiniProgram", Owner).in_order().takes(MESSAGE);
    MESSAGE_URL = rpc("MessageUrl", Owner).in_order().takes(MESSAGE);
    MESSAGE_LOCATION = rpc("MessageLocation", Owner).in_order().takes(MESSAGE);
    // Messages: acting on one.
    MESSAGE_RECALL = rpc("MessageRecall", Owner).author_alone().once().takes(MESSAGE);
    MESSAGE_FORWARD = rpc("MessageForward", Owner)
        .says(Says::Same)
        .work(Work::Send)
        .paced(Paced::Message)
        .once()
        .takes(&[field("message_id", Id::Message), field("conversation_id", Id::Conversation)])
        .gives(SENT)
        .gives_twins(SENT_TWINS);
    // Messages: sending.
    MESSAGE_SEND_FILE = send("MessageSendFile", Says::File, &[CONVERSATION, field("file_box", Id::FileBox)]);
    MESSAGE_SEND_FILE_STREAM = send("MessageSendFileStream", Says::File, &[CONVERSATION]).up(Up::Sent);
    MESSAGE_SEND_CONTACT =
        send("MessageSendContact", Says::Contact, &[CONVERSATION, field("contact_id", Id::Contact)]);
    MESSAGE_SEND_TEXT =
        send("MessageSendText", Says::Text, &[CONVERSATION, field("mentional_ids", Id::Contact)]);
    MESSAGE_SEND_MINI_PROGRAM = send("MessageSendMiniProgram", Says::MiniProgram, &[CONVERSATION]);
    MESSAGE_SEND_URL = send("MessageSendUrl", Says::Url, &[CONVERSATION]);
    MESSAGE_SEND_LOCATION = rpc("MessageSendLocation", Send)
        .says(Says::Location)
        .takes(&[CONVERSATION])
        .gives(&[field("id", Id::Message)]);
    // Rooms.
    ROOM_PAYLOAD = rpc("RoomPayload", Reach)
        .teaches(Teaches::Room)
        .takes(ROOM)
        .gives(&[
            field("id", Id::Room),
            field("owner_id", Id::Contact),
            field("admin_ids", Id::Contact),
            field("member_ids", Id::Contact),
        ]);
    ROOM_LIST = rpc("RoomList", Union).teaches(Teaches::Rooms).gives(&[field("ids", Id::Room)]);
    ROOM_ADD = rpc("RoomAdd", RoomAct)
        .paced(Paced::RoomInvitation)
        .takes(&[field("id", Id::Room), field("contact_id", Id::Contact)]);
    ROOM_AVATAR = rpc("RoomAvatar", Reach).takes(ROOM).gives(&[field("file_box", Id::FileBox)]);
    ROOM_CREATE = rpc("RoomCreate", Create)
        .work(Work::Room)
        .paced(Paced::RoomCreation)
        .teaches(Teaches::RoomMade)
        .takes(&[field("contact_ids", Id::Contact)])
        .gives(&[field("id", Id::Room)]);
    ROOM_DEL = rpc("RoomDel", RoomAct)
        .leaves(Leaver::Named)
        .takes(&[field("id", Id::Room), field("contact_id", Id::Contact)]);
    ROOM_QUIT = rpc("RoomQuit", All).leaves(Leaver::Doer).takes(ROOM);
    ROOM_TOPIC = rpc("RoomTopic", Reach)
        .changed_by("topic", RoomAct)
        .takes(ROOM)
        .takes_twins(&[twin("topic", "topic_string_value_deprecated")])
        .gives_twins(&[twin("topic", "topic_string_value_deprecated")]);
    ROOM_QR_CODE = rpc("RoomQRCode", Reach).takes(ROOM);
    ROOM_ANNOUNCE = rpc("RoomAnnounce", Reach)
        .changed_by("text", RoomAct)
        .takes(ROOM)
        .takes_twins(&[twin("text", "text_string_value_deprecated")])
        .gives_twins(&[twin("text", "text_string_value_deprecated")]);
    // Room members and invitations.
    ROOM_MEMBER_PAYLOAD = rpc("RoomMemberPayload", Reach)
        .names(Naming::Member)
        .takes(&[field("id", Id::Room), field("member_id", Id::Contact)])
        .gives(&[field("id", Id::Contact), field("inviter_id", Id::Contact)]);
    ROOM_MEMBER_LIST = rpc("RoomMemberList", Reach).takes(ROOM).gives(&[field("member_ids", Id::Contact)]);
    ROOM_INVITATION_PAYLOAD = rpc("RoomInvitationPayload", Owner)
        .acknowledges()
        .in_order()
        .takes(&[field("id", Id::Invitation)])
        .gives(&[
            field("id", Id::Invitation),
            field("inviter_id", Id::Contact),
            field("receiver_id", Id::Contact),
            field("member_ids", Id::Contact),
        ])
        .takes_twins(&[twin("payload", "payload_string_value_deprecated")])
        .gives_twins(&[twin("receive_time", "timestamp_uint64_deprecated")]);
    ROOM_INVITATION_ACCEPT = rpc("RoomInvitationAccept", Owner).once().takes(&[field("id", Id::Invitation)]);
    // Tags.
    TAG_CONTACT_ADD = rpc("TagContactAdd", All).takes(&[field("contact_id", Id::Contact)]);
    TAG_CONTACT_REMOVE = rpc("TagContactRemove", All).takes(&[field("contact_id", Id::Contact)]);
    TAG_CONTACT_DELETE = rpc("TagContactDelete", All);
    TAG_CONTACT_LIST = rpc("TagContactList", Union)
        .takes(&[
            field("contact_id", Id::Contact),
            field("contact_id_string_value_deprecated.value", Id::Contact),
        ])
        .takes_twins(&[twin("contact_id", "contact_id_string_value_deprecated")]);
    // Files.
    UPLOAD = rpc("Upload", Upload).up(Up::Kept).gives(&[field("id", Id::File)]);
    DOWNLOAD = rpc("Download", Owner).down(Down::Registered).takes(&[field("id", Id::File)]);
}

const MESSAGE: &[IdField] = &[field("id", Id::Message)];
const ROOM: &[IdField] = &[field("id", Id::Room)];
const CONVERSATION: IdField = field("conversation_id", Id::Conversation);
const SENT: &[IdField] = &[field("id", Id::Message), field("id_string_value_deprecated.value", Id::Message)];
const SENT_TWINS: &[Twin] = &[twin("id", "id_string_value_deprecated")];
const FOUND_CONTACT: &[IdField] =
    &[field("contact_id", Id::Contact), field("contact_id_string_value_deprecated.value", Id::Contact)];
const FOUND_CONTACT_TWINS: &[Twin] = &[twin("contact_id", "contact_id_string_value_deprecated")];

const fn send(name: &'static str, says: Says, takes: &'static [IdField]) -> Rpc {
    rpc(name, Send).says(says).takes(takes).gives(SENT).gives_twins(SENT_TWINS)
}

/// WeChat counts who searches too often; to search again finds the same.
const fn search(name: &'static str) -> Rpc {
    let search = rpc(name, Create).work(Work::Befriend).again().teaches(Teaches::Stranger);
    search.gives(FOUND_CONTACT).gives_twins(FOUND_CONTACT_TWINS)
}
