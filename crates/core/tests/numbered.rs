//! What bots are given has numbers, and what accounts tell may have: whoever comes back asks for what came behind the last.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{BOT, NORTH, World, bots, change, said, setup, wxid};
use ha_wechaty_core::{
    BotId, BotMode, ClientId, Command, Input, LinkFact, RoomChange, Setup, Stamp, WeChatEvent, seq_of,
};

/// The ids of what a stream is given, with their numbers on the wire.
fn given(client: u64, commands: &[Command]) -> Vec<(String, i32)> {
    let mut given = Vec::new();
    for command in commands {
        if let Command::Deliver { client: ClientId(to), event, number } = command
            && *to == client
        {
            if let WeChatEvent::Message { id } = &**event {
                given.push((id.clone(), seq_of(*number)));
            } else if let WeChatEvent::RoomJoin(it) = &**event {
                given.push((it.people.join(","), seq_of(*number)));
            } else {
                assert_eq!(*number, 0, "{event:?} is told, and not kept");
            }
        }
    }
    given
}

fn ids(given: &[(String, i32)]) -> Vec<&str> {
    given.iter().map(|(id, _)| id.as_str()).collect()
}

fn says(world: &mut World, text: &str) -> Vec<Command> {
    let commands = world.shows(NORTH, said("alice", text, text));
    world.pass(crate::support::seconds(1));
    commands
}

/// A stream opens whose bot says that it was given everything up to that number.
fn comes(world: &mut World, client: u64, bot: BotId, seq: i32) -> Vec<(String, i32)> {
    let client = ClientId(client);
    let seq = u64::try_from(seq).expect("a number");
    world.tell(Input::BotKnows { client, bot, seq });
    let mut told = world.tell(Input::BotConnected { client, bot, after: None });
    told.extend(world.pass(crate::support::seconds(5)));
    given(client.0, &told)
}

fn world(mode: BotMode) -> World {
    World::up_with(&Setup { bots: bots(&[mode]), ..setup(1) })
}

#[test]
fn a_bot_that_says_what_it_has_is_given_exactly_what_came_after_that() {
    for mode in BotMode::ALL {
        let mut world = world(mode);
        world.connect(1);
        let mut all = Vec::new();
        for text in ["a", "b", "c", "d"] {
            all.extend(given(1, &says(&mut world, text)));
        }
        let join = WeChatEvent::RoomJoin(RoomChange { ..change(&["carol"], "") });
        all.extend(given(1, &world.tells(NORTH, join)));
        assert_eq!(ids(&all), ["a~north", "b~north", "c~north", "d~north", "carol"], "{mode}");
        assert!(all.windows(2).all(|pair| pair[0].1 + 1 == pair[1].1), "{all:?}");
        // It asked for nothing, and the last two never reached it.
        world.disconnect(1);
        says(&mut world, "e");
        let after = comes(&mut world, 2, BOT, all[2].1);
        assert_eq!(ids(&after), ["d~north", "carol", "e~north"], "{mode}");
        assert!(after[0].1 > all[4].1, "numbers only grow: {after:?}");
        // It got one of those, and breaks again.
        world.disconnect(2);
        let rest = comes(&mut world, 3, BOT, after[0].1);
        assert_eq!(ids(&rest), ["carol", "e~north"], "{mode}");
        world.disconnect(3);
        assert_eq!(comes(&mut world, 4, BOT, rest[1].1), [], "{mode}: it has all");
    }
}

#[test]
fn one_that_says_nothing_or_what_nobody_knows_is_given_all_that_it_was_not_seen_to_have_got() {
    for asked in [None, Some(7), Some(i32::MAX)] {
        let mut world = world(BotMode::All);
        world.connect(1);
        says(&mut world, "a");
        says(&mut world, "b");
        world.asks(1, "a~north");
        world.disconnect(1);
        let told = match asked {
            Some(seq) => comes(&mut world, 2, BOT, seq),
            None => {
                let mut told = world.tell(Input::BotConnected { client: ClientId(2), bot: BOT, after: None });
                told.extend(world.pass(crate::support::seconds(5)));
                given(2, &told)
            }
        };
        assert_eq!(ids(&told), ["b~north"], "{asked:?}");
    }
}

