//! How long something worked, and how long it did not: of the last day in pieces of five minutes and in hours, of the last
//! ninety days in days.
//!
//! ```text
//!   enter(Up) ── 41 min ── enter(Down) ── 3 min ── enter(Up) ── …
//!        │ counted where it belongs when the next one begins, or when somebody looks
//!        ▼
//!   slices (5 min: the worst) · hours (how long each) · days (how long each)
//! ```
//!
//! What nobody saw, since the gateway was not there, is neither up nor down: it is *unwatched*, and so is an account that is
//! not in the team.

use alloc::collections::VecDeque;
use core::{ops::Add, time::Duration};

use crate::{phase::Standing, time::Time, words::words};

/// A piece of the last day of which the worst is kept.
pub const SLICE: Duration = Duration::from_secs(300);
/// How many of them there are.
pub const SLICES: usize = 288;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// One more than a day has, since the first one is not whole.
const HOURS: usize = 25;
/// One more than the longest window has.
const DAYS: usize = 91;

words! {
    /// Whether something works, as its availability counts it. The worse come later.
    pub enum Footing {
        /// It works.
        Up = "up",
        /// It was taken out of work by a person.
        Maintenance = "maintenance",
        /// Nobody looked: the gateway was not there, or it was not in the team.
        Unwatched = "unwatched",
        /// It may not work, and gets work if nobody else is left.
        Suspect = "suspect",
        /// It does not work.
        Down = "down",
    }
}

impl Standing {
    /// What it counts as.
    pub const fn footing(self) -> Footing {
        match self {
            Self::Available => Footing::Up,
            Self::Suspect => Footing::Suspect,
            Self::Connecting
            | Self::Preparing
            | Self::Offline
            | Self::NotLoggedIn
            | Self::WaitingScan
            | Self::LoggedOut
            | Self::Failed => Footing::Down,
            Self::Draining | Self::Maintenance => Footing::Maintenance,
            Self::Removed => Footing::Unwatched,
        }
    }
}

/// How long something was on each footing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Share {
    /// In milliseconds each; the longest is ninety days.
    up: u64,
    maintenance: u64,
    unwatched: u64,
    suspect: u64,
    down: u64,
}

impl Share {
    /// How long it was on this one.
    pub fn of(&self, footing: Footing) -> Duration {
        Duration::from_millis(match footing {
            Footing::Up => self.up,
            Footing::Maintenance => self.maintenance,
            Footing::Unwatched => self.unwatched,
            Footing::Suspect => self.suspect,
            Footing::Down => self.down,
        })
    }

    /// How long it was looked at, and meant to work.
    pub fn meant(&self) -> Duration {
        Duration::from_millis(self.up + self.suspect + self.down)
    }

    /// What part of that it worked, or may have: from 0 to 1; `None` if that is no time at all.
    pub fn availability(&self) -> Option<f64> {
        let meant = self.up + self.suspect + self.down;
        (meant > 0).then(|| (self.up + self.suspect) as f64 / meant as f64)
    }

    fn grow(&mut self, footing: Footing, by: Duration) {
        let milliseconds = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let its = match footing {
            Footing::Up => &mut self.up,
            Footing::Maintenance => &mut self.maintenance,
            Footing::Unwatched => &mut self.unwatched,
            Footing::Suspect => &mut self.suspect,
            Footing::Down => &mut self.down,
        };
        *its = its.saturating_add(milliseconds);
    }

    /// So much of it.
    fn part(self, share: f64) -> Self {
        let part = |milliseconds: u64| (milliseconds as f64 * share) as u64;
        Self {
            up: part(self.up),
            maintenance: part(self.maintenance),
            unwatched: part(self.unwatched),
            suspect: part(self.suspect),
            down: part(self.down),
        }
    }
}

impl Add for Share {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            up: self.up + other.up,
            maintenance: self.maintenance + other.maintenance,
            unwatched: self.unwatched + other.unwatched,
            suspect: self.suspect + other.suspect,
            down: self.down + other.down,
        }
    }
}

/// How long something was on which footing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Uptime {
    footing: Footing,
    since: Time,
    /// Since when anything is known of it.
    known: Time,
    /// Up to where it is counted.
    counted: Time,
    /// The worst of each slice, the last one first counted into: that of `counted`.
    slices: VecDeque<Footing>,
    hours: VecDeque<Share>,
    days: VecDeque<Share>,
}

