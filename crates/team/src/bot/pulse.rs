//! When a stream's heartbeats are due.
//!
//! Stock clients look after their stream with a watchdog that runs only once it has been fed, and that they start
//! after their call of `Start` has been answered: what came before that fed nobody, and a bot whose gateway goes
//! away before the next beat is deaf for good. So the beats begin close together, and begin anew at each `Start`.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The first beat after the one that the stream opens with.
const FIRST: Duration = Duration::from_millis(100);

/// A stream's beats: the gap doubles until it is as long as usual.
#[derive(Debug)]
pub(super) struct Pulse {
    every: Duration,
    since: Instant,
    next: Instant,
}

impl Pulse {
    pub(super) fn new(every: Duration) -> Self {
        let since = Instant::now();
        Self { every, since, next: since + every.min(FIRST) }
    }

    /// As if the stream had just opened.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.every);
    }

    /// Waits for the next beat. Dropped before its end, it is to be called again.
    pub(super) async fn beat(&mut self) {
        sleep_until(self.next).await;
        let now = Instant::now();
        // As long again as it has beaten already. Beats that were missed are not made up for.
        self.next = now + now.saturating_duration_since(self.since).clamp(FIRST.min(self.every), self.every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn beats(pulse: &mut Pulse, count: usize) -> Vec<f64> {
        let begun = Instant::now();
        let mut beats = Vec::new();
        for _ in 0..count {
            pulse.beat().await;
            beats.push((begun.elapsed().as_secs_f64() * 10.0).round() / 10.0);
        }
        beats
    }

    #[tokio::test(start_paused = true)]
    async fn beats_begin_close_together_and_begin_anew_at_each_start() {
        let mut pulse = Pulse::new(Duration::from_secs(15));
        let beginning = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 40.6, 55.6];
        assert_eq!(beats(&mut pulse, 11).await, beginning);
        pulse.restart();
        assert_eq!(beats(&mut pulse, 11).await, beginning);
    }

    #[tokio::test(start_paused = true)]
    async fn an_interval_is_never_exceeded() {
        assert_eq!(
            beats(&mut Pulse::new(Duration::from_secs(2)), 7).await,
            [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.2]
        );
        assert_eq!(beats(&mut Pulse::new(Duration::from_millis(50)), 3).await.len(), 3);
    }
}