#[test]
fn of_two_programs_each_has_its_own_back_by_its_number_whoever_comes_first() {
    let mut world = world(BotMode::All);
    world.connect(1);
    let first = given(1, &says(&mut world, "a"));
    world.connect(2);
    world.asks(1, "unknown");
    let told = says(&mut world, "b");
    let (of_first, of_second) = (given(1, &told), given(2, &told));
    let told = says(&mut world, "c");
    assert_eq!((given(1, &told).len(), given(2, &told).len()), (1, 1));
    // The first never got "c", the second has everything.
    let second_has = given(2, &told)[0].1;
    world.disconnect(1);
    world.disconnect(2);
    // The first one to go is the first one to come.
    assert_eq!(ids(&comes(&mut world, 3, BOT, of_first[0].1)), ["c~north"]);
    assert_eq!(comes(&mut world, 4, BOT, second_has), []);
    assert!(first[0].1 < of_first[0].1 && of_first[0].1 != of_second[0].1);
}

/// Two programs, as streams 1 and 2, each of which was given one number.
fn two_programs(world: &mut World) -> [i32; 2] {
    world.connect(1);
    world.connect(2);
    world.asks(1, "unknown");
    world.asks(2, "unknown");
    let told = says(world, "a");
    [1, 2].map(|client| given(client, &told)[0].1)
}

#[test]
fn a_second_quiet_break_swaps_no_programs() {
    // How their second streams are when they come for the third time: both gone, or not known to be.
    for is_half_open in [false, true] {
        let mut world = world(BotMode::All);
        let [first, second] = two_programs(&mut world);
        [1, 2].into_iter().for_each(|it| drop(world.disconnect(it)));
        assert_eq!(comes(&mut world, 3, BOT, first), []);
        assert_eq!(comes(&mut world, 4, BOT, second), []);
        if !is_half_open {
            [3, 4].into_iter().for_each(|it| drop(world.disconnect(it)));
            says(&mut world, "b");
            // The first is told of it, and does not get it.
            assert_eq!(ids(&comes(&mut world, 5, BOT, first)), ["b~north"]);
            world.disconnect(5);
            says(&mut world, "c");
            let both = ["b~north", "c~north"];
            assert_eq!(ids(&comes(&mut world, 6, BOT, first)), both, "it names the number of long ago");
            assert_eq!(ids(&comes(&mut world, 7, BOT, second)), both);
            continue;
        }
        says(&mut world, "b");
        assert_eq!(comes(&mut world, 5, BOT, second), []);
        assert_eq!(comes(&mut world, 6, BOT, first), []);
        // The first's old stream is the first's to go on with, whoever came before it.
        let mut told = world.disconnect(3);
        told.extend(world.pass(crate::support::seconds(5)));
        assert_eq!((ids(&given(6, &told)), given(5, &told)), (vec!["b~north"], vec![]));
        let mut told = world.disconnect(4);
        told.extend(world.pass(crate::support::seconds(5)));
        assert_eq!((ids(&given(5, &told)), given(6, &told)), (vec!["b~north"], vec![]));
    }
}

#[test]
fn one_whose_own_was_dropped_is_given_nobody_elses() {
    let mut world = world(BotMode::All);
    let [first, second] = two_programs(&mut world);
    world.connect(3);
    world.asks(2, "unknown");
    world.asks(3, "unknown");
    world.disconnect(1);
    world.pass(ha_wechaty_core::Replay::default().age + crate::support::seconds(1));
    says(&mut world, "b");
    world.disconnect(2);
    says(&mut world, "c");
    assert_eq!(comes(&mut world, 4, BOT, first), [], "what it missed is too old");
    assert_eq!(ids(&comes(&mut world, 5, BOT, second)), ["b~north", "c~north"]);
}

#[test]
fn a_program_that_only_listens_keeps_its_own_beside_one_that_came_later() {
    for restarts in [false, true] {
        let mut world = world(BotMode::All);
        world.connect(1);
        let a = given(1, &says(&mut world, "a"));
        world.disconnect(1);
        assert_eq!(comes(&mut world, 2, BOT, a[0].1), []);
        let b = given(2, &says(&mut world, "b"));
        world.connect(3);
        says(&mut world, "c");
        if restarts {
            world.restarts(Setup { bots: bots(&[BotMode::All]), ..setup(1) });
            world.step();
            world.comes(NORTH);
        } else {
            world.disconnect(2);
        }
        assert_eq!(ids(&comes(&mut world, 4, BOT, b[0].1)), ["c~north"], "{restarts}");
    }
}

