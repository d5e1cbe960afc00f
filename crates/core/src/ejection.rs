//! Which kinds of work an account is kept from for a while, since it fails at them.
//!
//! WeChat throttles by kind: an account that may not add friends can still talk, and one that may not talk
//! can still listen. So an account is ejected **for a kind of work**, never as a whole, and it is asked
//! again after a while that doubles as long as it does not help.

use core::time::Duration;

use crate::{time::Time, words::words};

words! {
    /// A kind of work that WeChat throttles by itself.
    pub enum Work {
        /// Saying something.
        Send = "send",
        /// Searching for people, and asking for their friendship.
        Befriend = "befriend",
        /// Making rooms, and changing them.
        Room = "room",
    }
}

impl Work {
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Send => 0,
            Self::Befriend => 1,
            Self::Room => 2,
        }
    }
}

/// When an account is kept from a kind of work, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EjectionRule {
    /// Failures in a row.
    pub after: u32,
    /// For how long the first time; it doubles each time.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub base: Duration,
    /// For how long at the most.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub cap: Duration,
}

impl Default for EjectionRule {
    fn default() -> Self {
        Self { after: 5, base: Duration::from_secs(30), cap: Duration::from_secs(300) }
    }
}

/// One account's standing in each kind of work.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ejections {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::written::padded"))]
    kinds: [Standing; Work::ALL.len()],
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Standing {
    failures: u32,
    /// How often it was ejected and has not made up for it.
    level: u32,
    until: Option<Time>,
}

impl Ejections {
    /// Until when it is kept from this kind of work.
    pub fn until(&self, work: Work) -> Option<Time> {
        self.kinds[work.index()].until
    }

    /// Failures in a row at this kind of work.
    pub fn failures(&self, work: Work) -> u32 {
        self.kinds[work.index()].failures
    }

    /// It worked. What it has to make up for decays.
    pub(crate) fn worked(&mut self, work: Work) {
        let standing = &mut self.kinds[work.index()];
        standing.failures = 0;
        standing.level = standing.level.saturating_sub(1);
    }

    /// It failed; `throttled` if WeChat itself said that it is too much. Returns for how long it is kept from
    /// such work, if that begins now.
    pub(crate) fn failed(
        &mut self,
        now: Time,
        work: Work,
        throttled: bool,
        rule: &EjectionRule,
    ) -> Option<Duration> {
        let standing = &mut self.kinds[work.index()];
        standing.failures += 1;
        if standing.until.is_some() || !(throttled || standing.failures >= rule.after) {
            return None;
        }
        let doubled = rule.base.saturating_mul(1u32.checked_shl(standing.level).unwrap_or(u32::MAX));
        let pause = doubled.min(rule.cap);
        (standing.failures, standing.level, standing.until) = (0, standing.level + 1, Some(now + pause));
        Some(pause)
    }

    /// When one ends.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.kinds.iter().filter_map(|standing| standing.until).min()
    }

    /// Ends those that are over. True if any did.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> bool {
        let mut any = false;
        for standing in &mut self.kinds {
            if standing.until.is_some_and(|until| until <= now) {
                (standing.until, any) = (None, true);
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: EjectionRule =
        EjectionRule { after: 3, base: Duration::from_secs(30), cap: Duration::from_secs(300) };

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    /// Fails until it is ejected; returns for how many seconds.
    fn eject(it: &mut Ejections, now: u64) -> u64 {
        it.handle_timeout(at(now));
        loop {
            if let Some(pause) = it.failed(at(now), Work::Send, false, &RULE) {
                return pause.as_secs();
            }
        }
    }

    #[test]
    fn failures_in_a_row_eject_for_that_kind_of_work_only() {
        let mut it = Ejections::default();
        assert_eq!(it.failed(at(0), Work::Send, false, &RULE), None);
        it.worked(Work::Send);
        for _ in 0..2 {
            assert_eq!(it.failed(at(0), Work::Send, false, &RULE), None);
        }
        assert_eq!(it.failed(at(0), Work::Send, false, &RULE), Some(RULE.base));
        assert_eq!((it.until(Work::Send), it.until(Work::Befriend)), (Some(at(30)), None));
    }

    #[test]
    fn it_doubles_to_the_cap_and_decays_with_work_that_works() {
        let mut it = Ejections::default();
        let pauses: [u64; 6] = core::array::from_fn(|n| eject(&mut it, n as u64 * 1_000));
        assert_eq!(pauses, [30, 60, 120, 240, 300, 300]);
        for _ in 0..5 {
            it.worked(Work::Send);
        }
        assert_eq!(eject(&mut it, 10_000), 60);
    }

    #[test]
    fn wechats_own_words_eject_at_once() {
        let mut it = Ejections::default();
        assert_eq!(it.failed(at(0), Work::Befriend, true, &RULE), Some(RULE.base));
        assert!(!it.handle_timeout(at(29)));
        assert!(it.handle_timeout(at(30)));
        assert_eq!(it.until(Work::Befriend), None);
    }
}
