//! One life, step by step.

use super::*;
use crate::health::Evidence;
use crate::phase::{PendingScan, ScanProgress};

fn account() -> AccountState {
    AccountState::new(Time::ZERO, Vigil::default(), Duration::from_secs(60))
}

fn tell(account: &mut AccountState, now: u64, fact: LinkFact) -> bool {
    account.handle(at(now), fact, &Backoff::default(), &mut || 1.0)
}

fn due(account: &mut AccountState, now: u64) -> Option<Due> {
    account.handle_timeout(at(now), true, &mut || 0.5).0
}

fn at(seconds: u64) -> Time {
    Time::after_origin(Duration::from_secs(seconds))
}

fn lost() -> LinkFact {
    LinkFact::Lost { cause: "refused".into() }
}

fn login() -> LinkFact {
    LinkFact::Login { contact_id: "wxid".into() }
}

/// The same, with a draw in the middle.
fn tells(account: &mut AccountState, now: u64, fact: LinkFact) -> bool {
    account.handle(at(now), fact, &Backoff::default(), &mut || 0.5)
}

fn scan(status: i32) -> LinkFact {
    LinkFact::Scan(PendingScan {
        status: ScanProgress::from_wire(status),
        qrcode: Some("https://login.invalid".into()),
        ..PendingScan::default()
    })
}

fn see(account: &mut AccountState, now: u64, evidence: Evidence) -> Seen {
    account.see(at(now), evidence, &mut || 0.5)
}

/// One that is logged in since second 0.
fn logged_in() -> AccountState {
    let mut account = account();
    due(&mut account, 0);
    tells(&mut account, 0, LinkFact::Opened);
    tells(&mut account, 0, login());
    account
}

/// All that is due until `end`, in seconds.
fn dues(account: &mut AccountState, end: u64) -> std::vec::Vec<(u64, Due)> {
    let mut dues = std::vec::Vec::new();
    while let Some(now) = account.poll_timeout().filter(|now| *now <= at(end)) {
        let due = account.handle_timeout(now, true, &mut || 0.5).0;
        dues.extend(due.map(|due| (now.since_origin().as_secs(), due)));
        assert!(account.poll_timeout().is_none_or(|next| next > now || due.is_some()), "it never rests");
    }
    dues
}

/// Where people were told that it went.
fn path(account: &AccountState) -> std::vec::Vec<&'static str> {
    account.history().map(|step| step.to.name()).collect()
}

#[test]
fn a_new_account_is_dialled_at_once() {
    let mut account = account();
    assert_eq!(due(&mut account, 0), Some(Due::Connect));
    assert_eq!((account.phase(), account.poll_timeout()), (&Phase::Connecting, None));
}

#[test]
fn each_failure_waits_longer_and_a_login_forgets_them() {
    let mut account = account();
    for (failure, wait) in [(1u64, 1u64), (2, 2), (3, 4)] {
        let now = failure * 100;
        due(&mut account, now);
        tell(&mut account, now, lost());
        assert_eq!(account.poll_timeout(), Some(at(now + wait)));
    }
    due(&mut account, 500);
    tell(&mut account, 500, LinkFact::Opened);
    tell(&mut account, 500, login());
    tell(&mut account, 600, lost());
    assert_eq!(account.poll_timeout(), Some(at(601)));
}

#[test]
fn login_makes_it_available_and_scan_logout_and_loss_end_that() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, LinkFact::Opened);
    for end in [LinkFact::Scan(PendingScan::default()), LinkFact::Logout { reason: "kicked".into() }, lost()]
    {
        tell(&mut account, 0, LinkFact::Opened);
        tell(&mut account, 1, login());
        assert!(account.is_available());
        tell(&mut account, 2, end);
        assert!(!account.is_available());
    }
    assert_eq!(account.contact_id(), Some("wxid"), "it stays known while it is away");
}

#[test]
fn a_login_from_a_lost_stream_is_too_late() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, lost());
    assert!(!tell(&mut account, 0, login()));
    assert!(!account.is_available());
}

#[test]
fn an_attempt_may_wait_for_a_service_of_our_own_and_says_for_what() {
    let mut account = account();
    let step = |step: &str| LinkFact::Preparing { step: step.into() };
    assert!(!tell(&mut account, 0, step("too early")), "nobody asked yet");
    due(&mut account, 0);
    assert!(tell(&mut account, 1, step("it is being installed")));
    assert!(!tell(&mut account, 2, step("it is being installed")), "no news");
    assert!(tell(&mut account, 3, step("it starts")));
    assert_eq!(
        (account.phase().standing(), account.phase().to_string().as_str()),
        (Standing::Preparing, "it starts")
    );
    assert_eq!((account.is_connected(), account.poll_timeout()), (false, None), "nothing is due meanwhile");
    tell(&mut account, 4, LinkFact::Opened);
    assert!(account.is_connected() && !tell(&mut account, 5, step("too late")));
}

