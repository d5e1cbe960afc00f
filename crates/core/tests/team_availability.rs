//! What bots are told of the team: one login when it recovers, one logout when it fails.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{NORTH, SOUTH, World, given, greeting, logout, lost, message, said, seconds};
use ha_wechaty_core::{
    ClientId, Command, Input, LinkFact, Notice, PendingScan, ScanProgress, Standing, WeChatEvent,
};

fn scan(code: &str) -> PendingScan {
    PendingScan { status: ScanProgress::Waiting, qrcode: Some(code.into()), ..PendingScan::default() }
}

fn failed(commands: &[Command]) -> Option<String> {
    commands.iter().find_map(|command| {
        if let Command::Note(Notice::TeamFailed { reason, .. }) = command {
            Some(reason.clone())
        } else {
            None
        }
    })
}

#[test]
fn a_bot_is_told_of_the_first_account_and_of_no_other() {
    let mut world = World::new(2);
    assert_eq!(world.connect(1), []);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.link(SOUTH, LinkFact::Opened);
    assert_eq!(given(1, &world.login(NORTH)), greeting());
    assert_eq!(given(1, &world.login(SOUTH)), []);
    assert_eq!(given(1, &world.link(NORTH, lost())), []);
    let commands = world.link(SOUTH, logout());
    let reason = failed(&commands).expect("the operator is told too");
    assert!(reason.contains("north is offline: cut") && reason.contains("south is logged out: kicked"));
    assert_eq!(given(1, &commands), [WeChatEvent::Logout { contact_id: "bot".into(), reason }]);
    world.pass(seconds(1));
    assert_eq!(given(1, &world.login(SOUTH)), greeting());
}

#[test]
fn a_login_follows_a_logout_only_when_a_bot_has_had_time_for_that() {
    let mut world = World::up(1);
    world.connect(1);
    world.link(NORTH, logout());
    assert_eq!(
        given(1, &world.login(NORTH)),
        [],
        "the team is up, and the bot is still busy with its logout"
    );
    assert!(world.team.is_up() && !world.team.is_greeted());
    assert_eq!(given(1, &world.pass(seconds(1))), greeting());
    // It may be gone again by then.
    world.link(NORTH, logout());
    world.login(NORTH);
    assert_eq!(given(1, &world.link(NORTH, logout())), []);
    assert_eq!(given(1, &world.pass(seconds(1))), []);
}

#[test]
fn a_bot_that_comes_is_told_how_the_team_stands() {
    let mut world = World::up(1);
    assert_eq!(world.connect(1), greeting());
    world.link(NORTH, LinkFact::Scan(scan("code")));
    world.pass(seconds(10));
    assert_eq!(world.connect(2), [WeChatEvent::Scan(scan("code"))]);
}

#[test]
fn a_bot_that_logs_itself_out_is_told_again_as_long_as_the_team_is_logged_in() {
    let mut world = World::up(1);
    world.connect(1);
    world.connect(2);
    let logs_out = |world: &mut World| world.tell(Input::LoggedOut { client: ClientId(1) });
    assert_eq!(logs_out(&mut world), []);
    let told = world.shows(NORTH, said("alice", "meanwhile", "m1"));
    assert_eq!((given(1, &told), given(2, &told)), (vec![], vec![message("m1~north")]), "it would drop that");
    let told = world.pass(seconds(1));
    let again = [&greeting()[..], &[message("m1~north")]].concat();
    assert_eq!(
        (given(1, &told), given(2, &told)),
        (again, vec![]),
        "it alone, when it has had time for its logout"
    );
    world.asks(1, "m1~north");
    world.pass(seconds(2));
    assert_eq!(world.tell(Input::LoggedOut { client: ClientId(9) }), [], "nobody");
    // Its answer to the team's own logout.
    world.link(NORTH, logout());
    assert_eq!(given(1, &logs_out(&mut world)), []);
    world.pass(seconds(1));
    assert_eq!(given(1, &world.login(NORTH)), greeting());
}

#[test]
fn a_bot_that_logs_itself_out_while_the_others_are_busy_is_told_of_no_logout_and_of_the_login() {
    let mut world = World::up(1);
    world.connect(1);
    world.connect(2);
    world.shows(NORTH, said("alice", "quick", "m1"));
    world.link(NORTH, logout());
    assert!(world.team.is_greeted(), "they are busy");
    assert_eq!(world.tell(Input::LoggedOut { client: ClientId(1) }), []);
    assert_eq!(given(1, &world.login(NORTH)), []);
    let told = world.pass(seconds(1));
    assert_eq!((given(1, &told), given(2, &told)), (greeting().to_vec(), vec![]));
}

