//! What is known of rooms and contacts is kept fresh, slowly, and what is newer is not undone by what is older.
#![allow(missing_docs, clippy::expect_used)]

use std::{collections::BTreeMap, time::Duration};

use crate::support::{NORTH, ROOM, SOUTH, World, change, logout, said, seconds, setup, written, wxid};
use ha_wechaty_core::{AccountId, Command, DirtyType, Input, LinkFact, Risk, Setup, Time, WeChatEvent};

const HOUR: Duration = Duration::from_secs(3_600);

fn refreshed(accounts: usize) -> Setup {
    Setup { refresh: Some(HOUR), ..setup(accounts) }
}

/// All accounts logged in; their lists are under way.
fn logged_in(setup: &Setup) -> World {
    let mut world = World::with(setup, 1);
    world.step();
    for index in 0..setup.accounts.len() {
        world.link(AccountId::at(index), LinkFact::Opened);
        world.login(AccountId::at(index));
    }
    world
}

fn lists(world: &mut World, account: AccountId, contacts: &[&str], rooms: &[&str]) {
    let owned = |ids: &[&str]| Some(ids.iter().map(ToString::to_string).collect());
    world.tell(Input::Lists { account, contacts: owned(contacts), rooms: owned(rooms) });
}

fn payload(account: AccountId, room: &str, members: &[AccountId]) -> Input {
    let (room, topic, owner) = (room.to_owned(), "topic".to_owned(), "alice".to_owned());
    let members = members.iter().map(|it| wxid(*it)).chain(["alice".into()]).collect();
    Input::Room { account, room, topic, members, owner, admins: vec![] }
}

fn reaches(world: &World, conversation: &str) -> Vec<AccountId> {
    world.routing().reach(conversation).yes.iter().collect()
}

fn readings(commands: &[Command]) -> Vec<(AccountId, String)> {
    let mut readings = Vec::new();
    for command in commands {
        if let Command::ReadRoom { account, room } = command {
            readings.push((*account, room.clone()));
        } else if let Command::Learn { account } = command {
            readings.push((*account, "lists".into()));
        }
    }
    readings
}

/// So much time passes, and what is asked for is answered at once: lists as given, rooms with both accounts.
/// Returns what was read when.
fn answer(world: &mut World, time: Duration, rooms: &[&str]) -> Vec<(Time, AccountId, String)> {
    let (end, mut all) = (world.now + time, Vec::new());
    while world.team.poll_timeout().is_some_and(|wake| wake <= end) {
        for (account, what) in readings(&world.step()) {
            match what.as_str() {
                "lists" => lists(world, account, &["alice"], rooms),
                room => drop(world.tell(payload(account, room, &[NORTH, SOUTH]))),
            }
            all.push((world.now, account, what));
        }
        // Nobody falls silent meanwhile.
        for account in [NORTH, SOUTH] {
            world.tell(Input::PuppetDong { account });
        }
    }
    world.now = end;
    all
}

#[test]
fn a_list_is_the_truth_about_its_account() {
    let mut world = logged_in(&setup(2));
    lists(&mut world, NORTH, &["alice", "bob"], &["a", "b"]);
    lists(&mut world, SOUTH, &["alice", "bob"], &["a", "b"]);
    // It names the rooms that it is seen in.
    world.tell(payload(NORTH, "b", &[NORTH, SOUTH]));
    world.link(NORTH, logout());
    world.login(NORTH);
    lists(&mut world, NORTH, &["alice"], &["b"]);
    assert_eq!((reaches(&world, "bob"), reaches(&world, "a")), (vec![SOUTH], vec![SOUTH]));
    assert!(world.routing().reach("a").no.contains(NORTH) && world.routing().reach("bob").no.contains(NORTH));
    assert_eq!((reaches(&world, "alice"), reaches(&world, "b")), (vec![NORTH, SOUTH], vec![NORTH, SOUTH]));
}

