//! Alarms: what opens one and what closes it, who is told and when, and what holds whatever happens.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team alarms` tries others.
#![allow(missing_docs, clippy::expect_used)]

mod lives;
mod rows;
mod telling;

use std::{sync::Arc, time::Duration};

use crate::support::{World, minutes, said, seconds, setup};
use ha_wechaty_core::{
    AccountId, Alarm, AlarmKind, AlarmRule, AlarmStep, Command, LinkFact, Notice, PendingScan, Setup,
    Severity, Subject, Tell, Vigil, WayRule,
};

/// A team whose accounts are asked for nothing for so long that their silence means nothing.
fn calm(accounts: usize) -> Setup {
    let mut setup = setup(accounts);
    let long = seconds(1_000_000_000);
    for it in &mut setup.accounts {
        it.vigil = Vigil { ding_after: long, fail_after: long, jitter: 0.0 };
    }
    setup
}

/// The same, and these ways to people.
fn calm_with(accounts: usize, ways: &[(&str, Severity, u8)]) -> Setup {
    let way = |(name, least, level): &(&str, Severity, u8)| WayRule {
        name: (*name).into(),
        least: *least,
        level: *level,
    };
    Setup {
        alarms: AlarmRule { ways: ways.iter().map(way).collect(), ..AlarmRule::default() },
        ..calm(accounts)
    }
}

fn ops() -> [(&'static str, Severity, u8); 1] {
    [("ops", Severity::Warning, 1)]
}

/// What became of alarms, in words: `account-offline opened warning`.
fn news(commands: &[Command]) -> Vec<String> {
    let alarm =
        |it: &Command| if let Command::Note(Notice::Alarm(alarm)) = it { Some(words(alarm)) } else { None };
    commands.iter().filter_map(alarm).collect()
}

fn words(alarm: &Arc<Alarm>) -> String {
    format!("{} {} {}", alarm.kind, alarm.step, alarm.severity)
}

/// What people are told.
fn tells(commands: &[Command]) -> Vec<Tell> {
    let tell = |it: &Command| if let Command::Tell(tell) = it { Some(tell.clone()) } else { None };
    commands.iter().filter_map(tell).collect()
}

/// The kinds and subjects of the alarms that are open.
fn open(world: &World) -> Vec<(AlarmKind, Vec<String>)> {
    let name = |it: &Subject| match it {
        Subject::Team => "the team".to_owned(),
        Subject::Account(name) | Subject::Bot(name) => name.clone(),
    };
    let all = world.team.alarms().filter(|it| it.ended.is_none());
    all.map(|it| (it.kind, it.about.iter().map(name).collect())).collect()
}

fn is(kind: AlarmKind, step: AlarmStep, severity: Severity) -> String {
    format!("{kind} {step} {severity}")
}

/// After how long, to the second, the next of an alarm is news, within a day; what was told, and what.
fn until_news(world: &mut World) -> (Duration, Vec<String>) {
    let began = world.now;
    while world.now - began < minutes(24 * 60) {
        let told = news(&world.step());
        if !told.is_empty() {
            return (world.now - began, told);
        }
    }
    panic!("no news within a day");
}

/// Time passes, and every minute these are shown something.
fn lives_on(world: &mut World, time: Duration, alive: &[AccountId]) -> Vec<Command> {
    let (end, mut commands) = (world.now + time, Vec::new());
    while world.now < end {
        commands.extend(world.pass(minutes(1)));
        for account in alive {
            let id = format!("{}-{}", account.0, world.now.since_origin().as_nanos());
            commands.extend(world.shows(*account, said("alice", &id, &id)));
        }
    }
    commands
}

fn scan() -> LinkFact {
    LinkFact::Scan(PendingScan { qrcode: Some("code".into()), ..PendingScan::default() })
}