#[test]
fn a_scan_that_the_last_account_asks_for_though_it_was_logged_in_logs_nobody_out_before_it_is_believed() {
    for shows_that_it_works in [true, false] {
        let mut world = World::up(2);
        world.connect(1);
        for account in [NORTH, SOUTH] {
            assert_eq!(given(1, &world.link(account, LinkFact::Scan(scan("code")))), []);
        }
        assert!(world.team.is_up() && world.routing().available().len() == 2);
        assert_eq!(
            world.team.accounts()[0].phase().standing(),
            Standing::WaitingScan,
            "people are told at once"
        );
        if shows_that_it_works {
            let told = given(1, &world.shows(NORTH, said("alice", "and now?", "m1")));
            assert_eq!(told, [message("m1~north")]);
            assert_eq!(world.routing().available().iter().collect::<Vec<_>>(), [NORTH]);
            assert_eq!(given(1, &world.pass(seconds(60))), []);
        } else {
            assert_eq!(given(1, &world.pass(Duration::from_millis(9_999))), []);
            let told = given(1, &world.pass(Duration::from_millis(1)));
            assert!(
                matches!(told[..], [WeChatEvent::Logout { .. }, WeChatEvent::Scan(_), WeChatEvent::Scan(_)]),
                "{told:?}"
            );
            assert!(!world.team.is_up() && world.routing().available().is_empty());
        }
    }
}

#[test]
fn one_that_asks_for_a_scan_takes_no_work_from_one_that_is_only_silent() {
    let mut world = World::up(2);
    world.pass(seconds(355));
    assert_eq!(world.routing().available().len(), 2, "both are silent");
    world.link(NORTH, LinkFact::Scan(scan("n")));
    assert_eq!(world.routing().available().iter().collect::<Vec<_>>(), [SOUTH]);
}

#[test]
fn a_team_that_fails_tells_the_open_scans_after_its_logout() {
    let mut world = World::up(2);
    world.connect(1);
    assert_eq!(given(1, &world.link(NORTH, LinkFact::Scan(scan("n")))), [], "nobody's business yet");
    world.pass(seconds(10));
    let told = given(1, &world.link(SOUTH, lost()));
    assert!(matches!(told[..], [WeChatEvent::Logout { .. }, WeChatEvent::Scan(_)]), "{told:?}");
    world.pass(seconds(1));
    world.login(NORTH);
    let mut told = given(1, &world.link(NORTH, LinkFact::Scan(scan("n2"))));
    told.extend(given(1, &world.pass(seconds(10))));
    assert!(matches!(&told[1..], [WeChatEvent::Scan(it)] if *it == scan("n2")), "once: {told:?}");
    assert_eq!(given(1, &world.link(NORTH, LinkFact::Scan(scan("n3")))), [WeChatEvent::Scan(scan("n3"))]);
}

#[test]
fn a_logout_is_told_once_bots_are_done_with_what_they_were_given() {
    let mut world = World::up(1);
    world.connect(1);
    world.shows(NORTH, said("alice", "quick", "m1"));
    assert_eq!(given(1, &world.link(NORTH, logout())), []);
    assert!(!world.team.is_up() && world.team.is_greeted() && world.routing().available().is_empty());
    assert_eq!(given(1, &world.pass(Duration::from_millis(600))), []);
    world.asks(1, "m1~north");
    assert_eq!(given(1, &world.pass(Duration::from_millis(999))), []);
    let told = given(1, &world.pass(Duration::from_millis(1)));
    assert!(matches!(told[..], [WeChatEvent::Logout { .. }]), "{told:?}");
    // A bot that goes on asking can't put it off for ever.
    world.pass(seconds(1));
    world.login(NORTH);
    world.shows(NORTH, said("alice", "again", "m2"));
    world.link(NORTH, logout());
    for _ in 0..9 {
        world.asks(1, "m2~north");
        assert_eq!(given(1, &world.pass(Duration::from_millis(500))), []);
    }
    world.asks(1, "m2~north");
    let told = given(1, &world.pass(Duration::from_millis(500)));
    assert!(matches!(told[..], [WeChatEvent::Logout { .. }]), "{told:?}");
}

