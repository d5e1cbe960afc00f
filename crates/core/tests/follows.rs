//! The configuration says otherwise while the team works: it counts at once, and what the team knows stays.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{
    NORTH, SOUTH, Turns, WEST, World, bots, greeting, logout, member, message, messages, minutes, said,
    seconds, setup,
};
use ha_wechaty_core::{
    AccountId, Aim, AlarmRule, Allowance, BotId, BotMode, BotSetup, Command, Input, Limit, LinkFact, Notice,
    Pace, Paced, Phase, Policy, Queue, Setup, Severity, Standing, Subject, Vigil, WayRule,
};

const TWO: BotId = BotId(1);

/// With what another setup says.
fn follow(world: &mut World, change: impl FnOnce(&mut Setup)) -> Vec<Command> {
    let mut setup = world.setup.clone();
    change(&mut setup);
    world.follows(setup)
}

fn order(world: &World) -> Vec<AccountId> {
    world.routing().order(Aim::Anything, None, &Turns::default())
}

fn dings(commands: &[Command]) -> usize {
    commands.iter().filter(|it| matches!(it, Command::Ding { .. })).count()
}

fn vigil(ding_after: u64, fail_after: u64) -> Vigil {
    Vigil { ding_after: seconds(ding_after), fail_after: seconds(fail_after), jitter: 0.0 }
}

fn all_watched(setup: &mut Setup, vigil: Vigil) {
    setup.accounts.iter_mut().for_each(|it| it.vigil = vigil);
}

/// A team whose times are exact.
fn exact(accounts: usize) -> Setup {
    let mut setup = setup(accounts);
    all_watched(&mut setup, vigil(300, 600));
    setup
}

#[test]
fn calls_go_by_the_new_policy_and_the_new_weights() {
    let mut world = World::up(3);
    world.pass(minutes(2));
    let turns_of = |world: &World| {
        let turns = Turns::default();
        let first = |_| world.routing().order(Aim::Anything, None, &turns).first().copied();
        let firsts: Vec<AccountId> = (0..12).filter_map(first).collect();
        [NORTH, SOUTH, WEST].map(|account| firsts.iter().filter(|it| **it == account).count())
    };
    assert_eq!(turns_of(&world), [4, 4, 4]);
    follow(&mut world, |setup| setup.policy = Policy::Failover);
    assert_eq!(order(&world), [NORTH, SOUTH, WEST]);
    follow(&mut world, |setup| {
        setup.policy = Policy::RoundRobin;
        setup.accounts[0].weight = 2;
    });
    assert_eq!(turns_of(&world), [6, 3, 3]);
}

#[test]
fn who_is_not_in_the_team_does_not_join_by_it_and_nobody_leaves() {
    let mut world = World::up(2);
    follow(&mut world, |setup| {
        setup.accounts.remove(0);
        setup.accounts.push(member("east"));
    });
    assert_eq!(world.team.accounts().len(), 2);
    assert!(world.team.accounts().iter().all(|it| matches!(it.phase(), Phase::LoggedIn(_))));
}

#[test]
fn a_silence_that_has_begun_is_judged_by_the_new_times() {
    let mut world = World::up_with(&exact(1));
    assert_eq!(dings(&world.pass(seconds(200))), 0);
    let told = follow(&mut world, |setup| all_watched(setup, vigil(100, 600)));
    assert_eq!(dings(&told), 0);
    assert_eq!(dings(&world.pass(seconds(1))), 1, "it was silent for longer than that");
    // Nor is it asked sooner than it is said again.
    follow(&mut world, |setup| all_watched(setup, vigil(900, 2_000)));
    assert_eq!(dings(&world.pass(seconds(250))), 0, "a third of 900 seconds after the last");
    assert_eq!(dings(&world.pass(seconds(60))), 1);
    let mut told = follow(&mut world, |setup| all_watched(setup, vigil(100, 300)));
    told.extend(world.pass(seconds(9)));
    assert!(!told.contains(&Command::Reset { account: NORTH }), "it may answer yet");
    let told = world.pass(seconds(2));
    assert!(told.contains(&Command::Reset { account: NORTH }), "it has failed: {told:?}");
    let told = world.pass(seconds(295));
    assert!(!told.contains(&Command::Reset { account: NORTH }), "and is reset again only after that time");
}

