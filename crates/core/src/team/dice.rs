//! The team's own dice: what they show spreads in time what would else be due for all accounts at once.

use fastrand::Rng;

/// One throw after the other, from 0 to 1.
pub(super) fn draws(dice: &mut Rng) -> impl FnMut() -> f64 + '_ {
    || dice.f64()
}
