//! A team that is written down and read again goes on as if nothing had happened: whatever has happened to it, at
//! whatever point, and so does one that is told once more all that it was told.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team replay` tries others.
#![allow(missing_docs, clippy::expect_used)]

mod snapshot;

use crate::support::{
    Moment, Told, World,
    random::check,
    setup,
    story::{ACCOUNTS, Happens, happens_or_restarts, impatient, live_in},
};
use ha_wechaty_core::{Command, Input, Setup, Team, Time};
use proptest::{prelude::*, sample::Index};
use serde::{Serialize, de::DeserializeOwned};

/// Something that was written down and read again.
fn again<T: Serialize + DeserializeOwned>(it: &T) -> T {
    let written = rmp_serde::to_vec_named(it).expect("it can be written");
    rmp_serde::from_slice(&written).expect("it can be read")
}

/// A life, and all that the team was told in it.
fn lived(setup: &Setup, all: &[Happens]) -> (World, Vec<Moment>) {
    let mut world = World::with(setup, 7);
    world.past = Some(Vec::new());
    let (mut world, _) = live_in(world, all.to_vec());
    let past = world.past.take().expect("it was asked for");
    (world, past)
}

fn wishes(team: &mut Team) -> Vec<Command> {
    std::iter::from_fn(|| team.poll_command()).collect()
}

/// A team that nothing has happened to yet, and whose wishes were taken.
fn newborn(setup: &Setup) -> Team {
    let mut team = Team::new(Time::ZERO, setup, 7);
    wishes(&mut team);
    team
}

/// Tells a team what another was told, each fact as it was written down.
fn tell_again(team: &mut Team, moment: &Moment) {
    let told = match &moment.told {
        Told::Fact(input) => Told::Fact(Box::new(again::<Input>(input))),
        told @ (Told::Time | Told::Work) => told.clone(),
    };
    told.tell(team, moment.at);
}

#[test]
fn one_that_is_read_again_after_every_step_never_differs() {
    check(200, &prop::collection::vec(happens_or_restarts(), 1..80), |all| {
        for setup in [setup(ACCOUNTS.into()), impatient()] {
            let (world, past) = lived(&setup, &all);
            let (mut original, mut replica) = (newborn(&setup), newborn(&again(&setup)));
            for moment in &past {
                moment.told.clone().tell(&mut original, moment.at);
                tell_again(&mut replica, moment);
                assert_eq!(wishes(&mut original), moment.wishes);
                assert_eq!(wishes(&mut replica), moment.wishes);
                replica = again(&replica);
                assert_eq!(replica, original);
                assert_eq!(replica.poll_timeout(), original.poll_timeout());
            }
            assert_eq!(replica, world.team);
        }
    });
}

#[test]
fn one_that_is_read_once_goes_on_as_the_other_does() {
    check(200, &(prop::collection::vec(happens_or_restarts(), 1..80), any::<Index>()), |(all, cut)| {
        for setup in [setup(ACCOUNTS.into()), impatient()] {
            let (world, past) = lived(&setup, &all);
            let (before, after) = past.split_at(cut.index(past.len() + 1));
            let mut original = newborn(&setup);
            for moment in before {
                tell_again(&mut original, moment);
                wishes(&mut original);
            }
            let mut replica: Team = again(&original);
            for moment in after {
                tell_again(&mut replica, moment);
                assert_eq!(wishes(&mut replica), moment.wishes);
            }
            assert_eq!(replica, world.team);
            assert_eq!(rmp_serde::to_vec_named(&replica).ok(), rmp_serde::to_vec_named(&world.team).ok());
        }
    });
}
