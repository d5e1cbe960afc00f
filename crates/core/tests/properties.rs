//! Whatever happens, in whatever order: what `support/watch.rs` asserts holds after every step, and no bot
//! loses anything.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test properties` tries others.
#![allow(missing_docs, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use ha_wechaty_core::{
    AccountId, ClientId, Command, Event, Ids, Input, LinkFact, Outcome, Policy, Replay, Scan, Setup, Work,
    WorkResult,
};
use proptest::{prelude::*, sample::Index};
use support::{
    BOT, DONG_FROM, NORTH, ROOM, World, change, given, logout, lost, messages, random::check, said, seconds,
    setup, written, wxid,
};

const ACCOUNTS: u8 = 3;

/// Something that may happen at any time, however little sense it makes.
#[derive(Debug, Clone)]
enum Happens {
    Passes(u64),
    Oversleeps(u64),
    Link(AccountId, LinkFact),
    Shows(AccountId, &'static str, u8, bool),
    ShowsOwn(AccountId, AccountId, u8),
    Tells(AccountId, Event),
    Knows(Input),
    Begins(AccountId, u8),
    Ends(Index, Outcome),
    Connects,
    Disconnects(Index),
    Asks(Index, Option<Index>),
}

fn account() -> impl Strategy<Value = AccountId> {
    (0..ACCOUNTS).prop_map(AccountId)
}

fn fact() -> impl Strategy<Value = (AccountId, LinkFact)> {
    (account(), 0..9u8, 0..2u8).prop_map(|(account, what, which)| {
        let fact = match what {
            0..=2 => LinkFact::Opened,
            3..=5 => LinkFact::Login { contact_id: wxid(account) },
            6 => LinkFact::Scan(Scan { qrcode: Some(which.to_string()), ..Scan::default() }),
            7 => logout(),
            _ => lost(),
        };
        (account, fact)
    })
}

fn event() -> impl Strategy<Value = Event> {
    let who = || prop::sample::select(vec!["alice", "bob", "wxid_north", "wxid_south", "wxid_west"]);
    (0..6u8, who(), who()).prop_map(|(what, who, by)| match what {
        0 | 1 => Event::RoomJoin(change(&[who], by)),
        2 | 3 => Event::RoomLeave(change(&[who], by)),
        4 => {
            let (room, changer, new) = (ROOM.into(), by.into(), who.into());
            Event::RoomTopic { room, changer, new, old: String::new(), timestamp: None }
        }
        _ => Event::Dirty { kind: 2, id: who.into() },
    })
}

fn knowledge() -> impl Strategy<Value = Input> {
    (account(), 0..7u8, 0..3usize).prop_map(|(account, what, which)| {
        let conversation = [ROOM, "alice", "bob"][which].to_owned();
        match what {
            0 => Input::Lists {
                account,
                contacts: Some(vec!["alice".into(), wxid(NORTH)]),
                rooms: Some(vec![ROOM.into()]),
            },
            1 => Input::Unreachable { account, conversation },
            2 => Input::DingFailed { account, cause: "not a friend".into() },
            3 => Input::PuppetDong { account },
            4 => Input::Room {
                account,
                room: ROOM.into(),
                members: (0..which as u8).map(|it| wxid(AccountId(it))).collect(),
                owner: wxid(account),
                admins: vec![],
            },
            _ => {
                let result = [WorkResult::Done, WorkResult::Failed, WorkResult::Throttled][which];
                Input::Worked { account, work: Work::ALL[what as usize % 3], result }
            }
        }
    })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![Outcome::Sent { id: String::new() }, Outcome::NotSent, Outcome::Unsure])
}

fn happens() -> impl Strategy<Value = Happens> {
    let who = prop::sample::select(vec!["alice", "bob", DONG_FROM]);
    prop_oneof![
        3 => (0..200u64).prop_map(Happens::Passes),
        1 => (0..2_000u64).prop_map(Happens::Oversleeps),
        6 => fact().prop_map(|(account, fact)| Happens::Link(account, fact)),
        5 => (account(), who, 0..3u8, any::<bool>()).prop_map(|(a, who, what, room)| Happens::Shows(a, who, what, room)),
        2 => (account(), account(), 0..3u8).prop_map(|(a, by, what)| Happens::ShowsOwn(a, by, what)),
        3 => (account(), event()).prop_map(|(account, event)| Happens::Tells(account, event)),
        3 => knowledge().prop_map(Happens::Knows),
        2 => (account(), 0..3u8).prop_map(|(account, what)| Happens::Begins(account, what)),
        2 => (any::<Index>(), outcome()).prop_map(|(send, outcome)| Happens::Ends(send, outcome)),
        2 => Just(Happens::Connects),
        1 => any::<Index>().prop_map(Happens::Disconnects),
        2 => (any::<Index>(), any::<Option<Index>>()).prop_map(|(what, whose)| Happens::Asks(what, whose)),
    ]
}

/// What happens, with numbers that are never given twice.
#[derive(Default)]
struct Story {
    number: u64,
    clients: Vec<ClientId>,
    sends: Vec<(u64, AccountId)>,
    told: Vec<String>,
}