#[test]
fn a_loss_told_twice_is_one_failure() {
    let mut account = account();
    due(&mut account, 0);
    assert!(tell(&mut account, 0, lost()));
    assert!(!tell(&mut account, 0, lost()));
    assert_eq!(account.poll_timeout(), Some(at(1)));
}

#[test]
fn silence_makes_it_suspect_then_failed_and_its_history_tells_so() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, LinkFact::Opened);
    tell(&mut account, 0, login());
    let mut dues = std::vec::Vec::new();
    while let Some(at) = account.poll_timeout().filter(|at| at.since_origin().as_secs() < 1_000) {
        dues.extend(account.handle_timeout(at, true, &mut || 0.5).0);
    }
    assert_eq!(dues.iter().filter(|due| **due == Due::Reset).count(), 1);
    assert_eq!(account.see(at(1_000), Evidence::Dong, &mut || 0.5), Seen::Well);
    assert_eq!(path(&account), ["available", "suspect", "failed", "available"]);
}

#[test]
fn one_that_could_not_write_to_the_heartbeat_contact_tries_it_again_and_a_dong_settles_it() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, LinkFact::Opened);
    tell(&mut account, 0, login());
    assert!(account.lose_heartbeat(at(300)) && !account.follows_heartbeat());
    assert!(!account.asks_heartbeat(at(3_899)) && account.asks_heartbeat(at(3_900)));
    assert!(!account.lose_heartbeat(at(3_900)), "no news");
    assert!(!account.asks_heartbeat(at(3_901)));
    account.see(at(8_000), Evidence::PuppetDong, &mut || 0.5);
    assert!(!account.follows_heartbeat(), "that dong came from elsewhere");
    account.see(at(8_001), Evidence::Dong, &mut || 0.5);
    assert!(account.follows_heartbeat() && account.asks_heartbeat(at(8_001)));
}

#[test]
fn one_that_comes_back_gets_its_share_by_quarters() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, LinkFact::Opened);
    tell(&mut account, 0, login());
    assert_eq!(account.quarters(at(0)), 4, "a new one has nothing to recover from");
    tell(&mut account, 10, lost());
    due(&mut account, 20);
    tell(&mut account, 20, LinkFact::Opened);
    tell(&mut account, 20, login());
    let shares = [20, 35, 50, 65, 80].map(|now| {
        account.handle_timeout(at(now), true, &mut || 0.5);
        account.quarters(at(now))
    });
    assert_eq!(shares, [1, 2, 3, 4, 4]);
}

#[test]
fn a_login_a_logout_and_a_loss_each_end_the_dings() {
    for (end, goes_on) in
        [(login(), true), (LinkFact::Logout { reason: "kicked".into() }, false), (lost(), false)]
    {
        let mut account = account();
        due(&mut account, 0);
        tell(&mut account, 0, LinkFact::Opened);
        tell(&mut account, 0, login());
        assert_eq!(due(&mut account, 351), Some(Due::Ding), "silence asks (the draw is the latest)");
        tell(&mut account, 360, end.clone());
        // The next third would be at 468; a login begins the silence anew.
        assert!(!matches!(due(&mut account, 500), Some(Due::Ding | Due::Reset)), "{end:?}");
        let next = due(&mut account, 720);
        assert_eq!(next == Some(Due::Ding), goes_on, "{end:?}: {next:?}");
    }
}

#[test]
fn one_that_leaves_has_nothing_due_and_nothing_moves_it_until_it_joins_again() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, LinkFact::Opened);
    tell(&mut account, 0, login());
    tell(&mut account, 1, lost());
    due(&mut account, 2);
    tell(&mut account, 2, LinkFact::Opened);
    tell(&mut account, 2, login());
    let rule = crate::EjectionRule::default();
    account.ejections.failed(at(3), crate::Work::Send, true, &rule);
    assert!(account.leave(at(4)) && !account.leave(at(4)));
    assert_eq!((account.poll_timeout(), account.contact_id(), account.is_connected()), (None, None, false));
    for fact in [LinkFact::Opened, login(), lost(), LinkFact::Logout { reason: "kicked".into() }] {
        assert!(!tell(&mut account, 5, fact));
    }
    account.rejoin(at(9), Vigil::default(), Duration::from_secs(60));
    let last = account.history().last().map(|step| (step.from, step.to, step.after.as_secs()));
    assert_eq!(last, Some((Standing::Removed, Standing::Connecting, 5)));
    assert_eq!(due(&mut account, 9), Some(Due::Connect));
    tell(&mut account, 9, LinkFact::Opened);
    tell(&mut account, 9, login());
    assert_eq!(account.quarters(at(9)), 4, "it has nothing to recover from");
}

