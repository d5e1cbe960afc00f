//! A login that asks for more than a scan: a code, or a slide puzzle.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{NORTH, SOUTH, World, given, greeting, logout, lost, minutes, setup};
use ha_wechaty_core::{
    ChallengeProgress, Command, Hand, HandEnd, Input, LinkFact, LoginChallenge, Notice, PendingCode,
    PendingScan, PendingSlide, Phase, Remedy, ScanProgress, Standing, WeChatEvent,
};

fn code(id: &str, status: ChallengeProgress) -> LoginChallenge {
    LoginChallenge::Code(PendingCode {
        id: id.into(), scene: 1, status, message: Some("sent to …77".into())
    })
}

fn waiting(id: &str) -> LinkFact {
    LinkFact::Challenge(code(id, ChallengeProgress::Waiting))
}

fn scan(qrcode: &str, status: ScanProgress) -> LinkFact {
    LinkFact::Scan(PendingScan { status, qrcode: Some(qrcode.into()), ..PendingScan::default() })
}

fn told(challenge: LoginChallenge) -> WeChatEvent {
    WeChatEvent::Challenge(challenge)
}

#[test]
fn a_login_that_asks_for_a_code_says_so_until_it_has_it() {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.link(NORTH, scan("qr", ScanProgress::Waiting));
    world.link(NORTH, scan("qr", ScanProgress::Scanned));
    let commands = world.link(NORTH, waiting("v1"));
    let asks = |note: &Command| matches!(note, Command::Note(Notice::Challenge { account: NORTH, .. }));
    assert!(commands.iter().any(asks), "{commands:?}");
    let north = |world: &World| world.team.accounts()[0].clone();
    assert_eq!(north(&world).challenge(), Some(&code("v1", ChallengeProgress::Waiting)));
    assert_eq!(
        (north(&world).shown(), north(&world).remedy()),
        (Standing::WaitingScan, Some(Remedy::VerifyCode))
    );
    assert!(north(&world).text().contains("waiting for the code"), "{}", north(&world).text());
    world.link(NORTH, LinkFact::Challenge(code("v1", ChallengeProgress::Wrong)));
    assert!(north(&world).text().contains("was wrong"), "{}", north(&world).text());
    // That it was scanned is no news, and takes nothing back.
    world.link(NORTH, scan("qr", ScanProgress::Confirmed));
    assert!(north(&world).challenge().is_some());
    world.login(NORTH);
    assert_eq!((north(&world).challenge(), north(&world).shown()), (None, Standing::Available));
}

#[test]
fn a_code_may_be_asked_for_without_a_scan_and_a_new_scan_begins_anew() {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    let slide =
        LoginChallenge::Slide(PendingSlide { program: "https://x".into(), ..PendingSlide::default() });
    for (asked, word) in [(code("v1", ChallengeProgress::Unknown), "code"), (slide, "slide puzzle")] {
        world.link(NORTH, LinkFact::Challenge(asked));
        let text = world.team.accounts()[0].text();
        assert!(text.contains(word), "{text}");
    }
    world.link(NORTH, scan("qr", ScanProgress::Waiting));
    assert_eq!(world.team.accounts()[0].challenge(), None);
    assert_eq!(world.team.accounts()[0].remedy(), Some(Remedy::Scan));
    // So it does with the code that it had before: its login begins anew.
    world.link(NORTH, waiting("v2"));
    world.link(NORTH, scan("qr", ScanProgress::Waiting));
    assert_eq!(world.team.accounts()[0].challenge(), None);
}

