//! Bots that restart at any time, before or after their old stream is known to be dead, lose nothing.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team restarts` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::BTreeSet;

use crate::support::{BOT, NORTH, World, given, logout, messages, random::check, said, seconds};
use ha_wechaty_core::{ClientId, Input};
use proptest::prelude::*;

/// What happens to a program that is one bot, and restarts.
#[derive(Debug, Clone, Copy)]
enum Restarts {
    Says,
    /// It opens a stream; the one before is dead, but nobody knows.
    Opens,
    /// One of the dead streams is known to be so.
    Ends(u8),
    Asks(u8),
    TeamFails,
    TeamRecovers,
    Passes(u8),
}

fn restarts() -> impl Strategy<Value = Restarts> {
    prop_oneof![
        6 => Just(Restarts::Says),
        2 => Just(Restarts::Opens),
        2 => any::<u8>().prop_map(Restarts::Ends),
        4 => any::<u8>().prop_map(Restarts::Asks),
        1 => Just(Restarts::TeamFails),
        1 => Just(Restarts::TeamRecovers),
        1 => (0..5u8).prop_map(Restarts::Passes),
    ]
}

#[test]
fn a_bot_that_restarts_at_any_time_gets_everything() {
    check(2_000, &prop::collection::vec(restarts(), 1..60), |all| {
        let mut world = World::up(1);
        let (mut said_by_now, mut open, mut current) = (BTreeSet::new(), Vec::new(), 0);
        // What its stream gave it, and what it has worked off.
        let (mut got, mut done) = (Vec::new(), BTreeSet::new());
        for (number, what) in (1..).zip(all) {
            let commands = match what {
                Restarts::Says => {
                    said_by_now.insert(format!("{number}~north"));
                    world.shows(NORTH, said("alice", &number.to_string(), &number.to_string()))
                }
                Restarts::Opens => {
                    open.push(number);
                    (current, got) = (number, Vec::new());
                    world.tell(Input::BotConnected { client: ClientId(number), bot: BOT, after: None })
                }
                Restarts::Ends(which) if !open.is_empty() => {
                    world.disconnect(open.remove(usize::from(which) % open.len()))
                }
                Restarts::Asks(which) if !got.is_empty() && open.contains(&current) => {
                    let id: String = got.remove(usize::from(which) % got.len());
                    world.asks(current, &id);
                    done.insert(id);
                    Vec::new()
                }
                Restarts::TeamFails => world.link(NORTH, logout()),
                Restarts::TeamRecovers => world.login(NORTH),
                Restarts::Passes(time) => world.pass(seconds(time.into())),
                Restarts::Ends(_) | Restarts::Asks(_) => Vec::new(),
            };
            got.extend(messages(current, &commands));
        }
        world.login(NORTH);
        for client in open {
            world.disconnect(client);
        }
        for client in 1_000..1_010 {
            let told = world.tell(Input::BotConnected { client: ClientId(client), bot: BOT, after: None });
            done.extend(messages(client, &told));
            // A login after a logout, and a backlog, take their time.
            done.extend(messages(client, &world.pass(seconds(10))));
        }
        assert_eq!(said_by_now.difference(&done).collect::<Vec<_>>(), Vec::<&String>::new(), "lost");
        assert_eq!(world.team.bots().dropped(), 0);
    });
}

#[test]
fn a_second_program_with_the_same_token_costs_the_first_nothing() {
    check(1_000, &prop::collection::vec((0..2usize, any::<bool>(), any::<bool>()), 1..40), |all| {
        let mut world = World::up(1);
        let mut clients = [1, 2];
        for (client, text) in [(1, "first"), (2, "second")] {
            world.connect(client);
            world.shows(NORTH, said("alice", text, text));
            for asking in 1..=client {
                world.asks(asking, &format!("{text}~north"));
            }
        }
        for (number, (who, asks, returns)) in (10..).zip(all) {
            if returns {
                // It goes, misses something, and is back. Both have shown that they are alive.
                let commands = world.disconnect(clients[who]);
                assert_eq!(given(clients[1 - who], &commands), [], "the other one is not its successor");
            }
            let commands = world.shows(NORTH, said("alice", &number.to_string(), &number.to_string()));
            for (_, client) in clients.into_iter().enumerate().filter(|(it, _)| asks || *it != who) {
                for id in messages(client, &commands) {
                    world.asks(client, &id);
                }
            }
            if returns {
                clients[who] = number;
                let client = clients[who];
                let mut told =
                    world.tell(Input::BotConnected { client: ClientId(client), bot: BOT, after: None });
                told.extend(world.pass(seconds(10)));
                let heard = messages(client, &told);
                assert!(heard.contains(&format!("{number}~north")), "{heard:?}");
            }
        }
    });
}
