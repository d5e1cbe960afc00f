//! A room that comes to hang on one account is told to the operator: once, and not before it has settled.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{NORTH, ROOM, SOUTH, WEST, World, change, said, seconds, setup, wxid};
use ha_wechaty_core::{AccountId, Command, DirtyType, Input, LinkFact, Notice, Thinned, WeChatEvent};

/// A team in [`ROOM`] of which silence says nothing.
fn up(accounts: usize) -> World {
    let mut setup = setup(accounts);
    for member in &mut setup.accounts {
        member.vigil.ding_after = seconds(1_000_000);
        member.vigil.fail_after = seconds(2_000_000);
    }
    World::up_with(&setup)
}

/// The rooms that are told to have lost accounts, and who is left.
fn thinned(commands: &[Command]) -> Vec<(&str, Option<AccountId>)> {
    let rooms = commands.iter().filter_map(|command| {
        if let Command::Note(Notice::RoomsThinned { rooms }) = command { Some(rooms) } else { None }
    });
    rooms.flatten().map(|it| (it.room.as_str(), it.left)).collect()
}

fn leaves(world: &mut World, account: AccountId) {
    world.tells(account, WeChatEvent::RoomLeave(change(&[&wxid(account)], "alice")));
}

fn comes(world: &mut World, account: AccountId) {
    world.tells(account, WeChatEvent::RoomJoin(change(&[&wxid(account)], "alice")));
}

/// An account's lists are in doubt, are asked for, and name these rooms.
fn lists(world: &mut World, account: AccountId, rooms: &[&str]) {
    world.tells(account, WeChatEvent::Dirty { kind: DirtyType::Contact, id: wxid(account) });
    let asked = (0..100).any(|_| world.step().contains(&Command::Learn { account }));
    assert!(asked, "its lists are in doubt");
    let owned = |ids: &[&str]| Some(ids.iter().map(ToString::to_string).collect());
    world.tell(Input::Lists { account, contacts: owned(&["alice"]), rooms: owned(rooms) });
}

#[test]
fn the_first_to_leave_is_told_when_it_has_settled_and_once() {
    let mut world = up(2);
    leaves(&mut world, SOUTH);
    assert_eq!(thinned(&world.pass(seconds(59))), []);
    assert_eq!(thinned(&world.pass(seconds(1))), [(ROOM, Some(NORTH))]);
    leaves(&mut world, SOUTH);
    world.shows(NORTH, said("alice", "hi", "n1"));
    assert_eq!(thinned(&world.pass(seconds(3_600))), []);
}

#[test]
fn the_last_to_leave_is_told_too() {
    let mut world = up(2);
    leaves(&mut world, SOUTH);
    world.pass(seconds(60));
    leaves(&mut world, NORTH);
    assert_eq!(thinned(&world.pass(seconds(60))), [(ROOM, None)]);
    assert_eq!(thinned(&world.pass(seconds(3_600))), []);
}

#[test]
fn when_all_leave_at_once_it_is_told_at_once_that_none_is_left() {
    let mut world = up(3);
    [SOUTH, WEST, NORTH].into_iter().for_each(|account| leaves(&mut world, account));
    assert_eq!(thinned(&world.pass(seconds(3_600))), [(ROOM, None)]);
}

#[test]
fn as_long_as_two_are_left_nothing_is_told() {
    let mut world = up(3);
    leaves(&mut world, WEST);
    assert_eq!(thinned(&world.pass(seconds(3_600))), []);
}

#[test]
fn a_room_that_never_had_more_than_one_is_nothing_new() {
    let mut world = up(2);
    let elsewhere = WeChatEvent::RoomJoin(ha_wechaty_core::RoomChange {
        room: "other@chatroom".into(),
        ..change(&[&wxid(NORTH)], "alice")
    });
    world.tells(NORTH, elsewhere);
    lists(&mut world, NORTH, &[ROOM, "other@chatroom"]);
    world.pass(seconds(600));
    lists(&mut world, NORTH, &[ROOM]);
    assert!(world.routing().reach("other@chatroom").yes.is_empty(), "it has left");
    assert_eq!(thinned(&world.pass(seconds(3_600))), []);
}

