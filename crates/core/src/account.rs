//! One account's life: where it stands, and what is due.
//!
//! ```text
//!             dialled              login   ┌──────────── LoggedIn ────────────┐
//!  Connecting ───────▶ WaitingScan ───────▶│ available ⇄ suspect ──▶ failed   │
//!   ▲      │              ▲    ▲           └──────────────────────────────────┘
//!   │      │ refused      └────┴─ logout, scan ───┤   by its health
//!   │ due  ▼                                      │
//!   └── Offline ◀─────────────────────────────────┘ connection lost
//!          ▲
//!          │ joins, for the first time or again         Removed ◀── leaves, wherever it stands
//! ```

use alloc::{
    collections::VecDeque,
    string::{String, ToString},
};
use core::time::Duration;

use crate::{
    backoff::Backoff,
    ejection::Ejections,
    health::{Care, Condition, Evidence, Health, Vigil},
    phase::{LinkFact, Phase},
    ramp::Ramp,
    time::Time,
};

/// An account of the team, by its place: in the configuration, or behind, for one that joined later. A place
/// is one name's for good, so an account that has left and comes back has its place again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u8);

impl AccountId {
    /// The place in a list of the team's accounts.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What is to be done for an account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Dial it.
    Connect,
    /// Ask it for a sign of life.
    Ding,
    /// Restart its puppet.
    Reset,
}

/// A step of an account's life, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Time,
    /// Where it stood before.
    pub from: &'static str,
    /// Where it stands since.
    pub to: &'static str,
    /// Why, in words.
    pub cause: String,
    /// How long it had stood where it was.
    pub after: Duration,
}

/// How many steps are remembered.
const HISTORY: usize = 32;
/// After how long an account that could not write to the heartbeat contact tries it again.
const HEARTBEAT_AGAIN: Duration = Duration::from_secs(3_600);

/// One account's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    phase: Phase,
    since: Time,
    failures: u32,
    contact_id: Option<String>,
    vigil: Vigil,
    ramp: Ramp,
    /// When it last could not write to the heartbeat contact; `None` if it can, as far as is known.
    no_heartbeat: Option<Time>,
    pub(crate) ejections: Ejections,
    history: VecDeque<Step>,
}

impl Account {
    /// An account that is to be dialled at once.
    pub(crate) fn new(now: Time, vigil: Vigil, ramp_up: Duration) -> Self {
        Self {
            phase: Phase::Offline { cause: String::from("not dialled yet"), retry_at: now },
            since: now,
            failures: 0,
            contact_id: None,
            vigil,
            ramp: Ramp::new(ramp_up),
            no_heartbeat: None,
            ejections: Ejections::default(),
            history: VecDeque::new(),
        }
    }

    /// It leaves the team: nothing is due for it any more. True if it was there.
    pub(crate) fn leave(&mut self, now: Time) -> bool {
        if self.has_left() {
            return false;
        }
        self.enter(now, Phase::Removed);
        (self.contact_id, self.no_heartbeat, self.ejections) = (None, None, Ejections::default());
        self.ramp.end();
        true
    }

    /// It is in the team again, as if for the first time; only its history tells that it was there before.
    pub(crate) fn rejoin(&mut self, now: Time, vigil: Vigil, ramp_up: Duration) {
        let fresh = Self::new(now, vigil, ramp_up);
        let mut before = core::mem::replace(self, fresh.clone());
        before.enter(now, fresh.phase);
        self.history = before.history;
    }

    /// Whether it was in the team, and is no more.
    pub(crate) fn has_left(&self) -> bool {
        self.phase == Phase::Removed
    }

    /// Where it stands.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Since when it stands there.
    pub fn since(&self) -> Time {
        self.since
    }

    /// Its own contact id, known since its first login and kept when it goes away: its messages in
    /// common rooms are still the team's own. Nobody's once it has left.
    pub fn contact_id(&self) -> Option<&str> {
        self.contact_id.as_deref()
    }

    /// Whether it gets work.
    pub fn is_available(&self) -> bool {
        self.health().is_some_and(|health| health.condition() == Condition::Well)
    }

    /// Whether it gets work when nobody else is left.
    pub fn is_suspect(&self) -> bool {
        self.health().is_some_and(|health| health.condition() == Condition::Suspect)
    }