#[test]
fn one_that_asks_for_a_scan_and_works_is_out_until_it_shows_that() {
    for status in [0, 2, 4 + 1, 1] {
        for evidence in [Evidence::Message, Evidence::Dong, Evidence::SawTeammate] {
            let mut account = logged_in();
            assert!(tells(&mut account, 10, scan(status)) && !account.is_available(), "{status}");
            for weak in [Evidence::PuppetDong, Evidence::SeenByTeammate] {
                assert_eq!(see(&mut account, 11, weak), Seen::Same, "that may be its person's phone");
            }
            assert_eq!(see(&mut account, 12, evidence), Seen::LoggedIn);
            assert!(account.is_available() && account.quarters(at(12)) == 4, "it was there all the time");
        }
    }
}

#[test]
fn scanned_and_confirmed_are_no_reason_for_one_that_is_logged_in() {
    for status in [3, 4] {
        let mut account = logged_in();
        assert!(!tells(&mut account, 10, scan(status)) && account.is_available());
        assert_eq!(path(&account), ["available"]);
    }
}

#[test]
fn while_it_is_out_for_a_scan_it_is_asked_at_once_and_reset_like_a_silent_one() {
    let mut account = logged_in();
    tells(&mut account, 10, scan(2));
    let expected = [(10, Due::Ding), (110, Due::Ding), (210, Due::Ding)];
    let told = dues(&mut account, 1_300);
    assert_eq!(told[..3], expected);
    assert!(told.contains(&(610, Due::Reset)) && told.contains(&(1_210, Due::Reset)), "{told:?}");
    tells(&mut account, 1_301, LinkFact::Logout { reason: "puppet stopped".into() });
    tells(&mut account, 1_302, login());
    assert_eq!(account.phase().standing(), Standing::Suspect, "it is to show that this has helped");
    assert_eq!(see(&mut account, 1_303, Evidence::PuppetDong), Seen::Well);
}

#[test]
fn one_that_has_worked_in_spite_of_a_scan_is_asked_first_the_next_time() {
    let mut account = logged_in();
    tells(&mut account, 10, scan(2));
    see(&mut account, 11, Evidence::Message);
    for round in 1..50 {
        let now = 60 * round;
        assert!(!tells(&mut account, now, scan(2)) && account.is_available());
        assert_eq!(due(&mut account, now), Some(Due::Ding));
        see(&mut account, now + 1, Evidence::Dong);
        assert_eq!(dues(&mut account, now + 50), []);
    }
    tells(&mut account, 3_000, scan(2));
    assert_eq!(dues(&mut account, 3_010), [(3_000, Due::Ding), (3_010, Due::Ding)]);
    assert_eq!(account.phase().standing(), Standing::WaitingScan, "it did not show that it works");
}

#[test]
fn a_login_whose_service_was_only_asked_again_is_in_doubt_until_others_are_heard() {
    let mut account = logged_in();
    tells(&mut account, 10, scan(2));
    account.reopen(at(11));
    tells(&mut account, 12, login());
    assert!(account.is_suspect());
    assert_eq!(see(&mut account, 13, Evidence::PuppetDong), Seen::Same);
    assert_eq!(see(&mut account, 14, Evidence::Message), Seen::Well);
}

#[test]
fn a_login_that_was_never_told_is_shown_by_what_others_say() {
    let mut account = logged_in();
    tells(&mut account, 10, lost());
    due(&mut account, 20);
    tells(&mut account, 20, LinkFact::Opened);
    assert_eq!(see(&mut account, 21, Evidence::Message), Seen::LoggedIn);
    assert!(account.is_available());
}

#[test]
fn whoever_it_is_is_asked_before_it_counts_as_logged_in() {
    let mut account = account();
    due(&mut account, 0);
    tells(&mut account, 0, LinkFact::Opened);
    let mut told = std::vec::Vec::new();
    for n in 0..100 {
        assert_eq!(see(&mut account, n, Evidence::Message), Seen::Same, "are these its own words?");
        told.extend(dues(&mut account, n));
    }
    assert_eq!(told, [(0, Due::Reopen), (60, Due::Reopen)]);
}

#[test]
fn a_logout_is_contradicted_by_what_comes_later_and_not_by_what_was_under_way() {
    let mut account = logged_in();
    tells(&mut account, 10, LinkFact::Logout { reason: "kicked".into() });
    assert_eq!(see(&mut account, 19, Evidence::Message), Seen::Same);
    assert_eq!(see(&mut account, 21, Evidence::SeenByTeammate), Seen::Same);
    assert_eq!(see(&mut account, 22, Evidence::Message), Seen::LoggedIn);
}

