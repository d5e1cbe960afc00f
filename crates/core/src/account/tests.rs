//! One life, step by step.

use super::*;
use crate::phase::Scan;

fn account() -> Account {
    Account::new(Time::ZERO, Vigil::default(), Duration::from_secs(60))
}

fn tell(account: &mut Account, now: u64, fact: LinkFact) -> bool {
    account.handle(at(now), fact, &Backoff::default(), &mut || 1.0)
}

fn due(account: &mut Account, now: u64) -> Option<Due> {
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
fn login_makes_it_available_and_scan_and_logout_end_that() {
    let mut account = account();
    due(&mut account, 0);
    tell(&mut account, 0, LinkFact::Opened);
    for end in [LinkFact::Scan(Scan::default()), LinkFact::Logout { reason: "kicked".into() }, lost()] {
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
    assert_eq!((account.phase().name(), account.phase().to_string().as_str()), ("preparing", "it starts"));
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
    assert!(account.see(at(1_000), Evidence::Dong, &mut || 0.5));
    let path: std::vec::Vec<_> = account.history().map(|step| step.to).collect();
    assert_eq!(path, ["connecting", "waiting-scan", "available", "suspect", "failed", "available"]);
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
fn a_login_a_logout_a_scan_and_a_loss_each_end_the_dings() {
    for (end, goes_on) in [
        (login(), true),
        (LinkFact::Logout { reason: "kicked".into() }, false),
        (LinkFact::Scan(Scan::default()), false),
        (lost(), false),
    ] {
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
    assert_eq!(last, Some(("removed", "offline", 5)));
    assert_eq!(due(&mut account, 9), Some(Due::Connect));
    tell(&mut account, 9, LinkFact::Opened);
    tell(&mut account, 9, login());
    assert_eq!(account.quarters(at(9)), 4, "it has nothing to recover from");
}