#[test]
fn a_program_that_comes_back_without_its_number_goes_on_with_its_stream_that_is_not_known_to_be_dead() {
    let mut world = world(BotMode::All);
    world.connect(1);
    let a = given(1, &says(&mut world, "a"));
    world.disconnect(1);
    assert_eq!(comes(&mut world, 2, BOT, a[0].1), []);
    // It never arrives; and the bot's client forgets its number after a quiet while.
    let b = given(2, &says(&mut world, "b"));
    world.connect(3);
    let mut told = world.disconnect(2);
    told.extend(world.pass(crate::support::seconds(5)));
    assert_eq!(ids(&given(3, &told)), ["b~north"]);
    // Should it be another program's after all, that still has its own: once.
    assert_eq!(ids(&comes(&mut world, 4, BOT, a[0].1)), ["b~north"]);
    assert_eq!(comes(&mut world, 5, BOT, b[0].1), []);
}

#[test]
fn a_stream_that_is_not_known_to_be_dead_is_succeeded_by_who_names_its_number() {
    let mut world = world(BotMode::All);
    world.connect(1);
    let a = given(1, &says(&mut world, "a"));
    says(&mut world, "b");
    assert_eq!(comes(&mut world, 2, BOT, a[0].1), [], "its stream may still be read");
    let told = world.disconnect(1);
    let told: Vec<Command> = told.into_iter().chain(world.pass(crate::support::seconds(5))).collect();
    assert_eq!(ids(&given(2, &told)), ["b~north"], "what it had taken is not given again");
}

#[test]
fn numbers_go_on_after_a_restart() {
    let mut world = world(BotMode::All);
    world.connect(1);
    let a = given(1, &says(&mut world, "a"));
    let b = given(1, &says(&mut world, "b"));
    world.restarts(Setup { bots: bots(&[BotMode::All]), ..setup(1) });
    world.step();
    world.comes(NORTH);
    let again = comes(&mut world, 2, BOT, a[0].1);
    assert_eq!(ids(&again), ["b~north"]);
    assert!(again[0].1 > b[0].1);
}

#[test]
fn a_team_that_remembers_nothing_gives_no_number_again() {
    const BEGINS: i64 = 1_780_000_000;
    let mut numbers = Vec::new();
    for epoch in [BEGINS, BEGINS + 20] {
        let epoch = Stamp::new(epoch).expect("a time");
        let mut world = World::up_with(&Setup { bots: bots(&[BotMode::All]), epoch, ..setup(1) });
        world.connect(1);
        for n in 0..20 {
            for part in ["a", "b", "c"] {
                let text = format!("{n}{part}");
                let told = world.shows(NORTH, said("alice", &text, &text));
                numbers.extend(given(1, &told).into_iter().map(|(_, number)| number));
            }
            world.pass(crate::support::seconds(1));
        }
    }
    assert_eq!(numbers.len(), 120);
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[test]
fn where_an_accounts_numbers_stand_is_known_until_somebody_else_logs_in() {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.tell(Input::HeardUpTo { account: NORTH, seq: 7, service: 0 });
    world.login(NORTH);
    let heard =
        |world: &World| world.team.accounts()[0].last_heard().map(|it| (it.seq, it.contact_id.clone()));
    assert_eq!(heard(&world), Some((7, Some(wxid(NORTH)))));
    world.tell(Input::HeardUpTo { account: NORTH, seq: 8, service: 0 });
    world.link(NORTH, crate::support::lost());
    world.restarts(setup(1));
    assert_eq!(heard(&world), Some((8, Some(wxid(NORTH)))), "it outlives the process");
    // Its service counts anew.
    world.tell(Input::HeardUpTo { account: NORTH, seq: 1, service: 0 });
    assert_eq!(heard(&world), Some((1, Some(wxid(NORTH)))));
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.link(NORTH, LinkFact::Login { contact_id: String::from("wxid_other") });
    assert_eq!(heard(&world), None);
}
