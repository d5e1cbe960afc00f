//! An account that asks for a scan, or for another proof of who logs in, or has not told for long how it stands.

use alloc::string::String;
use core::time::Duration;

use super::{AccountState, Due, PASSING};
use crate::{
    challenge::{ChallengeProgress, LoginChallenge},
    health::Health,
    phase::{PendingScan, Phase, ScanProgress, Standing},
    time::Time,
};

/// How long one that asks for a scan though it was logged in still works when nobody else is left: by then it has
/// mostly shown whether that was a stray.
const BENEFIT: Duration = PASSING;

impl AccountState {
    /// It asks for a scan. True if the phase changed.
    pub(super) fn scan(&mut self, now: Time, scan: PendingScan, draw: &mut dyn FnMut() -> f64) -> bool {
        match &mut self.phase {
            Phase::LoggedIn(_) if scan.is_under_way() => false,
            Phase::LoggedIn(health) if self.strays > 0 => {
                // It has done so before, and worked: it is asked first.
                if self.stray.is_none() {
                    health.ask(now);
                }
                let until = self.stray.take().map_or(now + PASSING, |(until, _)| until);
                self.stray = Some((until, scan));
                false
            }
            Phase::LoggedIn(_) => {
                self.doubt(now, scan, draw);
                self.benefit = Some(now + BENEFIT);
                true
            }
            Phase::WaitingScan { scan: before, challenge, .. }
                if *before == scan && (challenge.is_none() || !begins_anew(&scan)) =>
            {
                false
            }
            Phase::WaitingScan { scan: before, challenge, .. } => {
                let is_another = scan.qrcode.is_some() && scan.qrcode != before.qrcode;
                if is_another || begins_anew(&scan) {
                    *challenge = None;
                }
                *before = scan;
                if is_another && self.spell.standing == Standing::WaitingScan {
                    self.spell.repeat(String::new());
                }
                // Its provider lives, and tells how it stands.
                self.ask_at = self.ask_at.map(|_| self.next_ask(now, draw));
                true
            }
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::LoggedOut { .. }
            | Phase::Removed => {
                self.challenge = None;
                self.enter(now, Phase::WaitingScan { scan, doubted: None, challenge: None }, draw);
                true
            }
        }
    }

    /// Its login asks for a proof. True if the phase changed. One that is logged in is as it was: what its puppet asks then is
    /// no login's.
    pub(super) fn ask_for(
        &mut self,
        now: Time,
        asked: LoginChallenge,
        draw: &mut dyn FnMut() -> f64,
    ) -> bool {
        if let LoginChallenge::Code(code) = &asked
            && code.status == ChallengeProgress::Entered
        {
            return self.takes_code(now, &code.id);
        }
        self.hears_of_proof();
        match &mut self.phase {
            Phase::LoggedIn(_) => false,
            Phase::WaitingScan { challenge: Some(before), .. } if *before == asked => false,
            Phase::WaitingScan { challenge, .. } => {
                *challenge = Some(asked);
                // Its person has something to do, which takes a while.
                self.ask_at = self.ask_at.map(|_| self.next_ask(now, draw));
                true
            }
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::LoggedOut { .. }
            | Phase::Removed => {
                let scan = PendingScan::default();
                self.enter(now, Phase::WaitingScan { scan, doubted: None, challenge: Some(asked) }, draw);
                true
            }
        }
    }

    /// What its login asks for besides a scan, or instead of one.
    pub fn challenge(&self) -> Option<&LoginChallenge> {
        if let Phase::WaitingScan { challenge, .. } = &self.phase { challenge.as_ref() } else { None }
    }

    /// It may have been logged out; it is asked at once whether it works.
    pub(super) fn doubt(&mut self, now: Time, scan: PendingScan, draw: &mut dyn FnMut() -> f64) {
        let doubted = Some(Health::doubted(now, self.vigil, draw));
        self.stray = None;
        self.enter(now, Phase::WaitingScan { scan, doubted, challenge: None }, draw);
    }

    /// It has not told for long how it stands.
    pub(super) fn ask(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) -> Due {
        self.ask_at = Some(self.next_ask(now, draw));
        self.asked = self.asked.saturating_add(1);
        if self.gives_up_proof() {
            // It is as any other that told nothing while its stream was opened anew: its puppet is restarted.
            self.enter(now, Phase::NotLoggedIn, draw);
        }
        if self.phase == Phase::NotLoggedIn && self.asked.is_multiple_of(2) && !self.is_let_be() {
            self.is_reset(now);
            return Due::Reset;
        }
        self.reopened = Some(now);
        Due::Reopen
    }
}

/// Whether a scan says that its login has to begin once more.
fn begins_anew(scan: &PendingScan) -> bool {
    match scan.status {
        ScanProgress::Cancel | ScanProgress::Waiting | ScanProgress::Timeout => true,
        ScanProgress::Unknown | ScanProgress::Scanned | ScanProgress::Confirmed => false,
    }
}
