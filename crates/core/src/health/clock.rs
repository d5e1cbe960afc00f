//! One silence of an account, and what is due because of it.

use core::time::Duration;

use super::{GRACE, Vigil};
use crate::time::Time;

/// One silence: when it began, and what is due.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Clock {
    /// When it began, as far as that was written down.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) since: Option<Time>,
    /// It has lasted long enough to ask.
    pub(super) silent: bool,
    pub(super) ding_at: Time,
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub(super) every: Duration,
    pub(super) fail_at: Time,
}

impl Clock {
    pub(super) fn start(now: Time, vigil: &Vigil, draw: &mut dyn FnMut() -> f64) -> Self {
        let mut off = |interval: Duration| interval.mul_f64(1.0 + vigil.jitter * (2.0 * draw() - 1.0));
        let ding_after = off(vigil.ding_after);
        Self {
            since: Some(now),
            silent: false,
            ding_at: now + ding_after,
            every: ding_after / 3,
            fail_at: now + off(vigil.fail_after),
        }
    }

    /// The same silence, by another vigil; from a reset on, if that was the last that was done about it. Shorter times fail
    /// nobody who had no chance to answer by them: one that was never asked is asked first, and has as long to answer as
    /// they say; one that was asked has a grace.
    pub(super) fn follow(
        &mut self,
        now: Time,
        reset: Option<Time>,
        vigil: &Vigil,
        draw: &mut dyn FnMut() -> f64,
    ) {
        let since = self.since.unwrap_or_else(|| self.ding_at.before(self.every * 3));
        let fresh = Self::start(since, vigil, draw);
        // One that was asked is asked again as often as is said now.
        let asked = if self.silent { Some(self.ding_at.before(self.every)) } else { None };
        self.ding_at = asked.map_or(fresh.ding_at.max(now), |asked| asked + fresh.every);
        self.every = fresh.every;
        let answered_by = match asked {
            Some(_) => now + GRACE,
            None => self.ding_at + vigil.fail_after.saturating_sub(vigil.ding_after),
        };
        self.fail_at =
            reset.map_or_else(|| fresh.fail_at.max(answered_by), |reset| reset + (fresh.fail_at - since));
    }
}
