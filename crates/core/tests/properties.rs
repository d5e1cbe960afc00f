//! Whatever happens, in whatever order: what `support/watch.rs` asserts holds after every step.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test properties` tries others.
#![allow(missing_docs, clippy::expect_used)]

mod support;

use ha_wechaty_core::{
    AccountId, ClientId, Command, DirtyType, Holder, Ids, Input, InviteResult, InviteRule, LinkFact, Member,
    PendingScan, Phase, Policy, Replay, SendResult, Setup, Standing, WeChatEvent, Work, WorkResult,
};
use proptest::{prelude::*, sample::Index};
use support::{
    BOT, DONG_FROM, LOST, NAMES, NORTH, ROOM, UNSURE, World, change, logout, lost, member, messages,
    random::check, said, seconds, setup, written, wxid,
};

/// Those that are there at first; one more may join.
const ACCOUNTS: u8 = 3;

/// Something that may happen at any time, however little sense it makes.
#[derive(Debug, Clone)]
enum Happens {
    Passes(u64),
    Oversleeps(u64),
    Link(AccountId, LinkFact),
    Shows(AccountId, &'static str, u8, bool),
    ShowsOwn(AccountId, AccountId, u8),
    Tells(AccountId, WeChatEvent),
    Knows(Input),
    Begins(AccountId, u8),
    Ends(Index, SendResult),
    Connects,
    Disconnects(Index),
    Asks(Index, Option<Index>),
}

fn account() -> impl Strategy<Value = AccountId> {
    (0..=ACCOUNTS).prop_map(AccountId)
}

fn fact() -> impl Strategy<Value = (AccountId, LinkFact)> {
    (account(), 0..14u8, 0..2u8).prop_map(|(account, what, which)| {
        let fact = match what {
            0..=2 => LinkFact::Opened,
            3..=5 => LinkFact::Login { contact_id: wxid(account) },
            // As somebody else, who may be a teammate.
            10 => LinkFact::Login { contact_id: wxid(AccountId(which)) },
            6 => LinkFact::Scan(PendingScan { qrcode: Some(which.to_string()), ..PendingScan::default() }),
            7 => logout(),
            8 => LinkFact::Preparing { step: which.to_string() },
            11 => LinkFact::Evicted,
            12 => LinkFact::Taken { holder: Holder::Unknown },
            13 => LinkFact::Taken { holder: Holder::TookIt },
            _ => lost(),
        };
        (account, fact)
    })
}

fn event() -> impl Strategy<Value = WeChatEvent> {
    let who = || prop::sample::select(vec!["alice", "bob", "wxid_north", "wxid_south", "wxid_west"]);
    (0..9u8, who(), who()).prop_map(|(what, who, by)| match what {
        0 | 1 => WeChatEvent::RoomJoin(change(&[who], by)),
        2 | 3 => WeChatEvent::RoomLeave(change(&[who], by)),
        4 => {
            let (room, changer, new) = (ROOM.into(), by.into(), who.into());
            WeChatEvent::RoomTopic { room, changer, new, old: String::new(), timestamp: None }
        }
        5 => WeChatEvent::Dirty { kind: DirtyType::Contact, id: who.into() },
        6 => WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() },
        7 => WeChatEvent::Friendship { id: who.into() },
        _ => WeChatEvent::Ready,
    })
}

fn knowledge() -> impl Strategy<Value = Input> {
    (account(), 0..12u8, 0..3usize).prop_map(|(account, what, which)| {
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
                topic: String::new(),
                members: AccountId::first(which).map(wxid).collect(),
                owner: wxid(account),
                admins: vec![],
            },
            5 => Input::Reaches { account, contacts: vec![conversation], rooms: vec![] },
            6 => Input::RoomUnread { account, room: ROOM.into(), refused: which == 0 },
            7 => Input::RoomMade { account, room: conversation },
            8 => Input::Invitation { account, id: "i".into(), inviter: wxid(AccountId::at(which)) },
            9 => {
                let result = [InviteResult::Done, InviteResult::Stranger, InviteResult::Refused][which];
                Input::Invited { account, room: ROOM.into(), teammate: AccountId::at(which), result }
            }
            _ => {
                let result = [WorkResult::Done, WorkResult::Failed, WorkResult::Throttled][which];
                Input::Worked { account, work: Work::ALL[what as usize % 3], result }
            }
        }
    })
}

/// Somebody joins, mostly where it may, or leaves.
fn membership() -> impl Strategy<Value = Input> {
    (account(), account(), 0..8u8, any::<bool>()).prop_map(|(account, other, what, is_shared)| {
        let name = |of: AccountId| NAMES[of.index()];
        let ids = if is_shared { Ids::Shared } else { Ids::Own };
        match what {
            0..=2 => Input::Leaves { account },
            3 => Input::Joins { account, member: member(name(other)) },
            _ => Input::Joins { account, member: Member { ids, ..member(name(account)) } },
        }
    })
}

fn outcome() -> impl Strategy<Value = SendResult> {
    prop::sample::select(vec![SendResult::Sent { id: String::new() }, SendResult::NotSent, UNSURE, LOST])
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
        2 => membership().prop_map(Happens::Knows),
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
                let outcome = if matches!(outcome, SendResult::Sent { .. }) {
                    SendResult::Sent { id }
                } else {
                    outcome
                };
                world.ends(send, account, outcome)
            }
            Happens::Connects => {
                let client = ClientId(number);
                self.clients.push(client);
                world.tell(Input::BotConnected { client, bot: BOT, after: None })
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
        replay: Replay { events: 5, bytes: 1 << 20, age: seconds(300) },
        policy: Policy::LeastLoad,
        refresh: Some(seconds(100)),
        invite: InviteRule { enabled: true, ..InviteRule::default() },
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
        let (mut world, _) = live(&Setup { refresh: Some(seconds(600)), ..setup(ACCOUNTS.into()) }, all);
        let places = world.team.accounts().len();
        let is_there = |id: &AccountId| world.team.accounts()[id.index()].phase() != &Phase::Removed;
        let members: Vec<AccountId> = AccountId::first(places).filter(is_there).collect();
        for account in members {
            world.link(account, lost());
            while world.team.accounts()[account.index()].phase().standing() != Standing::Connecting {
                world.step();
            }
            world.link(account, LinkFact::Opened);
            world.login(account);
            world.link(account, logout());
        }
        // Streams that are watched are not any more by then.
        world.oversleep(seconds(1_500));
        // Ejections, ramps, what is remembered and what is kept end; only those that are logged out are asked now
        // and then how they stand.
        for _ in 0..1_000 {
            if world.team.poll_timeout().is_some() {
                world.step();
            }
        }
        for _ in 0..places {
            let (before, told) = (world.now, world.team.poll_timeout().map(|_| world.step()));
            let is_question = |it: &Command| matches!(it, Command::Reopen { .. });
            assert!(told.iter().flatten().all(is_question), "{told:?}");
            assert!(told.is_none() || world.now - before < seconds(701));
        }
        assert_eq!((world.team.dedup().len(), world.team.bots().backlog()), (0, 0));
    });
}
