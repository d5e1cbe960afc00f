//! Accounts that join, leave and are lost at any time, while people talk: everything that any of them shows
//! is told once.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test comings_and_goings` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{NORTH, World, lost, messages, random::check, said, seconds, setup, wxid};
use ha_wechaty_core::{AccountId, Command, Phase, Recall, Setup};
use proptest::{prelude::*, sample::Index};

const PLACES: u8 = 4;

/// What happens to a team in whose room people talk.
#[derive(Debug, Clone)]
enum Happens {
    /// Somebody says something new, or an account of the team does so by hand.
    Said(Option<AccountId>),
    /// An account is shown one of the things said, perhaps again.
    Shows(AccountId, Index),
    Joins(AccountId),
    Leaves(AccountId),
    Lost(AccountId),
}

fn happens() -> impl Strategy<Value = Happens> {
    let account = || (0..PLACES).prop_map(AccountId);
    prop_oneof![
        4 => prop::option::of(account()).prop_map(Happens::Said),
        12 => (account(), any::<Index>()).prop_map(|(account, what)| Happens::Shows(account, what)),
        3 => account().prop_map(Happens::Joins),
        2 => account().prop_map(Happens::Leaves),
        1 => account().prop_map(Happens::Lost),
    ]
}

/// Has an account dialled, if it is in the team, and logged in.
fn logs_in(world: &mut World, account: AccountId) -> Vec<Command> {
    let phase = |world: &World| world.team.accounts().get(account.index()).map(|it| it.phase().clone());
    let mut commands = Vec::new();
    while matches!(phase(world), Some(Phase::Offline { .. })) {
        commands.extend(world.step());
    }
    if phase(world) == Some(Phase::Connecting) {
        commands.extend(world.comes(account));
    }
    commands
}

#[test]
fn everything_is_told_once_whoever_comes_and_goes() {
    check(1_000, &prop::collection::vec(happens(), 1..80), |all| {
        // Dialling takes time, and nothing here comes too late.
        let recall = Recall { window: seconds(3_600), age: seconds(7_200), ..Recall::default() };
        let mut world = World::up_with(&Setup { recall, ..setup(2) });
        world.connect(1);
        // Everything has its own words, so each must be told once, and only if anybody was shown it.
        let (mut authors, mut shown, mut told) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        let mut count = |commands: &[Command]| {
            for id in messages(1, commands) {
                let text: usize = id.split('.').next().and_then(|it| it.parse().ok()).expect("a number");
                *told.entry(text).or_insert(0) += 1;
            }
        };
        for happens in all {
            let commands = match happens {
                Happens::Said(author) => {
                    // One that never was in the team is a stranger, until it is not.
                    let is_own = |it: &AccountId| world.routing().identity().is_own(&wxid(*it));
                    authors.push(author.filter(is_own));
                    Vec::new()
                }
                Happens::Shows(account, what) if !authors.is_empty() => {
                    let text = what.index(authors.len());
                    let talker = authors[text].map_or("alice".into(), wxid);
                    let is_there = world.team.accounts().get(account.index());
                    if is_there.is_some_and(|it| it.phase() != &Phase::Removed) {
                        shown.insert(text);
                    }
                    world.shows(account, said(&talker, &text.to_string(), &format!("{text}.{}", account.0)))
                }
                Happens::Shows(..) => Vec::new(),
                Happens::Joins(account) => {
                    let mut commands = world.joins(account);
                    commands.extend(logs_in(&mut world, account));
                    commands
                }
                Happens::Leaves(account) => world.leaves(account),
                Happens::Lost(account) => {
                    let mut commands = world.link(account, lost());
                    commands.extend(logs_in(&mut world, account));
                    commands
                }
            };
            count(&commands);
        }
        // What was shown while nobody was well is told when somebody is.
        count(&world.joins(NORTH));
        count(&logs_in(&mut world, NORTH));
        // A backlog takes its time.
        count(&world.pass(std::time::Duration::from_secs(20)));
        assert_eq!(told, shown.into_iter().map(|text| (text, 1)).collect());
    });
}