    /// Whether there is a connection to it.
    pub fn is_connected(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Offline { .. } | Phase::Connecting | Phase::Preparing { .. } | Phase::Removed
        )
    }

    /// Its health, while it is logged in.
    pub fn health(&self) -> Option<&Health> {
        match &self.phase {
            Phase::LoggedIn(health) => Some(health),
            _ => None,
        }
    }

    /// What it is kept from for a while.
    pub fn ejections(&self) -> &Ejections {
        &self.ejections
    }

    /// Whether it can write to the heartbeat contact, as far as is known.
    pub fn follows_heartbeat(&self) -> bool {
        self.no_heartbeat.is_none()
    }

    /// Whether its next ding goes to the heartbeat contact. One that could not write there tries it again from
    /// time to time, since its puppet's own dong proves nothing: the account may have been throttled.
    pub(crate) fn asks_heartbeat(&self, now: Time) -> bool {
        self.no_heartbeat.is_none_or(|at| now - at >= HEARTBEAT_AGAIN)
    }

    /// Its last steps, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Step> {
        self.history.iter()
    }

    /// How many quarters of its share of the work it gets: one that comes back is not given all at once.
    pub fn quarters(&self, now: Time) -> u32 {
        self.ramp.quarters(now)
    }

    /// When something is due, or its share of the work grows.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let life = match &self.phase {
            Phase::Offline { retry_at, .. } => Some(*retry_at),
            Phase::LoggedIn(health) => Some(health.poll_timeout()),
            _ => None,
        };
        [life, self.ramp.poll_timeout(), self.ejections.poll_timeout()].into_iter().flatten().min()
    }

    /// Does what is due; true besides, if calls should see it differently. `may_reset` says whether the team
    /// can spare it.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        may_reset: bool,
        draw: &mut dyn FnMut() -> f64,
    ) -> (Option<Due>, bool) {
        let changed = self.ejections.handle_timeout(now) | self.ramp.handle_timeout(now);
        let due = match &mut self.phase {
            Phase::Offline { retry_at, .. } if *retry_at <= now => {
                self.enter(now, Phase::Connecting);
                Some(Due::Connect)
            }
            Phase::LoggedIn(health) => {
                let before = health.condition();
                let care = health.handle_timeout(now, may_reset, draw);
                if health.condition() != before {
                    let phase = Phase::LoggedIn(health.clone());
                    self.enter_named(now, before, phase);
                }
                match care {
                    Some(Care::Ding) => Some(Due::Ding),
                    Some(Care::Reset) => Some(Due::Reset),
                    None => None,
                }
            }
            _ => None,
        };
        (due, changed)
    }

    /// Something shows that it works. True if it gets work again.
    pub(crate) fn see(&mut self, now: Time, evidence: Evidence, draw: &mut dyn FnMut() -> f64) -> bool {
        let Phase::LoggedIn(health) = &mut self.phase else { return false };
        if evidence == Evidence::Dong {
            self.no_heartbeat = None;
        }
        let before = health.condition();
        if !health.see(now, evidence, draw) {
            return false;
        }
        let phase = Phase::LoggedIn(health.clone());
        self.enter_named(now, before, phase);
        if before == Condition::Failed {
            self.ramp.begin(now);
        }
        true
    }

    /// It said something, and its service believes that it is said.
    pub(crate) fn spoke(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        if let Phase::LoggedIn(health) = &mut self.phase {
            health.spoke(now, draw);
        }
    }

    /// It can't write to the heartbeat contact. True if that is news.
    pub(crate) fn lose_heartbeat(&mut self, now: Time) -> bool {
        self.no_heartbeat.replace(now).is_none()
    }

    /// Takes a fact; `draw` gives numbers uniform in `0.0..1.0`. True if the phase changed.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        fact: LinkFact,
        backoff: &Backoff,
        draw: &mut dyn FnMut() -> f64,
    ) -> bool {
        if self.has_left() {
            return false;
        }
        let next = match fact {
            LinkFact::Preparing { step } => match self.phase {
                Phase::Connecting | Phase::Preparing { .. } => Phase::Preparing { step },
                _ => return false,
            },
            LinkFact::Opened if self.is_connected() => return false,
            LinkFact::Opened => Phase::WaitingScan(None),
            LinkFact::Lost { cause } => {
                // The same loss may be told twice: by the stream and by a call.
                if matches!(self.phase, Phase::Offline { .. }) {
                    return false;
                }
                self.failures += 1;
                let delay = backoff.delay(self.failures, draw());
                Phase::Offline { cause, retry_at: now + delay }
            }
            // What a stream said before it was lost can't make its account work.
            _ if !self.is_connected() => return false,
            LinkFact::Login { contact_id } => {
                self.failures = 0;
                // It may have made friends meanwhile.
                self.no_heartbeat = None;
                // One that was there before comes back; a new one has nothing to recover from.
                if self.contact_id.replace(contact_id).is_some() && !self.is_available() {
                    self.ramp.begin(now);
                }
                Phase::LoggedIn(Health::new(now, self.vigil, draw))
            }
            LinkFact::Logout { reason } => Phase::LoggedOut { reason },
            LinkFact::Scan(scan) => Phase::WaitingScan(Some(scan)),
        };
        let changed = match (&self.phase, &next) {
            // Logged in anew while it was well: a fresh start, and no step of its life.
            (Phase::LoggedIn(_), Phase::LoggedIn(_)) => self.phase.name() != next.name(),
            (before, next) => before != next,
        };
        if changed {
            self.enter(now, next);
        } else {
            self.phase = next;
        }
        changed
    }

    fn enter(&mut self, now: Time, phase: Phase) {
        self.step(now, self.phase.name(), phase);
    }

    /// Its health has judged anew already.
    fn enter_named(&mut self, now: Time, before: Condition, phase: Phase) {
        let from = match before {
            Condition::Well => "available",
            Condition::Suspect => "suspect",
            Condition::Failed => "failed",
        };
        self.step(now, from, phase);
    }

    fn step(&mut self, now: Time, from: &'static str, phase: Phase) {
        let (to, cause) = (phase.name(), phase.to_string());
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Step { at: now, from, to, cause, after: now - self.since });
        (self.phase, self.since) = (phase, now);
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            (account.phase().name(), account.phase().to_string().as_str()),
            ("preparing", "it starts")
        );
        assert_eq!(
            (account.is_connected(), account.poll_timeout()),
            (false, None),
            "nothing is due meanwhile"
        );
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
}