#[test]
fn what_was_learnt_after_a_list_was_asked_for_is_newer() {
    let mut world = logged_in(&setup(1));
    world.tells(NORTH, WeChatEvent::RoomJoin(change(&[&wxid(NORTH)], "alice")));
    lists(&mut world, NORTH, &["alice"], &["a"]);
    assert_eq!(reaches(&world, ROOM), [NORTH]);
    for rooms in [&["a", ROOM][..], &["a"]] {
        world.link(NORTH, logout());
        world.login(NORTH);
        lists(&mut world, NORTH, &["alice"], rooms);
    }
    assert!(reaches(&world, ROOM).is_empty(), "this list is newer");
}

#[test]
fn a_list_that_leaves_out_a_room_that_its_account_was_seen_in_says_nothing_of_what_it_leaves_out() {
    let mut world = logged_in(&setup(2));
    let again = |world: &mut World, rooms: &[&str]| {
        world.link(NORTH, logout());
        world.login(NORTH);
        lists(world, NORTH, &["alice"], rooms);
    };
    // Only rooms that were saved are listed; it is seen in one that was not.
    lists(&mut world, NORTH, &["alice"], &["saved", "other"]);
    world.shows(NORTH, ha_wechaty_core::MessageFacts { room: ROOM.into(), ..said("bob", "hi", "m1") });
    world.tell(payload(NORTH, "saved", &[NORTH]));
    again(&mut world, &["saved"]);
    assert_eq!((reaches(&world, ROOM), reaches(&world, "other")), (vec![NORTH], vec![NORTH]));
    // It tells all of them after all.
    again(&mut world, &["saved", ROOM]);
    assert_eq!((reaches(&world, ROOM), reaches(&world, "other")), (vec![NORTH], vec![]));
    again(&mut world, &["saved"]);
    assert!(reaches(&world, ROOM).is_empty() && world.routing().reach(ROOM).no.contains(NORTH));
}

#[test]
fn a_list_of_which_nothing_is_known_yet_takes_nothing_away_and_what_was_tried_does() {
    let mut world = logged_in(&setup(2));
    for rooms in [&["a", "b"][..], &["b"]] {
        world.link(NORTH, logout());
        world.login(NORTH);
        lists(&mut world, NORTH, &["alice", "bob"], rooms);
    }
    assert_eq!(reaches(&world, "a"), [NORTH]);
    // Its payload is read, and is no evidence against it.
    assert!(readings(&world.pass(seconds(60))).iter().any(|(_, what)| what == "a"));
    world.tell(payload(NORTH, "a", &[NORTH]));
    assert_eq!(reaches(&world, "a"), [NORTH]);
    world.tell(Input::Unreachable { account: NORTH, conversation: "a".into() });
    assert!(world.routing().reach("a").no.contains(NORTH));
}

#[test]
fn a_contact_that_no_list_ever_named_is_missed_in_none() {
    let mut world = logged_in(&setup(1));
    lists(&mut world, NORTH, &["alice", "bob"], &[]);
    world.tell(Input::Reaches { account: NORTH, contacts: vec!["carol".into()], rooms: vec![] });
    world.link(NORTH, logout());
    world.login(NORTH);
    lists(&mut world, NORTH, &["alice"], &[]);
    assert_eq!((reaches(&world, "carol"), reaches(&world, "bob")), (vec![NORTH], vec![]));
}

#[test]
fn a_list_that_nobody_asked_for_undoes_nothing() {
    let mut world = World::up(1);
    lists(&mut world, NORTH, &["alice"], &[]);
    assert_eq!(reaches(&world, ROOM), [NORTH]);
    let reaches_alice = vec!["alice".into()];
    world.tell(Input::Reaches { account: NORTH, contacts: reaches_alice, rooms: vec![] });
    assert_eq!(reaches(&world, ROOM), [NORTH]);
}

