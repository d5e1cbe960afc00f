//! What a bot has not acknowledged it is given again, and nothing else.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{
    BOT, NORTH, World, bots, given, greeting, logout, message, messages, said, seconds, setup,
};
use ha_wechaty_core::{BotId, BotMode, DirtyType, WeChatEvent};

fn says(world: &mut World, text: &str) {
    world.shows(NORTH, said("alice", text, text));
}

fn dirty(id: &str) -> WeChatEvent {
    WeChatEvent::Dirty { kind: DirtyType::Contact, id: id.into() }
}

/// What a stream is given when it opens, after the greeting.
fn replayed(world: &mut World, client: u64) -> Vec<WeChatEvent> {
    let given = world.connect(client);
    assert_eq!(given[..2], greeting());
    given[2..].to_vec()
}

#[test]
fn what_was_not_acknowledged_comes_again_in_order_with_what_was_missed() {
    let mut world = World::up(1);
    world.connect(1);
    for text in ["a", "b", "c"] {
        says(&mut world, text);
    }
    world.asks(1, "b~north");
    world.disconnect(1);
    says(&mut world, "d");
    assert_eq!(replayed(&mut world, 2), ["a~north", "c~north", "d~north"].map(message));
}

#[test]
fn an_acknowledgement_covers_what_was_given_before_and_can_not_be_asked_for() {
    let mut world = World::up(1);
    world.connect(1);
    world.tells(NORTH, dirty("early"));
    says(&mut world, "a");
    world.tells(NORTH, dirty("late"));
    world.asks(1, "a~north");
    world.disconnect(1);
    assert_eq!(replayed(&mut world, 2), [dirty("late")]);
}

#[test]
fn a_bot_that_is_back_before_its_old_stream_is_known_dead_gets_what_it_missed_once() {
    let mut world = World::up(1);
    world.connect(1);
    says(&mut world, "a");
    assert_eq!(replayed(&mut world, 2), []);
    says(&mut world, "b");
    world.asks(2, "b~north");
    assert_eq!(messages(2, &world.disconnect(1)), ["a~north"]);
    world.disconnect(2);
    assert_eq!(replayed(&mut world, 3), [message("a~north")], "and again until it is acknowledged");
}

#[test]
fn what_is_handed_over_is_not_covered_by_what_was_given_before() {
    let mut world = World::up(1);
    world.connect(1);
    world.tells(NORTH, dirty("old"));
    world.connect(2);
    says(&mut world, "b");
    assert_eq!(given(2, &world.disconnect(1)), [dirty("old")]);
    world.asks(2, "b~north");
    world.disconnect(2);
    assert_eq!(replayed(&mut world, 3), [dirty("old")], "it came after b, so b says nothing of it");
}

#[test]
fn what_is_handed_over_while_the_team_is_down_waits_until_it_is_up() {
    let mut world = World::up(1);
    world.connect(1);
    says(&mut world, "a");
    world.connect(2);
    says(&mut world, "b");
    world.link(NORTH, logout());
    world.pass(crate::support::seconds(1));
    assert_eq!(world.disconnect(1), []);
    world.login(NORTH);
    assert_eq!(messages(2, &world.pass(crate::support::seconds(1))), ["a~north"]);
}

#[test]
fn a_quiet_bot_that_is_back_before_its_old_stream_is_known_dead_is_given_nothing_twice() {
    let mut world = World::up(1);
    world.connect(1);
    world.connect(2);
    says(&mut world, "a");
    world.asks(2, "a~north");
    world.disconnect(1);
    world.disconnect(2);
    assert_eq!(replayed(&mut world, 3), [], "it was acknowledged");
}

#[test]
fn of_two_programs_with_one_token_each_gets_its_own() {
    let mut world = World::up(1);
    world.connect(1);
    says(&mut world, "0");
    world.asks(1, "0~north");
    world.connect(2);
    says(&mut world, "a");
    world.asks(1, "a~north");
    world.asks(2, "a~north");
    assert_eq!(world.disconnect(1), [], "the other one is no successor: both were alive");
    says(&mut world, "b");
    world.asks(2, "b~north");
    assert_eq!(replayed(&mut world, 3), [message("b~north")]);
}

#[test]
fn a_program_that_left_for_good_leaves_nothing_to_those_that_return() {
    let mut world = World::up(1);
    world.connect(1);
    world.connect(2);
    says(&mut world, "a");
    world.asks(1, "a~north");
    world.asks(2, "a~north");
    world.disconnect(2);
    for text in ["b", "c"] {
        says(&mut world, text);
        world.asks(1, &format!("{text}~north"));
    }
    world.disconnect(1);
    says(&mut world, "d");
    assert_eq!(replayed(&mut world, 3), [message("d~north")], "the last one to leave is the first to return");
    world.pass(seconds(601));
    assert_eq!(world.team.bots().backlog(), 0, "nobody waits for the other any more");
    says(&mut world, "e");
    assert_eq!(world.team.bots().backlog(), 1);
}

#[test]
fn a_bot_that_is_away_for_long_still_gets_the_last_of_it() {
    let mut world = World::up(1);
    world.connect(1);
    world.disconnect(1);
    says(&mut world, "a");
    world.pass(seconds(10_000));
    world.login(NORTH);
    says(&mut world, "b");
    assert_eq!(replayed(&mut world, 2), [message("b~north")]);
    assert_eq!(world.team.bots().dropped(), 1);
}

#[test]
fn what_a_standing_stream_was_given_and_never_asked_for_is_not_dropped_unseen() {
    let mut world = World::up(1);
    world.connect(1);
    world.tells(NORTH, dirty("c"));
    world.pass(seconds(601));
    assert_eq!((world.team.bots().backlog(), world.team.bots().dropped()), (0, 0));
}

#[test]
fn each_bot_has_its_own_and_one_that_never_came_is_waited_for() {
    let mut world = World::with(&ha_wechaty_core::Setup { bots: bots(&[BotMode::All; 2]), ..setup(1) }, 1);
    world.step();
    world.link(NORTH, ha_wechaty_core::LinkFact::Opened);
    world.login(NORTH);
    world.connect(1);
    says(&mut world, "a");
    world.asks(1, "a~north");
    let given = world.connect_as(2, BotId(1));
    assert_eq!(given[2..], [message("a~north")]);
    world.disconnect(1);
    assert_eq!(world.connect_as(3, BOT)[2..], []);
}
