//! When to try again: truncated exponential backoff with full jitter.
//!
//! Full jitter (a delay drawn from zero to the limit, not around it) keeps a team whose accounts were lost
//! together from coming back together, again and again, at the service that just broke down under them.

use core::time::Duration;

/// The limits of the delay between two attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Backoff {
    /// The longest delay before the second attempt.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub base: Duration,
    /// What each failure multiplies the longest delay by.
    pub factor: f64,
    /// The longest delay ever.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_secs(1), factor: 2.0, cap: Duration::from_secs(60) }
    }
}

impl Backoff {
    /// The delay after the `failures`th failure in a row (from 1); `draw` is uniform in `0.0..1.0`.
    pub fn delay(&self, failures: u32, draw: f64) -> Duration {
        let cap = self.cap.as_secs_f64();
        let mut limit = self.base.as_secs_f64();
        for _ in 1..failures {
            if limit >= cap {
                break;
            }
            limit *= self.factor;
        }
        Duration::try_from_secs_f64(limit.min(cap) * draw.clamp(0.0, 1.0)).unwrap_or(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_doubles_to_the_cap_and_the_draw_scales_it() {
        let backoff = Backoff::default();
        let limits = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map(|n| backoff.delay(n, 1.0).as_secs());
        assert_eq!(limits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff.delay(3, 0.5), Duration::from_secs(2));
        assert_eq!(backoff.delay(3, 0.0), Duration::ZERO);
    }
}