#[test]
fn a_list_that_could_not_be_read_says_nothing_and_is_asked_for_again() {
    let mut world = logged_in(&setup(1));
    lists(&mut world, NORTH, &["alice"], &["a"]);
    world.link(NORTH, logout());
    world.login(NORTH);
    world.tell(Input::Lists { account: NORTH, contacts: None, rooms: None });
    assert_eq!((reaches(&world, "alice"), reaches(&world, "a")), (vec![NORTH], vec![NORTH]));
    let mut read = Vec::new();
    while read.is_empty() {
        read = readings(&world.step());
    }
    assert_eq!(read, [(NORTH, "lists".into())]);
    lists(&mut world, NORTH, &[], &[]);
    assert_eq!(reaches(&world, "alice"), [NORTH], "an account without any contact has not loaded them");
    assert_eq!(reaches(&world, "a"), [NORTH], "nobody knows whether its list names all rooms");
}

#[test]
fn who_wrote_to_an_account_can_be_answered_by_it_though_no_list_names_them() {
    let mut world = logged_in(&setup(1));
    world.shows(NORTH, written("gh_shop", &wxid(NORTH), "welcome", "m1"));
    lists(&mut world, NORTH, &["alice"], &[]);
    world.link(NORTH, logout());
    world.login(NORTH);
    lists(&mut world, NORTH, &["alice"], &[]);
    assert_eq!(reaches(&world, "gh_shop"), [NORTH]);
    world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Contact, id: "gh_shop".into() });
    let commands = world.pass(seconds(301));
    assert!(readings(&commands).contains(&(NORTH, "lists".into())), "something changed: {commands:?}");
    lists(&mut world, NORTH, &["alice"], &[]);
    assert!(reaches(&world, "gh_shop").is_empty(), "not a contact any more");
}

#[test]
fn an_account_that_logs_in_as_somebody_else_is_not_where_it_was() {
    let mut world = logged_in(&setup(2));
    for account in [NORTH, SOUTH] {
        lists(&mut world, account, &["alice"], &[ROOM]);
    }
    world.link(NORTH, LinkFact::Login { contact_id: "wxid_other".into() });
    assert_eq!((reaches(&world, ROOM), reaches(&world, "alice")), (vec![SOUTH], vec![SOUTH]));
}

#[test]
fn one_that_is_ready_late_has_its_lists_read_again() {
    let mut world = logged_in(&setup(1));
    world.tells(NORTH, WeChatEvent::Ready);
    lists(&mut world, NORTH, &["alice"], &[]);
    assert_eq!(readings(&world.pass(seconds(60))), [], "these are as good as later ones");
    world.tells(NORTH, WeChatEvent::Ready);
    assert_eq!(readings(&world.pass(seconds(1))), [(NORTH, "lists".into())]);
}

#[test]
fn every_room_is_read_once_in_an_interval_by_one_account_and_never_two_at_a_time() {
    let mut world = logged_in(&refreshed(2));
    let rooms: Vec<String> = (0..100).map(|n| format!("{n}@chatroom")).collect();
    let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
    for account in [NORTH, SOUTH] {
        lists(&mut world, account, &["alice"], &rooms);
    }
    let first = answer(&mut world, HOUR / 2, &rooms);
    let count = |all: &[(Time, AccountId, String)], what: &str| all.iter().filter(|it| it.2 == what).count();
    assert!(rooms.iter().all(|room| count(&first, room) == 1), "new ones are read soon: {first:?}");
    let later = answer(&mut world, HOUR * 10, &rooms);
    for room in &rooms {
        let times = count(&later, room);
        assert!((8..=12).contains(&times), "{room}: {times}");
    }
    let mut last: BTreeMap<AccountId, Time> = BTreeMap::new();
    for (at, account, what) in first.iter().chain(&later) {
        let before = last.insert(*account, *at);
        assert!(before.is_none_or(|before| *at - before >= Duration::from_millis(1_500)), "{what} at {at:?}");
    }
    let by = |account| later.iter().filter(|it| it.1 == account && it.2 != "lists").count();
    assert!(by(NORTH) > 100 && by(SOUTH) > 100, "both do their part: {} and {}", by(NORTH), by(SOUTH));
    for account in [NORTH, SOUTH] {
        let lists = later.iter().filter(|it| it.1 == account && it.2 == "lists").count();
        assert!((8..=12).contains(&lists), "{lists}");
    }
}

