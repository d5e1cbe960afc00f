//! What opens an alarm, and what closes it.

use ha_wechaty_core::{
    AlarmKind, AlarmStep, BotMode, ClientId, Command, Hand, Holder, Input, LinkFact, Member, Setup, Severity,
    Vigil, WeChatEvent, Withdrawn,
};

use super::{calm, is, lives_on, news, open, scan, until_news};
use crate::support::{
    BOT, NORTH, ROOM, SOUTH, WEST, World, bots, change, logout, lost, minutes, said, seconds, setup, wxid,
};

const OPENED: AlarmStep = AlarmStep::Opened;
const CLOSED: AlarmStep = AlarmStep::Closed;
const WARNING: Severity = Severity::Warning;
const CRITICAL: Severity = Severity::Critical;

/// Of one domain, all of them.
fn of_one_provider(accounts: usize) -> Setup {
    let mut setup = calm(accounts);
    let domains = |it: Member| Member { domains: vec!["provider:padlocal".into()], ..it };
    setup.accounts = setup.accounts.into_iter().map(domains).collect();
    setup
}

#[test]
fn an_account_that_asks_for_a_scan_is_an_alarm_after_two_minutes_until_it_has_worked_for_one() {
    let mut world = World::up_with(&calm(3));
    world.link(SOUTH, logout());
    world.link(SOUTH, scan());
    assert_eq!(until_news(&mut world), (minutes(2), vec![is(AlarmKind::Scan, OPENED, WARNING)]));
    assert_eq!(open(&world), [(AlarmKind::Scan, vec!["south".to_owned()])]);
    world.pass(minutes(9));
    world.login(SOUTH);
    assert_eq!(until_news(&mut world), (minutes(1), vec![is(AlarmKind::Scan, CLOSED, WARNING)]));
    assert!(open(&world).is_empty());
}

#[test]
fn it_matters_more_if_one_account_at_most_is_left() {
    let mut world = World::up_with(&calm(2));
    world.link(SOUTH, logout());
    world.link(SOUTH, scan());
    assert_eq!(until_news(&mut world).1, [is(AlarmKind::Scan, OPENED, CRITICAL)]);
    let mut world = World::up_with(&calm(4));
    for account in [SOUTH, WEST] {
        world.link(account, logout());
        world.link(account, scan());
    }
    assert_eq!(news(&world.pass(minutes(3))), vec![is(AlarmKind::Scan, OPENED, WARNING); 2]);
    world.link(NORTH, lost());
    assert_eq!(news(&world.pass(seconds(59))), Vec::<String>::new(), "it may be for a moment");
    let changed = is(AlarmKind::Scan, AlarmStep::Changed, CRITICAL);
    assert_eq!(news(&world.pass(seconds(1))), vec![changed; 2], "one is left");
}

#[test]
fn a_doubt_of_the_last_good_one_rings_nobody_again() {
    let mut world = World::up_with(&calm(2));
    world.link(SOUTH, logout());
    assert_eq!(news(&world.pass(minutes(10))).len(), 2, "it, and the team");
    world.tell(Input::AlarmSeen { alarm: None, by: "ann".into(), pause: None });
    for _ in 0..3 {
        world.link(NORTH, lost());
        let mut told = news(&world.pass(seconds(30)));
        world.comes(NORTH);
        told.extend(news(&world.pass(minutes(10))));
        assert_eq!(told, Vec::<String>::new());
    }
    assert!(world.team.alarms().all(|it| it.seen_by.as_deref() == Some("ann")));
}

#[test]
fn one_that_is_logged_out_or_lost_or_tells_nothing_is_one_after_five_and_ten_minutes() {
    let mut world = World::up_with(&calm(3));
    world.link(SOUTH, logout());
    assert_eq!(until_news(&mut world), (minutes(5), vec![is(AlarmKind::LoggedOut, OPENED, WARNING)]));
    world.login(SOUTH);
    world.pass(minutes(2));
    world.link(NORTH, lost());
    assert_eq!(until_news(&mut world), (minutes(10), vec![is(AlarmKind::Offline, OPENED, WARNING)]));

    let mut world = World::with(&calm(3), 1);
    world.step();
    world.comes(NORTH);
    world.comes(WEST);
    world.link(SOUTH, LinkFact::Opened);
    // A minute later, since it was never more than on its way before.
    assert_eq!(until_news(&mut world).1, [is(AlarmKind::NotLoggedIn, OPENED, WARNING)]);
    assert_eq!(world.now, ha_wechaty_core::Time::after_origin(minutes(10)));
}

