//! How much of its limits somebody has used.

use alloc::{collections::VecDeque, vec::Vec};
use core::time::Duration;

use super::Limit;
use crate::time::Time;

/// Something must be left for the rest.
const MOST_KEPT: u8 = 90;

/// When there is a free slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opening {
    /// Now.
    Now,
    /// Not before this.
    At(Time),
    /// A window after something that is under way has ended.
    AfterAnEnd,
}

/// The use of some limits at once: a slot is one of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Meter {
    limits: Vec<Limit>,
    /// When what was done ended, oldest first; no more than any limit asks for.
    ends: VecDeque<Time>,
    under_way: u32,
}

impl Meter {
    /// How many slots are remembered.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Nothing used.
    pub fn new(limits: &[Limit]) -> Self {
        let mut meter = Self::default();
        meter.set_limits(limits);
        meter
    }

    /// From now on these are the limits. What was done counts on, as far as the limits before asked for it.
    pub(crate) fn set_limits(&mut self, limits: &[Limit]) {
        self.limits = limits.iter().map(|it| Limit { count: it.count.max(1), ..*it }).collect();
    }

    /// The limits.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// When something may begin, as far as all its limits go.
    pub fn opening(&self, now: Time) -> Opening {
        self.opening_but_for(now, 0)
    }

    /// When something may begin that leaves so many of a hundred slots free, rounded down.
    pub(super) fn opening_but_for(&self, now: Time, percent: u8) -> Opening {
        self.limits_but_for(percent).map(|limit| self.opening_of(now, limit)).max().unwrap_or(Opening::Now)
    }

    /// The same as a time, if whatever is under way ends now, and nothing more begins.
    pub(super) fn free_at(&self, now: Time, percent: u8) -> Time {
        let times = self.limits_but_for(percent).map(|limit| match self.opening_of(now, limit) {
            Opening::Now => now,
            Opening::At(at) => at,
            Opening::AfterAnEnd => now + limit.window,
        });
        times.max().unwrap_or(now)
    }

    fn limits_but_for(&self, percent: u8) -> impl Iterator<Item = Limit> {
        let kept = move |limit: &Limit| u64::from(limit.count) * u64::from(percent.min(MOST_KEPT)) / 100;
        let left = move |limit: &Limit| limit.count - u32::try_from(kept(limit)).unwrap_or(0);
        self.limits.iter().map(move |limit| Limit { count: left(limit), ..*limit })
    }

    /// When something may begin, as far as this limit goes.
    pub fn opening_of(&self, now: Time, limit: Limit) -> Opening {
        let Some(free) = limit.count.checked_sub(self.under_way).filter(|free| *free > 0) else {
            return Opening::AfterAnEnd;
        };
        let blocking = self.ends.len().checked_sub(free as usize).and_then(|index| self.ends.get(index));
        match blocking.map(|end| *end + limit.window) {
            Some(at) if at > now => Opening::At(at),
            _ => Opening::Now,
        }
    }

    /// How many slots of this limit are used.
    pub fn used(&self, now: Time, limit: Limit) -> u32 {
        let recent = self.ends.iter().rev().take_while(|end| **end + limit.window > now).count();
        self.under_way.saturating_add(u32::try_from(recent).unwrap_or(u32::MAX))
    }

    /// When none of its slots is used any more, if nothing is under way and none is taken.
    pub(super) fn idle_at(&self) -> Option<Time> {
        let last = *self.ends.back()?;
        Some(last + self.longest())
    }

    /// Something begins.
    pub(crate) fn take(&mut self) {
        self.under_way += 1;
    }

    /// Something has ended; if it was never really done, it is as if it had not begun.
    pub(crate) fn end(&mut self, now: Time, is_done: bool) {
        self.under_way = self.under_way.saturating_sub(1);
        if is_done {
            self.count(now);
        }
    }

    /// Something was done that nobody asked for leave.
    pub(super) fn count(&mut self, now: Time) {
        let most = self.limits.iter().map(|limit| limit.count as usize).max().unwrap_or(0);
        let longest = self.longest();
        self.ends.push_back(now);
        while self.ends.len() > most || self.ends.front().is_some_and(|end| *end + longest <= now) {
            self.ends.pop_front();
        }
    }

    /// What is under way ends now, all of it; it may have been done.
    pub(super) fn end_all(&mut self, now: Time) {
        (0..self.under_way).for_each(|_| self.end(now, true));
    }

    /// Somebody else has used so much of it. What that had under way ends now.
    pub(super) fn resume(&mut self, now: Time, other: &Self) {
        let own = core::mem::take(&mut self.ends);
        other.ends.iter().copied().chain(own).for_each(|end| self.count(end));
        (0..other.under_way).for_each(|_| self.count(now));
    }

