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
