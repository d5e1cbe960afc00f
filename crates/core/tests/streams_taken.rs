//! An account's event stream that somebody else holds, and one that has gone deaf since it was taken from there.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{NORTH, SOUTH, World, lost, said, seconds, written, wxid};
use ha_wechaty_core::{AccountId, Command, Holder, Input, LinkFact, Notice, Setup, Standing};

const MINUTE: Duration = Duration::from_secs(60);

fn held() -> LinkFact {
    LinkFact::Taken { holder: Holder::Unknown }
}

/// Wishes about north's connection, in short.
fn dials(commands: &[Command]) -> String {
    let words = [
        ("connect", Command::Connect { account: NORTH }),
        ("evict", Command::Evict { account: NORTH }),
        ("reopen", Command::Reopen { account: NORTH }),
        ("reset", Command::Reset { account: NORTH }),
    ];
    let dial = |command: &Command| words.iter().find(|(_, it)| it == command).map(|(word, _)| *word);
    commands.iter().filter_map(dial).collect::<Vec<_>>().join(" ")
}

fn dings(commands: &[Command]) -> usize {
    commands.iter().filter(|it| matches!(it, Command::PuppetDing { account: NORTH })).count()
}

/// A team whose first account can't have its stream, from its first dial on.
fn taken(accounts: usize) -> World {
    taken_with(&crate::support::setup(accounts))
}

fn taken_with(setup: &Setup) -> World {
    let (mut world, accounts) = (World::with(setup, 1), setup.accounts.len());
    world.step();
    for index in 1..accounts {
        world.comes(AccountId::at(index));
    }
    world.link(NORTH, held());
    world
}

/// Until its stream is taken from its holder, which is tried and refused in between.
fn until_evicted(world: &mut World) -> Duration {
    let begun = world.now;
    while dials(&world.step()) != "evict" {
        if world.team.accounts()[0].phase().standing() == Standing::Connecting {
            world.link(NORTH, held());
        }
        assert!(world.now - begun < Duration::from_secs(48 * 3_600), "it is never evicted");
    }
    world.now - begun
}

/// The same, and its stream is open.
fn evicted(accounts: usize) -> World {
    evicted_with(&crate::support::setup(accounts))
}

fn evicted_with(setup: &Setup) -> World {
    let mut world = taken_with(setup);
    until_evicted(&mut world);
    world.link(NORTH, LinkFact::Evicted);
    world
}

/// Nobody answers dings but the puppets themselves.
fn without_heartbeat() -> Setup {
    Setup { heartbeat_contact: None, ..crate::support::setup(1) }
}

/// Its puppet takes each ding, and if it `hears`, its dong comes by the stream. What else was wished, for so long.
fn watched(world: &mut World, time: Duration, hears: bool) -> Vec<Command> {
    let (end, mut commands) = (world.now + time, Vec::new());
    while world.team.poll_timeout().is_some_and(|at| at <= end) {
        let wished = world.step();
        for _ in 0..dings(&wished) {
            world.tell(Input::PuppetDinged { account: NORTH });
            if hears {
                commands.extend(world.tell(Input::PuppetDong { account: NORTH }));
            }
        }
        commands.extend(wished);
    }
    commands
}

#[test]
fn a_stream_that_somebody_else_holds_is_taken_after_two_seconds() {
    let mut world = taken(2);
    assert_eq!(until_evicted(&mut world), seconds(2));
    let told = world.link(NORTH, LinkFact::Evicted);
    assert!(told.contains(&Command::Note(Notice::Evicted { account: NORTH, times: 1 })), "{told:?}");
    world.login(NORTH);
    assert_eq!(world.team.accounts()[0].evictions(), 1);
}

#[test]
fn a_stream_that_is_not_read_for_now_is_not_deaf() {
    let mut world = evicted_with(&without_heartbeat());
    world.login(NORTH);
    let slow = |world: &mut World, time| {
        let (end, mut commands) = (world.now + time, Vec::new());
        while world.team.poll_timeout().is_some_and(|at| at <= end) {
            let wished = world.step();
            for _ in 0..dings(&wished) {
                // Its line is full, whether its puppet says that it has taken the ding or not.
                commands.extend(world.tell(Input::StreamTells { account: NORTH }));
                commands.extend(world.tell(Input::PuppetDinged { account: NORTH }));
            }
            commands.extend(wished);
        }
        commands
    };
    let told = slow(&mut world, seconds(100));
    assert_eq!((dials(&told), world.team.accounts()[0].deaf_streams()), (String::new(), 0));
    let told = watched(&mut world, seconds(20), false);
    assert!(dials(&told).starts_with("reopen"), "{told:?}");
}

#[test]
fn one_that_is_let_go_in_time_is_not_evicted() {
    let mut world = taken(1);
    while dials(&world.step()) != "connect" {}
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    assert_eq!(world.team.accounts()[0].evictions(), 0);
    assert!(world.team.accounts()[0].on_probation_until().is_none());
    assert_eq!(dings(&world.pass(seconds(100))), 0);
}