#[test]
fn bots_are_told_with_an_id_of_the_team_whoever_else_works() {
    let mut world = World::up(2);
    assert_eq!(world.connect(1), greeting());
    world.link(SOUTH, logout());
    let asked = told(code("v1~south", ChallengeProgress::Waiting));
    assert_eq!(given(1, &world.link(SOUTH, waiting("v1"))), std::slice::from_ref(&asked));
    let again = given(1, &world.link(SOUTH, waiting("v1")));
    assert_eq!(again, std::slice::from_ref(&asked), "it is asked for once more");
    let [login, ready] = greeting();
    assert_eq!(world.connect(2), [asked, login, ready], "one that comes later is told too");
    // That somebody has entered it is nothing that its provider has said.
    world.link(SOUTH, waiting("v2"));
    let entered = LinkFact::Challenge(code("v2", ChallengeProgress::Entered));
    assert_eq!(given(1, &world.link(SOUTH, entered)), []);
    let again = told(code("v2~south", ChallengeProgress::Wrong));
    let wrong = LinkFact::Challenge(code("v2", ChallengeProgress::Wrong));
    assert_eq!(given(1, &world.link(SOUTH, wrong)), [again]);
    world.login(SOUTH);
    assert_eq!(world.connect(3), greeting());
}

#[test]
fn one_that_is_logged_in_stays_so_whatever_its_puppet_asks() {
    let mut world = World::up(1);
    world.link(NORTH, waiting("v1"));
    assert!(matches!(world.team.accounts()[0].phase(), Phase::LoggedIn(_)));
    assert_eq!(world.team.accounts()[0].challenge(), None);
}

#[test]
fn a_code_is_still_asked_for_after_a_lost_connection_and_after_a_restart() {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.link(NORTH, waiting("v1"));
    world.link(NORTH, lost());
    assert_eq!(world.team.accounts()[0].challenge(), None, "nobody could enter it now");
    world.pass(minutes(1));
    world.link(NORTH, LinkFact::Opened);
    assert_eq!(world.team.accounts()[0].challenge(), Some(&code("v1", ChallengeProgress::Waiting)));
    world.restarts(setup(1));
    world.step();
    world.link(NORTH, LinkFact::Opened);
    assert_eq!(world.team.accounts()[0].challenge(), Some(&code("v1", ChallengeProgress::Waiting)));
    // One that is too late is not: its login begins again.
    world.link(NORTH, LinkFact::Challenge(code("v1", ChallengeProgress::Expired)));
    world.link(NORTH, lost());
    world.pass(minutes(1));
    world.link(NORTH, LinkFact::Opened);
    assert_eq!(world.team.accounts()[0].challenge(), None);
}

fn entered(id: &str) -> LinkFact {
    LinkFact::Challenge(code(id, ChallengeProgress::Entered))
}

fn refused(id: &str) -> LinkFact {
    LinkFact::CodeRefused { id: id.into() }
}

/// How far the code is that the first account asks for.
fn progress(world: &World) -> Option<ChallengeProgress> {
    let LoginChallenge::Code(code) = world.team.accounts()[0].challenge()? else { return None };
    Some(code.status)
}

/// The first account asks for the code `v1`.
fn asking() -> World {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.link(NORTH, waiting("v1"));
    world
}

#[test]
fn a_code_of_which_nothing_is_heard_is_asked_for_again() {
    let waits = Some(ChallengeProgress::Waiting);
    let mut world = asking();
    world.link(NORTH, entered("v1"));
    assert_eq!(progress(&world), Some(ChallengeProgress::Entered));
    world.pass(minutes(1));
    assert_eq!(progress(&world), waits, "its provider takes no minute");
    for restarts in [false, true] {
        let mut world = asking();
        world.link(NORTH, entered("v1"));
        if restarts {
            world.restarts(setup(1));
            world.step();
        } else {
            world.link(NORTH, lost());
            world.pass(crate::support::seconds(30));
        }
        world.link(NORTH, LinkFact::Opened);
        assert_eq!(progress(&world), waits, "{restarts}");
    }
}