#[test]
fn no_phase_but_those_with_a_deadline_elsewhere_waits_for_one_event_alone() {
    let opened = || {
        let mut account = account();
        due(&mut account, 0);
        tells(&mut account, 0, LinkFact::Opened);
        account
    };
    let (mut nothing, mut waiting, mut out) = (opened(), opened(), logged_in());
    let turns = [(600, Due::Reopen), (1_200, Due::Reset), (1_800, Due::Reopen), (2_400, Due::Reset)];
    assert_eq!(dues(&mut nothing, 2_500), turns);
    tells(&mut waiting, 0, scan(2));
    assert_eq!(dues(&mut waiting, 1_300), [(600, Due::Reopen), (1_200, Due::Reopen)]);
    tells(&mut out, 0, LinkFact::Logout { reason: "kicked".into() });
    assert_eq!(dues(&mut out, 1_300), [(600, Due::Reopen), (1_200, Due::Reopen)]);
}

#[test]
fn new_codes_put_off_the_question_how_it_stands() {
    let mut account = account();
    due(&mut account, 0);
    tells(&mut account, 0, LinkFact::Opened);
    for n in 0..100 {
        let qrcode = Some(std::format!("https://login.invalid/{n}"));
        tells(
            &mut account,
            30 * n,
            LinkFact::Scan(PendingScan { status: ScanProgress::Waiting, qrcode, ..PendingScan::default() }),
        );
        assert_eq!(dues(&mut account, 30 * n + 29), []);
    }
    assert_eq!((account.spell().repeats(), account.spell().since()), (99, at(0)));
    assert_eq!(path(&account), ["waiting-scan"]);
}

#[test]
fn an_outage_has_one_beginning_and_one_cause_however_often_it_is_dialled() {
    let mut account = logged_in();
    account.take_news();
    tells(&mut account, 100, LinkFact::Lost { cause: "cut".into() });
    let mut now = 100;
    for _ in 0..99 {
        now += 61;
        assert_eq!(due(&mut account, now), Some(Due::Connect));
        assert_eq!(account.spell().standing(), Standing::Offline, "that it is dialled is no news");
        // Some attempts come as far as an open stream.
        tells(&mut account, now, LinkFact::Opened);
        tells(&mut account, now + 1, lost());
    }
    let spell = account.spell();
    assert_eq!((spell.since(), spell.cause(), spell.repeats()), (at(100), "cut", 99));
    assert_eq!(account.text(), "offline: cut; 99 attempts since, last: refused");
    let told: std::vec::Vec<u32> = account
        .take_news()
        .into_iter()
        .map(|news| match news {
            News::Step(step) => u32::from(step.to == Standing::Offline) - 1,
            News::Still(spell) => spell.repeats(),
        })
        .collect();
    assert_eq!(told, [0, 1, 2, 4, 8, 16, 32, 64]);
    due(&mut account, now + 70);
    tells(&mut account, now + 70, LinkFact::Opened);
    tells(&mut account, now + 70, login());
    let steps: std::vec::Vec<_> = account.history().map(|it| (it.to.name(), it.after.as_secs())).collect();
    assert_eq!(steps, [("available", 0), ("offline", 100), ("available", now + 70 - 100)]);
}

#[test]
fn one_that_is_connected_and_tells_nothing_is_somewhere_else_after_a_while() {
    let mut account = account();
    due(&mut account, 0);
    tells(&mut account, 5, LinkFact::Opened);
    assert_eq!(account.spell().standing(), Standing::Connecting);
    dues(&mut account, 15);
    assert_eq!((account.spell().standing(), account.spell().since()), (Standing::NotLoggedIn, at(5)));
    assert!(account.text().contains("its provider"), "{}", account.text());
}

#[test]
fn a_routine_ding_that_is_answered_is_no_step_and_begins_nothing() {
    let mut account = logged_in();
    let mut now = 0;
    for _ in 0..100 {
        now += 301;
        assert!(matches!(due(&mut account, now), Some(Due::Ding)));
        see(&mut account, now + 1, Evidence::Dong);
    }
    assert_eq!((account.spell().since(), path(&account)), (at(0), std::vec!["available"]));
}

#[test]
fn what_it_passes_through_while_it_is_reset_is_no_step() {
    let mut account = logged_in();
    let reset = 600;
    assert_eq!(dues(&mut account, reset).last(), Some(&(reset, Due::Reset)));
    tells(&mut account, reset, LinkFact::Logout { reason: "puppet stopped".into() });
    tells(&mut account, reset, lost());
    due(&mut account, reset + 2);
    tells(&mut account, reset + 2, LinkFact::Opened);
    tells(&mut account, reset + 3, login());
    see(&mut account, reset + 4, Evidence::Dong);
    assert_eq!(path(&account), ["available", "suspect", "failed", "suspect", "available"]);
}
