//! What is remembered of how long the team, its accounts and its bots were up, and of what went wrong.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{NORTH, SOUTH, World, logout, lost, said, seconds, setup};
use ha_wechaty_core::{Footing, LinkFact, Noticed, Standing, Subject, Time};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn account(name: &str) -> Subject {
    Subject::Account(name.into())
}

fn bot() -> Subject {
    Subject::Bot("bot 0".into())
}

/// How many seconds of the last day it was so.
fn lately(world: &World, about: &Subject, footing: Footing) -> u64 {
    world.team.uptime(about).expect("it is known").over(world.now, DAY).of(footing).as_secs()
}

/// What went wrong with it: how it was noticed, for how long, how often, and whether it is over.
fn incidents(world: &World, about: &Subject) -> Vec<(Noticed, u64, u32, bool)> {
    let its = world.team.incidents().filter(|it| it.about == *about);
    its.map(|it| (it.by, it.lasted(world.now).as_secs(), it.times, it.ended.is_some())).collect()
}

#[test]
fn an_account_that_is_gone_is_down_until_it_is_back() {
    let mut world = World::up(2);
    world.pass(seconds(10));
    world.link(NORTH, lost());
    assert_eq!(incidents(&world, &account("north")), [(Noticed::Connection, 0, 1, false)]);
    world.now = world.now + seconds(300);
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    world.pass(seconds(100));
    assert_eq!(incidents(&world, &account("north")), [(Noticed::Connection, 300, 1, true)]);
    assert_eq!(incidents(&world, &account("south")), []);
    assert_eq!(incidents(&world, &Subject::Team), [], "somebody got work all the time");
    assert_eq!(lately(&world, &account("north"), Footing::Down), 300);
    assert_eq!(lately(&world, &Subject::Team, Footing::Down), 0);
    let incident = world.team.incidents().next().expect("there is one");
    assert_eq!((incident.cause.as_str(), incident.standing), ("offline: cut", Some(Standing::Offline)));
    assert_eq!(incident.began, Time::ZERO + seconds(10));
}

#[test]
fn a_silent_one_is_down_since_it_was_last_heard_of_and_that_was_noticed_later() {
    let mut world = World::up(2);
    world.shows(NORTH, said("alice", "hello", "n1"));
    let heard = world.now;
    world.pass(seconds(3_600));
    let incident =
        world.team.incidents().find(|it| it.about == account("north")).expect("it is silent").clone();
    assert_eq!((incident.by, incident.standing), (Noticed::Heartbeat, Some(Standing::Failed)));
    assert_eq!(incident.began, heard);
    assert!(incident.noticed > heard, "{incident:?}");
    let suspect = lately(&world, &account("north"), Footing::Suspect);
    assert!(suspect > 0, "it was suspect before");
}

#[test]
fn the_team_is_down_with_its_last_account() {
    let mut world = World::up(2);
    world.link(NORTH, lost());
    world.link(SOUTH, logout());
    world.pass(seconds(10));
    let down = incidents(&world, &Subject::Team);
    assert_eq!(down, [(Noticed::Accounts, 10, 1, false)]);
    let cause = world.team.incidents().find(|it| it.about == Subject::Team).map(|it| it.cause.clone());
    assert!(cause.is_some_and(|it| it.contains("north is offline") && it.contains("south is logged out")));
    world.login(SOUTH);
    world.pass(seconds(5));
    assert_eq!(incidents(&world, &Subject::Team), [(Noticed::Accounts, 10, 1, true)]);
    assert_eq!(lately(&world, &Subject::Team, Footing::Down), 10);
}

#[test]
fn a_team_whose_first_account_never_came_is_down_too() {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, lost());
    world.pass(seconds(60));
    assert_eq!(incidents(&world, &Subject::Team), [(Noticed::Accounts, 60, 1, false)]);
}