#[test]
fn a_team_that_is_up_again_before_bots_were_told_says_nothing_of_it() {
    let mut world = World::up(1);
    world.connect(1);
    world.shows(NORTH, said("alice", "quick", "m1"));
    world.link(NORTH, logout());
    assert_eq!(given(1, &world.shows(NORTH, said("alice", "late", "m2"))), [], "it is kept");
    assert_eq!(given(1, &world.login(NORTH)), [message("m2~north")]);
    assert_eq!(given(1, &world.pass(seconds(20))), []);
}

/// A bot opens a stream while another one is still busy, and a logout waits for that.
fn comes_during_a_farewell() -> World {
    let mut world = World::up(1);
    world.connect(1);
    world.shows(NORTH, said("alice", "quick", "m1"));
    world.link(NORTH, logout());
    let client = ClientId(2);
    let told = world.tell(Input::BotConnected { client, bot: ha_wechaty_core::BotId(0), after: None });
    assert_eq!((given(1, &told), given(2, &told)), (vec![], vec![]), "nobody is hurried");
    world
}

#[test]
fn a_bot_that_comes_before_others_were_told_of_a_logout_is_told_of_none_and_hurries_none() {
    let mut world = comes_during_a_farewell();
    let told = world.link(NORTH, LinkFact::Scan(scan("code")));
    assert_eq!((given(1, &told), given(2, &told)), (vec![], vec![]));
    let told = world.pass(seconds(1));
    assert!(matches!(given(1, &told)[..], [WeChatEvent::Logout { .. }, WeChatEvent::Scan(_)]), "{told:?}");
    assert_eq!(given(2, &told), [WeChatEvent::Scan(scan("code"))]);
    world.pass(seconds(1));
    let told = world.login(NORTH);
    assert_eq!(given(1, &told), greeting());
    assert_eq!(given(2, &told)[..2], greeting());
}

#[test]
fn a_bot_that_came_during_a_farewell_is_greeted_when_that_is_taken_back() {
    let mut world = comes_during_a_farewell();
    let told = world.login(NORTH);
    assert_eq!(given(1, &told), []);
    assert_eq!(given(2, &told)[..2], greeting());
    assert_eq!(given(1, &world.pass(seconds(20))), []);
}

#[test]
fn what_happens_while_the_team_is_down_is_given_when_it_is_up_again() {
    let mut world = World::up(1);
    world.connect(1);
    world.link(NORTH, logout());
    assert_eq!(given(1, &world.shows(NORTH, said("alice", "late", "m1"))), []);
    let [login, ready] = greeting();
    world.pass(seconds(1));
    assert_eq!(given(1, &world.login(NORTH)), [login, ready, message("m1~north")]);
}

#[test]
fn suspects_work_when_nobody_else_is_left() {
    let mut world = World::up(2);
    world.connect(1);
    world.link(SOUTH, lost());
    let mut told = Vec::new();
    while world.team.accounts()[0].phase().standing() != Standing::Suspect {
        told.extend(given(1, &world.step()));
    }
    assert!(told.is_empty() && world.team.is_up());
    assert_eq!(world.routing().available().iter().collect::<Vec<_>>(), [NORTH]);
    while world.team.accounts()[0].phase().standing() != Standing::Failed {
        told = given(1, &world.step());
    }
    assert!(matches!(told[..], [WeChatEvent::Logout { .. }]), "{told:?}");
}

#[test]
fn how_long_it_was_so_is_told() {
    let mut world = World::up(1);
    world.pass(seconds(70));
    let commands = world.link(NORTH, logout());
    let after = |commands: &[Command]| {
        commands.iter().find_map(|command| {
            if let Command::Note(Notice::TeamFailed { after, .. } | Notice::TeamRecovered { after }) = command
            {
                Some(*after)
            } else {
                None
            }
        })
    };
    assert_eq!(after(&commands), Some(seconds(70)));
    world.pass(seconds(5));
    assert_eq!(after(&world.login(NORTH)), Some(seconds(5)));
}

#[test]
fn a_ding_of_a_bot_is_answered_to_it_alone() {
    let mut world = World::up(1);
    world.connect(1);
    world.connect(2);
    let (client, data) = (ClientId(2), String::from("hi"));
    let commands =
        world.tell(Input::Ding { client: Some(client), bot: ha_wechaty_core::BotId(0), data: data.clone() });
    assert_eq!(commands, [Command::Deliver { client, event: WeChatEvent::Dong { data }.into(), number: 0 }]);
}