#[test]
fn what_goes_on_otherwise_is_one_alarm_and_told_once_it_has_lasted() {
    let mut world = World::up_with(&calm(3));
    world.link(SOUTH, lost());
    world.pass(minutes(11));
    world.link(SOUTH, LinkFact::Opened);
    world.link(SOUTH, scan());
    let changed = is(AlarmKind::Scan, AlarmStep::Changed, WARNING);
    assert_eq!(until_news(&mut world), (minutes(2), vec![changed]));
    assert_eq!(open(&world).len(), 1);
    // And one that never stays anywhere is one all the same.
    let mut world = World::up_with(&calm(3));
    let mut told = Vec::new();
    for _ in 0..10 {
        told.extend(news(&world.link(SOUTH, lost())));
        told.extend(news(&world.pass(minutes(1))));
        told.extend(news(&world.link(SOUTH, LinkFact::Opened)));
        told.extend(news(&world.link(SOUTH, scan())));
        told.extend(news(&world.pass(minutes(1))));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("opened"), "{told:?}");
}

#[test]
fn a_silent_one_is_an_alarm_when_the_second_reset_did_not_help() {
    let mut setup = setup(3);
    for it in &mut setup.accounts {
        it.vigil = Vigil { jitter: 0.0, ..it.vigil };
    }
    let mut world = World::up_with(&setup);
    let told = lives_on(&mut world, minutes(20), &[NORTH, WEST]);
    let resets = told.iter().filter(|it| matches!(it, Command::Reset { account: SOUTH })).count();
    assert_eq!((news(&told), resets), (Vec::new(), 2));
    let told = lives_on(&mut world, minutes(2), &[NORTH, WEST]);
    assert_eq!(news(&told), [is(AlarmKind::Failed, OPENED, WARNING)]);
    // A reset has helped before, for a short while.
    let told = lives_on(&mut world, minutes(2), &[NORTH, WEST, SOUTH]);
    assert_eq!(news(&told), Vec::<String>::new());
    let told = lives_on(&mut world, minutes(20), &[NORTH, WEST, SOUTH]);
    assert_eq!(news(&told), [is(AlarmKind::Failed, CLOSED, WARNING)]);
}

#[test]
fn one_whose_stream_is_taken_again_and_again_is_one_at_once() {
    let mut world = World::up_with(&calm(3));
    let took = || LinkFact::Taken { holder: Holder::TookIt };
    assert_eq!(news(&world.link(SOUTH, took())), Vec::<String>::new(), "it may be a connection that died");
    world.pass(seconds(40));
    world.link(SOUTH, LinkFact::Evicted);
    world.login(SOUTH);
    assert_eq!(news(&world.link(SOUTH, took())), [is(AlarmKind::Taken, OPENED, WARNING)]);
}

#[test]
fn two_that_are_one_person_are_one_alarm() {
    let mut world = World::up_with(&calm(3));
    world.link(SOUTH, LinkFact::Login { contact_id: wxid(NORTH) });
    assert_eq!(until_news(&mut world), (minutes(1), vec![is(AlarmKind::SamePerson, OPENED, WARNING)]));
    assert_eq!(open(&world)[0].1, ["north", "south"]);
    world.login(SOUTH);
    assert_eq!(until_news(&mut world), (minutes(1), vec![is(AlarmKind::SamePerson, CLOSED, WARNING)]));
}

#[test]
fn one_that_can_not_write_to_the_heartbeat_contact_is_to_be_known() {
    let mut world = World::up_with(&calm(2));
    world.tell(Input::DingFailed { account: SOUTH, cause: "not a friend".into() });
    let told = is(AlarmKind::NoHeartbeat, OPENED, Severity::Info);
    assert_eq!(until_news(&mut world), (minutes(10), vec![told]));
    world.login(SOUTH);
    let told = is(AlarmKind::NoHeartbeat, CLOSED, Severity::Info);
    assert_eq!(until_news(&mut world), (minutes(1), vec![told]));
}

