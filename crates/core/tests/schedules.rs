//! Random schedules of what several accounts show of one room: the bot is told what one phone would show.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team schedules` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::support::{NAMES, UNSURE, World, messages, random::check, said, wxid};
use ha_wechaty_core::{AccountId, Command, MessageCopy, SendId, SendResult, Settled, Time};
use proptest::prelude::*;

/// How many accounts look on.
const ACCOUNTS: usize = 3;
const WINDOW: u64 = 60_000;

/// Something that people say: when, who, what; and after how long each account shows it, if it does.
#[derive(Debug, Clone)]
struct Said {
    at: u64,
    who: &'static str,
    what: String,
    shown_after: [Option<u64>; ACCOUNTS],
}

/// Things said at any time until `end`, each shown within `delay`, perhaps not by everybody.
fn talk(end: u64, delay: u64, seen_by_all: bool, words: u8) -> impl Strategy<Value = Vec<Said>> {
    let missed = prop::array::uniform3(prop::bool::weighted(if seen_by_all { 0.0 } else { 0.2 }));
    let after = (prop::array::uniform3(0..delay), missed);
    let after =
        after.prop_map(|(after, missed)| std::array::from_fn(|it| (!missed[it]).then_some(after[it])));
    let said = (0..end, prop::sample::select(vec!["alice", "bob"]), 0..words, after);
    prop::collection::vec(said, 1..24).prop_map(|all| {
        let mut all: Vec<Said> = all
            .into_iter()
            .map(|(at, who, what, shown_after)| Said { at, who, what: what.to_string(), shown_after })
            .collect();
        all.sort_by_key(|said| said.at);
        all
    })
}

/// What every account shows, in the order of time; each shows what was said in the order in which it was.
fn shows(talk: &[Said]) -> Vec<(u64, AccountId, usize)> {
    let mut shows = Vec::new();
    for account in 0..ACCOUNTS {
        let mut last = 0;
        for (index, said) in talk.iter().enumerate() {
            if let Some(after) = said.shown_after[account] {
                last = last.max(said.at + after);
                shows.push((last, AccountId::at(account), index));
            }
        }
    }
    // Stable: each account's own order stays.
    shows.sort_by_key(|(at, ..)| *at);
    shows
}

fn at(milliseconds: u64) -> Time {
    Time::after_origin(Duration::from_millis(milliseconds))
}

fn wait_until(world: &mut World, time: Time) -> Vec<Command> {
    world.pass(time - world.now)
}

/// What the bot is told: which of the things that were said.
fn told(talk: &[Said]) -> Vec<usize> {
    let mut world = World::up(ACCOUNTS);
    world.connect(1);
    let mut told = Vec::new();
    for (time, account, index) in shows(talk) {
        wait_until(&mut world, at(time));
        let (said_by, id) = (talk[index].who, index.to_string());
        for id in messages(1, &world.shows(account, said(said_by, &talk[index].what, &id))) {
            let (index, owner) = id.rsplit_once('~').expect("tagged");
            assert_eq!(owner, NAMES[account.index()], "told when it is shown");
            told.push(index.parse().expect("a number"));
        }
        let most = talk.len() * ACCOUNTS;
        assert!(world.team.dedup().len() <= most, "no more is remembered than was seen");
    }
    world.pass(Duration::from_millis(WINDOW));
    assert!(world.team.dedup().is_empty(), "nothing is remembered beyond the window");
    told
}

/// How often each thing was said.
fn counts<'a>(said: impl Iterator<Item = &'a Said>) -> BTreeMap<(&'static str, &'a str), usize> {
    let mut counts = BTreeMap::new();
    said.for_each(|said| *counts.entry((said.who, said.what.as_str())).or_default() += 1);
    counts
}

#[test]
fn what_everybody_shows_is_told_as_often_as_it_was_said_however_long_it_goes_on() {
    check(1_500, &talk(10 * WINDOW, WINDOW / 2, true, 3), |talk| {
        let told = told(&talk);
        assert_eq!(counts(told.iter().map(|index| &talk[*index])), counts(talk.iter()));
    });
}

#[test]
fn what_some_miss_is_told_as_often_as_the_one_shows_that_shows_it_most() {
    check(1_500, &talk(WINDOW / 2, WINDOW / 2, false, 3), |talk| {
        let told = told(&talk);
        let mut most = BTreeMap::new();
        for account in 0..ACCOUNTS {
            for (what, count) in counts(talk.iter().filter(|said| said.shown_after[account].is_some())) {
                let known: &mut usize = most.entry(what).or_default();
                *known = count.max(*known);
            }
        }
        assert_eq!(counts(told.iter().map(|index| &talk[*index])), most);
    });
}

#[test]
fn what_is_said_once_is_told_once_if_anybody_shows_it() {
    check(1_000, &talk(10 * WINDOW, WINDOW / 2, false, 3), |mut talk| {
        for (index, said) in talk.iter_mut().enumerate() {
            said.what = format!("text {index}");
        }
        let mut told = told(&talk);
        told.sort_unstable();
        let seen = |index: &usize| talk[*index].shown_after.iter().any(Option::is_some);
        assert_eq!(told, (0..talk.len()).filter(seen).collect::<Vec<_>>());
    });
}

