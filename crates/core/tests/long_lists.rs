//! A list of very many names is worked through piece by piece: meanwhile everything else goes on, and what is learnt
//! meanwhile is not undone by it.
#![allow(missing_docs, clippy::expect_used, clippy::print_stdout, reason = "figures are shown")]

use crate::support::{NORTH, ROOM, SOUTH, World, change, lost, said, setup};
use ha_wechaty_core::{Input, WeChatEvent};

const CONTACTS: usize = 20_000;
const ROOMS: usize = 60_000;

fn lists() -> Input {
    let contacts = (0..CONTACTS).map(|n| format!("contact-{n}")).collect();
    let rooms = (0..ROOMS).map(|n| format!("{n}@chatroom")).chain([ROOM.to_owned()]).collect();
    Input::Lists { account: NORTH, contacts: Some(contacts), rooms: Some(rooms) }
}

/// A team that knows of all that it is told.
fn world() -> World {
    let mut world = World::up_with(&ha_wechaty_core::Setup { directory: 1 << 30, ..setup(2) });
    world.connect(1);
    world
}

/// Calls `each` after each piece. Returns how many pieces there were, and how many names the largest has entered.
fn work(world: &mut World, mut each: impl FnMut(&mut World, usize)) -> (usize, usize) {
    let (mut pieces, mut most) = (0, 0);
    while world.team.has_work() {
        let before = world.team.directory().len();
        world.team.work(world.now);
        (pieces, most) = (pieces + 1, most.max(world.team.directory().len() - before));
        each(world, pieces);
    }
    println!("{pieces} pieces, in the largest {most} names");
    (pieces, most)
}

fn reaches(world: &World, conversation: &str) -> bool {
    world.team.directory().reach(conversation).yes.contains(NORTH)
}

#[test]
fn no_input_waits_for_a_long_list() {
    let mut world = world();
    world.tell(lists());
    assert!(world.team.has_work() && !reaches(&world, "contact-1"), "it is worked through later");
    let mut heard = 0;
    let (pieces, most) = work(&mut world, |world, piece| {
        let commands =
            world.tell(Input::Message { account: SOUTH, message: said("alice", "hi", &piece.to_string()) });
        heard += crate::support::messages(1, &commands).len();
    });
    assert!(heard > 100, "{heard} messages were given on meanwhile, each at once");
    assert!(pieces >= (CONTACTS + ROOMS) / 500 && most <= 500, "{pieces} pieces, in one {most} names");
    let all =
        (0..CONTACTS).map(|n| format!("contact-{n}")).chain((0..ROOMS).map(|n| format!("{n}@chatroom")));
    for id in all {
        assert!(reaches(&world, &id), "{id}");
    }
    assert_eq!(
        world.routing().reach("1@chatroom"),
        world.team.directory().reach("1@chatroom"),
        "calls see it"
    );
}

#[test]
fn what_is_learnt_between_two_pieces_is_not_undone() {
    let mut world = world();
    world.tell(lists());
    let mut is_out = false;
    work(&mut world, |world, _| {
        if !std::mem::replace(&mut is_out, true) {
            let left = change(&["wxid_north"], "alice");
            let left = ha_wechaty_core::RoomChange { room: "59999@chatroom".into(), ..left };
            world.tell(Input::Event { account: NORTH, event: WeChatEvent::RoomLeave(left) });
        }
    });
    assert!(!reaches(&world, "59999@chatroom"), "it left while the list was read");
    assert!(reaches(&world, "59998@chatroom"));
}

#[test]
fn lists_of_an_account_that_is_gone_are_forgotten() {
    let mut world = world();
    world.tell(lists());
    world.team.work(world.now);
    world.link(NORTH, lost());
    work(&mut world, |_, _| {});
    assert!(!reaches(&world, "contact-1") && !reaches(&world, "1@chatroom"));
    assert!(reaches(&world, ROOM), "what was known before is known");
}

#[test]
fn what_is_heard_of_rooms_does_not_undo_what_was_heard_of_contacts() {
    let mut world = world();
    let names = |of: &str, count: usize| (0..count).map(|n| format!("{of}-{n}")).collect::<Vec<_>>();
    // A bot asks for both lists as it starts.
    world.tell(Input::Reaches { account: NORTH, contacts: names("friend", 5_000), rooms: Vec::new() });
    world.tell(Input::Reaches { account: NORTH, contacts: Vec::new(), rooms: names("room", 5_000) });
    work(&mut world, |_, _| {});
    assert!(reaches(&world, "friend-0") && reaches(&world, "friend-4999") && reaches(&world, "room-4999"));
    // The same again, of contacts, says what the first said.
    world.tell(Input::Reaches { account: NORTH, contacts: names("late", 5_000), rooms: Vec::new() });
    world.tell(Input::Reaches { account: NORTH, contacts: names("later", 5_000), rooms: Vec::new() });
    work(&mut world, |_, _| {});
    assert!(!reaches(&world, "late-4999") && reaches(&world, "later-4999"));
}

#[test]
fn what_was_heard_before_a_whole_list_came_does_not_undo_that() {
    let mut world = world();
    let names = |of: &str, count: usize| (0..count).map(|n| format!("{of}-{n}")).collect::<Vec<_>>();
    let heard = |contacts, rooms| Input::Reaches { account: NORTH, contacts, rooms };
    world.tell(heard(names("gone", 5_000), Vec::new()));
    world.tell(heard(Vec::new(), names("room", 5_000)));
    // It says nothing of rooms.
    world.tell(Input::Lists { account: NORTH, contacts: Some(names("friend", 5_000)), rooms: None });
    work(&mut world, |_, _| {});
    assert!(!reaches(&world, "gone-4999") && reaches(&world, "friend-4999") && reaches(&world, "room-4999"));
}