#[test]
fn a_code_that_is_not_taken_leaves_what_its_provider_said_meanwhile() {
    let mut world = asking();
    world.connect(1);
    // Nothing came meanwhile: bots were not told that it was entered.
    world.link(NORTH, LinkFact::Challenge(code("v1", ChallengeProgress::Wrong)));
    world.link(NORTH, entered("v1"));
    assert_eq!(given(1, &world.link(NORTH, refused("v1"))), []);
    assert_eq!(progress(&world), Some(ChallengeProgress::Wrong));
    // It was wrong.
    world.link(NORTH, waiting("v1"));
    world.link(NORTH, entered("v1"));
    world.link(NORTH, LinkFact::Challenge(code("v1", ChallengeProgress::Wrong)));
    assert_eq!(given(1, &world.link(NORTH, refused("v1"))), []);
    assert_eq!(progress(&world), Some(ChallengeProgress::Wrong));
    // Its login began anew.
    world.link(NORTH, entered("v1"));
    world.link(NORTH, scan("qr", ScanProgress::Waiting));
    world.link(NORTH, refused("v1"));
    world.link(NORTH, entered("v1"));
    assert_eq!(world.team.accounts()[0].challenge(), None);
    // Another is asked for.
    world.link(NORTH, waiting("v2"));
    world.link(NORTH, entered("v2"));
    world.link(NORTH, refused("v1"));
    assert_eq!(progress(&world), Some(ChallengeProgress::Entered));
    // It was the right one, and its answer was lost.
    world.login(NORTH);
    assert_eq!(given(1, &world.link(NORTH, refused("v2"))), []);
    assert_eq!(given(1, &world.link(NORTH, waiting("v3"))), [], "it asks for no login");
    assert!(matches!(world.team.accounts()[0].phase(), Phase::LoggedIn(_)));
}

#[test]
fn what_its_provider_speaks_of_no_more_is_given_up() {
    let mut world = asking();
    let resets =
        |all: &[Command]| all.iter().filter(|it| matches!(it, Command::Reset { account: NORTH, .. })).count();
    let mut all = Vec::new();
    for _ in 0..60 {
        all.extend(world.pass(minutes(1)));
    }
    assert!(resets(&all) > 0, "its puppet begins anew");
    assert_eq!(world.team.accounts()[0].challenge(), None);
    // One that is told of again and again stays.
    let mut world = asking();
    for _ in 0..60 {
        assert_eq!(resets(&world.pass(minutes(1))), 0);
        world.link(NORTH, waiting("v1"));
    }
    assert!(world.team.accounts()[0].challenge().is_some());
}

#[test]
fn whoever_waits_for_a_login_may_be_asked_for_another_picture_and_nobody_else() {
    let mut world = World::new(2);
    world.step();
    world.login(SOUTH);
    let waits = |world: &World| world.team.routing().to_log_in().iter().collect::<Vec<_>>();
    assert_eq!(waits(&world), [], "it is not connected");
    world.link(NORTH, LinkFact::Opened);
    assert_eq!(waits(&world), [NORTH]);
    world.link(NORTH, scan("qr", ScanProgress::Waiting));
    assert_eq!(waits(&world), [NORTH]);
    world.login(NORTH);
    world.pass(minutes(30));
    assert_eq!(waits(&world), [], "one that is suspect is logged in");
    world.link(NORTH, logout());
    assert_eq!(waits(&world), [NORTH]);
}

#[test]
fn a_login_by_hand_begins_anew_only_where_nobody_can_enter_anything() {
    let mut world = World::new(1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    let lay = |world: &mut World| {
        let (by, why) = (String::from("ann"), String::new());
        let hand = Input::Hand { account: NORTH, hand: Hand::Login, by, why, force: false, number: 1 };
        let end = |command: &Command| {
            if let Command::Note(Notice::Hand { done, .. }) = command { Some(*done) } else { None }
        };
        world.tell(hand).iter().find_map(end)
    };
    world.link(NORTH, waiting("v1"));
    assert_eq!(lay(&mut world), Some(HandEnd::Nothing));
    world.link(NORTH, LinkFact::Challenge(code("v1", ChallengeProgress::Expired)));
    assert_eq!(lay(&mut world), Some(HandEnd::Done));
    assert_eq!(world.team.accounts()[0].challenge(), None, "its puppet begins anew");
}
