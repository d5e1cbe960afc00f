//! An account that comes back gets its share of the work by quarters: what made it fail may still be there,
//! and a send that it loses can't be called back.

use core::time::Duration;

use crate::time::Time;

/// The quarters of a whole share.
pub(crate) const QUARTERS: u32 = 4;

/// How much of its share an account gets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ramp {
    /// How long it takes; zero for at once.
    whole: Duration,
    /// Since when it is back, and when its share grows next.
    way: Option<(Time, Time)>,
}

impl Ramp {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, way: None }
    }

    /// It is back.
    pub(crate) fn begin(&mut self, now: Time) {
        self.way = (!self.whole.is_zero()).then_some((now, now + self.whole / QUARTERS));
    }

    /// How many quarters it gets.
    pub(crate) fn quarters(&self, now: Time) -> u32 {
        let Some((back, _)) = self.way else { return QUARTERS };
        let done = (now - back).as_secs_f64() / self.whole.as_secs_f64() * f64::from(QUARTERS);
        (done as u32 + 1).min(QUARTERS)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.way.map(|(_, step)| step)
    }

    /// True if its share grew.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> bool {
        let Some((back, step)) = self.way.filter(|(_, step)| *step <= now) else { return false };
        let is_done = self.quarters(now) == QUARTERS;
        // Counted from now, should it have been woken late.
        self.way = (!is_done).then_some((back, step.max(now) + self.whole / QUARTERS));
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
    fn no_ramp_is_a_whole_share_at_once() {
        let mut ramp = Ramp::new(Duration::ZERO);
        ramp.begin(at(20));
        assert_eq!((ramp.quarters(at(20)), ramp.poll_timeout()), (QUARTERS, None));
    }
}