impl Story {
    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn take(&mut self, world: &mut World, happens: Happens) -> Vec<Command> {
        let number = self.next();
        let id = number.to_string();
        match happens {
            Happens::Passes(time) => world.pass(seconds(time)),
            Happens::Oversleeps(time) => world.oversleep(seconds(time)),
            Happens::Link(account, fact) => world.link(account, fact),
            Happens::Shows(account, DONG_FROM, ..) => {
                world.shows(account, written(DONG_FROM, &wxid(account), "dong", &id))
            }
            Happens::Shows(account, who, what, true) => {
                world.shows(account, said(who, &what.to_string(), &id))
            }
            Happens::Shows(account, who, what, false) => {
                world.shows(account, written(who, &wxid(account), &what.to_string(), &id))
            }
            Happens::ShowsOwn(account, author, what) => {
                world.shows(account, said(&wxid(author), &what.to_string(), &id))
            }
            Happens::Tells(account, event) => world.tells(account, event),
            Happens::Knows(input) => world.tell(input),
            Happens::Begins(account, what) => {
                self.sends.push((number, account));
                world.begins(number, account, &what.to_string())
            }
            Happens::Ends(which, outcome) if !self.sends.is_empty() => {
                let (send, account) = self.sends.remove(which.index(self.sends.len()));
                let outcome =
                    if matches!(outcome, Outcome::Sent { .. }) { Outcome::Sent { id } } else { outcome };
                world.ends(send, account, outcome)
            }
            Happens::Connects => {
                let client = ClientId(number);
                self.clients.push(client);
                world.tell(Input::BotConnected { client, bot: BOT })
            }
            Happens::Disconnects(which) if !self.clients.is_empty() => {
                let client = self.clients.remove(which.index(self.clients.len()));
                world.tell(Input::BotDisconnected { client })
            }
            Happens::Asks(what, whose) if !self.told.is_empty() && !self.clients.is_empty() => {
                let id = self.told[what.index(self.told.len())].clone();
                let client = whose.map(|it| self.clients[it.index(self.clients.len())]);
                world.tell(Input::Acknowledged { client, bot: BOT, id })
            }
            Happens::Ends(..) | Happens::Disconnects(_) | Happens::Asks(..) => Vec::new(),
        }
    }
}

/// A team with little patience, so that all its limits are met.
fn impatient() -> Setup {
    let mut setup = Setup {
        replay: Replay { events: 5, age: seconds(300) },
        policy: Policy::LeastLoad,
        ..setup(ACCOUNTS.into())
    };
    setup.accounts[2].ids = Ids::Own;
    setup
}

fn live(setup: &Setup, all: Vec<Happens>) -> (World, Vec<Command>) {
    let (mut world, mut story, mut commands) = (World::with(setup, 7), Story::default(), Vec::new());
    for happens in all {
        let new = story.take(&mut world, happens);
        for client in &story.clients {
            story.told.extend(messages(client.0, &new));
        }
        commands.extend(new);
    }
    (world, commands)
}

#[test]
fn what_must_hold_holds_whatever_happens_and_the_same_again_the_second_time() {
    check(1_000, &prop::collection::vec(happens(), 1..80), |all| {
        for setup in [setup(ACCOUNTS.into()), impatient()] {
            let (one, other) = (live(&setup, all.clone()), live(&setup, all.clone()));
            assert_eq!(one.1, other.1);
            assert_eq!(one.0.team, other.0.team);
            assert_eq!(format!("{:?}", one.0.team), format!("{:?}", other.0.team));
        }
    });
}

#[test]
fn a_team_that_is_left_alone_comes_to_rest_with_all_its_accounts_asking_for_work() {
    check(300, &prop::collection::vec(happens(), 1..80), |all| {
        let (mut world, _) = live(&setup(ACCOUNTS.into()), all);
        for index in 0..ACCOUNTS {
            let account = AccountId(index);
            world.link(account, lost());
            while world.team.accounts()[account.index()].phase().name() != "connecting" {
                world.step();
            }
            world.link(account, LinkFact::Opened);
            world.login(account);
            world.link(account, logout());
        }
        // Ejections, ramps, what is remembered and what is kept end; nothing else is due.
        for _ in 0..1_000 {
            if world.team.poll_timeout().is_some() {
                world.step();
            }
        }
        assert_eq!(world.team.poll_timeout(), None);
        assert_eq!((world.team.dedup().len(), world.team.bots().backlog()), (0, 0));
    });
}

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
                    world.tell(Input::BotConnected { client: ClientId(number), bot: BOT })
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
            let events = world.connect(client);
            let ids = events.into_iter().filter_map(|event| match event {
                Event::Message { id } => Some(id),
                _ => None,
            });
            done.extend(ids);
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
            for program in 0..2 {
                for id in messages(clients[program], &commands) {
                    if asks || program != who {
                        world.asks(clients[program], &id);
                    }
                }
            }
            if returns {
                clients[who] = number;
                let events = world.connect(clients[who]);
                assert!(events.contains(&Event::Message { id: format!("{number}~north") }), "{events:?}");
            }
        }
    });
}