#[test]
fn a_bot_is_missed_once_events_wait_for_it() {
    let mut world = World::up(1);
    assert!(world.team.uptime(&bot()).is_none(), "it has never been there");
    world.connect(1);
    world.pass(seconds(100));
    world.disconnect(1);
    world.pass(seconds(120));
    assert_eq!(incidents(&world, &bot()), [], "nothing waits for it");
    world.shows(NORTH, said("alice", "hello", "n1"));
    world.pass(seconds(60));
    let missed = incidents(&world, &bot());
    assert!(matches!(missed[..], [(Noticed::Stream, since, 1, false)] if since >= 120), "{missed:?}");
    world.connect(2);
    assert!(matches!(incidents(&world, &bot())[..], [(Noticed::Stream, _, 1, true)]));
    assert_eq!(lately(&world, &bot(), Footing::Down), 180);
    assert_eq!(lately(&world, &bot(), Footing::Up), 100);
}

#[test]
fn what_no_gateway_watched_is_neither_up_nor_down_and_what_was_wrong_goes_on() {
    let mut world = World::up(2);
    world.connect(1);
    world.pass(seconds(100));
    world.link(SOUTH, lost());
    world.now = world.now + seconds(500);
    world.restarts(setup(2));
    world.step();
    world.comes(NORTH);
    world.link(SOUTH, lost());
    world.pass(seconds(60));
    for about in [account("north"), account("south"), Subject::Team, bot()] {
        assert_eq!(lately(&world, &about, Footing::Unwatched), 500, "{about:?}");
    }
    assert_eq!(lately(&world, &account("north"), Footing::Down), 0);
    assert_eq!(lately(&world, &bot(), Footing::Down), 60);
    assert_eq!(lately(&world, &account("south"), Footing::Down), 60);
    assert_eq!(incidents(&world, &account("south")), [(Noticed::Connection, 560, 1, false)]);
}

#[test]
fn one_that_left_is_watched_no_more_and_is_itself_when_it_is_back() {
    let mut world = World::up(2);
    world.link(SOUTH, lost());
    world.pass(seconds(10));
    world.leaves(SOUTH);
    world.pass(seconds(100));
    assert_eq!(incidents(&world, &account("south")), [(Noticed::Connection, 10, 1, true)]);
    world.joins(SOUTH);
    world.step();
    world.comes(SOUTH);
    world.pass(seconds(40));
    assert_eq!(lately(&world, &account("south"), Footing::Unwatched), 100);
    assert_eq!(lately(&world, &account("south"), Footing::Down), 10);
}

#[test]
fn a_team_is_not_down_while_one_that_was_never_there_may_still_come() {
    let mut world = World::new(2);
    world.step();
    world.link(NORTH, lost());
    assert_eq!(incidents(&world, &Subject::Team), []);
    world.comes(SOUTH);
    world.pass(seconds(10));
    assert_eq!(incidents(&world, &Subject::Team), []);
}

#[test]
fn what_was_wrong_with_a_bot_that_there_is_no_more_ends() {
    let mut world = World::up(1);
    world.connect(1);
    world.disconnect(1);
    world.shows(NORTH, said("alice", "hello", "n1"));
    world.pass(seconds(90));
    assert!(matches!(incidents(&world, &bot())[..], [(Noticed::Stream, _, 1, false)]));
    let mut others = setup(1);
    others.bots[0].name = "another".into();
    world.restarts(others);
    assert!(matches!(incidents(&world, &bot())[..], [(Noticed::Stream, _, 1, true)]));
}

#[test]
fn one_that_was_down_when_its_gateway_went_was_not_watched_either() {
    let mut world = World::up(2);
    world.link(SOUTH, logout());
    world.pass(seconds(20));
    // The last that it was told.
    world.shows(NORTH, said("alice", "hello", "n1"));
    world.now = world.now + seconds(500);
    world.restarts(setup(2));
    world.step();
    world.comes(NORTH);
    world.link(SOUTH, LinkFact::Opened);
    world.pass(seconds(30));
    let about = account("south");
    assert_eq!(lately(&world, &about, Footing::Unwatched), 500);
    assert!(lately(&world, &about, Footing::Down) <= 51, "{:?}", world.team.uptime(&about));
}
