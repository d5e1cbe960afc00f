//! WeChat's clock: right when the world begins, and then as fast as the runtime's, which tests may wind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

pub(super) struct Clock {
    wall: SystemTime,
    begun: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { wall: SystemTime::now(), begun: Instant::now() }
    }

    pub(super) fn now(&self) -> SystemTime {
        self.wall + self.begun.elapsed()
    }

    pub(super) fn unix_seconds(&self) -> i64 {
        let since = self.now().duration_since(UNIX_EPOCH).as_ref().map_or(0, Duration::as_secs);
        i64::try_from(since).unwrap_or(i64::MAX)
    }
}
