//! One account's life: where it stands, and when its link is to be dialled again.
//!
//! ```text
//!             dialled              login
//!  Connecting ───────▶ WaitingScan ─────▶ Available
//!   ▲      │              ▲    ▲             │
//!   │      │ refused      └────┴─ logout, ───┤
//!   │ due  ▼                      scan       │
//!   └── Offline ◀────────────────────────────┘ connection lost
//! ```

use alloc::string::String;
use core::fmt;

use crate::{backoff::Backoff, time::Time};

/// An account of the team, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u8);

impl AccountId {
    /// The place in a list of the team's accounts.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A login that waits for a person with a phone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// Unknown 0, Cancel 1, Waiting 2, Scanned 3, Confirmed 4, Timeout 5.
    pub status: i32,
    /// The text of the QR code.
    pub qrcode: Option<String>,
    /// The provider's own words.
    pub data: Option<String>,
}

/// Where an account stands.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// Its puppet service is being dialled.
    Connecting,
    /// There is no connection; the next attempt is due at `retry_at`.
    Offline {
        /// What the last attempt, or the lost connection, said.
        cause: String,
        /// When to dial again.
        retry_at: Time,
    },
    /// Connected; nobody has logged in, or a scan is asked for.
    WaitingScan(Option<Scan>),
    /// Connected, and logged out while we watched.
    LoggedOut {
        /// The provider's own words.
        reason: String,
    },
    /// Logged in; it gets work.
    Available,
}

impl Phase {
    /// The phase's name in kebab case, as in metrics and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Offline { .. } => "offline",
            Self::WaitingScan(_) => "waiting-scan",
            Self::LoggedOut { .. } => "logged-out",
            Self::Available => "available",
        }
    }
}

impl fmt::Display for Phase {
    /// What a person should know: where it stands, why, and what would help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("connecting"),
            Self::Offline { cause, .. } => write!(f, "offline: {cause}"),
            Self::WaitingScan(Some(_)) => f.write_str("waits for a QR code to be scanned"),
            Self::WaitingScan(None) => f.write_str("connected, not logged in"),
            Self::LoggedOut { reason } if reason.is_empty() => f.write_str("logged out"),
            Self::LoggedOut { reason } => write!(f, "logged out: {reason}"),
            Self::Available => f.write_str("available"),
        }
    }
}

/// What became known about an account's link or login.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkFact {
    /// Its event stream is open and its puppet started.
    Opened,
    /// The attempt failed, or the stream ended.
    Lost {
        /// Why, for people.
        cause: String,
    },
    /// It is logged in under this contact id.
    Login {
        /// The account's own contact id.
        contact_id: String,
    },
    /// It is logged out.
    Logout {
        /// The provider's own words.
        reason: String,
    },
    /// A person must scan.
    Scan(Scan),
}

/// One account's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    phase: Phase,
    since: Time,
    failures: u32,
    contact_id: Option<String>,
}

impl Account {
    /// An account that is to be dialled at once.
    pub(crate) fn new(now: Time) -> Self {
        let phase = Phase::Offline { cause: String::from("not dialled yet"), retry_at: now };
        Self { phase, since: now, failures: 0, contact_id: None }
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
    /// common rooms are still the team's own.
    pub fn contact_id(&self) -> Option<&str> {
        self.contact_id.as_deref()
    }

    /// Whether it gets work.
    pub fn is_available(&self) -> bool {
        self.phase == Phase::Available
    }

    /// Whether there is a connection to it.
    pub fn is_connected(&self) -> bool {
        !matches!(self.phase, Phase::Offline { .. } | Phase::Connecting)
    }

    /// When [`Account::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        match self.phase {
            Phase::Offline { retry_at, .. } => Some(retry_at),
            _ => None,
        }
    }

    /// True if the link is to be dialled now.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> bool {
        let due = self.poll_timeout().is_some_and(|at| at <= now);
        if due {
            self.enter(now, Phase::Connecting);
        }
        due
    }

    /// Takes a fact; `draw` (uniform in `0.0..1.0`) places the next attempt. True if the phase changed.
    pub(crate) fn handle(&mut self, now: Time, fact: LinkFact, backoff: &Backoff, draw: f64) -> bool {
        let next = match fact {
            LinkFact::Opened if self.is_connected() => return false,
            LinkFact::Opened => Phase::WaitingScan(None),
            LinkFact::Lost { cause } => {
                // The same loss may be told twice: by the stream and by a call.
                if matches!(self.phase, Phase::Offline { .. }) {
                    return false;
                }
                self.failures += 1;
                let delay = backoff.delay(self.failures, draw);
                Phase::Offline { cause, retry_at: now + delay }
            }
            // What a stream said before it was lost can't make its account work.
            _ if !self.is_connected() => return false,
            LinkFact::Login { contact_id } => {
                self.failures = 0;
                self.contact_id = Some(contact_id);
                Phase::Available
            }
            LinkFact::Logout { reason } => Phase::LoggedOut { reason },
            LinkFact::Scan(scan) => Phase::WaitingScan(Some(scan)),
        };
        let changed = next != self.phase;
        if changed {
            self.enter(now, next);
        }
        changed
    }

    fn enter(&mut self, now: Time, phase: Phase) {
        self.phase = phase;
        self.since = now;
    }
}

/// How long an account must be connected before its failures are forgotten is deliberately not a rule:
/// only a login proves that a connection is worth having.
#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    fn account() -> Account {
        Account::new(Time::ZERO)
    }

    fn tell(account: &mut Account, now: u64, fact: LinkFact) -> bool {
        account.handle(at(now), fact, &Backoff::default(), 1.0)
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
        assert!(account.handle_timeout(Time::ZERO));
        assert_eq!((account.phase(), account.poll_timeout()), (&Phase::Connecting, None));
    }

    #[test]
    fn each_failure_waits_longer_and_a_login_forgets_them() {
        let mut account = account();
        for (failure, wait) in [(1u64, 1u64), (2, 2), (3, 4)] {
            let now = failure * 100;
            account.handle_timeout(at(now));
            tell(&mut account, now, lost());
            assert_eq!(account.poll_timeout(), Some(at(now + wait)));
        }
        account.handle_timeout(at(500));
        tell(&mut account, 500, LinkFact::Opened);
        tell(&mut account, 500, login());
        tell(&mut account, 600, lost());
        assert_eq!(account.poll_timeout(), Some(at(601)));
    }

    #[test]
    fn login_makes_it_available_and_scan_and_logout_end_that() {
        let mut account = account();
        account.handle_timeout(Time::ZERO);
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
        account.handle_timeout(Time::ZERO);
        tell(&mut account, 0, lost());
        assert!(!tell(&mut account, 0, login()));
        assert!(!account.is_available());
    }

    #[test]
    fn a_loss_told_twice_is_one_failure() {
        let mut account = account();
        account.handle_timeout(Time::ZERO);
        assert!(tell(&mut account, 0, lost()));
        assert!(!tell(&mut account, 0, lost()));
        assert_eq!(account.poll_timeout(), Some(at(1)));
    }
}
