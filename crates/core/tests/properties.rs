//! Whatever happens, in whatever order: what `support/watch.rs` asserts holds after every step.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team properties` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::BTreeSet;

use crate::support::{
    Moment, Told, World, logout, lost,
    random::check,
    seconds, setup,
    story::{ACCOUNTS, happens, happens_or_restarts, impatient, live, live_in},
};
use ha_wechaty_core::{AccountId, Command, Input, LinkFact, Phase, SendResult, Setup, Standing};
use proptest::prelude::*;

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
fn what_must_hold_holds_however_often_the_gateway_is_killed() {
    check(1_000, &prop::collection::vec(happens_or_restarts(), 1..80), |all| {
        for setup in [setup(ACCOUNTS.into()), impatient()] {
            live(&setup, all.clone());
        }
    });
}

#[test]
fn of_every_send_that_nobody_knew_of_it_is_settled_once_what_became_of_it() {
    check(500, &prop::collection::vec(happens_or_restarts(), 1..80), |all| {
        let mut world = World::with(&impatient(), 7);
        world.past = Some(Vec::new());
        let (mut world, _) = live_in(world, all);
        world.restarts(world.setup.clone());
        world.pass(seconds(1_000));
        let (mut begun, mut unsure, mut settled) = (BTreeSet::new(), Vec::new(), Vec::new());
        for Moment { told, wishes, .. } in world.past.iter().flatten() {
            if let Told::Fact(fact) = told {
                if let Input::SendBegins { send, .. } = **fact {
                    begun.insert(send);
                } else if let Input::SendEnds { send, outcome, .. } = &**fact {
                    begun.remove(send);
                    unsure.extend(matches!(outcome, SendResult::Unsure { .. }).then_some(*send));
                } else if let Input::Restarts { .. } = **fact {
                    unsure.extend(std::mem::take(&mut begun));
                }
            }
            let settles =
                |it: &Command| if let Command::Settle { send, .. } = it { Some(*send) } else { None };
            settled.extend(wishes.iter().filter_map(settles));
        }
        unsure.sort_unstable();
        settled.sort_unstable();
        assert_eq!(settled, unsure);
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