#[test]
fn one_that_is_back_at_once_has_not_left_and_one_that_leaves_again_is_told_again() {
    let mut world = up(2);
    leaves(&mut world, SOUTH);
    world.pass(seconds(30));
    comes(&mut world, SOUTH);
    assert_eq!(thinned(&world.pass(seconds(3_600))), []);
    for _ in 0..2 {
        leaves(&mut world, SOUTH);
        assert_eq!(thinned(&world.pass(seconds(60))), [(ROOM, Some(NORTH))]);
        comes(&mut world, SOUTH);
    }
}

#[test]
fn what_lists_leave_out_is_told_together_and_lists_that_were_cut_short_for_a_moment_are_not() {
    let mut world = up(2);
    let rooms = ["a@chatroom", "b@chatroom", ROOM];
    for account in [NORTH, SOUTH] {
        lists(&mut world, account, &rooms);
    }
    world.pass(seconds(600));
    lists(&mut world, SOUTH, &[]);
    for room in rooms {
        world.shows(SOUTH, ha_wechaty_core::MessageFacts { room: room.into(), ..said("alice", room, room) });
    }
    assert_eq!(thinned(&world.pass(seconds(600))), [], "it is there after all");
    lists(&mut world, SOUTH, &rooms);
    world.pass(seconds(600));
    lists(&mut world, SOUTH, &[]);
    let told = world.pass(seconds(60));
    assert_eq!(thinned(&told), rooms.map(|room| (room, Some(NORTH))));
    assert_eq!(told.iter().filter(|it| matches!(it, Command::Note(Notice::RoomsThinned { .. }))).count(), 1);
}

#[test]
fn an_account_that_is_away_is_still_in_its_rooms_and_one_that_is_somebody_else_is_not() {
    let mut world = up(2);
    world.link(SOUTH, crate::support::logout());
    assert_eq!(thinned(&world.pass(seconds(600))), []);
    world.link(SOUTH, LinkFact::Login { contact_id: "wxid_somebody".into() });
    assert_eq!(thinned(&world.pass(seconds(60))), [(ROOM, Some(NORTH))]);
}

#[test]
fn one_that_leaves_the_team_leaves_its_rooms_and_the_topic_is_told() {
    let mut world = up(2);
    world.tell(Input::Room {
        account: NORTH,
        room: ROOM.into(),
        topic: "friends".into(),
        members: vec![wxid(NORTH), wxid(SOUTH)],
        owner: "alice".into(),
        admins: vec![],
    });
    world.tell(Input::Leaves { account: SOUTH });
    let told = world.pass(seconds(60));
    let note = Notice::RoomsThinned {
        rooms: vec![Thinned { room: ROOM.into(), topic: "friends".into(), left: Some(NORTH) }],
    };
    assert!(told.contains(&Command::Note(note)), "{told:?}");
}

#[test]
fn accounts_that_come_one_after_the_other_are_no_loss() {
    let mut world = up(3);
    assert_eq!(thinned(&world.pass(seconds(3_600))), []);
}

#[test]
fn a_room_that_the_bot_leaves_by_its_own_wish_is_no_loss() {
    for events in [true, false] {
        let mut world = up(2);
        // One that went before is no news any more, either.
        leaves(&mut world, SOUTH);
        comes(&mut world, SOUTH);
        world.tell(Input::Quits { room: ROOM.into() });
        for account in [NORTH, SOUTH] {
            if events {
                leaves(&mut world, account);
            }
            world.tell(Input::HasQuit { account, room: ROOM.into() });
        }
        assert_eq!(thinned(&world.pass(seconds(3_600))), []);
        let reach = world.routing().reach(ROOM);
        assert!(reach.yes.is_empty() && reach.no.len() == 2, "they are not there: {reach:?}");
        // Later it is as with any other room.
        [NORTH, SOUTH].into_iter().for_each(|account| comes(&mut world, account));
        leaves(&mut world, SOUTH);
        assert_eq!(thinned(&world.pass(seconds(60))), [(ROOM, Some(NORTH))]);
    }
}

#[test]
fn one_that_is_taken_in_again_before_it_has_settled_is_there() {
    let mut world = up(2);
    world.tell(Input::Quits { room: ROOM.into() });
    world.tell(Input::HasQuit { account: SOUTH, room: ROOM.into() });
    comes(&mut world, SOUTH);
    world.pass(seconds(3_600));
    assert_eq!(world.routing().reach(ROOM).yes.len(), 2);
}