/// A send of the bot's: through whom, what, when; after how long it is answered and shown, and whether it
/// arrives and is answered for at all.
#[derive(Debug, Clone)]
struct Send {
    begins: u64,
    through: usize,
    what: u8,
    answered_after: u64,
    arrives: bool,
    is_sure: bool,
    shown_after: [u64; ACCOUNTS],
}

fn sends(words: u8, arrives: f64, sure: f64) -> impl Strategy<Value = Vec<Send>> {
    let send = (0..4_000u64, 0..ACCOUNTS, 0..words, 0..2_000u64).prop_flat_map(
        move |(begins, through, what, answered_after)| {
            (prop::bool::weighted(arrives), prop::bool::weighted(sure), prop::array::uniform3(0..2_000u64))
                .prop_map(move |(arrives, is_sure, shown_after)| Send {
                    begins,
                    through,
                    what,
                    answered_after,
                    arrives,
                    is_sure,
                    shown_after,
                })
        },
    );
    prop::collection::vec(send, 1..10)
}

/// What happens to one of the sends: it begins, it is answered, an account shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Begins,
    Answered,
    Shown(usize),
}

/// The id that a send's message has for an account.
fn id(send: usize, account: usize) -> String {
    format!("{send}{}", NAMES[account])
}

/// Everything that the team wishes when these sends go as they do.
fn send_all(sends: &[Send]) -> Vec<Command> {
    let mut all = Vec::new();
    for (index, send) in sends.iter().enumerate() {
        all.push((send.begins, index, Happens::Begins));
        all.push((send.begins + send.answered_after, index, Happens::Answered));
        for (account, after) in send.shown_after.iter().enumerate().filter(|_| send.arrives) {
            all.push((send.begins + after, index, Happens::Shown(account)));
        }
    }
    all.sort_by_key(|(at, index, happens)| (*at, *happens != Happens::Begins, *index, *happens));
    let mut world = World::up(ACCOUNTS);
    world.connect(1);
    let mut commands = Vec::new();
    for (time, index, happens) in all {
        commands.extend(wait_until(&mut world, at(time)));
        let send = &sends[index];
        let (through, number, text) = (AccountId::at(send.through), index as u64, send.what.to_string());
        commands.extend(match happens {
            Happens::Begins => world.begins(number, through, &text),
            Happens::Answered if !send.is_sure => world.ends(number, through, UNSURE),
            Happens::Answered if send.arrives => world.sent(number, through, &id(index, send.through)),
            Happens::Answered => world.ends(number, through, SendResult::NotSent),
            Happens::Shown(account) => {
                world.shows(AccountId::at(account), said(&wxid(through), &text, &id(index, account)))
            }
        });
    }
    commands.extend(world.pass(Duration::from_millis(2 * WINDOW)));
    commands
}

/// The copies that are known to be of one message.
fn joined(commands: &[Command]) -> Vec<BTreeSet<MessageCopy>> {
    let mut sets: Vec<BTreeSet<MessageCopy>> = Vec::new();
    for command in commands {
        if let Command::Join { known, copy } = command {
            let (with, mut rest): (Vec<_>, Vec<_>) =
                sets.into_iter().partition(|set| set.contains(known) || set.contains(copy));
            let mut set: BTreeSet<MessageCopy> = with.into_iter().flatten().collect();
            set.extend([known.clone(), copy.clone()]);
            rest.push(set);
            sets = rest;
        }
    }
    sets
}

#[test]
fn every_echo_is_told_once_and_no_witness_is_and_each_message_has_all_its_copies() {
    check(2_000, &sends(2, 1.0, 1.0), |sends| {
        let commands = send_all(&sends);
        let echoes: BTreeSet<String> = sends
            .iter()
            .enumerate()
            .map(|(index, send)| format!("{}~{}", id(index, send.through), NAMES[send.through]))
            .collect();
        assert_eq!(messages(1, &commands).into_iter().collect::<BTreeSet<_>>(), echoes);
        let sets = joined(&commands);
        assert_eq!(sets.len(), sends.len(), "{sets:?}");
        for set in sets {
            let accounts: BTreeSet<AccountId> = set.iter().map(|copy| copy.account).collect();
            assert_eq!((set.len(), accounts.len()), (ACCOUNTS, ACCOUNTS), "one copy of each: {set:?}");
        }
    });
}

#[test]
fn a_send_is_settled_as_seen_only_if_it_arrived_and_always_if_it_was_seen_in_time() {
    check(2_000, &sends(10, 0.6, 0.3), |mut sends| {
        // Through one account the same words only once: equal sends at once can't be told apart.
        for (index, send) in sends.iter_mut().enumerate() {
            send.what += 10 * (index / ACCOUNTS) as u8;
            send.through = index % ACCOUNTS;
        }
        let mut settled = BTreeMap::new();
        for command in send_all(&sends) {
            if let Command::Settle { send: SendId(send), settled: outcome } = command {
                let seen = if let Settled::Seen(copy) = outcome { Some(copy) } else { None };
                assert!(settled.insert(send as usize, seen).is_none(), "settled twice");
            }
        }
        for (index, send) in sends.iter().enumerate().filter(|(_, send)| !send.is_sure) {
            let seen = settled.remove(&index).expect("settled");
            // Shown within 2 s of its beginning, and awaited for 3 s after its answer.
            assert_eq!(seen.is_some(), send.arrives, "send {index}");
            if let Some(copy) = seen {
                assert_eq!(copy.id, id(index, copy.account.index()));
            }
        }
        assert!(settled.is_empty(), "settled what was sure");
    });
}
