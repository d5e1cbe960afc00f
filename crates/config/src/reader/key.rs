//! What must hold of a key's value, said where the key is asked for.

use std::{ops::RangeInclusive, time::Duration};

use bytesize::ByteSize;

use super::{Findings, Place};

/// The shortest time that is one.
const SHORTEST: Duration = Duration::from_millis(1);
/// The longest: what is added to it, or multiplied by it, must still be a time.
pub(crate) const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Any time but none.
pub(crate) const TIME: RangeInclusive<Duration> = SHORTEST..=LONGEST;
/// Any time, and none.
pub(crate) const TIME_OR_NONE: RangeInclusive<Duration> = Duration::ZERO..=LONGEST;
/// How many of something may wait: without room for one nothing would, and more is a leak, not a queue.
pub(crate) const COUNT: RangeInclusive<usize> = 1..=1_000_000;
/// What something may weigh.
pub(crate) const SIZE: RangeInclusive<ByteSize> = ByteSize::kib(64)..=ByteSize::tib(1);

/// A key that was asked for, and the value that it has now: the one that was written, or the default.
pub(crate) struct Key<'k, T> {
    pub(super) findings: &'k Findings,
    pub(super) place: &'k Place,
    pub(super) path: String,
    pub(super) value: &'k T,
}

impl<T: Measure> Key<'_, T> {
    /// The value must be one of these.
    pub(crate) fn within(self, range: RangeInclusive<T>) {
        self.judge(self.value.outside(&range));
    }

    /// The value must not be less.
    pub(crate) fn at_least(self, least: T)
    where
        T: Copy,
    {
        let message = || format!("is {}, but must be at least {}", self.value.shown(), least.shown());
        self.judge((*self.value < least).then(message));
    }
}

impl<T: Measure> Key<'_, Option<T>> {
    /// The value must be one of these, if there is one.
    pub(crate) fn within_if_any(self, range: RangeInclusive<T>) {
        self.judge(self.value.as_ref().and_then(|value| value.outside(&range)));
    }
}

impl<T> Key<'_, T> {
    fn judge(&self, wrong: Option<String>) {
        if let Some(message) = wrong {
            self.findings.broken(self.place.clone(), &self.path, message);
        }
    }
}

/// What can be too little or too much.
pub(crate) trait Measure: PartialOrd + Sized {
    /// As a person writes it.
    fn shown(&self) -> String;

    /// What is wrong, if it is not within a range.
    fn outside(&self, range: &RangeInclusive<Self>) -> Option<String> {
        let [is, from, to] = [self, range.start(), range.end()].map(Self::shown);
        (!range.contains(self)).then(|| format!("is {is}, but must be from {from} to {to}"))
    }
}

impl Measure for Duration {
    fn shown(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

impl Measure for ByteSize {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Measure for usize {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Measure for f64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}
