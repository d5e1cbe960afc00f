//! What becomes of a send when nobody knows whether it was sent: key `delivery`.

use std::time::Duration;

use super::{Effect, Section};
use crate::reader::{Field, FromField, Keys, TIME_OR_NONE};

/// What becomes of a send when nobody knows whether it was sent. Key `delivery`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeliveryConfig {
    /// What becomes of it if no teammate saw it.
    pub when_unsure: WhenUnsure,
    /// How long a teammate may take to see it.
    pub witness_window: Duration,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self { when_unsure: WhenUnsure::Evidence, witness_window: Duration::from_secs(3) }
    }
}

/// What becomes of a send that may have been sent and that nobody saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenUnsure {
    /// The next account sends it if it is proved not to be there: in a room, by a teammate that hears well and did
    /// not see it, once its account has it in its hands no more. Else as [`WhenUnsure::AtMostOnce`].
    #[default]
    Evidence,
    /// The bot is told, and nobody sends it again.
    AtMostOnce,
    /// The next account sends it.
    AtLeastOnce,
}

impl Section for DeliveryConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { when_unsure, witness_window } = self;
        keys.set("when_unsure", when_unsure);
        keys.set("witness_window", witness_window).within(TIME_OR_NONE);
    }
}

impl FromField for WhenUnsure {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[
            ("evidence", Self::Evidence),
            ("at-most-once", Self::AtMostOnce),
            ("at-least-once", Self::AtLeastOnce),
        ])
    }
}