#[test]
fn a_swarm_of_dirty_events_has_the_room_read_once() {
    let mut world = World::up(2);
    for _ in 0..5 {
        for (account, kind) in [(NORTH, DirtyType::Room), (SOUTH, DirtyType::RoomMember)] {
            world.tells(account, WeChatEvent::Dirty { kind, id: ROOM.into() });
        }
    }
    let read = readings(&world.pass(seconds(60)));
    assert_eq!(read.len(), 1, "{read:?}");
    world.tell(payload(read[0].0, ROOM, &[read[0].0]));
    assert_eq!(reaches(&world, ROOM), [read[0].0], "the payload does not name the other");
    let other = if read[0].0 == NORTH { SOUTH } else { NORTH };
    assert!(world.routing().reach(ROOM).no.contains(other));
    let rooms: Vec<_> = world.team.rooms().map(|it| (it.room, it.topic, it.risk)).collect();
    assert_eq!(rooms, [(ROOM, "topic", Some(Risk::Alone))]);
    assert_eq!(readings(&world.pass(HOUR)), [], "nothing is in doubt");
}

#[test]
fn what_happens_while_a_room_is_read_is_newer_than_the_payload() {
    let mut world = World::up(2);
    world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() });
    let read = readings(&world.pass(seconds(60)));
    let reader = read[0].0;
    let other = if reader == NORTH { SOUTH } else { NORTH };
    world.tells(reader, WeChatEvent::RoomLeave(change(&[&wxid(other)], "alice")));
    world.tell(payload(reader, ROOM, &[NORTH, SOUTH]));
    assert_eq!(reaches(&world, ROOM), [reader], "the payload is older");
}

#[test]
fn a_payload_that_does_not_name_its_teller_puts_nobody_out() {
    let mut world = World::up(2);
    world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() });
    let read = readings(&world.pass(seconds(60)));
    world.tell(payload(read[0].0, ROOM, &[]));
    assert!(world.routing().reach(ROOM).no.is_empty());
}

#[test]
fn a_room_that_its_reader_is_refused_has_the_lists_read() {
    let mut world = World::up(1);
    world.pass(seconds(250));
    world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() });
    let read = readings(&world.pass(seconds(10)));
    assert_eq!(read, [(NORTH, ROOM.into())]);
    world.tell(Input::RoomUnread { account: NORTH, room: ROOM.into(), refused: true });
    let mut read = Vec::new();
    while read.is_empty() {
        read = readings(&world.step());
    }
    assert_eq!(read, [(NORTH, "lists".into())]);
    lists(&mut world, NORTH, &["alice"], &[]);
    assert!(reaches(&world, ROOM).is_empty());
}

#[test]
fn a_room_that_its_reader_is_refused_is_read_by_another_that_tells_who_is_out() {
    let mut world = World::up(2);
    world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() });
    let reader = readings(&world.pass(seconds(10)))[0].0;
    world.tell(Input::RoomUnread { account: reader, room: ROOM.into(), refused: true });
    let read = readings(&world.pass(seconds(10)));
    assert_eq!(read.len(), 1, "{read:?}");
    let other = read[0].0;
    assert_ne!(other, reader);
    world.tell(payload(other, ROOM, &[other]));
    assert_eq!(reaches(&world, ROOM), [other]);
}

#[test]
fn a_room_whose_reader_is_lost_is_read_by_another() {
    let mut world = World::up(2);
    world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() });
    let read = readings(&world.pass(seconds(10)));
    let reader = read[0].0;
    world.link(reader, logout());
    let read = readings(&world.pass(seconds(70)));
    assert_eq!(read.len(), 1);
    assert_ne!(read[0].0, reader);
}
