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

    /// Whether it was in the team, and is no more.
    pub(crate) fn has_left(&self) -> bool {
        self.phase == Phase::Removed
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
        self.enter(now, fresh.phase.clone());
        *self = Self { history: core::mem::take(&mut self.history), ..fresh };
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
mod tests;
