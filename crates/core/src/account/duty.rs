//! Whether an account is on duty: operators take it from work, give it work again, and see to it by hand.

use alloc::string::String;

use super::{AccountState, Due};
use crate::{
    hand::{Hand, HandEnd, Withdrawal, Withdrawn},
    health::Health,
    phase::{Phase, ScanProgress},
    time::Time,
};

impl AccountState {
    /// How, until when, by whom and why it is kept from work, if an operator does so.
    pub fn withdrawal(&self) -> Option<&Withdrawal> {
        self.withdrawal.as_ref().filter(|_| !self.has_left())
    }

    /// Whether an operator keeps it from work.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawal().is_some()
    }

    /// Whether it gets no new work, and may be asked for what it alone has.
    pub(crate) fn is_draining(&self) -> bool {
        self.withdrawal().is_some_and(|it| it.how == Withdrawn::Draining)
    }

    /// Whether somebody sees to it by hand: nothing is done for it but to connect, and to hear.
    pub(crate) fn is_let_be(&self) -> bool {
        self.withdrawal().is_some_and(|it| it.how == Withdrawn::Maintenance)
    }

    /// Whether it is connected and waits for a login, which nobody keeps from it.
    pub(crate) fn is_to_log_in(&self) -> bool {
        let waits = match self.phase {
            Phase::NotLoggedIn | Phase::WaitingScan { .. } | Phase::LoggedOut { .. } => true,
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::LoggedIn(_)
            | Phase::Removed => false,
        };
        waits && !self.is_let_be()
    }

    /// When it gets work again by itself.
    pub(super) fn poll_duty(&self) -> Option<Time> {
        self.withdrawal().and_then(|it| it.until)
    }

    /// An operator sees to it. With what is to be done now.
    pub(crate) fn take_hand(
        &mut self,
        now: Time,
        hand: Hand,
        (by, why): (&str, &str),
        draw: &mut dyn FnMut() -> f64,
    ) -> (HandEnd, Option<Due>) {
        let is_connected = self.is_connected();
        match hand {
            Hand::Withdraw { how, lasts } => {
                let was_let_be = self.is_let_be();
                self.withdraw(now, how, lasts.map(|lasts| now + lasts), (by, why));
                if was_let_be && !self.is_let_be() {
                    self.is_looked_after(now, draw);
                }
                (HandEnd::Done, None)
            }
            Hand::Resume if self.resume(now, draw) => (HandEnd::Done, None),
            Hand::Resume => (HandEnd::Nothing, None),
            Hand::Reconnect => self.reconnect(now),
            Hand::Reset | Hand::Login | Hand::Logout if !is_connected => (HandEnd::NotConnected, None),
            Hand::Login if !self.lacks_code() => (HandEnd::Nothing, None),
            Hand::Reset | Hand::Login => {
                self.is_reset(now);
                if let Phase::LoggedIn(health) = &mut self.phase {
                    health.is_reset(now);
                }
                (HandEnd::Done, Some(Due::Reset))
            }
            Hand::Logout if !self.may_be_logged_in() => (HandEnd::Nothing, None),
            Hand::Logout => {
                let why = if why.is_empty() { "logged out" } else { why };
                self.withdraw(now, Withdrawn::Maintenance, None, (by, why));
                (HandEnd::Done, Some(Due::Logout))
            }
        }
    }

    fn withdraw(&mut self, now: Time, how: Withdrawn, until: Option<Time>, (by, why): (&str, &str)) {
        let since = self.withdrawal().filter(|it| it.how == how).map_or(now, |it| it.since);
        self.withdrawal =
            Some(Withdrawal { how, since, until, by: String::from(by), why: String::from(why) });
        // What is to be done for one that is let be is not due.
        self.judge(now);
    }

    /// Nobody had looked whether it works: it is to show that.
    fn is_looked_after(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        match &mut self.phase {
            Phase::LoggedIn(health) => *health = Health::on_probation(now, self.vigil, draw),
            Phase::WaitingScan { doubted: Some(health), .. } => {
                *health = Health::doubted(now, self.vigil, draw);
            }
            Phase::WaitingScan { doubted: None, .. }
            | Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::LoggedOut { .. }
            | Phase::Removed => {}
        }
    }

    /// It gets work again: a quarter of its share first. One that nobody looked after meanwhile is to show first that it
    /// works. True if it got none.
    pub(super) fn resume(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) -> bool {
        let Some(Withdrawal { how, .. }) = self.withdrawal.take() else { return false };
        if self.has_left() {
            return true;
        }
        self.quiet = None;
        if how == Withdrawn::Maintenance {
            self.is_looked_after(now, draw);
        }
        if let Phase::LoggedIn(_) = self.phase {
            self.ramp.begin(now);
        }
        self.judge(now);
        true
    }

    fn reconnect(&mut self, now: Time) -> (HandEnd, Option<Due>) {
        match &mut self.phase {
            Phase::Offline { retry_at, .. } => {
                *retry_at = now;
                self.failures = 0;
                (HandEnd::Done, None)
            }
            // It is being dialled.
            Phase::Connecting => (HandEnd::Nothing, None),
            // Whoever prepares it is told besides.
            Phase::Preparing { .. } => (HandEnd::Done, None),
            Phase::NotLoggedIn | Phase::WaitingScan { .. } | Phase::LoggedOut { .. } | Phase::LoggedIn(_) => {
                self.reopened = Some(now);
                (HandEnd::Done, Some(Due::Reopen))
            }
            Phase::Removed => (HandEnd::NotConnected, None),
        }
    }

    /// Whether it is connected, and neither logged in nor has a code that somebody could scan.
    fn lacks_code(&self) -> bool {
        match &self.phase {
            Phase::NotLoggedIn | Phase::LoggedOut { .. } => true,
            Phase::WaitingScan { challenge: Some(challenge), .. } => !challenge.is_open(),
            Phase::WaitingScan { scan, .. } => match scan.status {
                ScanProgress::Timeout | ScanProgress::Cancel => true,
                ScanProgress::Unknown
                | ScanProgress::Waiting
                | ScanProgress::Scanned
                | ScanProgress::Confirmed => scan.qrcode.is_none(),
            },
            Phase::LoggedIn(_)
            | Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::Removed => false,
        }
    }

    fn may_be_logged_in(&self) -> bool {
        matches!(self.phase, Phase::LoggedIn(_) | Phase::WaitingScan { doubted: Some(_), .. })
    }
}
