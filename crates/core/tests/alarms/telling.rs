//! Who is told, when, and what becomes of what does not arrive.

use std::time::Duration;

use ha_wechaty_core::{
    AlarmId, AlarmKind, AlarmRule, AlarmStep, Command, Input, Quiet, Setup, Severity, Subject, Tell,
};

use super::{calm, calm_with, ops, scan, tells};
use crate::support::{NORTH, SOUTH, WEST, World, logout, lost, minutes, seconds};

fn hours(hours: u64) -> Duration {
    minutes(60 * hours)
}

/// The kinds and steps of what is told.
fn said(tell: &Tell) -> Vec<String> {
    tell.alarms.iter().map(|it| format!("{} {}", it.kind, it.step)).collect()
}

fn answer(world: &mut World, tell: &Tell, error: Option<&str>) -> Vec<Command> {
    world.tell(Input::Told { telling: tell.telling, error: error.map(ToOwned::to_owned) })
}

/// The next that is told, and after how long; within a day.
fn next(world: &mut World) -> (Duration, Tell) {
    let began = world.now;
    while world.now - began < hours(24) {
        if let Some(tell) = tells(&world.step()).into_iter().next() {
            return (world.now - began, tell);
        }
    }
    panic!("nothing is told within a day");
}

/// Time passes, and all arrives.
fn pass(world: &mut World, time: Duration) -> Vec<Tell> {
    let (end, mut told) = (world.now + time, Vec::new());
    while world.team.poll_timeout().is_some_and(|wake| wake <= end) {
        for tell in tells(&world.step()) {
            answer(world, &tell, None);
            told.push(tell);
        }
    }
    world.now = end;
    told
}

fn account(name: &str) -> Subject {
    Subject::Account(name.to_owned())
}

fn fault(kind: AlarmKind, about: &str, trouble: Option<Severity>) -> Input {
    let trouble = trouble.map(|severity| (severity, "it is wrong".to_owned()));
    Input::Machine { kind, about: about.to_owned(), trouble }
}

fn seen(world: &mut World, alarm: Option<AlarmId>, pause: Option<Duration>) -> Vec<Command> {
    world.tell(Input::AlarmSeen { alarm, by: "ann".into(), pause })
}

#[test]
fn what_comes_within_a_minute_is_told_together_and_what_was_over_before_is_not_told() {
    let mut world = World::up_with(&calm_with(4, &ops()));
    world.link(SOUTH, logout());
    world.pass(seconds(30));
    world.link(WEST, logout());
    let (after, tell) = next(&mut world);
    assert_eq!(
        (after, said(&tell)),
        (minutes(5) + seconds(30), vec!["account-logged-out opened".to_owned(); 2])
    );
    assert_eq!((tell.way.as_str(), tell.attempt), ("ops", 1));
    answer(&mut world, &tell, None);
    assert!(pass(&mut world, hours(4)).is_empty(), "once");
    world.login(SOUTH);
    world.login(WEST);
    pass(&mut world, hours(4));
    world.link(NORTH, logout());
    world.pass(minutes(5) + seconds(50));
    assert_eq!(world.team.alarms().last().map(|it| it.ended), Some(None), "it is open");
    world.login(NORTH);
    // It closes when it has been well for a minute; by then it was to be told.
    assert!(pass(&mut world, hours(4)).is_empty());
    assert!(world.team.alarms().all(|it| it.ended.is_some()) && world.team.ways()[0].waiting == 0);
}

#[test]
fn what_is_critical_is_told_at_once_and_an_end_is_told_whoever_knew_the_beginning() {
    let ways = [("ops", Severity::Warning, 1), ("boss", Severity::Critical, 1)];
    let mut world = World::up_with(&calm_with(2, &ways));
    world.link(SOUTH, logout());
    world.link(SOUTH, scan());
    let told = tells(&world.pass(minutes(2) + seconds(10)));
    assert_eq!(told.iter().map(|it| it.way.as_str()).collect::<Vec<_>>(), ["ops", "boss"]);
    for tell in &told {
        answer(&mut world, tell, None);
    }
    world.login(SOUTH);
    let told = tells(&world.pass(minutes(3)));
    let all: Vec<_> = told.iter().map(|it| (it.way.as_str(), said(it))).collect();
    let closed = vec!["account-scan closed".to_owned()];
    assert_eq!(all, [("ops", closed.clone()), ("boss", closed)]);
}

