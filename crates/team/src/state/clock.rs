//! The team's clock: where the core's time is on the runtime's.

use ha_wechaty_core::Time;
use tokio::time::Instant;

/// The core's time, which goes on where a journal ends.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
    began: Time,
}

impl Clock {
    /// It is `now` at this moment.
    pub fn from(now: Time) -> Self {
        Self { origin: Instant::now(), began: now }
    }

    /// What it shows.
    pub fn now(&self) -> Time {
        self.began + self.origin.elapsed()
    }

    /// What it shows then; of what was before it began, when it began.
    pub fn at(&self, instant: Instant) -> Time {
        self.began + instant.saturating_duration_since(self.origin)
    }

    /// When it shows that, or showed it; no clock need reach back to before its machine began.
    pub fn instant(&self, time: Time) -> Instant {
        let back = self.origin.checked_sub(self.began - time).unwrap_or(self.origin);
        back + (time - self.began)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::from(Time::ZERO)
    }
}
