use alloc::{collections::BTreeSet, string::String, vec::Vec};

use super::*;
use crate::{ejection::Work, pace::Paced};

/// The names of those of which this is so, in the table's order.
fn which(is: impl Fn(&Rpc) -> bool) -> Vec<&'static str> {
    RPCS.iter().filter(|rpc| is(rpc)).map(|rpc| rpc.name).collect()
}

#[test]
fn there_are_121_of_both_generations_and_each_is_there_once() {
    assert_eq!(RPCS.len(), 121);
    assert_eq!(RPCS.iter().map(|rpc| rpc.name).collect::<BTreeSet<_>>().len(), 121);
}

#[test]
fn each_is_called_here_as_in_the_service() {
    assert_eq!(table::CONSTANTS.len(), RPCS.len());
    for ((constant, named), rpc) in table::CONSTANTS.iter().zip(RPCS) {
        let plain: String = constant.chars().filter(|it| *it != '_').collect();
        assert_eq!((plain, *named), (rpc.name.to_uppercase(), rpc));
    }
}

#[test]
fn what_only_looks_is_answered_in_order_but_for_files() {
    let payload = Some("MessagePayload");
    for rpc in [DING, VERSION, CURRENT_USER, MESSAGE_PAYLOAD] {
        assert_eq!(rpc.sort(), payload, "{}", rpc.name);
    }
    let alone: BTreeSet<&str> =
        RPCS.iter().filter_map(Rpc::sort).filter(|sort| Some(*sort) != payload).collect();
    let expected = [
        "ContactSelfQRCode",
        "ContactPayload",
        "ContactAlias",
        "ContactList",
        "FriendshipPayload",
        "MessageContact",
        "MessageMiniProgram",
        "MessageUrl",
        "MessageLocation",
        "RoomPayload",
        "RoomList",
        "RoomTopic",
        "RoomQRCode",
        "RoomAnnounce",
        "RoomMemberPayload",
        "RoomMemberList",
        "RoomInvitationPayload",
        "TagContactList",
        "BatchContactPayload",
        "MessageChannel",
        "MessageChannelCard",
        "MessageCallRecord",
        "GetMessageBroadcastTarget",
        "RoomPermission",
        "BatchRoomMemberPayload",
        "TagContactTagList",
        "TagTagList",
        "TagGroupList",
        "TagGroupTagList",
        "MomentVisibleList",
        "momentSignature",
        "GetContactExternalUserId",
        "GetRoomAntiSpamStrategyList",
        "GetCorpMessageInterceptionStrategies",
    ];
    assert_eq!(alone, BTreeSet::from(expected));
    for rpc in [EVENT, MESSAGE_FILE, ROOM_AVATAR, DOWNLOAD, MESSAGE_SEND_TEXT, MESSAGE_FORWARD, ROOM_ADD] {
        assert_eq!(rpc.sort(), None, "{}", rpc.name);
    }
}

#[test]
fn what_an_owner_answers_is_found_by_an_owned_id() {
    for rpc in RPCS.iter().filter(|rpc| rpc.conduct.class == Class::Owner) {
        assert!(rpc.takes.first().is_some_and(|field| field.id.is_owned()), "{}", rpc.name);
    }
}

#[test]
fn what_is_sent_goes_to_a_conversation_says_something_and_counts() {
    for rpc in RPCS.iter().filter(|rpc| rpc.conduct.class == Class::Send) {
        assert_eq!(rpc.takes[0].id, Id::Conversation, "{}", rpc.name);
        assert!(rpc.gives.iter().all(|field| field.id == Id::Message), "{}", rpc.name);
    }
    let sends = [
        "MessageForward",
        "MessageSendFile",
        "MessageSendFileStream",
        "MessageSendContact",
        "MessageSendText",
        "MessageSendMiniProgram",
        "MessageSendUrl",
        "MessageSendLocation",
        "MessageSendChannel",
        "MessageSendChannelCard",
        "MessageSendPost",
    ];
    assert_eq!(which(|rpc| rpc.says.is_some()), sends);
    let counted = [sends.as_slice(), &["CreateMessageBroadcast"]].concat();
    assert_eq!(which(|rpc| rpc.conduct.paced == Some(Paced::Message)), counted);
    assert_eq!(which(|rpc| rpc.conduct.work == Some(Work::Send)), counted);
}

#[test]
fn what_wechat_throttles_and_counts_besides_is_friendships_and_rooms() {
    let work = |work| which(|rpc| rpc.conduct.work == Some(work));
    let searches = ["FriendshipSearchPhone", "FriendshipSearchWeixin", "FriendshipSearchHandle"];
    assert_eq!(work(Work::Befriend), [searches.as_slice(), &["FriendshipAdd"]].concat());
    assert_eq!(
        work(Work::Room),
        [
            "RoomAdd",
            "RoomCreate",
            "RoomDel",
            "RoomOwnerTransfer",
            "RoomAddAdmins",
            "RoomDelAdmins",
            "RoomAddV2",
            "RoomDelV2",
            "RoomDismiss",
        ]
    );
    assert_eq!(
        which(|rpc| rpc.change.is_some_and(|it| it.conduct.work.is_some())),
        ["RoomTopic", "RoomAnnounce", "RoomPermission"]
    );
    let paced = |paced| which(|rpc| rpc.conduct.paced == Some(paced));
    assert_eq!(paced(Paced::FriendAdd), ["FriendshipAdd"]);
    assert_eq!(paced(Paced::RoomCreation), ["RoomCreate"]);
    assert_eq!(paced(Paced::RoomInvitation), ["RoomAdd", "RoomAddV2"]);
    assert!(RPCS.iter().all(|rpc| rpc.change.is_none_or(|it| it.conduct.paced.is_none())));
}

