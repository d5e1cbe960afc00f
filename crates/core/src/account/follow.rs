//! The configuration says otherwise while the account is there: what is known of it stays, and is judged by that.

use core::time::Duration;

use super::AccountState;
use crate::{health::Vigil, phase::Phase, time::Time};

impl AccountState {
    /// From now on it is judged by this vigil, also the silence that has begun; and its share grows so fast.
    pub(crate) fn follow(
        &mut self,
        now: Time,
        vigil: Vigil,
        ramp_up: Duration,
        draw: &mut dyn FnMut() -> f64,
    ) {
        self.ramp.follow(now, ramp_up);
        if self.vigil == vigil {
            return;
        }
        self.vigil = vigil;
        if let Phase::LoggedIn(health) | Phase::WaitingScan { doubted: Some(health), .. } = &mut self.phase {
            health.follow(now, vigil, draw);
        }
        if self.ask_at.is_some() {
            // One that was asked before is asked again from now on.
            let since = if self.asked == 0 { self.entered } else { now };
            self.ask_at = Some(self.next_ask(since, draw));
        }
    }

    /// Somebody else is written to from now on: it may well be able to.
    pub(crate) fn forget_heartbeat(&mut self) {
        self.no_heartbeat = None;
        self.is_believed();
    }
}