impl Uptime {
    /// Something of which nothing is known before.
    pub fn new(now: Time, footing: Footing) -> Self {
        Self {
            footing,
            since: now,
            known: now,
            counted: now,
            slices: VecDeque::from([footing]),
            hours: VecDeque::from([Share::default()]),
            days: VecDeque::from([Share::default()]),
        }
    }

    /// What it is on, and since when.
    pub fn footing(&self) -> (Footing, Time) {
        (self.footing, self.since)
    }

    /// Since when anything is known of it.
    pub fn known(&self) -> Time {
        self.known
    }

    /// It is on this footing from now on.
    pub fn enter(&mut self, now: Time, footing: Footing) {
        if footing == self.footing {
            return;
        }
        self.count(now);
        (self.footing, self.since) = (footing, now);
        if let Some(last) = self.slices.back_mut() {
            *last = (*last).max(footing);
        }
    }

    /// How long it was on each, in so much of the time before now; of ninety days at the most. What is longer ago than it
    /// is known counts as nothing.
    pub fn over(&self, now: Time, window: Duration) -> Share {
        let mut it = self.clone();
        it.count(now);
        let (pieces, width, most) =
            if window <= DAY { (&it.hours, HOUR, HOURS) } else { (&it.days, DAY, DAYS) };
        let begun = into(it.counted, width);
        let mut left = window.min(width * (most as u32 - 1));
        let mut sum = Share::default();
        // The last piece has only just begun.
        let mut long = begun;
        for piece in pieces.iter().rev() {
            if left >= long {
                sum = sum + *piece;
            } else {
                sum = sum + piece.part(left.as_secs_f64() / width.as_secs_f64());
                break;
            }
            left -= long;
            long = width;
        }
        sum
    }

    /// The worst of each slice of the last day, oldest first; the last one has only just begun. There are fewer where less is
    /// known.
    pub fn slices(&self, now: Time) -> impl Iterator<Item = Footing> + use<> {
        let mut it = self.clone();
        it.count(now);
        it.slices.into_iter()
    }

    /// How long it was on each, of each of the last ninety-one days, and when that day began; oldest first. Days are counted
    /// from the origin of time: the last one has only just begun, and of the first one perhaps not all is known.
    pub fn days(&self, now: Time) -> impl Iterator<Item = (Time, Share)> + use<> {
        let mut it = self.clone();
        it.count(now);
        let last = it.counted.since_origin() - into(it.counted, DAY);
        let count = it.days.len() as u32;
        let begun = (0..count).rev().map(move |ago| Time::after_origin(last.saturating_sub(DAY * ago)));
        begun.zip(it.days)
    }

    /// Counts what has passed.
    fn count(&mut self, now: Time) {
        if now <= self.counted {
            return;
        }
        let (from, footing) = (self.counted, self.footing);
        let pass = |its: &mut VecDeque<Share>, width: Duration, most: usize| {
            pieces(from, now, width, most, |is_new, long| {
                if is_new {
                    its.push_back(Share::default());
                }
                if let Some(last) = its.back_mut() {
                    last.grow(footing, long);
                }
            });
            its.drain(..its.len().saturating_sub(most));
        };
        pass(&mut self.hours, HOUR, HOURS);
        pass(&mut self.days, DAY, DAYS);
        pieces(from, now, SLICE, SLICES, |is_new, _| {
            if is_new {
                self.slices.push_back(footing);
            }
        });
        self.slices.drain(..self.slices.len().saturating_sub(SLICES));
        self.counted = now;
    }
}