#[test]
fn accounts_of_one_provider_that_fail_together_are_one_alarm() {
    let mut world = World::up_with(&of_one_provider(4));
    world.link(SOUTH, lost());
    world.pass(seconds(50));
    world.link(WEST, lost());
    world.link(NORTH, lost());
    assert_eq!(until_news(&mut world), (minutes(2), vec![is(AlarmKind::DomainDown, OPENED, CRITICAL)]));
    let mut about = open(&world)[0].1.clone();
    about.sort();
    assert_eq!(about, ["north", "south", "west"]);
    assert_eq!(news(&world.pass(minutes(60))), Vec::<String>::new(), "none has one of its own");
    // One is back: not half of them.
    world.comes(SOUTH);
    assert_eq!(news(&world.pass(minutes(5))), Vec::<String>::new());
    world.comes(WEST);
    assert_eq!(until_news(&mut world), {
        let own = is(AlarmKind::Offline, OPENED, WARNING);
        (minutes(1), vec![is(AlarmKind::DomainDown, CLOSED, CRITICAL), own])
    });
    assert_eq!(open(&world), [(AlarmKind::Offline, vec!["north".to_owned()])], "it still does not work");
}

#[test]
fn accounts_that_fail_one_after_the_other_are_two_alarms_and_few_of_many_do_not_wake_anybody() {
    let mut world = World::up_with(&of_one_provider(4));
    world.link(SOUTH, lost());
    world.pass(seconds(70));
    world.link(WEST, lost());
    let told = news(&world.pass(minutes(15)));
    assert_eq!(told, vec![is(AlarmKind::Offline, OPENED, WARNING); 2]);
    let mut world = World::up_with(&of_one_provider(4));
    world.setup.accounts.truncate(4);
    world.link(SOUTH, lost());
    world.link(WEST, lost());
    assert_eq!(until_news(&mut world).1, [is(AlarmKind::DomainDown, OPENED, CRITICAL)], "half the team");
}

#[test]
fn what_was_told_of_one_is_taken_in_by_what_is_told_of_all() {
    let mut world = World::up_with(&of_one_provider(4));
    world.link(SOUTH, lost());
    world.pass(seconds(30));
    world.link(WEST, logout());
    world.link(WEST, scan());
    // Both are in it before either is told by itself.
    assert_eq!(news(&world.pass(minutes(30))), [is(AlarmKind::DomainDown, OPENED, CRITICAL)]);
    // One that was told before goes into it.
    let mut setup = of_one_provider(4);
    setup.accounts[0].domains = vec!["host:a".into()];
    let mut world = World::up_with(&setup);
    world.link(NORTH, lost());
    assert_eq!(news(&world.pass(minutes(11))), [is(AlarmKind::Offline, OPENED, WARNING)]);
    world.link(SOUTH, lost());
    world.link(WEST, lost());
    let told = news(&world.pass(minutes(30)));
    let changed = is(AlarmKind::Offline, AlarmStep::Changed, CRITICAL);
    assert_eq!(
        told,
        [changed, is(AlarmKind::DomainDown, OPENED, CRITICAL)],
        "one is left, and what they share is down"
    );
    let kinds: Vec<_> = open(&world).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [AlarmKind::Offline, AlarmKind::DomainDown], "it is of another domain");
}

#[test]
fn one_that_was_ill_long_before_is_no_part_of_what_fails_together() {
    let mut world = World::up_with(&of_one_provider(4));
    world.link(NORTH, lost());
    assert_eq!(news(&world.pass(minutes(2 * 24 * 60))), [is(AlarmKind::Offline, OPENED, WARNING)]);
    world.link(SOUTH, lost());
    world.link(WEST, lost());
    let changed = is(AlarmKind::Offline, AlarmStep::Changed, CRITICAL);
    let told = news(&world.pass(minutes(30)));
    assert_eq!(told, [changed, is(AlarmKind::DomainDown, OPENED, CRITICAL)], "one is left");
    let both = vec!["south".to_owned(), "west".to_owned()];
    assert_eq!(open(&world), [(AlarmKind::Offline, vec!["north".to_owned()]), (AlarmKind::DomainDown, both)]);
    world.comes(SOUTH);
    world.comes(WEST);
    assert_eq!(until_news(&mut world), (minutes(1), vec![is(AlarmKind::DomainDown, CLOSED, CRITICAL)]));
    assert_eq!(open(&world), [(AlarmKind::Offline, vec!["north".to_owned()])], "it goes on as it was");
}

