//! Whatever happens: no alarm outlives what it is about, nothing that has arrived is told again, and nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use ha_wechaty_core::{
    Alarm, AlarmKind, AlarmStep, Command, Input, Setup, Severity, Standing, Subject, Tell,
};
use proptest::prelude::*;

use super::calm_with;
use crate::support::{
    World, minutes,
    random::check,
    seconds,
    story::{Happens, Story, happens_or_restarts, impatient},
};

/// Receivers that take what they are told, refuse it, or say nothing.
struct Receivers {
    dice: Rng,
    /// What has arrived: the way, the alarm, its revision.
    had: BTreeSet<(String, u64, u32)>,
    /// What is to be answered.
    asked: Vec<Tell>,
    is_patient: bool,
}

impl Receivers {
    fn hear(&mut self, world: &mut World, commands: Vec<Command>) {
        for command in commands {
            if let Command::Tell(tell) = command {
                for it in &tell.alarms {
                    let news = (tell.way.clone(), it.id.0, it.revision);
                    assert!(!self.had.contains(&news), "{news:?} has arrived before");
                }
                self.asked.push(tell);
            }
        }
        while let Some(tell) = self.asked.pop() {
            let error = match self.dice.u8(..3) {
                _ if self.is_patient => None,
                0 => None,
                1 => Some("refused".to_owned()),
                _ => continue,
            };
            if error.is_none() {
                let arrived = tell.alarms.iter().map(|it| (tell.way.clone(), it.id.0, it.revision));
                self.had.extend(arrived);
            }
            let told = world.tell(Input::Told { telling: tell.telling, error });
            self.hear(world, told);
        }
    }
}

fn setup() -> Setup {
    let ways = [("ops", Severity::Warning, 1), ("boss", Severity::Critical, 2), ("all", Severity::Info, 1)];
    let mut setup = Setup { alarms: calm_with(1, &ways).alarms, ..impatient() };
    for it in &mut setup.accounts {
        it.domains = vec!["provider:one".into(), format!("host:{}", it.name.len())];
    }
    setup
}

/// Time passes in pieces, so that receivers answer in time.
fn pass(world: &mut World, receivers: &mut Receivers, time: std::time::Duration) {
    let end = world.now + time;
    while world.team.poll_timeout().is_some_and(|wake| wake <= end) {
        let told = world.step();
        receivers.hear(world, told);
        holds(world);
    }
    world.now = end;
}

/// What must hold at any time.
fn holds(world: &World) {
    let open: Vec<&Alarm> = world.team.alarms().filter(|it| it.ended.is_none()).collect();
    for it in &open {
        assert!(it.revision > 0 && it.times > 0 && it.level <= 2 && it.cause.len() <= 300, "{it:?}");
        assert_ne!(it.step, AlarmStep::Closed, "{it:?}");
    }
    let about: BTreeSet<_> =
        open.iter().map(|it| (family(it.kind), it.about.clone(), it.cause.clone())).collect();
    assert_eq!(about.len(), open.len(), "two of the same: {open:?}");
    assert!(
        world.team.alarms().count() <= 512 + 128 && world.team.ways().len() == world.setup.alarms.ways.len()
    );
    for (at, state) in world.team.accounts().iter().enumerate() {
        let spell = state.spell();
        let works = spell.standing() == Standing::Available && world.now - spell.since() > minutes(2);
        // One that was reset again and again is not trusted at once.
        let is_well = works && state.resets_in_vain(world.now) < 2;
        let is_off = spell.standing().is_withdrawn() || spell.standing() == Standing::Removed;
        if is_well || is_off {
            let name = world.team.identity().name(ha_wechaty_core::AccountId::at(at)).to_owned();
            let own = open.iter().find(|it| {
                family(it.kind) == AlarmKind::Offline && it.about == [Subject::Account(name.clone())]
            });
            assert!(own.is_none(), "{own:?} of one that is {}", spell.standing());
        }
    }
}

/// Those that say where one account stands are one.
fn family(kind: AlarmKind) -> AlarmKind {
    let of_account =
        [AlarmKind::Scan, AlarmKind::LoggedOut, AlarmKind::NotLoggedIn, AlarmKind::Failed, AlarmKind::Taken];
    if of_account.contains(&kind) { AlarmKind::Offline } else { kind }
}

/// As often as not it takes long, or the accounts would never be gone for long enough.
fn goes_on() -> impl Strategy<Value = Happens> {
    prop_oneof![
        5 => happens_or_restarts(),
        1 => (0..1_500u64).prop_map(Happens::Passes),
    ]
}

#[test]
fn no_alarm_outlives_its_cause_and_every_telling_arrives_once() {
    let counts = std::cell::RefCell::new(BTreeMap::new());
    check(400, &(prop::collection::vec(goes_on(), 1..80), any::<u64>()), |(all, seed)| {
        let mut world = World::with(&setup(), 7);
        let (mut story, dice) = (Story::default(), Rng::with_seed(seed));
        let mut receivers = Receivers { dice, had: BTreeSet::new(), asked: Vec::new(), is_patient: false };
        for happens in all {
            // In pieces, so that it is looked between.
            if let Happens::Passes(time) = happens {
                pass(&mut world, &mut receivers, seconds(time));
                continue;
            }
            let told = story.take(&mut world, happens);
            receivers.hear(&mut world, told);
            holds(&world);
        }
        // Whatever was not told is told once the receivers are there: after a day what is only to be known as well.
        receivers.is_patient = true;
        pass(&mut world, &mut receivers, minutes(26 * 60));
        for _ in 0..100 {
            if world.team.ways().iter().all(|it| it.waiting == 0) {
                break;
            }
            pass(&mut world, &mut receivers, minutes(2));
        }
        let ways = world.team.ways();
        assert!(ways.iter().all(|it| it.waiting == 0 && it.last_error.is_none()), "{ways:?}");
        for it in world.team.alarms().filter(|it| it.ended.is_none() && it.severity > Severity::Info) {
            let knows = |way: &str| receivers.had.iter().any(|(of, id, _)| of == way && *id == it.id.0);
            assert!(knows("ops") && knows("all"), "{it:?} is open, and nobody was told");
        }
        let mut counts = counts.borrow_mut();
        for it in world.team.alarms() {
            *counts.entry(it.kind).or_insert(0) += 1;
        }
    });
    println!("alarms by their kinds: {:?}", counts.into_inner());
}
