//! The rows of the table.

use super::{
    Age,
    Class::{All, Batch, Create, Local, Logout, Owner, Reach, RoomAct, Send, Union, Upload},
    Down, Each, EachAnswers, Id, IdField, LabelAct, Leaver,
    Local::{CurrentUser, Ding, Event, Start, Stop, Version},
    Naming, Rpc, Says, StandIn, Teaches, Twin, Up, field, newer, older, rpc, twin,
};
use crate::{ejection::Work, pace::Paced};

/// Makes the list of all rows, and a constant for each, by which the gateway itself asks.
macro_rules! table {
    ($($constant:ident = $row:expr;)*) => {
        /// All RPCs of `wechaty.Puppet`, of both generations, in the order of our `.proto`.
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
    CURRENT_USER = newer("CurrentUser", Local(CurrentUser));
    REFRESH_QR_CODE = newer("RefreshQRCode", All).before_login();
    ENTER_VERIFY_CODE = newer("EnterVerifyCode", Owner).before_login().once().takes(VERIFY);
    CANCEL_VERIFY_CODE = newer("CancelVerifyCode", Owner).before_login().once().takes(VERIFY);
    // Contacts.
    CONTACT_SELF_QR_CODE = rpc("ContactSelfQRCode", Reach);
    CONTACT_SELF_NAME = rpc("ContactSelfName", All).teaches(Teaches::OwnName);
    CONTACT_SELF_SIGNATURE = rpc("ContactSelfSignature", All);
    CONTACT_PAYLOAD = rpc("ContactPayload", Reach)
        .teaches(Teaches::Friend)
        .names(Naming::Contact)
        .takes(&[field("id", Id::Contact)])
        .gives(&[field("id", Id::Contact), field("tag_ids", Id::Tag)]);
    CONTACT_ALIAS = rpc("ContactAlias", Reach)
        .changed_by(&["alias"], All)
        .takes(&[field("id", Id::Contact)])
        .takes_twins(&[twin("alias", "alias_string_value_deprecated")])
        .gives_twins(&[twin("alias", "alias_string_value_deprecated")]);
    CONTACT_AVATAR = rpc("ContactAvatar", Reach)
        .changed_by(&["file_box"], All)
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
    BATCH_CONTACT_PAYLOAD = newer("BatchContactPayload", Batch)
        .names(Naming::Contact)
        .takes(&[field("ids", Id::Contact)])
        .gives(&[field("contact_payloads.id", Id::Contact), field("contact_payloads.tag_ids", Id::Tag)])
        .else_by(StandIn::Each(Each {
            rpc: "ContactPayload",
            many: "ids",
            one: "id",
            answers: EachAnswers::Into("contact_payloads"),
        }));
    CONTACT_PAYLOAD_MODIFY = newer("ContactPayloadModify", All)
        .takes(&[field("id", Id::Contact), field("tag_ids", Id::Tag)]);
    CONTACT_DELETE = newer("ContactDelete", All).takes(&[field("contact_id", Id::Contact)]);
    CONTACT_SELF_REAL_NAME = newer("ContactSelfRealName", All);
    CONTACT_SELF_AKA = newer("ContactSelfAka", All);
    CONTACT_SELF_ROOM_ALIAS = newer("ContactSelfRoomAlias", All)
        .teaches(Teaches::OwnName)
        .takes(&[field("room_id", Id::Room)]);
    // Friendships.
    FRIENDSHIP_PAYLOAD = rpc("FriendshipPayload", Owner)
        .acknowledges()
        .in_order()
        .takes(&[field("id", Id::Friendship)])
        .gives(&[field("id", Id::Friendship), field("contact_id", Id::Contact)])
        .takes_twins(&[twin("payload", "payload_string_value_deprecated")]);
    FRIENDSHIP_SEARCH_PHONE = search("FriendshipSearchPhone");
    FRIENDSHIP_SEARCH_WEIXIN = search("FriendshipSearchWeixin").else_by(StandIn::Same("FriendshipSearchHandle"));
    FRIENDSHIP_SEARCH_HANDLE = search("FriendshipSearchHandle").else_by(StandIn::Same("FriendshipSearchWeixin"));
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
    MESSAGE_FILE_STREAM = older("MessageFileStream", Owner)
        .down(Down::OfMessage)
        .takes(MESSAGE)
        .else_by(StandIn::Whole("MessageFile"));
    MESSAGE_IMAGE_STREAM = older("MessageImageStream", Owner)
        .down(Down::OfMessage)
        .takes(MESSAGE)
        .else_by(StandIn::Whole("MessageImage"));
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
            field("quote_id", Id::Quote),
            field("text_contents.data.contact_id", Id::Contact),
        ])
        .gives_twins(&[twin("receive_time", "timestamp_deprecated")]);
    // The id that a shared contact card answers with is the contact's.
    MESSAGE_CONTACT = rpc("MessageContact", Owner).in_order().takes(MESSAGE).gives(&[field("id", Id::Contact)]);
    MESSAGE_MINI_PROGRAM = rpc("MessageMiniProgram", Owner).in_order().takes(MESSAGE);
    MESSAGE_URL = rpc("MessageUrl", Owner).in_order().takes(MESSAGE);
    MESSAGE_LOCATION = rpc("MessageLocation", Owner).in_order().takes(MESSAGE);
    MESSAGE_CHANNEL = newer("MessageChannel", Owner).in_order().takes(MESSAGE);
    MESSAGE_CHANNEL_CARD = newer("MessageChannelCard", Owner).in_order().takes(MESSAGE);
    MESSAGE_CALL_RECORD = newer("MessageCallRecord", Owner)
        .in_order()
        .takes(MESSAGE)
        .gives(&[field("call_record.starter_id", Id::Contact), field("call_record.participant_ids", Id::Contact)]);
    MESSAGE_CHAT_HISTORY = newer("MessageChatHistory", Owner)
        .takes(MESSAGE)
        .gives(&[
            field("chat_history_list.**.file_box", Id::FileBox),
            // Of who said it; a channel's is an address.
            field("chat_history_list.**.avatar", Id::FileBox),
        ]);
    MESSAGE_PREVIEW = newer("MessagePreview", Owner).takes(MESSAGE).gives(&[field("file_box", Id::FileBox)]);
    // Messages: acting on one.
    MESSAGE_RECALL = rpc("MessageRecall", Owner).author_alone().once().takes(MESSAGE);
    // Each of several is a message of its own, that arrives once or not at all: nobody is asked for several at once.
    MESSAGE_FORWARD = rpc("MessageForward", Owner)
        .says(Says::Same)
        .work(Work::Send)
        .paced(Paced::Message)
        .once()
        .takes(&[
            field("message_id", Id::Message),
            field("message_ids", Id::Message),
            field("conversation_id", Id::Conversation),
        ])
        .else_by(StandIn::Each(Each {
            rpc: "MessageForward",
            many: "message_ids",
            one: "message_id",
            answers: EachAnswers::Last { told_by: None },
        }))
        .gives(SENT)
        .gives_twins(SENT_TWINS);
    // Messages: sending.
    MESSAGE_SEND_FILE = send("MessageSendFile", Says::File, &[CONVERSATION, field("file_box", Id::FileBox)]);
    MESSAGE_SEND_FILE_STREAM = send("MessageSendFileStream", Says::File, &[CONVERSATION]).up(Up::Sent).of(Age::Older);
    MESSAGE_SEND_CONTACT =
        send("MessageSendContact", Says::Contact, &[CONVERSATION, field("contact_id", Id::Contact)]);
    MESSAGE_SEND_TEXT =
        send("MessageSendText", Says::Text, &[
            CONVERSATION,
            field("mentional_ids", Id::Contact),
            field("quote_id", Id::Quote),
        ]);
    MESSAGE_SEND_MINI_PROGRAM = send("MessageSendMiniProgram", Says::MiniProgram, &[CONVERSATION]);
    MESSAGE_SEND_URL = send("MessageSendUrl", Says::Url, &[CONVERSATION]);
    MESSAGE_SEND_LOCATION = rpc("MessageSendLocation", Send)
        .says(Says::Location)
        .takes(&[CONVERSATION])
        .gives(MESSAGE);
    MESSAGE_SEND_CHANNEL = newer_send("MessageSendChannel", Says::Channel, &[CONVERSATION]);
    MESSAGE_SEND_CHANNEL_CARD = newer_send("MessageSendChannelCard", Says::ChannelCard, &[CONVERSATION]);
    MESSAGE_SEND_POST = newer_send("MessageSendPost", Says::Post, &[
        CONVERSATION,
        field("content.parent_id", Id::Post),
        field("content.root_id", Id::Post),
        field("content.visible_list", Id::Contact),
        field("content.sayable_list.mention_id_list", Id::Contact),
        field("content.sayable_list.file_box", Id::FileBox),
    ]);
    CONVERSATION_READ = newer("ConversationRead", All).takes(&[CONVERSATION]);
    GET_MESSAGE_BROADCAST_TARGET = newer("GetMessageBroadcastTarget", Union)
        .gives(&[field("contact_ids", Id::Contact), field("room_ids", Id::Room)]);
    // One account says all of it: one that reaches them all. It counts as one message.
    CREATE_MESSAGE_BROADCAST = newer("CreateMessageBroadcast", Create)
        .work(Work::Send)
        .paced(Paced::Message)
        .takes(&[
            field("target_ids", Id::Conversation),
            field("content.parent_id", Id::Post),
            field("content.root_id", Id::Post),
            field("content.visible_list", Id::Contact),
            field("content.sayable_list.mention_id_list", Id::Contact),
            field("content.sayable_list.file_box", Id::FileBox),
        ])
        .gives(&[field("id", Id::Broadcast)]);
    GET_MESSAGE_BROADCAST_STATUS = newer("GetMessageBroadcastStatus", Owner)
        .takes(&[field("id", Id::Broadcast)])
        .gives(&[field("detail.contact_id", Id::Contact), field("detail.room_id", Id::Room)]);
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
        .takes(&[
            field("id", Id::Room),
            field("contact_id", Id::Contact),
            field("contact_ids", Id::Contact),
            field("quote_ids", Id::Quote),
        ])
        .else_by(StandIn::Each(Each {
            rpc: "RoomAdd",
            many: "contact_ids",
            one: "contact_id",
            answers: EachAnswers::Last { told_by: Some("CurrentUser") },
        }));
    ROOM_AVATAR = rpc("RoomAvatar", Reach).takes(ROOM).gives(&[field("file_box", Id::FileBox)]);
    ROOM_CREATE = rpc("RoomCreate", Create)
        .work(Work::Room)
        .paced(Paced::RoomCreation)
        .teaches(Teaches::RoomMade)
        .takes(&[field("contact_ids", Id::Contact)])
        .gives(&[field("id", Id::Room)]);
    // Stock services of the newer generation remove nobody if they are given several.
    ROOM_DEL = rpc("RoomDel", RoomAct)
        .leaves(Leaver::Named)
        .takes(&[field("id", Id::Room), field("contact_id", Id::Contact), field("contact_ids", Id::Contact)])
        .else_by(StandIn::Each(Each {
            rpc: "RoomDel",
            many: "contact_ids",
            one: "contact_id",
            answers: EachAnswers::Last { told_by: None },
        }));
    ROOM_QUIT = rpc("RoomQuit", All).leaves(Leaver::Doer).takes(ROOM);
    ROOM_TOPIC = rpc("RoomTopic", Reach)
        .changed_by(&["topic"], RoomAct)
        .takes(ROOM)
        .takes_twins(&[twin("topic", "topic_string_value_deprecated")])
        .gives_twins(&[twin("topic", "topic_string_value_deprecated")]);
    ROOM_QR_CODE = rpc("RoomQRCode", Reach).takes(ROOM);
    ROOM_ANNOUNCE = rpc("RoomAnnounce", Reach)
        .changed_by(&["text"], RoomAct)
        .takes(ROOM)
        .takes_twins(&[twin("text", "text_string_value_deprecated")])
        .gives_twins(&[twin("text", "text_string_value_deprecated")]);
    ROOM_REMARK = newer("RoomRemark", All).takes(ROOM);
    ROOM_PERMISSION = newer("RoomPermission", Reach)
        .changed_by(
            &[
                "invite_confirm",
                "admin_only_manage",
                "admin_only_at_all",
                "mute_all",
                "forbid_room_topic_edit",
                "disable_member_mutual_add",
            ],
            RoomAct,
        )
        .takes(ROOM);
    ROOM_OWNER_TRANSFER = newer("RoomOwnerTransfer", RoomAct)
        .takes(&[field("id", Id::Room), field("contact_id", Id::Contact)]);
    ROOM_ADD_ADMINS = newer("RoomAddAdmins", RoomAct).takes(ROOM_AND_CONTACTS);
    ROOM_DEL_ADMINS = newer("RoomDelAdmins", RoomAct).takes(ROOM_AND_CONTACTS);
    ROOM_ADD_V2 = newer("RoomAddV2", RoomAct)
        .paced(Paced::RoomInvitation)
        .takes(&[
            field("id", Id::Room),
            field("contact_ids", Id::Contact),
            field("quote_ids", Id::Quote),
        ])
        .gives(PARTED)
        .else_by(one_by_one("RoomAdd"));
    ROOM_DEL_V2 = newer("RoomDelV2", RoomAct)
        .leaves(Leaver::Named)
        .takes(ROOM_AND_CONTACTS)
        .gives(PARTED)
        .else_by(one_by_one("RoomDel"));
    ROOM_DISMISS = newer("RoomDismiss", RoomAct).takes(ROOM);
    // Any account can read what a code leads to.
    ROOM_PARSE_DYNAMIC_QR_CODE = newer("RoomParseDynamicQRCode", Create).again();
    // Room members and invitations.
    ROOM_MEMBER_PAYLOAD = rpc("RoomMemberPayload", Reach)
        .names(Naming::Member)
        .takes(&[field("id", Id::Room), field("member_id", Id::Contact)])
        .gives(&[field("id", Id::Contact), field("inviter_id", Id::Contact)]);
    ROOM_MEMBER_LIST = rpc("RoomMemberList", Reach).takes(ROOM).gives(&[field("member_ids", Id::Contact)]);
    BATCH_ROOM_MEMBER_PAYLOAD = newer("BatchRoomMemberPayload", Reach)
        .names(Naming::Member)
        .takes(&[field("id", Id::Room), field("member_ids", Id::Contact)])
        .gives(&[field("member_payloads.id", Id::Contact), field("member_payloads.inviter_id", Id::Contact)])
        .else_by(StandIn::Each(Each {
            rpc: "RoomMemberPayload",
            many: "member_ids",
            one: "member_id",
            answers: EachAnswers::Into("member_payloads"),
        }));
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
    // One account comes in; the others are brought in as into any room.
    ROOM_INVITATION_ACCEPT_BY_QR_CODE = newer("RoomInvitationAcceptByQRCode", Create)
        .gives(&[field("room_id", Id::Room), field("chat_id", Id::Room)]);
    // Tags, as the older generation has them: their ids are their names, which pass as they are.
    TAG_CONTACT_ADD = older("TagContactAdd", All)
        .takes(&[field("contact_id", Id::Contact)])
        .else_by(StandIn::ById(LabelAct::Put));
    TAG_CONTACT_REMOVE = older("TagContactRemove", All)
        .takes(&[field("contact_id", Id::Contact)])
        .else_by(StandIn::ById(LabelAct::Take));
    TAG_CONTACT_DELETE = older("TagContactDelete", All).else_by(StandIn::ById(LabelAct::Delete));
    TAG_CONTACT_LIST = older("TagContactList", Union)
        .takes(&[
            field("contact_id", Id::Contact),
            field("contact_id_string_value_deprecated.value", Id::Contact),
        ])
        .takes_twins(&[twin("contact_id", "contact_id_string_value_deprecated")])
        .else_by(StandIn::ById(LabelAct::List));
    // Tags, as the newer one has them: their ids are their account's own.
    TAG_CONTACT_TAG_ADD = newer("TagContactTagAdd", Owner)
        .takes(TAGS_AND_CONTACTS)
        .else_by(StandIn::ByName(LabelAct::Put));
    TAG_CONTACT_TAG_REMOVE = newer("TagContactTagRemove", Owner)
        .takes(TAGS_AND_CONTACTS)
        .else_by(StandIn::ByName(LabelAct::Take));
    TAG_CONTACT_TAG_LIST = newer("TagContactTagList", Union)
        .takes(&[field("contact_id", Id::Contact)])
        .gives(TAGS)
        .else_by(StandIn::ByName(LabelAct::List));
    TAG_TAG_CONTACT_LIST = newer("TagTagContactList", Owner).takes(TAG).gives(&[field("contact_ids", Id::Contact)]);
    TAG_TAG_ADD = newer("TagTagAdd", Create)
        .takes(&[field("tag_group_id", Id::TagGroup)])
        .gives(&[field("deprecated_tag_id", Id::Tag), field("tag_info.tag_id", Id::Tag)])
        .else_by(StandIn::ByName(LabelAct::Make));
    TAG_TAG_DELETE = newer("TagTagDelete", Owner)
        .once()
        .takes(&[field("tag_id", Id::Tag), field("deprecated_tag_id", Id::Tag)])
        .else_by(StandIn::ByName(LabelAct::Delete));
    TAG_TAG_MODIFY = newer("TagTagModify", Owner)
        .takes(&[field("tag_new_info.tag_id", Id::Tag), field("deprecated_tag_id", Id::Tag)])
        .gives(&[field("deprecated_tag_id", Id::Tag), field("tag_info.tag_id", Id::Tag)]);
    TAG_TAG_LIST = newer("TagTagList", Union).gives(TAGS).else_by(StandIn::ByName(LabelAct::List));
    TAG_PAYLOAD = newer("TagPayload", Owner)
        .takes(TAG)
        .gives(&[field("payload.id", Id::Tag), field("payload.group_id", Id::TagGroup)])
        .else_by(StandIn::ByName(LabelAct::Show));
    TAG_GROUP_ADD = newer("TagGroupAdd", Create).gives(TAG_GROUP);
    TAG_GROUP_DELETE = newer("TagGroupDelete", Owner).once().takes(TAG_GROUP);
    TAG_GROUP_LIST = newer("TagGroupList", Union).gives(&[field("tag_group_ids", Id::TagGroup)]);
    TAG_GROUP_TAG_LIST = newer("TagGroupTagList", Union).takes(TAG_GROUP).gives(TAGS);
    TAG_GROUP_PAYLOAD = newer("TagGroupPayload", Owner)
        .takes(&[field("group_id", Id::TagGroup)])
        .gives(&[field("payload.id", Id::TagGroup)]);
    // Moments and other posts. What is published is published by one account.
    MOMENT_PUBLISH = newer("momentPublish", Create)
        .takes(&[
            field("post.parent_id", Id::Post),
            field("post.root_id", Id::Post),
            field("post.visible_list", Id::Contact),
            field("post.sayable_list.mention_id_list", Id::Contact),
            field("post.sayable_list.file_box", Id::FileBox),
        ])
        .gives(&[field("moment_id", Id::Post)]);
    MOMENT_UNPUBLISH = newer("MomentUnpublish", Owner).once().takes(&[field("moment_id", Id::Post)]);
    MOMENT_VISIBLE_LIST = newer("MomentVisibleList", Union).gives(&[field("contact_ids", Id::Contact)]);
    MOMENT_SIGNATURE = newer("momentSignature", Reach).changed_by(&["text"], All);
    MOMENT_COVERAGE = newer("momentCoverage", Reach)
        .changed_by(&["file_box"], All)
        .takes(&[field("file_box", Id::FileBox)])
        .gives(&[field("file_box", Id::FileBox)]);
    POST_PAYLOAD = newer("postPayload", Owner)
        .takes(&[field("post_id", Id::Post)])
        .gives(&[
            field("post.parent_id", Id::Post),
            field("post.root_id", Id::Post),
            field("post.contact_id", Id::Contact),
            field("post.visible_list", Id::Contact),
            field("post.sayable_list.mention_id_list", Id::Contact),
            field("post.sayable_list.file_box", Id::FileBox),
        ]);
    POST_PAYLOAD_SAYABLE = newer("postPayloadSayable", Owner)
        .takes(&[field("post_id", Id::Post)])
        .gives(&[field("sayable.mention_id_list", Id::Contact), field("sayable.file_box", Id::FileBox)]);
    POST_TAP = newer("postTap", Owner).takes(&[field("post_id", Id::Post)]);
    // What companies have.
    GET_CONTACT_EXTERNAL_USER_ID = newer("GetContactExternalUserId", Batch)
        .takes(&[field("contact_ids", Id::Contact)])
        .gives(&[field("contact_external_user_id_pairs.contact_id", Id::Contact)]);
    GET_ROOM_ANTI_SPAM_STRATEGY_LIST = newer("GetRoomAntiSpamStrategyList", Union)
        .gives(&[field("strategies.id", Id::Strategy)]);
    GET_ROOM_ANTI_SPAM_STRATEGY_EFFECT_ROOM_LIST = newer("GetRoomAntiSpamStrategyEffectRoomList", Owner)
        .takes(&[field("strategy_id", Id::Strategy)])
        .gives(&[field("room_ids", Id::Room)]);
    APPLY_ROOM_ANTI_SPAM_STRATEGY = newer("ApplyRoomAntiSpamStrategy", Owner)
        .takes(&[field("strategy_id", Id::Strategy), field("room_ids", Id::Room)]);
    GET_CORP_MESSAGE_INTERCEPTION_STRATEGIES = newer("GetCorpMessageInterceptionStrategies", Union);
    // Files.
    UPLOAD = rpc("Upload", Upload).up(Up::Kept).gives(&[field("id", Id::File)]);
    DOWNLOAD = rpc("Download", Owner).down(Down::Registered).takes(&[field("id", Id::File)]);
}

