//! People repeat themselves just when something has failed: accounts take turns being away, and what is said
//! again meanwhile is told again.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test said_again` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{NORTH, SOUTH, World, lost, messages, random::check, said, seconds, setup};
use ha_wechaty_core::{AccountId, MessageFacts, Phase, Recall, Setup, Stamp};
use proptest::prelude::*;

const ACCOUNTS: u8 = 3;

/// A text that alice says now, under the time of WeChat, which counts seconds.
fn now(world: &World, id: &str) -> MessageFacts {
    let stamp = Stamp::new(1_700_000_000 + world.now.since_origin().as_secs() as i64);
    MessageFacts { stamp, ..said("alice", "在吗", id) }
}

/// Has a lost account dialled and logged in. Time passes.
fn comes_back(world: &mut World, account: AccountId) {
    while world.team.accounts()[account.index()].phase() != &Phase::Connecting {
        world.step();
    }
    world.comes(account);
}

fn world() -> World {
    let recall = Recall { age: seconds(3_600), ..Recall::default() };
    let mut world = World::up_with(&Setup { recall, ..setup(ACCOUNTS.into()) });
    world.connect(1);
    world
}

#[test]
fn a_text_that_is_said_again_is_told_again_though_nobody_saw_both() {
    let mut world = world();
    world.link(SOUTH, lost());
    let first = now(&world, "n1");
    assert_eq!(messages(1, &world.shows(NORTH, first)), ["n1~north"]);
    world.link(NORTH, lost());
    comes_back(&mut world, SOUTH);
    world.pass(seconds(18));
    let second = now(&world, "s2");
    assert_eq!(messages(1, &world.shows(SOUTH, second)), ["s2~south"]);
}

/// What happens while alice says the same again and again.
#[derive(Debug, Clone, Copy)]
enum Happens {
    /// She says it; whoever is there is shown it so many milliseconds later.
    Says([u64; ACCOUNTS as usize]),
    Goes(AccountId),
    /// It is back, and is shown what it missed if it catches up.
    Comes(AccountId),
    Passes(u64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let account = || (0..ACCOUNTS).prop_map(AccountId);
    prop_oneof![
        4 => prop::array::uniform3(0..400u64).prop_map(Happens::Says),
        3 => account().prop_map(Happens::Goes),
        3 => account().prop_map(Happens::Comes),
        2 => (0..60u64).prop_map(Happens::Passes),
    ]
}

#[test]
fn whatever_anybody_is_shown_is_told_as_often_as_it_was_said_whoever_is_away() {
    let story = (prop::array::uniform3(any::<bool>()), prop::collection::vec(happens(), 1..40));
    check(1_500, &story, |(catches_up, all)| {
        let mut world = world();
        let mut here = [true; ACCOUNTS as usize];
        let mut missed: [Vec<MessageFacts>; ACCOUNTS as usize] = Default::default();
        let (mut seen, mut told) = (0, 0);
        for (number, happens) in all.into_iter().enumerate() {
            match happens {
                Happens::Says(delays) => {
                    // What is said within seconds of what some are only shown later looks like once.
                    world.pass(seconds(5));
                    let message = now(&world, &number.to_string());
                    let mut order: Vec<usize> = (0..here.len()).collect();
                    order.sort_by_key(|it| delays[*it]);
                    let mut shown = false;
                    let begin = world.now;
                    for account in order {
                        if here[account] {
                            let at = begin + Duration::from_millis(delays[account]);
                            world.pass(at - world.now);
                            let commands = world.shows(AccountId::at(account), message.clone());
                            told += messages(1, &commands).len();
                            shown = true;
                        } else if catches_up[account] {
                            missed[account].push(message.clone());
                        }
                    }
                    // Of what one account alone will show late, nobody knows how late it is.
                    seen += usize::from(shown);
                    if !shown {
                        missed.iter_mut().for_each(|it| it.retain(|it| it.id != message.id));
                    }
                }
                Happens::Goes(account) if here[account.index()] => {
                    here[account.index()] = false;
                    told += messages(1, &world.link(account, lost())).len();
                }
                Happens::Comes(account) if !here[account.index()] => {
                    comes_back(&mut world, account);
                    here[account.index()] = true;
                    for message in missed[account.index()].drain(..) {
                        told += messages(1, &world.shows(account, message)).len();
                    }
                }
                Happens::Passes(time) => drop(world.pass(seconds(time))),
                Happens::Goes(_) | Happens::Comes(_) => {}
            }
        }
        // What was told while nobody was well is given when somebody is.
        if here == [false; ACCOUNTS as usize] {
            comes_back(&mut world, NORTH);
        }
        let given = world.team.bots().backlog();
        assert!(told <= seen, "{told} of {seen}, {given} kept");
        assert_eq!(told, seen, "told, of {seen} said");
    });
}