#[test]
fn what_does_not_arrive_is_told_again_ever_more_rarely_and_then_as_it_is_by_then() {
    let mut world = World::up_with(&calm_with(3, &ops()));
    world.link(SOUTH, logout());
    let (_, first) = next(&mut world);
    let mut pauses = Vec::new();
    let mut tell = first.clone();
    let began = world.now;
    while world.now - began < hours(1) {
        answer(&mut world, &tell, Some("connection refused"));
        let (after, again) = next(&mut world);
        assert_eq!((again.telling, again.attempt), (first.telling, tell.attempt + 1), "the same as before");
        pauses.push(after.as_secs());
        tell = again;
    }
    assert_eq!(pauses[..11], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]);
    let way = &world.team.ways()[0];
    assert_eq!((way.waiting, way.last_error.as_deref()), (1, Some("connection refused")));
    let had: Vec<_> =
        way.alarms.iter().map(|it| (it.told, it.due.is_some_and(|due| due <= world.now))).collect();
    assert_eq!(had, [(None, true)], "it is to be told, and was not");
    // It is over before anybody was told.
    world.login(SOUTH);
    world.pass(minutes(2));
    answer(&mut world, &tell, Some("connection refused"));
    let (_, tell) = next(&mut world);
    assert_eq!(said(&tell), ["account-logged-out closed"], "they learn that it was, and is not any more");
    assert_ne!(tell.telling, first.telling);
    answer(&mut world, &tell, None);
    assert!(tells(&world.pass(hours(12))).is_empty());
    let way = &world.team.ways()[0];
    assert_eq!((way.waiting, way.last_error.as_deref(), way.last_told.is_some()), (0, None, true));
    let had: Vec<_> = way.alarms.iter().map(|it| (it.told == way.last_told, it.due)).collect();
    assert_eq!(had, [(true, None)], "it was told, and nothing is to be told any more");
}

#[test]
fn after_a_day_it_is_given_up_and_that_is_to_be_seen() {
    let mut world = World::up_with(&calm_with(3, &ops()));
    world.link(SOUTH, logout());
    let (_, mut tell) = next(&mut world);
    let began = world.now;
    while world.team.ways()[0].waiting > 0 {
        answer(&mut world, &tell, Some("no route to host"));
        let Some(again) = tells(&world.pass(minutes(11))).into_iter().next() else { break };
        tell = again;
    }
    let lasted = world.now - began;
    assert!((hours(24)..hours(25)).contains(&lasted), "{lasted:?}");
    let error = world.team.ways()[0].last_error.clone();
    assert_eq!(error.as_deref(), Some("given up after a day: no route to host"));
    world.login(SOUTH);
    let (_, tell) = next(&mut world);
    assert_eq!(said(&tell), ["account-logged-out closed"], "what comes after is told");
}

#[test]
fn what_came_up_later_is_tried_for_a_day_of_its_own() {
    let mut world = World::up_with(&calm_with(4, &ops()));
    world.link(SOUTH, logout());
    let (_, mut tell) = next(&mut world);
    let began = world.now;
    let is_given_up =
        |world: &World| world.team.ways()[0].last_error.as_ref().is_some_and(|it| it.starts_with("given up"));
    let mut later = None;
    while !is_given_up(&world) {
        if later.is_none() && world.now - began > hours(23) {
            world.link(WEST, logout());
            later = Some(world.now);
        }
        answer(&mut world, &tell, Some("no route to host"));
        tell = next(&mut world).1;
    }
    assert_eq!(world.team.ways()[0].waiting, 1, "the other one is minutes old");
    assert_eq!(tell.alarms.iter().map(|it| it.about.clone()).collect::<Vec<_>>(), [[account("west")]]);
    while world.team.ways()[0].waiting > 0 {
        answer(&mut world, &tell, Some("no route to host"));
        let Some(again) = tells(&world.pass(minutes(11))).into_iter().next() else { break };
        tell = again;
    }
    let lasted = world.now - later.expect("it came up");
    assert!((hours(24)..hours(25)).contains(&lasted), "{lasted:?}");
}

