//! Which account fails when, and how: drawn before the year begins, so that all rules meet the same.

use std::time::Duration;

use ha_wechaty_core::Time;

use super::assumptions::{Assumptions, Every};

/// How an account fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its service's process is gone.
    Crash,
    /// WeChat logged it out.
    LoggedOut,
    /// It receives nothing.
    Deaf,
    /// What it sends reaches nobody.
    Mute,
    /// Both.
    Zombie,
    /// It may not send.
    Throttled,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Crash, Self::LoggedOut, Self::Deaf, Self::Mute, Self::Zombie, Self::Throttled];

    /// Whether nothing tells of it but what is missing.
    pub(super) fn is_silent(self) -> bool {
        matches!(self, Self::Deaf | Self::Mute | Self::Zombie)
    }

    pub(super) fn is_deaf(self) -> bool {
        matches!(self, Self::LoggedOut | Self::Deaf | Self::Zombie)
    }

    pub(super) fn is_mute(self) -> bool {
        matches!(self, Self::Mute | Self::Zombie)
    }

    /// Whether a person is needed, unless a reset heals it.
    pub(super) fn needs_person(self) -> bool {
        !matches!(self, Self::Crash | Self::Throttled)
    }
}

/// One fault, with all the luck that it will have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// How long, if it ends by itself.
    pub(super) lasts: Duration,
    pub(super) reset_heals: bool,
    /// Waking time until a person has repaired it, without and with an alarm.
    pub(super) unaided: Duration,
    pub(super) alarmed: Duration,
}

/// The faults of one account until `end`.
pub(super) fn of_account(
    assumptions: &Assumptions,
    seed: u64,
    account: usize,
    end: Time,
) -> Vec<(Time, Fault)> {
    let mut faults = Vec::new();
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        // Dice of its own for each sort: a rate can change without changing the others' times.
        let mut dice = dice(seed, 100 + 10 * account + number);
        let every = assumptions.of(kind);
        for (at, lasts) in occurrences(every, &mut dice, end) {
            let fault = Fault {
                kind,
                lasts,
                reset_heals: dice.f64() < every.reset_heals,
                unaided: exponential(assumptions.unaided, &mut dice),
                alarmed: exponential(assumptions.alarmed, &mut dice),
            };
            faults.push((at, fault));
        }
    }
    faults
}

/// When something happens until `end`, and for how long.
pub(super) fn occurrences(every: &Every, dice: &mut fastrand::Rng, end: Time) -> Vec<(Time, Duration)> {
    let mut found = Vec::new();
    let mut at = Time::ZERO;
    while every.days.is_finite() {
        at = at + exponential(Duration::from_secs_f64(every.days * 86_400.0), dice);
        if at >= end {
            break;
        }
        found.push((at, exponential(every.lasts, dice)));
    }
    found
}

/// Dice for one purpose.
pub(super) fn dice(seed: u64, purpose: usize) -> fastrand::Rng {
    fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose as u64)
}

/// An exponential time, in whole milliseconds.
pub(super) fn exponential(mean: Duration, dice: &mut fastrand::Rng) -> Duration {
    let factor = -(1.0 - dice.f64()).ln();
    Duration::from_millis((mean.as_secs_f64() * factor * 1_000.0) as u64)
}