const MESSAGE: &[IdField] = &[field("id", Id::Message)];
const ROOM: &[IdField] = &[field("id", Id::Room)];
const ROOM_AND_CONTACTS: &[IdField] = &[field("id", Id::Room), field("contact_ids", Id::Contact)];
const PARTED: &[IdField] = &[field("success_ids", Id::Contact), field("failed_ids", Id::Contact)];
const TAG: &[IdField] = &[field("tag_id", Id::Tag)];
const TAGS: &[IdField] = &[field("tag_ids", Id::Tag)];
const TAG_GROUP: &[IdField] = &[field("tag_group_id", Id::TagGroup)];
const TAGS_AND_CONTACTS: &[IdField] = &[field("tag_ids", Id::Tag), field("contact_ids", Id::Contact)];
const VERIFY: &[IdField] = &[field("id", Id::Verify)];
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

/// The same of the newer generation, whose answers have one spelling.
const fn newer_send(name: &'static str, says: Says, takes: &'static [IdField]) -> Rpc {
    newer(name, Send).says(says).takes(takes).gives(MESSAGE)
}

/// For each contact, with lists of those with whom it was done and of those with whom it was not.
const fn one_by_one(rpc: &'static str) -> StandIn {
    let answers = EachAnswers::Parted { done: "success_ids", failed: "failed_ids", why: "failed_reasons" };
    StandIn::Each(Each { rpc, many: "contact_ids", one: "contact_id", answers })
}