#[test]
fn what_changes_something_is_asked_for_once() {
    let again = which(|rpc| rpc.conduct.again);
    let looks = |rpc: &Rpc| {
        let class = rpc.conduct.class;
        matches!(class, Class::Local(_) | Class::Owner | Class::Reach | Class::Union | Class::Batch)
    };
    let but = |name: &&str| {
        let once = [
            "FriendshipAccept",
            "MessageRecall",
            "MessageForward",
            "RoomInvitationAccept",
            "EnterVerifyCode",
            "CancelVerifyCode",
            "TagTagDelete",
            "TagGroupDelete",
            "MomentUnpublish",
        ];
        once.contains(name)
    };
    let looks = which(|rpc| {
        looks(rpc) || rpc.teaches == Some(Teaches::Stranger) || rpc == ROOM_PARSE_DYNAMIC_QR_CODE
    });
    assert_eq!(again, looks.into_iter().filter(|name| !but(name)).collect::<Vec<_>>());
    assert!(RPCS.iter().all(|rpc| rpc.change.is_none_or(|it| !it.conduct.again)));
}

#[test]
fn what_leaves_a_room_or_names_somebody_is_led_by_an_id_and_names_a_contact() {
    for rpc in RPCS {
        let leads = |id| rpc.takes.first().is_some_and(|field| field.id == id);
        let has_contact = rpc.takes.iter().any(|field| field.id == Id::Contact);
        assert!(match rpc.leaves {
            None => true,
            Some(Leaver::Doer) => leads(Id::Room),
            Some(Leaver::Named) => leads(Id::Room) && has_contact,
        });
        assert!(match rpc.names {
            None => true,
            Some(Naming::Contact) => leads(Id::Contact),
            Some(Naming::Member) => leads(Id::Room) && has_contact,
        });
        assert!(
            rpc.from_book <= leads(Id::Message) && rpc.author_alone <= leads(Id::Message),
            "{}",
            rpc.name
        );
        assert!(
            rpc.acknowledges <= rpc.takes.first().is_some_and(|field| field.id.is_owned()),
            "{}",
            rpc.name
        );
    }
}

#[test]
fn what_the_gateway_does_itself_it_does_for_one_rpc_each() {
    let local = |local| which(|rpc| rpc.conduct.class == Class::Local(local));
    let all = [Local::Start, Local::Stop, Local::Ding, Local::Version, Local::Event, Local::CurrentUser];
    assert_eq!(all.map(local), [["Start"], ["Stop"], ["Ding"], ["Version"], ["Event"], ["CurrentUser"]]);
    assert_eq!(which(|rpc| rpc.shape == Shape::Events), ["Event"]);
}

#[test]
fn what_streams_files_is_known_by_its_shape() {
    let shape = |shape| which(|rpc| rpc.shape == shape);
    assert_eq!(shape(Shape::Down(Down::OfMessage)), ["MessageFileStream", "MessageImageStream"]);
    assert_eq!(shape(Shape::Down(Down::Registered)), ["Download"]);
    assert_eq!(shape(Shape::Up(Up::Kept)), ["Upload"]);
    assert_eq!(shape(Shape::Up(Up::Sent)), ["MessageSendFileStream"]);
}

#[test]
fn what_stands_in_for_another_is_there_and_is_no_detour() {
    let named = |name: &str| RPCS.iter().find(|rpc| rpc.name == name);
    for rpc in RPCS {
        let other = match rpc.stands_in {
            None | Some(StandIn::ById(_) | StandIn::ByName(_)) => continue,
            Some(StandIn::Each(each)) => each.rpc,
            Some(StandIn::Same(other) | StandIn::Whole(other)) => other,
        };
        let other = named(other).unwrap_or_else(|| panic!("{}: no {other}", rpc.name));
        if let Some(StandIn::Each(Each { answers: EachAnswers::Last { told_by }, .. })) = rpc.stands_in {
            assert_eq!((other, told_by.is_none_or(|it| named(it).is_some())), (rpc, true));
        }
        let is_way_back = other.stands_in == Some(StandIn::Same(rpc.name));
        let is_itself = other == rpc;
        assert!(
            other.stands_in.is_none()
                || is_way_back
                || is_itself
                || matches!(other.stands_in, Some(StandIn::Each(_)))
        );
    }
    let by = |by: fn(LabelAct) -> StandIn, act| which(|rpc| rpc.stands_in == Some(by(act)));
    assert_eq!(by(StandIn::ById, LabelAct::Put), ["TagContactAdd"]);
    assert_eq!(by(StandIn::ByName, LabelAct::Put), ["TagContactTagAdd"]);
    assert_eq!(by(StandIn::ByName, LabelAct::List), ["TagContactTagList", "TagTagList"]);
}

#[test]
fn seven_are_of_the_older_generation_alone_and_sixty_of_the_newer() {
    let of = |age| which(|rpc| rpc.age == age).len();
    assert_eq!([Age::Both, Age::Older, Age::Newer].map(of), [54, 7, 60]);
    // An account that has an RPC by its other name lacks nothing.
    let also = which(|rpc| rpc.age == Age::Both && rpc.may_be_lacking());
    assert_eq!(also, ["FriendshipSearchWeixin", "FriendshipSearchHandle"]);
}