#[test]
fn a_closing_is_told_however_many_others_closed_lately() {
    let mut world = World::up_with(&calm_with(2, &ops()));
    world.tell(fault(AlarmKind::Clock, "first", Some(Severity::Warning)));
    pass(&mut world, minutes(2));
    for nth in 0..140 {
        for trouble in [Some(Severity::Warning), None] {
            world.tell(fault(AlarmKind::Clock, &nth.to_string(), trouble));
            pass(&mut world, minutes(2));
        }
    }
    world.tell(fault(AlarmKind::Clock, "first", None));
    let told: Vec<_> = pass(&mut world, minutes(2)).iter().flat_map(said).collect();
    assert_eq!(told, ["clock closed"]);
    assert_eq!(world.team.alarms().count(), 128);
}

#[test]
fn what_is_critical_goes_first_if_not_all_can_be_told_at_once() {
    let mut world = World::up_with(&calm_with(2, &ops()));
    for nth in 0..60 {
        world.tell(fault(AlarmKind::Clock, &nth.to_string(), Some(Severity::Warning)));
    }
    world.tell(fault(AlarmKind::DiskLow, "/var", Some(Severity::Critical)));
    let (after, tell) = next(&mut world);
    assert_eq!((after, tell.alarms.len(), tell.alarms[0].kind), (seconds(10), 50, AlarmKind::DiskLow));
}

#[test]
fn nothing_climbs_while_accounts_come_back_after_a_restart() {
    for comes_back in [true, false] {
        let mut world = World::up_with(&calm_with(1, &ops()));
        world.link(NORTH, lost());
        pass(&mut world, minutes(15) + seconds(30));
        world.restarts(world.setup.clone());
        pass(&mut world, seconds(10));
        if comes_back {
            world.comes(NORTH);
        }
        let told: Vec<_> = pass(&mut world, minutes(2)).iter().flat_map(said).collect();
        assert_eq!(told.iter().any(|it| it.ends_with("escalated")), !comes_back, "{told:?}");
    }
}

#[test]
fn whoever_says_nothing_of_it_is_taken_for_gone() {
    let mut world = World::up_with(&calm_with(3, &ops()));
    world.link(SOUTH, logout());
    let (_, tell) = next(&mut world);
    let (after, again) = next(&mut world);
    assert_eq!((after, again.attempt), (seconds(301), 2));
    // What is told late of the first attempt counts: it is the same.
    answer(&mut world, &tell, None);
    assert_eq!(world.team.ways()[0].waiting, 0);
    assert!(tells(&world.pass(hours(5))).is_empty());
}

#[test]
fn a_restart_loses_no_telling_and_gives_accounts_a_minute() {
    let mut world = World::up_with(&calm_with(3, &ops()));
    world.link(SOUTH, logout());
    let (_, tell) = next(&mut world);
    world.restarts(world.setup.clone());
    answer(&mut world, &tell, Some("the process is gone"));
    world.comes(NORTH);
    world.comes(WEST);
    let (after, again) = next(&mut world);
    assert_eq!((after, said(&again)), (seconds(60), said(&tell)));
    answer(&mut world, &again, None);
    world.restarts(world.setup.clone());
    world.comes(NORTH);
    world.comes(WEST);
    assert!(tells(&world.pass(hours(5))).is_empty(), "what has arrived is not told again");
}