    /// Forgets what is too long ago to matter. Also done whenever something ends.
    pub(super) fn tidy(&mut self, now: Time) {
        let longest = self.longest();
        while self.ends.pop_front_if(|end| *end + longest <= now).is_some() {}
    }

    /// Whether none of its slots is used.
    pub(super) fn is_idle(&self, now: Time) -> bool {
        self.under_way == 0 && self.idle_at().is_none_or(|at| at <= now)
    }

    fn longest(&self) -> Duration {
        self.limits.iter().map(|limit| limit.window).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Opening::{AfterAnEnd, At, Now};

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn meter(limits: &[(u32, u64)]) -> Meter {
        let limits: Vec<Limit> = limits.iter().map(|(count, seconds)| Limit::new(*count, *seconds)).collect();
        Meter::new(&limits)
    }

    #[test]
    fn a_slot_falls_free_a_window_after_its_end() {
        let mut meter = meter(&[(2, 10)]);
        meter.take();
        assert_eq!(meter.opening(at(0)), Now);
        meter.take();
        assert_eq!(meter.opening(at(50)), AfterAnEnd, "whatever is under way counts, however long");
        meter.end(at(60), true);
        assert_eq!(meter.opening(at(61)), At(at(70)));
        meter.end(at(65), true);
        assert_eq!(meter.opening(at(69)), At(at(70)));
        assert_eq!((meter.opening(at(70)), meter.used(at(70), meter.limits()[0])), (Now, 1));
        meter.take();
        assert_eq!(meter.opening(at(70)), At(at(75)), "the window slides");
    }

    #[test]
    fn when_there_is_room_is_known_of_what_is_over_and_guessed_of_what_is_under_way() {
        let mut meter = meter(&[(1, 10), (3, 100)]);
        assert_eq!(meter.free_at(at(1), 0), at(1));
        meter.take();
        assert_eq!(meter.free_at(at(2), 0), at(12), "were it over now");
        meter.end(at(5), true);
        assert_eq!(meter.free_at(at(6), 0), at(15));
        for second in [15, 25] {
            meter.take();
            meter.end(at(second), true);
        }
        assert_eq!((meter.free_at(at(26), 0), meter.free_at(at(105), 0)), (at(105), at(105)));
        assert_eq!(meter.free_at(at(26), 34), at(115), "one of the three is kept");
    }

    #[test]
    fn what_never_left_gives_its_slot_back() {
        let mut meter = meter(&[(1, 10)]);
        meter.take();
        meter.end(at(5), false);
        assert_eq!((meter.opening(at(5)), meter.used(at(5), meter.limits()[0])), (Now, 0));
    }

    #[test]
    fn all_limits_hold() {
        let mut meter = meter(&[(1, 10), (3, 100)]);
        for begun in [0, 10, 20] {
            assert_eq!(meter.opening(at(begun)), Now);
            meter.take();
            meter.end(at(begun), true);
        }
        assert_eq!(meter.opening(at(20)), At(at(100)));
        let used = meter.limits().iter().map(|limit| meter.used(at(29), *limit)).collect::<Vec<_>>();
        assert_eq!(used, [1, 3]);
    }

    #[test]
    fn some_slots_may_be_left_free() {
        let mut meter = meter(&[(10, 10), (3, 2)]);
        for second in 0..8 {
            assert_eq!(meter.opening_but_for(at(second), 20), Now, "{second}");
            meter.take();
            meter.end(at(second), true);
        }
        assert_eq!((meter.opening(at(8)), meter.opening_but_for(at(8), 20)), (Now, At(at(10))));
        assert_eq!(
            (meter.opening(at(8)), meter.opening_but_for(at(8), 100)),
            (Now, At(at(17))),
            "one in ten"
        );
    }

    #[test]
    fn other_limits_hold_for_what_was_done_before() {
        let mut meter = meter(&[(3, 10)]);
        for second in 0..3 {
            meter.take();
            meter.end(at(second), true);
        }
        meter.set_limits(&[Limit::new(2, 20)]);
        assert_eq!(meter.opening(at(10)), At(at(21)), "two of the three are as many as it may do");
        meter.set_limits(&[Limit::new(4, 10)]);
        assert_eq!(meter.opening(at(2)), Now);
    }

    #[test]
    fn without_limits_nothing_is_remembered() {
        let mut meter = meter(&[]);
        for _ in 0..10 {
            meter.take();
            meter.end(at(0), true);
        }
        assert_eq!((meter.opening(at(0)), meter.ends.len()), (Now, 0));
    }
}