#[test]
fn a_team_of_which_one_is_left_is_degraded_and_one_of_which_none_is_left_is_down() {
    let mut world = World::up_with(&calm(2));
    world.link(SOUTH, lost());
    assert_eq!(until_news(&mut world), (minutes(5), vec![is(AlarmKind::TeamDegraded, OPENED, WARNING)]));
    world.link(NORTH, lost());
    let down = is(AlarmKind::TeamDown, AlarmStep::Changed, CRITICAL);
    assert_eq!(until_news(&mut world), (minutes(1), vec![down]));
    world.comes(SOUTH);
    world.comes(NORTH);
    assert_eq!(until_news(&mut world), (seconds(30), vec![is(AlarmKind::TeamDown, CLOSED, CRITICAL)]));
    // All at once.
    let mut world = World::up_with(&of_one_provider(3));
    for account in [NORTH, SOUTH, WEST] {
        world.link(account, lost());
    }
    let mut told = until_news(&mut world);
    told.1.sort();
    let all = [AlarmKind::DomainDown, AlarmKind::TeamDown].map(|kind| is(kind, OPENED, CRITICAL));
    assert_eq!(told, (minutes(1), all.to_vec()), "together");
    assert_eq!(news(&world.pass(minutes(60))), Vec::<String>::new());
}

#[test]
fn a_degraded_team_goes_on_to_be_told_until_what_its_accounts_share_is() {
    let mut world = World::up_with(&of_one_provider(3));
    world.link(SOUTH, lost());
    world.pass(seconds(70));
    world.link(WEST, lost());
    let told = news(&world.pass(minutes(12)));
    assert!(told.contains(&is(AlarmKind::TeamDegraded, OPENED, WARNING)), "{told:?}");
    world.comes(SOUTH);
    world.comes(WEST);
    world.pass(seconds(5));
    world.link(SOUTH, lost());
    world.link(WEST, lost());
    let told = news(&world.pass(seconds(100)));
    assert!(told.iter().all(|it| !it.starts_with("team-degraded")), "{told:?}");
    let told = news(&world.pass(minutes(3)));
    for it in [is(AlarmKind::DomainDown, OPENED, CRITICAL), is(AlarmKind::TeamDegraded, CLOSED, WARNING)] {
        assert!(told.contains(&it), "{told:?}");
    }
}

#[test]
fn a_bot_that_is_gone_while_events_wait_is_one_and_one_that_never_came_is_none() {
    let mut world = World::up_with(&Setup { bots: bots(&[BotMode::All, BotMode::All]), ..calm(2) });
    world.connect(1);
    world.tell(Input::BotDisconnected { client: ClientId(1) });
    assert_eq!(news(&world.pass(minutes(6))), Vec::<String>::new(), "nothing waits for it");
    world.shows(NORTH, said("alice", "hello", "m1"));
    assert_eq!(news(&world.pass(seconds(1))), [is(AlarmKind::BotGone, OPENED, WARNING)]);
    assert_eq!(open(&world)[0].1, ["bot 0"]);
    world.tell(Input::BotConnected { client: ClientId(2), bot: BOT, after: None });
    assert_eq!(until_news(&mut world), (seconds(30), vec![is(AlarmKind::BotGone, CLOSED, WARNING)]));
}

#[test]
fn rooms_without_an_account_are_one_until_there_is_one_again() {
    let mut world = World::up_with(&calm(2));
    for account in [NORTH, SOUTH] {
        world.tells(account, WeChatEvent::RoomLeave(change(&[&wxid(account)], "alice")));
        world.pass(minutes(2));
    }
    let (after, told) = until_news(&mut world);
    assert_eq!(told, [is(AlarmKind::CoverageLost, OPENED, WARNING)]);
    assert!(after <= minutes(10), "{after:?}");
    assert!(world.team.alarms().any(|it| it.cause.contains(ROOM)));
    world.tells(NORTH, WeChatEvent::RoomJoin(change(&[&wxid(NORTH)], "alice")));
    let (after, told) = until_news(&mut world);
    assert_eq!(told, [is(AlarmKind::CoverageLost, CLOSED, WARNING)]);
    assert!(after <= minutes(10), "{after:?}");
}