#[test]
fn what_nobody_acknowledges_climbs_and_is_told_again_and_again() {
    let ways = [("ops", Severity::Warning, 1), ("boss", Severity::Warning, 2)];
    let mut world = World::up_with(&calm_with(1, &ways));
    world.link(NORTH, lost());
    let mut told = Vec::new();
    let began = world.now;
    while world.now - began < hours(9) {
        for tell in tells(&world.step()) {
            let after = (world.now - began).as_secs() / 60;
            told.extend(
                tell.alarms
                    .iter()
                    .filter(|it| it.kind == AlarmKind::TeamDown)
                    .map(|it| format!("{after} {} {}", tell.way, it.step)),
            );
            answer(&mut world, &tell, None);
        }
    }
    let expected = [
        "1 ops opened",
        "16 ops escalated",
        "16 boss escalated",
        "256 ops reminded",
        "256 boss reminded",
        "496 ops reminded",
        "496 boss reminded",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_somebody_sees_to_is_told_no_more_unless_it_changes_or_its_time_is_up() {
    let mut world = World::up_with(&calm_with(2, &ops()));
    world.link(SOUTH, logout());
    world.link(SOUTH, scan());
    let (_, tell) = next(&mut world);
    answer(&mut world, &tell, None);
    let id = tell.alarms[0].id;
    seen(&mut world, Some(id), Some(hours(8)));
    let until = world.now + hours(8);
    assert!(world.team.alarms().all(|it| it.seen_until == Some(until)));
    seen(&mut world, Some(id), None);
    assert!(world.team.alarms().all(|it| it.seen_until.is_none()), "until it is over or changes");
    let (_, tell) = next(&mut world);
    assert_eq!(said(&tell), ["account-scan acknowledged"]);
    assert_eq!(tell.alarms[0].seen_by.as_deref(), Some("ann"));
    answer(&mut world, &tell, None);
    let told: Vec<_> = pass(&mut world, minutes(30)).iter().flat_map(said).collect();
    assert_eq!(told, ["team-degraded opened"], "it does not climb");
    world.link(NORTH, lost());
    let told: Vec<_> = pass(&mut world, minutes(12)).iter().flat_map(said).collect();
    assert!(told.contains(&"team-down changed".to_owned()), "{told:?}");
    // For an hour only.
    let mut world = World::up_with(&calm_with(1, &ops()));
    world.link(NORTH, lost());
    let (_, tell) = next(&mut world);
    answer(&mut world, &tell, None);
    seen(&mut world, None, Some(hours(1)));
    let (_, tell) = next(&mut world);
    answer(&mut world, &tell, None);
    let mut told = Vec::new();
    let began = world.now;
    while world.now - began < hours(2) {
        for tell in tells(&world.step()) {
            told.push(((world.now - began).as_secs() / 60, said(&tell)));
            answer(&mut world, &tell, None);
        }
    }
    let reminded = told.iter().find(|(_, it)| it.contains(&"team-down reminded".to_owned()));
    assert_eq!(reminded.map(|(after, _)| *after), Some(60), "{told:?}");
    assert_eq!(seen(&mut world, Some(AlarmId(99)), None), [], "there is none");
}

#[test]
fn by_night_only_what_is_critical_is_told_and_the_rest_together_in_the_morning() {
    // The world begins at 22:13:20 UTC.
    let night = Quiet { from: hours(23), to: hours(8) };
    let with = calm_with(4, &ops());
    let rule = AlarmRule { quiet: vec![night], ..with.alarms.clone() };
    let mut world = World::up_with(&Setup { alarms: rule, ..with });
    world.pass(hours(2));
    world.link(SOUTH, logout());
    world.pass(hours(1));
    world.link(WEST, logout());
    world.pass(hours(1));
    world.login(WEST);
    let (after, tell) = next(&mut world);
    let (told, at) = (said(&tell), world.now.since_origin());
    assert_eq!(at, seconds(9 * 3_600 + 46 * 60 + 40), "{after:?}");
    assert_eq!(told, ["account-logged-out opened", "account-logged-out closed"]);
}

#[test]
fn a_test_is_told_at_once_by_the_way_that_is_meant() {
    let ways = [("ops", Severity::Critical, 1), ("boss", Severity::Critical, 2)];
    let mut world = World::up_with(&calm_with(2, &ways));
    let test = |way: Option<&str>| Input::AlarmTest { way: way.map(ToOwned::to_owned), by: "ann".into() };
    let told = tells(&world.tell(test(Some("boss"))));
    assert_eq!(
        told.iter().map(|it| (it.way.as_str(), said(it))).collect::<Vec<_>>(),
        [("boss", vec!["test opened".to_owned()])]
    );
    answer(&mut world, &told[0], None);
    let told = tells(&world.tell(test(None)));
    assert_eq!(told.iter().map(|it| it.way.as_str()).collect::<Vec<_>>(), ["ops", "boss"]);
    for tell in &told {
        answer(&mut world, tell, None);
    }
    assert!(tells(&world.pass(hours(24))).is_empty());
    assert!(world.team.alarms().all(|it| it.step != AlarmStep::Opened || it.ended.is_some()), "none is open");
}

#[test]
fn without_ways_alarms_are_there_all_the_same_and_nobody_is_told() {
    let mut world = World::up_with(&calm(1));
    world.link(NORTH, lost());
    let told = world.pass(hours(24));
    assert!(tells(&told).is_empty() && world.team.ways().is_empty());
    let kinds: Vec<_> = world.team.alarms().map(|it| (it.kind, it.revision)).collect();
    assert_eq!(kinds, [(AlarmKind::TeamDown, 1), (AlarmKind::Offline, 1)], "and none is repeated");
}

#[test]
fn a_way_that_is_new_is_told_what_is_open_and_not_what_is_over() {
    let mut world = World::up_with(&calm(3));
    world.link(SOUTH, logout());
    world.pass(minutes(10));
    world.login(SOUTH);
    world.link(WEST, logout());
    world.pass(minutes(10));
    world.restarts(Setup { alarms: calm_with(3, &ops()).alarms, ..world.setup.clone() });
    world.comes(NORTH);
    world.comes(SOUTH);
    let (_, tell) = next(&mut world);
    assert_eq!(said(&tell), ["account-logged-out opened"]);
    assert_eq!(tell.alarms.len(), 1);
}

#[test]
fn what_is_open_goes_by_the_rule_that_is_new() {
    let ways = [("ops", Severity::Warning, 1), ("boss", Severity::Warning, 2)];
    let mut world = World::up_with(&calm(2));
    world.link(SOUTH, logout());
    world.link(SOUTH, scan());
    assert_eq!(pass(&mut world, hours(1)), [], "there is nobody to be told");
    let with = |escalate_after| {
        let setup = calm_with(2, &ways);
        Setup { alarms: AlarmRule { escalate_after, ..setup.alarms.clone() }, ..setup }
    };
    world.follows(with(hours(2)));
    let told = |world: &mut World, time| -> Vec<String> {
        let of = |it: Tell| said(&it).into_iter().map(move |said| format!("{} {said}", it.way));
        let all = pass(world, time).into_iter().flat_map(of);
        // That the team is smaller is only a warning.
        all.filter(|it| !it.contains("team-degraded")).collect()
    };
    assert_eq!(told(&mut world, minutes(30)), ["ops account-scan opened"]);
    world.follows(with(minutes(15)));
    let escalated = ["ops account-scan escalated", "boss account-scan escalated"];
    assert_eq!(told(&mut world, minutes(14)), Vec::<String>::new());
    assert_eq!(told(&mut world, minutes(2)), escalated);
    // It is told again in four hours; who sees to it is not reminded by any rule.
    seen(&mut world, None, None);
    pass(&mut world, minutes(5));
    world.follows(with(minutes(1)));
    assert_eq!(told(&mut world, hours(5)), Vec::<String>::new());
}

#[test]
fn a_way_that_failed_is_tried_at_once_when_the_configuration_is_another() {
    let mut world = World::up_with(&calm_with(3, &ops()));
    world.link(SOUTH, logout());
    let (_, mut tell) = next(&mut world);
    for _ in 0..12 {
        answer(&mut world, &tell, Some("no such host"));
        tell = next(&mut world).1;
    }
    // What is being tried now is not tried beside that.
    let setup = world.setup.clone();
    let mut told = tells(&world.follows(setup.clone()));
    told.extend(tells(&world.pass(seconds(60))));
    assert_eq!(told, []);
    answer(&mut world, &tell, Some("no such host"));
    assert_eq!(tells(&world.pass(seconds(60))), [], "it waits for ten minutes");
    let mut told = tells(&world.follows(setup));
    told.extend(tells(&world.pass(seconds(1))));
    assert_eq!(told.iter().map(|it| it.way.as_str()).collect::<Vec<_>>(), ["ops"]);
}