#[test]
fn a_login_after_an_eviction_or_a_reset_is_suspect_until_there_is_evidence() {
    let mut world = evicted(2);
    world.login(NORTH);
    let standing = |world: &World| world.team.accounts()[0].phase().standing();
    assert_eq!(standing(&world), Standing::Suspect);
    assert_eq!(world.routing().available().iter().collect::<Vec<_>>(), [SOUTH]);
    world.shows(NORTH, said("alice", "hello", "m1"));
    assert_eq!(standing(&world), Standing::Available);

    let mut world = World::up(2);
    let mut wished = world.pass(seconds(300));
    while dials(&wished) != "reset" {
        world.shows(SOUTH, said("alice", &format!("{:?}", world.now), ""));
        wished = world.step();
    }
    world.link(NORTH, lost());
    while dials(&world.step()) != "connect" {}
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    assert_eq!(standing(&world), Standing::Suspect);
    world.shows(NORTH, said("alice", "hello", "m1"));
    assert_eq!(standing(&world), Standing::Available);
}

#[test]
fn an_evicted_one_is_asked_each_five_seconds_for_twenty_minutes_and_its_deaf_stream_is_opened_anew() {
    let mut world = evicted_with(&without_heartbeat());
    world.login(NORTH);
    let commands = watched(&mut world, 10 * MINUTE, true);
    // A few more ask how the account itself is.
    assert!((121..=124).contains(&dings(&commands)), "{}", dings(&commands));
    assert_eq!(dials(&commands), "");
    // The dead client's call closes: nothing comes any more.
    let commands = watched(&mut world, seconds(8), false);
    assert_eq!(dials(&commands), "reopen", "and no second stop");
    let deaf = Command::Note(Notice::DeafStream { account: NORTH, times: 1 });
    assert!(commands.contains(&deaf), "{commands:?}");
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    assert!(world.team.is_up(), "what was deaf is its stream");
    let commands = watched(&mut world, 30 * MINUTE, true);
    assert_eq!(dials(&commands), "");
    assert!(world.team.accounts()[0].on_probation_until().is_none(), "it is over");
    assert_eq!(dings(&world.pass(seconds(100))), 0);
}

#[test]
fn what_comes_by_the_stream_spares_the_dings_and_what_its_service_says_of_itself_does_not() {
    let mut world = evicted(1);
    world.login(NORTH);
    watched(&mut world, seconds(1), true);
    for n in 0..100 {
        world.shows(NORTH, said("alice", &format!("n{n}"), &format!("m{n}")));
        assert_eq!(dings(&world.pass(seconds(2))), 0);
    }
    assert_eq!(dings(&world.pass(seconds(4))), 1);
    world.tell(Input::PuppetDinged { account: NORTH });
    world.tells(NORTH, ha_wechaty_core::WeChatEvent::Ready);
    world.login(NORTH);
    assert_eq!(dials(&world.pass(seconds(4))), "reopen");
}

#[test]
fn a_message_that_was_told_before_the_ding_shows_nothing_though_it_is_read_later() {
    let mut world = evicted(1);
    world.login(NORTH);
    watched(&mut world, seconds(1), true);
    assert_eq!(dings(&world.pass(seconds(5))), 1);
    world.tell(Input::PuppetDinged { account: NORTH });
    let late = ha_wechaty_core::MessageFacts { waited: seconds(4), ..said("alice", "late", "m1") };
    world.shows(NORTH, late);
    assert_eq!(dials(&world.pass(seconds(3))), "reopen");
}

#[test]
fn the_dong_of_a_probation_says_nothing_of_wechat() {
    let mut world = evicted(2);
    world.login(NORTH);
    world.shows(NORTH, written("gh_dong", &wxid(NORTH), "dong", "m1"));
    assert!(world.team.accounts()[0].is_available());
    // Its stream hears all the time, and WeChat shows it nothing.
    let mut resets = 0;
    for n in 0..20 {
        world.shows(SOUTH, said("alice", &format!("n{n}"), &format!("s{n}")));
        let commands = watched(&mut world, MINUTE, true);
        resets += commands.iter().filter(|it| matches!(it, Command::Reset { account: NORTH })).count();
    }
    assert!(resets > 0, "it is found as ever");
    assert!(!world.team.accounts()[0].is_available());
}

#[test]
fn a_puppet_that_has_nobody_else_to_ask_is_well_by_its_own_dong() {
    let mut world = evicted_with(&without_heartbeat());
    world.login(NORTH);
    assert!(world.team.accounts()[0].is_suspect());
    watched(&mut world, seconds(1), true);
    assert!(world.team.accounts()[0].is_available());
}

#[test]
fn two_gateways_on_one_account_come_to_rest_and_the_loser_says_why() {
    let (mut teams, mut holder) = ([World::up(1), taken(1)], 0);
    let mut takings = 0;
    let end = Duration::from_secs(23 * 3_600);
    while teams[1 - holder].now.since_origin() < end {
        let other = 1 - holder;
        let wished = teams[other].step();
        let now = teams[other].now;
        let behind = now - teams[holder].now;
        watched(&mut teams[holder], behind, true);
        match dials(&wished).as_str() {
            "evict" => {
                teams[other].link(NORTH, LinkFact::Evicted);
                teams[other].login(NORTH);
                teams[holder].link(NORTH, lost());
                while dials(&teams[holder].step()) != "connect" {}
                teams[holder].link(NORTH, LinkFact::Taken { holder: Holder::TookIt });
                (holder, takings) = (other, takings + 1);
            }
            "connect" => drop(teams[other].link(NORTH, held())),
            _ => {}
        }
    }
    assert!((2..=6).contains(&takings), "{takings}");
    let text = teams[1 - holder].team.accounts()[0].text();
    assert!(text.contains("another client keeps taking its event stream"), "{text}");
}