#[test]
fn shorter_times_fail_nobody_who_was_not_asked() {
    let mut world = World::up_with(&exact(2));
    world.pass(seconds(250));
    let mut told = follow(&mut world, |setup| all_watched(setup, vigil(60, 120)));
    told.extend(world.pass(seconds(59)));
    let is_reset = |it: &Command| matches!(it, Command::Reset { .. });
    assert!(dings(&told) >= 2 && !told.iter().any(is_reset), "each is asked first: {told:?}");
    let told = world.pass(seconds(2));
    assert!(told.iter().any(is_reset), "who does not answer has failed: {told:?}");
}

#[test]
fn without_other_times_nothing_is_asked_sooner() {
    let mut world = World::up_with(&exact(2));
    world.pass(seconds(200));
    let before = world.team.poll_timeout();
    for _ in 0..10 {
        follow(&mut world, |setup| setup.policy = Policy::Sticky);
        assert_eq!(world.team.poll_timeout(), before);
    }
}

#[test]
fn what_hangs_before_a_login_is_asked_by_the_new_times() {
    let mut world = World::with(&exact(1), 1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.pass(seconds(500));
    follow(&mut world, |setup| all_watched(setup, vigil(100, 400)));
    let told = world.pass(seconds(1));
    assert!(told.contains(&Command::Reopen { account: NORTH }), "{told:?}");
}

#[test]
fn another_heartbeat_contact_is_tried_by_who_could_not_write_to_the_last() {
    let mut world = World::up_with(&exact(1));
    world.tell(Input::DingFailed { account: NORTH, cause: "not a friend".into() });
    assert!(!world.team.accounts()[0].follows_heartbeat());
    follow(&mut world, |setup| setup.heartbeat_contact = Some("gh_another".into()));
    let told = world.pass(seconds(301));
    let to = |it: &Command| matches!(it, Command::Ding { contact, .. } if contact == "gh_another");
    assert!(told.iter().any(to), "{told:?}");
}

#[test]
fn one_that_comes_back_gets_its_share_as_fast_as_is_said_now() {
    let mut world = World::up(2);
    world.link(SOUTH, LinkFact::Lost { cause: "cut".into() });
    world.step();
    world.comes(SOUTH);
    let quarters = |world: &World| world.team.accounts()[1].quarters(world.now);
    assert_eq!(quarters(&world), 1);
    follow(&mut world, |setup| setup.ramp_up = seconds(400));
    world.pass(seconds(60));
    assert_eq!(quarters(&world), 1);
    follow(&mut world, |setup| setup.ramp_up = seconds(0));
    assert_eq!(quarters(&world), 4);
}

#[test]
fn what_was_spent_stays_spent_under_another_pace_also_over_a_restart() {
    let limit = |count| Limit { count, window: seconds(100) };
    let pace = |setup: &mut Setup, count| {
        setup.accounts[0].allowance = Allowance { messages: vec![limit(count)], ..Allowance::unlimited() };
    };
    let mut setup = setup(1);
    pace(&mut setup, 10);
    let mut world = World::up_with(&setup);
    for n in 0..3 {
        world.begins(n, NORTH, &n.to_string());
        world.sent(n, NORTH, &format!("id{n}"));
    }
    follow(&mut world, |setup| pace(setup, 4));
    world.begins(3, NORTH, "3");
    world.sent(3, NORTH, "id3");
    let setup = world.setup.clone();
    world.restarts(setup);
    let used = |world: &World| {
        let allowance = world.setup.accounts[0].allowance.clone();
        let mut queue = Queue::new(Pace {
            enabled: true,
            accounts: vec![allowance],
            per_conversation: Vec::new(),
            max_queue: 1,
            max_weight: 1,
            answer_within: seconds(0),
            answers_first: seconds(0),
            for_answers: 0,
            burst: seconds(0),
        });
        queue.resume(world.now, world.team.spent());
        let meter = queue.meter(NORTH, Paced::Message).expect("there is one");
        meter.used(world.now, meter.limits()[0])
    };
    assert_eq!(used(&world), 4);
}

#[test]
fn a_bot_that_is_removed_is_given_nothing_more_and_the_others_go_on() {
    let mut world = World::up_with(&Setup { bots: bots(&[BotMode::All; 2]), ..setup(1) });
    world.connect(1);
    assert_eq!(world.connect_as(2, TWO), greeting());
    world.follows_by_place(world.setup.clone(), &[None, Some("bot 1")]);
    let told = world.shows(NORTH, said("alice", "hi", "a"));
    assert_eq!((messages(1, &told).len(), messages(2, &told)), (0, vec!["a~north".to_owned()]));
    assert_eq!(world.connect(3), [], "it is nobody's stream");
    assert_eq!(world.team.bots().connected(), 1);
}

#[test]
fn what_was_wrong_with_a_bot_is_over_once_it_is_removed() {
    let mut world = World::up(1);
    world.connect(1);
    world.disconnect(1);
    world.shows(NORTH, said("alice", "hi", "a"));
    world.pass(minutes(6));
    let open = |world: &World| world.team.alarms().filter(|it| it.ended.is_none()).count();
    let lasts = |world: &World| world.team.incidents().filter(|it| it.ended.is_none()).count();
    assert_eq!((open(&world), lasts(&world)), (1, 1));
    world.follows_by_place(world.setup.clone(), &[None]);
    world.pass(seconds(1));
    assert_eq!((open(&world), lasts(&world)), (0, 0));
    let told = world.pass(minutes(600));
    assert!(!told.iter().any(|it| matches!(it, Command::Note(Notice::BotAway { .. }))), "{told:?}");
}

#[test]
fn a_bot_with_another_name_has_what_waits_for_it_also_after_a_kill() {
    let mut world = World::up(1);
    world.connect(1);
    world.disconnect(1);
    world.shows(NORTH, said("alice", "hi", "a"));
    world.follows_by_place(world.setup.clone(), &[Some("another")]);
    assert!(world.team.uptime(&Subject::Bot("another".into())).is_some());
    assert!(world.team.uptime(&Subject::Bot("bot 0".into())).is_none());
    let another = BotSetup { name: "another".into(), mode: BotMode::All };
    let setup = Setup { bots: vec![another], ..world.setup.clone() };
    world.restarts(setup);
    let mut told = world.step();
    told.extend(world.comes(NORTH));
    world.pass(seconds(2));
    let given = world.connect(2);
    assert!(given.contains(&message("a~north")), "{given:?}");
}

#[test]
fn a_bot_in_another_mode_begins_with_what_it_has_not_acknowledged() {
    let mut world = World::up(1);
    world.connect(1);
    world.shows(NORTH, said("alice", "hi", "a"));
    follow(&mut world, |setup| setup.bots = bots(&[BotMode::Standby]));
    assert_eq!(world.team.bots().connected(), 0, "its stream has ended");
    assert!(world.connect(2).contains(&message("a~north")));
    assert_eq!(world.connect(3), greeting(), "the second one waits");
}

#[test]
fn a_way_that_is_new_is_told_what_is_open_and_one_that_stays_nothing_twice() {
    let way = |name: &str| WayRule { name: name.into(), least: Severity::Info, level: 1 };
    let rule = AlarmRule { ways: vec![way("ops")], ..AlarmRule::default() };
    // None is the last but one, and nobody minds their silence.
    let mut setup = Setup { alarms: rule, ..setup(4) };
    all_watched(&mut setup, vigil(100_000, 200_000));
    let mut world = World::up_with(&setup);
    world.link(SOUTH, logout());
    let told = world.pass(minutes(10));
    let tells = |commands: &[Command]| -> Vec<(String, u64)> {
        let tell =
            |it: &Command| if let Command::Tell(it) = it { Some((it.way.clone(), it.telling)) } else { None };
        commands.iter().filter_map(tell).collect()
    };
    let [(name, telling)] = tells(&told)[..].to_vec().try_into().expect("one is told");
    assert_eq!(name, "ops");
    // It arrives only once the configuration is another one.
    let mut told = follow(&mut world, |setup| setup.alarms.ways = vec![way("boss"), way("ops")]);
    told.extend(world.tell(Input::Told { telling, error: None }));
    told.extend(world.pass(minutes(2)));
    let again: Vec<String> = tells(&told).into_iter().map(|(way, _)| way).collect();
    assert_eq!(again, ["boss"]);
    let mut told = follow(&mut world, |setup| setup.alarms.ways = vec![way("ops")]);
    told.extend(world.pass(minutes(600)));
    assert_eq!(tells(&told), [], "who is not there any more is told nothing");
    assert_eq!(world.team.accounts()[1].spell().standing(), Standing::LoggedOut);
}
