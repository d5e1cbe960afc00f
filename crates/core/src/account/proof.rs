//! The proof that a login asks for: what somebody entered is with its provider for a while, and one that is told of no more
//! is given up.

use core::time::Duration;

use super::AccountState;
use crate::{
    challenge::{ChallengeProgress, LoginChallenge, PendingCode},
    phase::Phase,
    time::Time,
};

/// How long what was entered may be with its provider: then it is asked for again.
const ENTERED: Duration = Duration::from_secs(60);
/// After its stream was opened so often without a word of it, its provider has mostly given it up.
const UNHEARD: u32 = 2;

/// How far it is, besides what its provider says.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Proof {
    /// Until when what was entered is with its provider, and how far it was before.
    entered: Option<(Time, ChallengeProgress)>,
    /// How often its stream was opened since its provider last told of it.
    unheard: u32,
}

impl AccountState {
    /// Its provider tells of it.
    pub(super) fn hears_of_proof(&mut self) {
        self.proof = Proof::default();
    }

    /// When what was entered is asked for again.
    pub(super) fn poll_proof(&self) -> Option<Time> {
        self.proof.entered.map(|(until, _)| until)
    }

    /// Somebody has entered the code that is asked for by this id. True if that is news.
    pub(super) fn takes_code(&mut self, now: Time, id: &str) -> bool {
        let Some(code) = asked(&mut self.phase).filter(|it| it.id == id && it.status.is_open()) else {
            return false;
        };
        if code.status == ChallengeProgress::Entered {
            return false;
        }
        let before = core::mem::replace(&mut code.status, ChallengeProgress::Entered);
        self.proof = Proof { entered: Some((now + ENTERED, before)), unheard: 0 };
        // Its stream is not asked whether it lives while its provider thinks, nor while its person reads that it said nothing.
        self.ask_at = self.ask_at.map(|at| at.max(now + ENTERED * 2));
        true
    }

    /// Its provider did not take it: all is as before, unless it has told something since. True if the phase changed.
    pub(super) fn refuses_code(&mut self, id: &str) -> bool {
        let before = self.proof.entered.map_or(ChallengeProgress::Waiting, |(_, before)| before);
        let entered = asked(&mut self.phase).filter(|it| it.id == id);
        let is_back = entered.is_some_and(|it| it.asks_again(before));
        self.proof.entered.take_if(|_| is_back);
        is_back
    }

    /// Its provider says nothing of what was entered. True if it is asked for again.
    pub(super) fn forgets_code(&mut self, now: Time) -> bool {
        let is_over = self.proof.entered.take_if(|(until, _)| *until <= now).is_some();
        is_over && asked(&mut self.phase).is_some_and(|it| it.asks_again(ChallengeProgress::Waiting))
    }

    /// It stands elsewhere: a connection may be lost while its provider waits.
    pub(super) fn keeps_challenge(&mut self, next: &Phase) {
        self.proof.entered = None;
        if let (Phase::WaitingScan { challenge: Some(challenge), .. }, Phase::Offline { .. }) =
            (&self.phase, next)
        {
            self.challenge = Some(challenge.clone()).filter(LoginChallenge::is_open);
        }
    }

    /// What was kept: nobody knows what became of a code that somebody entered.
    pub(super) fn kept_challenge(&mut self) -> Option<LoginChallenge> {
        let mut challenge = self.challenge.take();
        if let Some(LoginChallenge::Code(code)) = &mut challenge {
            code.asks_again(ChallengeProgress::Waiting);
        }
        challenge
    }

    /// Its stream is opened anew without a word of the proof. True if it is given up, and nothing else is there to be done.
    pub(super) fn gives_up_proof(&mut self) -> bool {
        let Phase::WaitingScan { scan, challenge, .. } = &mut self.phase else { return false };
        if challenge.is_none() {
            return false;
        }
        self.proof.unheard += 1;
        if self.proof.unheard <= UNHEARD {
            return false;
        }
        *challenge = None;
        scan.qrcode.is_none()
    }
}

impl PendingCode {
    /// It is so far again, if it was entered. True if it was.
    fn asks_again(&mut self, status: ChallengeProgress) -> bool {
        let was_entered = self.status == ChallengeProgress::Entered;
        if was_entered {
            self.status = status;
        }
        was_entered
    }
}

/// The code that is asked for.
fn asked(phase: &mut Phase) -> Option<&mut PendingCode> {
    if let Phase::WaitingScan { challenge: Some(LoginChallenge::Code(code)), .. } = phase {
        Some(code)
    } else {
        None
    }
}