#[test]
fn an_account_that_is_kept_from_work_has_none_and_what_was_open_closes() {
    let mut world = World::up_with(&calm(3));
    world.link(SOUTH, lost());
    world.pass(minutes(11));
    let withdraw = |how| Hand::Withdraw { how, lasts: None };
    let hand = |account, hand| Input::Hand {
        account,
        hand,
        by: "ann".into(),
        why: "new phone".into(),
        force: true,
        number: 1,
    };
    let told = world.tell(hand(SOUTH, withdraw(Withdrawn::Maintenance)));
    assert_eq!(news(&told), [is(AlarmKind::Offline, CLOSED, WARNING)]);
    let why = world.team.alarms().last().expect("it was open").cause.clone();
    assert_eq!(why, "in maintenance by ann: new phone");
    world.link(WEST, logout());
    world.tell(hand(WEST, withdraw(Withdrawn::Draining)));
    assert_eq!(news(&world.pass(minutes(60))), Vec::<String>::new(), "one is left, as they wished");
    world.tell(hand(NORTH, withdraw(Withdrawn::Maintenance)));
    assert_eq!(news(&world.pass(minutes(60))), Vec::<String>::new(), "and none");
    let told = news(&world.tell(hand(WEST, Hand::Resume)));
    assert!(told.contains(&is(AlarmKind::LoggedOut, OPENED, CRITICAL)), "{told:?}");
    assert!(told.contains(&is(AlarmKind::TeamDown, OPENED, CRITICAL)), "{told:?}");
    world.leaves(WEST);
    assert_eq!(open(&world), []);
}

#[test]
fn what_comes_again_is_the_same_alarm_and_told_ever_more_rarely() {
    let mut world = World::up_with(&calm(3));
    let mut told = Vec::new();
    for _ in 0..9 {
        world.link(SOUTH, lost());
        told.push(news(&world.pass(minutes(11))).len());
        world.comes(SOUTH);
        told.push(news(&world.pass(minutes(2))).len());
    }
    assert_eq!(told, [1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0], "the 1st, 2nd, 4th, 8th time");
    let times: Vec<_> = world.team.alarms().map(|it| (it.id.0, it.times)).collect();
    assert_eq!(times, [(1, 9)]);
    // One that is not told stays so only if it does not last.
    world.link(SOUTH, lost());
    assert_eq!(until_news(&mut world), (minutes(20), vec![is(AlarmKind::Offline, OPENED, WARNING)]));
    world.comes(SOUTH);
    world.pass(minutes(60));
    world.link(SOUTH, lost());
    world.pass(minutes(11));
    assert_eq!(
        world.team.alarms().last().map(|it| (it.id.0, it.times)),
        Some((2, 1)),
        "and later another one"
    );
}

#[test]
fn what_is_wrong_with_the_machine_is_told_until_it_is_well_and_after_a_restart_only_if_it_is_told_again() {
    let mut world = World::up_with(&calm(2));
    let fault = |trouble: Option<(Severity, String)>| Input::Machine {
        kind: AlarmKind::DiskLow,
        about: "/var".into(),
        trouble,
    };
    let low = || Some((WARNING, "3% free".to_owned()));
    assert_eq!(news(&world.tell(fault(low()))), [is(AlarmKind::DiskLow, OPENED, WARNING)]);
    assert_eq!(news(&world.tell(fault(low()))), Vec::<String>::new());
    let worse = Some((CRITICAL, "1% free".to_owned()));
    assert_eq!(news(&world.tell(fault(worse))), [is(AlarmKind::DiskLow, AlarmStep::Changed, CRITICAL)]);
    world.restarts(world.setup.clone());
    world.comes(NORTH);
    world.comes(SOUTH);
    world.tell(fault(low()));
    assert_eq!(news(&world.pass(minutes(60))), Vec::<String>::new());
    world.restarts(world.setup.clone());
    world.comes(NORTH);
    world.comes(SOUTH);
    let told = news(&world.pass(minutes(16)));
    assert_eq!(told, [is(AlarmKind::DiskLow, CLOSED, WARNING)], "nobody says so any more");
}

#[test]
fn after_a_restart_accounts_have_time_to_come_back() {
    let mut world = World::up_with(&calm(2));
    world.restarts(world.setup.clone());
    world.comes(NORTH);
    world.comes(SOUTH);
    assert_eq!(news(&world.pass(minutes(60))), Vec::<String>::new());
    world.link(SOUTH, lost());
    world.pass(minutes(11));
    world.restarts(world.setup.clone());
    world.comes(NORTH);
    assert_eq!(news(&world.pass(minutes(30))), Vec::<String>::new(), "it goes on as it was");
    assert_eq!(open(&world).len(), 2);
    world.comes(SOUTH);
    assert_eq!(news(&world.pass(minutes(2))).len(), 2);
    assert!(open(&world).is_empty());
}
