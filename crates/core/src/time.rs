//! Time as the core knows it: a point on the caller's clock.

use core::{
    num::NonZeroI64,
    ops::{Add, Sub},
    time::Duration,
};

/// A point in time: how long after an origin of the caller's choice. It must never go backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Time(#[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))] Duration);

impl Time {
    /// The origin.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The point `elapsed` after the origin.
    pub const fn after_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after the origin this is.
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// The point so long before; the origin, if that is later.
    pub(crate) const fn before(self, ago: Duration) -> Self {
        Self(self.0.saturating_sub(ago))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    /// Saturates at the end of time, so that "for ever" can be added.
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

impl Sub for Time {
    type Output = Duration;

    /// How long after `rhs` this is; zero if it is before.
    fn sub(self, rhs: Self) -> Duration {
        self.0.saturating_sub(rhs.0)
    }
}

/// A moment by somebody else's clock, right or wrong: milliseconds since 1970 began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stamp(NonZeroI64);

/// Providers count in seconds or in milliseconds. As seconds this is the year 5138, as milliseconds 1973.
const MILLISECONDS: i64 = 100_000_000_000;

impl Stamp {
    /// The first moment that a clock can show.
    pub const DAWN: Self = Self(NonZeroI64::new(1).unwrap());

    /// From a count of seconds or milliseconds; zero is what those say who don't know.
    pub const fn new(number: i64) -> Option<Self> {
        let milliseconds =
            if -MILLISECONDS < number && number < MILLISECONDS { number * 1_000 } else { number };
        match NonZeroI64::new(milliseconds) {
            Some(milliseconds) => Some(Self(milliseconds)),
            None => None,
        }
    }

    /// Milliseconds since 1970 began.
    pub const fn milliseconds(self) -> i64 {
        self.0.get()
    }

    /// How many milliseconds after `other` this is; negative if it is before.
    pub(crate) fn since(self, other: Self) -> i64 {
        self.0.get().saturating_sub(other.0.get())
    }

    /// Whether its clock seems to count seconds only.
    pub(crate) fn is_whole_second(self) -> bool {
        self.0.get() % 1_000 == 0
    }
}
