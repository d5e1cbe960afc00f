//! Towards bots the accounts are one person; towards each account that person is itself.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{
    NORTH, ROOM, SOUTH, Turns, WEST, World, change, given, message, messages, said, setup, written, wxid,
};
use ha_wechaty_core::{AccountId, Aim, DirtyType, Ids, Input, LinkFact, Setup, WeChatEvent};

/// A team of two and a third whose provider gives every account ids of its own.
fn mixed() -> World {
    let mut setup: Setup = setup(3);
    setup.accounts[2].ids = Ids::Own;
    let mut world = World::up_with(&setup);
    world.connect(1);
    world
}

#[test]
fn every_account_is_the_virtual_self_in_every_event() {
    let mut world = World::up(2);
    world.connect(1);
    let joined = change(&["alice"], &wxid(NORTH));
    let told = given(1, &world.tells(SOUTH, WeChatEvent::RoomJoin(joined)));
    assert_eq!(told, [WeChatEvent::RoomJoin(change(&["alice"], "bot"))]);
    let left = change(&["alice"], &wxid(SOUTH));
    let told = given(1, &world.tells(SOUTH, WeChatEvent::RoomLeave(left)));
    assert_eq!(told, [WeChatEvent::RoomLeave(change(&["alice"], "bot"))]);
    let topic = |changer: String| WeChatEvent::RoomTopic {
        room: ROOM.into(),
        changer,
        new: "new".into(),
        old: "old".into(),
        timestamp: None,
    };
    assert_eq!(given(1, &world.tells(NORTH, topic(wxid(SOUTH)))), [topic("bot".into())]);
    let dirty = |id: String| WeChatEvent::Dirty { kind: DirtyType::Contact, id };
    assert_eq!(given(1, &world.tells(NORTH, dirty(wxid(SOUTH)))), [dirty("bot".into())]);
}

#[test]
fn what_one_account_owns_is_tagged_with_it() {
    let mut world = World::up(2);
    world.connect(1);
    for event in [
        |id: &str| WeChatEvent::Friendship { id: id.into() },
        |id: &str| WeChatEvent::RoomInvite { id: id.into() },
        |id: &str| WeChatEvent::Post { id: id.into() },
        |id: &str| WeChatEvent::Dirty { kind: DirtyType::Message, id: id.into() },
    ] {
        assert_eq!(given(1, &world.tells(SOUTH, event("x"))), [event("x~south")]);
    }
    let shared = |kind| WeChatEvent::Dirty { kind, id: "x".into() };
    for kind in [DirtyType::Contact, DirtyType::Room, DirtyType::RoomMember] {
        assert_eq!(given(1, &world.tells(SOUTH, shared(kind))), [shared(kind)]);
    }
}

#[test]
fn what_an_account_says_of_the_team_is_not_passed_on() {
    let mut world = World::up(1);
    world.connect(1);
    for event in [
        WeChatEvent::Ready,
        WeChatEvent::Login { contact_id: "x".into() },
        WeChatEvent::Logout { contact_id: "x".into(), reason: String::new() },
        WeChatEvent::Message { id: "m1".into() },
        WeChatEvent::Dong { data: "x".into() },
    ] {
        assert_eq!(world.tells(NORTH, event), []);
    }
}

#[test]
fn with_ids_of_its_own_everything_is_told_as_its_own() {
    let mut world = mixed();
    let told = given(1, &world.tells(WEST, WeChatEvent::RoomJoin(change(&["@alice", &wxid(WEST)], "@bob"))));
    let Some(WeChatEvent::RoomJoin(change)) = told.first() else { panic!("{told:?}") };
    assert_eq!(change.room, format!("{ROOM}~west"));
    assert_eq!(change.people, ["@alice~west", "bot"]);
    assert_eq!(change.by, "@bob~west");
}

#[test]
fn the_same_words_in_rooms_that_can_not_be_compared_are_told_each() {
    let mut world = mixed();
    assert_eq!(messages(1, &world.shows(NORTH, said("alice", "hi", "n1"))), ["n1~north"]);
    assert_eq!(messages(1, &world.shows(WEST, said("@@alice", "hi", "w1"))), ["w1~west"]);
    assert_eq!(messages(1, &world.shows(SOUTH, said("alice", "hi", "s1"))), [""; 0]);
}

#[test]
fn a_conversation_of_its_own_is_reached_by_its_holder_only() {
    let world = mixed();
    let order = |aim| world.routing().order(aim, None, &Turns::default());
    assert_eq!(order(Aim::Say("@alice~west")), [WEST]);
    assert_eq!(order(Aim::See("room@chatroom~west")), [WEST]);
    assert_eq!(order(Aim::Say("alice")), [NORTH, SOUTH], "a shared id means nothing to it");
    assert_eq!(order(Aim::Oneself), [NORTH, SOUTH, WEST]);
}

#[test]
fn a_holder_that_is_away_leaves_nobody() {
    let mut world = mixed();
    world.link(WEST, crate::support::logout());
    assert_eq!(world.routing().order(Aim::Say("@alice~west"), None, &Turns::default()), []);
    assert!(world.routing().outage().contains("west is logged out"));
}

#[test]
fn nobody_without_a_name_is_the_virtual_self() {
    let mut world = World::up(1);
    world.connect(1);
    world.link(NORTH, LinkFact::Login { contact_id: String::new() });
    let join = WeChatEvent::RoomJoin(change(&["alice"], ""));
    assert_eq!(given(1, &world.tells(NORTH, join.clone())), [join]);
    assert_eq!(world.routing().identity().contact_in(NORTH, "bot"), Some(wxid(NORTH)));
}

#[test]
fn what_is_shown_before_an_accounts_own_id_is_known_is_told_all_the_same() {
    let mut world = World::new(2);
    world.step();
    world.connect(1);
    world.link(NORTH, LinkFact::Opened);
    world.shows(NORTH, said("alice", "early", "n1"));
    assert!(world.login(NORTH).iter().any(|it| given(1, std::slice::from_ref(it)) == [message("n1~north")]));
    world.link(SOUTH, LinkFact::Opened);
    assert_eq!(messages(1, &world.shows(SOUTH, said("alice", "early", "s1"))), [""; 0]);
}

#[test]
fn teammates_that_write_to_each_other_are_the_bot_that_writes_to_itself_once() {
    let mut world = World::up(2);
    world.connect(1);
    let (north, south) = (wxid(NORTH), wxid(SOUTH));
    assert_eq!(messages(1, &world.shows(NORTH, written(&north, &south, "psst", "n1"))), ["n1~north"]);
    assert_eq!(messages(1, &world.shows(SOUTH, written(&north, &south, "psst", "s1"))), [""; 0]);
    assert_eq!(messages(1, &world.shows(SOUTH, written(&south, &north, "psst", "s2"))), ["s2~south"]);
    assert!(world.team.directory().reach("bot").yes.is_empty(), "the virtual self is no conversation");
}

#[test]
fn the_lists_of_an_account_name_no_teammate() {
    let mut world = World::up(2);
    let contacts = Some(vec![wxid(NORTH), wxid(SOUTH), "alice".into()]);
    world.tell(Input::Lists { account: SOUTH, contacts, rooms: None });
    assert_eq!(world.team.directory().len(), 2, "{ROOM} and alice");
    assert_eq!(world.routing().reach("alice").yes.iter().collect::<Vec<AccountId>>(), [SOUTH]);
}
