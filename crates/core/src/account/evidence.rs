//! What shows that an account works, and what follows.

use core::time::Duration;

use super::{AccountState, Trust};
use crate::{
    health::{Condition, Evidence, Health},
    phase::Phase,
    time::Time,
};

/// What comes so soon after a logout was under way, and shows nothing.
const UNDER_WAY: Duration = Duration::from_secs(10);
/// How long after its stream was opened anew an account is not asked that again for what it shows.
const REOPEN_APART: Duration = Duration::from_secs(60);

/// What a sign of life came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It stands where it stood.
    Same,
    /// It is well again.
    Well,
    /// It is logged in, though that was not told.
    LoggedIn,
}

impl AccountState {
    /// Something shows that it works.
    pub(crate) fn see(&mut self, now: Time, evidence: Evidence, draw: &mut dyn FnMut() -> f64) -> Seen {
        if evidence == Evidence::Dong {
            self.no_heartbeat = None;
        }
        if evidence.proves_speaking() {
            self.has_voice();
        }
        let Phase::LoggedIn(health) = &mut self.phase else {
            return self.see_logged_out(now, evidence, draw);
        };
        let before = health.condition();
        if evidence.shows_login() {
            self.trust = Trust::Full;
            self.strays += u32::from(self.stray.take().is_some());
        }
        if !health.see(now, evidence, draw) {
            return Seen::Same;
        }
        if before == Condition::Failed {
            self.ramp.begin(now);
        }
        self.judge(now);
        Seen::Well
    }

    /// Something shows that it works, and we think that it is not logged in.
    fn see_logged_out(&mut self, now: Time, evidence: Evidence, draw: &mut dyn FnMut() -> f64) -> Seen {
        let is_late = match self.phase {
            Phase::NotLoggedIn | Phase::WaitingScan { .. } => false,
            Phase::LoggedOut { .. } => now - self.entered < UNDER_WAY,
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::LoggedIn(_)
            | Phase::Removed => return Seen::Same,
        };
        if is_late || !evidence.shows_login() {
            return Seen::Same;
        }
        if self.contact_id.is_none() {
            if self.reopened.is_none_or(|at| now - at >= REOPEN_APART) {
                // It works; only who it is was never told.
                (self.ask_at, self.asked) = (Some(now), 0);
            }
            return Seen::Same;
        }
        if matches!(self.phase, Phase::WaitingScan { doubted: Some(_), .. }) {
            // It was there all the time.
            self.strays += 1;
        } else {
            self.ramp.begin(now);
        }
        self.trust = Trust::Full;
        let mut health = Health::new(now, self.vigil, draw);
        health.see(now, evidence, draw);
        self.enter(now, Phase::LoggedIn(health), draw);
        Seen::LoggedIn
    }

    /// It said something, and its service believes that it is said.
    pub(crate) fn spoke(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        if let Phase::LoggedIn(health) = &mut self.phase {
            health.spoke(now, draw);
        }
    }
}