/// How far a time is into its piece of this width.
fn into(at: Time, width: Duration) -> Duration {
    let nanoseconds = at.since_origin().as_nanos() % width.as_nanos();
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// Goes through the pieces of this width between two times: whether each has begun since, and how long it lasted. Of a very
/// long time it tells of the last ones.
fn pieces(from: Time, to: Time, width: Duration, most: usize, mut tell: impl FnMut(bool, Duration)) {
    let first = (width - into(from, width)).min(to - from);
    tell(false, first);
    // At the very end of a piece the next one begins.
    let ends_whole = first == width - into(from, width);
    let mut left = (to - from) - first;
    if left.is_zero() {
        if ends_whole {
            tell(true, Duration::ZERO);
        }
        return;
    }
    let whole = left.as_nanos() / width.as_nanos();
    let skipped = whole.saturating_sub(most as u128);
    for _ in skipped..whole {
        tell(true, width);
    }
    left = into(to, width);
    tell(true, left);
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use Footing::{Down, Maintenance, Suspect, Unwatched, Up};

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn seconds(share: Share, footing: Footing) -> u64 {
        share.of(footing).as_secs()
    }

    #[test]
    fn an_outage_counts_where_it_was() {
        let mut it = Uptime::new(at(0), Up);
        it.enter(at(10_000), Down);
        it.enter(at(10_180), Up);
        let day = it.over(at(80_000), DAY);
        assert_eq!((seconds(day, Up), seconds(day, Down)), (79_820, 180));
        let day = it.over(at(10_000 + 86_400), DAY);
        assert!(seconds(day, Down) <= 180 && seconds(day, Down) > 0, "it is about a day ago: {day:?}");
        assert_eq!(seconds(it.over(at(200_000), DAY), Down), 0, "it is longer ago");
        let week = it.over(at(200_000), 7 * DAY);
        assert_eq!((seconds(week, Up), seconds(week, Down)), (199_820, 180));
        assert_eq!(week.availability(), Some(199_820.0 / 200_000.0));
    }

    #[test]
    fn maintenance_and_what_nobody_saw_are_no_outage() {
        let mut it = Uptime::new(at(0), Up);
        it.enter(at(1_000), Maintenance);
        it.enter(at(2_000), Unwatched);
        it.enter(at(3_000), Suspect);
        let day = it.over(at(4_000), DAY);
        let each = Footing::ALL.map(|it| seconds(day, it));
        assert_eq!(each, [1_000, 1_000, 1_000, 1_000, 0]);
        assert_eq!((day.availability(), day.meant()), (Some(1.0), Duration::from_secs(2_000)));
        assert_eq!(Uptime::new(at(0), Unwatched).over(at(9_000), DAY).availability(), None);
    }

    #[test]
    fn a_slice_is_as_bad_as_its_worst() {
        let mut it = Uptime::new(at(0), Up);
        it.enter(at(400), Down);
        it.enter(at(410), Up);
        it.enter(at(1_000), Suspect);
        let slices: Vec<_> = it.slices(at(1_600)).collect();
        assert_eq!(slices, [Up, Down, Up, Suspect, Suspect, Suspect]);
        assert_eq!(it.slices(at(1_000_000)).count(), SLICES);
    }

    #[test]
    fn a_day_s_outage_is_in_that_day_and_in_no_other() {
        let day = |days: u64| at(days * 86_400);
        let mut it = Uptime::new(at(40_000), Up);
        it.enter(day(2), Down);
        it.enter(at(2 * 86_400 + 600), Up);
        let days: Vec<_> = it.days(at(3 * 86_400 + 5)).collect();
        assert_eq!(days.iter().map(|it| it.0).collect::<Vec<_>>(), [day(0), day(1), day(2), day(3)]);
        let each = |footing| days.iter().map(|it| seconds(it.1, footing)).collect::<Vec<_>>();
        assert_eq!(each(Up), [46_400, 86_400, 85_800, 5]);
        assert_eq!(each(Down), [0, 0, 600, 0]);
        assert_eq!(it.days(day(1_000)).count(), DAYS);
    }

    #[test]
    fn after_a_year_away_there_is_as_much_as_before() {
        let mut it = Uptime::new(at(0), Up);
        it.enter(at(50), Unwatched);
        it.enter(at(366 * 86_400), Up);
        assert!(it.hours.len() <= HOURS && it.days.len() <= DAYS && it.slices.len() <= SLICES);
        let quarter = it.over(at(366 * 86_400 + 10), 90 * DAY);
        assert_eq!(seconds(quarter, Up), 10);
        assert_eq!(seconds(quarter, Unwatched), 90 * 86_400 - 10);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_is_counted_twice_or_never(steps in prop::collection::vec((0_u64..40_000, 0_usize..5), 1..60)) {
            let mut it = Uptime::new(at(7), Up);
            let (mut now, mut sums, mut footing) = (7, [0_u64; 5], 0);
            for (later, next) in steps {
                now += later;
                sums[footing] += later;
                it.enter(at(now), Footing::ALL[next]);
                footing = next;
            }
            let all = it.over(at(now), 90 * DAY);
            if now < 89 * 86_400 {
                prop_assert_eq!(Footing::ALL.map(|it| seconds(all, it)), sums);
            }
            // Whoever looks changes nothing, and what is split is the same.
            let mut split = it.clone();
            split.count(at(now + 333));
            prop_assert_eq!(split.over(at(now + 9_999), DAY), it.over(at(now + 9_999), DAY));
            let day: u64 = Footing::ALL.map(|footing| seconds(it.over(at(now + 200_000), DAY), footing)).iter().sum();
            prop_assert!((86_395..=86_400).contains(&day), "{}", day);
        }
    }
}
