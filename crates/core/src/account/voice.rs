//! Whether what an account says arrives, where only the heartbeat contact could tell.
//!
//! An account that hears is not silent, and yet all that it says may vanish: then its dings are not answered. But neither are
//! they if the contact is away. A teammate tells the two apart: if its ding is answered, the account is asked once more, and
//! from then on hearing alone does not make it well. It is looked again and again: if a teammate that hears is not answered
//! either, the contact is away, and all are believed.
//!
//! ```text
//!   ding, no dong ──▶ it hears all the same ──▶ a teammate is asked ──▶ it is answered ──▶ asked again ──▶ suspect ──▶ failed
//!     ▲                                            (once in a while)                          │
//!     └── a dong, or a teammate that sees what it says: it speaks ◀───────────────────────────┘
//! ```

use core::time::Duration;

use super::AccountState;
use crate::{phase::Phase, time::Time};

/// How long an answer may take.
const GRACE: Duration = Duration::from_secs(10);
/// How often a teammate is asked for it.
const APART: Duration = Duration::from_secs(300);

/// What is known of an account's voice.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Voice {
    /// Since when its dings to the heartbeat contact have not been answered.
    asked: Option<Time>,
    /// When a teammate was asked for it last.
    compared: Option<Time>,
    /// The contact answered a teammate meanwhile.
    is_doubted: bool,
}

impl AccountState {
    /// It is asked by a ding to the heartbeat contact.
    pub(crate) fn dings_contact(&mut self, now: Time) {
        self.voice.asked.get_or_insert(now);
    }

    /// What it says has arrived, or it can't write to the contact at all.
    pub(super) fn has_voice(&mut self) {
        self.voice = Voice::default();
    }

    /// Whether it has not been answered for longer than that takes.
    fn is_unanswered(&self, now: Time) -> bool {
        self.voice.asked.is_some_and(|at| now - at >= GRACE)
    }

    /// Whether a teammate is to be asked, since this one hears and is not answered.
    pub(crate) fn wants_comparison(&mut self, now: Time) -> bool {
        let is_due = self.is_unanswered(now)
            && !self.is_withdrawn()
            && self.voice.compared.is_none_or(|at| now - at >= APART);
        if is_due {
            self.voice.compared = Some(now);
        }
        is_due
    }

    /// Whether it is believed to be mute.
    pub(crate) fn is_voice_doubted(&self) -> bool {
        self.voice.is_doubted
    }

    /// What its silence was held against may not have been there.
    pub(crate) fn is_believed(&mut self) {
        if core::mem::take(&mut self.voice).is_doubted
            && let Phase::LoggedIn(health) = &mut self.phase
        {
            health.believe_voice();
        }
    }

    /// Whether its own answer would tell something of others.
    pub(crate) fn can_be_compared(&self) -> bool {
        self.is_available() && !self.is_let_be() && self.voice.asked.is_none()
    }

    /// It is asked so that its answer tells something of others.
    pub(crate) fn is_compared(&mut self, now: Time) {
        if let Phase::LoggedIn(health) = &mut self.phase {
            health.is_compared(now);
        }
    }

    /// The contact answers a teammate: this one is asked again, if it was not answered.
    pub(crate) fn doubt_voice(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        let is_meant = self.is_unanswered(now) && !self.voice.is_doubted && !self.is_let_be();
        if let Phase::LoggedIn(health) = &mut self.phase
            && is_meant
        {
            self.voice.is_doubted = true;
            health.doubt_voice(now, draw);
        }
    }

    /// It logs in. Whether its voice is still in doubt: it was, and only we have done something about it.
    pub(super) fn keeps_doubt(&mut self, was_reset: bool) -> bool {
        let is_doubted = core::mem::take(&mut self.voice).is_doubted && was_reset;
        self.voice.is_doubted = is_doubted;
        is_doubted
    }
}
