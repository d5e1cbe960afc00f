//! An account that comes back gets its share of the work by quarters: what made it fail may still be there,
//! and a send that it loses can't be called back.

use core::time::Duration;

use crate::time::Time;

/// The quarters of a whole share.
pub(crate) const QUARTERS: u32 = 4;

/// How much of its share an account gets.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Ramp {
    /// How long it gets each quarter before the next; zero for all at once.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    quarter: Duration,
    /// Since when it is back, and when its share grows next.
    way: Option<(Time, Time)>,
}

impl Ramp {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { quarter: whole / QUARTERS, way: None }
    }

    /// It takes so long from now on; what it has got it keeps.
    pub(crate) fn follow(&mut self, now: Time, whole: Duration) {
        let quarter = whole / QUARTERS;
        if quarter == self.quarter {
            return;
        }
        let got = self.quarters(now);
        self.quarter = quarter;
        // As if it had come back when it would have got as much by now.
        self.way = self.way.filter(|_| !quarter.is_zero() && got < QUARTERS).map(|_| {
            let back = now.before(quarter.saturating_mul(got.saturating_sub(1)));
            (back, back + quarter.saturating_mul(got))
        });
    }

    /// It is back.
    pub(crate) fn begin(&mut self, now: Time) {
        self.way = (!self.quarter.is_zero()).then_some((now, now + self.quarter));
    }

    /// It gets its whole share, should it ever get any.
    pub(crate) fn end(&mut self) {
        self.way = None;
    }

    /// How many quarters it gets.
    pub(crate) fn quarters(&self, now: Time) -> u32 {
        let Some((back, _)) = self.way else { return QUARTERS };
        let done = (now - back).as_nanos() / self.quarter.as_nanos();
        u32::try_from(done).map_or(QUARTERS, |done| done.saturating_add(1).min(QUARTERS))
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.way.map(|(_, step)| step)
    }

    /// True if its share grew.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> bool {
        let Some((back, _)) = self.way.filter(|(_, step)| *step <= now) else { return false };
        let quarters = self.quarters(now);
        // By the clock, should it have been woken late.
        let next = back + self.quarter.saturating_mul(quarters);
        self.way = (quarters < QUARTERS).then_some((back, next));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn a_share_grows_by_quarters_and_then_nothing_is_due() {
        let mut ramp = Ramp::new(Duration::from_secs(60));
        assert_eq!(ramp.quarters(at(0)), QUARTERS);
        ramp.begin(at(20));
        let mut seen = std::vec![ramp.quarters(at(20))];
        while let Some(step) = ramp.poll_timeout() {
            assert!(ramp.handle_timeout(step));
            seen.push(ramp.quarters(step));
        }
        assert_eq!(seen, [1, 2, 3, 4]);
    }

    #[test]
    fn one_that_is_woken_late_grows_by_the_clock() {
        let mut ramp = Ramp::new(Duration::from_secs(60));
        ramp.begin(at(0));
        assert!(ramp.handle_timeout(at(16)));
        assert_eq!((ramp.quarters(at(16)), ramp.poll_timeout()), (2, Some(at(30))));
        assert!(ramp.handle_timeout(at(59)));
        assert_eq!((ramp.quarters(at(59)), ramp.poll_timeout()), (4, None));
    }

    #[test]
    fn no_ramp_is_a_whole_share_at_once() {
        let mut ramp = Ramp::new(Duration::ZERO);
        ramp.begin(at(20));
        assert_eq!((ramp.quarters(at(20)), ramp.poll_timeout()), (QUARTERS, None));
    }
}
