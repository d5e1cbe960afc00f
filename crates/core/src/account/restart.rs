//! The connection that an account had is gone, and that says nothing about the account.

use core::time::Duration;

use alloc::string::String;

use super::{AccountState, PASSING};
use crate::{health::Vigil, phase::Phase, ramp::Ramp, time::Time};

impl AccountState {
    /// The process that had its connection is gone. It is dialled at once, as if it had never failed; that it is away
    /// meanwhile people are told only if it stays so. From now on it is judged by this vigil, if there is one.
    pub(crate) fn restart(
        &mut self,
        now: Time,
        vigil: Option<Vigil>,
        ramp_up: Duration,
        draw: &mut dyn FnMut() -> f64,
    ) {
        (self.vigil, self.ramp) = (vigil.unwrap_or(self.vigil), Ramp::new(ramp_up));
        self.claim.restart();
        (self.failures, self.quiet, self.is_puppet_asked) = (0, Some(now + PASSING), false);
        let cause = String::from("not dialled yet since the gateway was started again");
        self.enter(now, Phase::Offline { cause, retry_at: now }, draw);
    }
}
