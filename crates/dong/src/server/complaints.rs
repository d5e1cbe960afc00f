//! Refusals in the log: the operator hears of each cause, but not of each request.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::site::CallbackRefusal;

/// A cause that goes on is repeated so often.
const PAUSE: Duration = Duration::from_secs(60);

/// Which causes the operator has heard of.
#[derive(Debug, Default)]
pub(super) struct Complaints(Mutex<HashMap<&'static str, Cause>>);

#[derive(Debug)]
struct Cause {
    told: Instant,
    /// How often it happened since.
    untold: u64,
}

impl Complaints {
    /// Logs a refusal, unless its cause was logged lately.
    pub(super) fn hear(&self, now: Instant, refusal: CallbackRefusal) {
        // Whoever looks for pages that aren't there is no concern of the operator's.
        if matches!(refusal, CallbackRefusal::Path | CallbackRefusal::Method { .. }) {
            return;
        }
        if let Some(untold) = self.news(now, refusal.label()) {
            tracing::warn!(
                cause = refusal.label(),
                since_last_told = untold,
                "a call was refused: {refusal}"
            );
        }
    }

    /// The same of a connection that can't be accepted: the next try is soon, and so is its failure.
    pub(super) fn hear_of_accepting(&self, now: Instant, error: &io::Error) {
        if let Some(untold) = self.news(now, "accept") {
            tracing::warn!(
                %error,
                since_last_told = untold,
                "a connection can't be accepted; are there too many open files?"
            );
        }
    }

    /// If a cause is to be told: how often it happened untold.
    fn news(&self, now: Instant, label: &'static str) -> Option<u64> {
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match causes.get_mut(label) {
            Some(cause) if now.saturating_duration_since(cause.told) < PAUSE => {
                cause.untold += 1;
                None
            }
            _ => Some(causes.insert(label, Cause { told: now, untold: 0 }).map_or(0, |cause| cause.untold)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_at_once_and_then_each_minute() {
        let (complaints, start) = (Complaints::default(), Instant::now());
        let news = |after: u64, label| complaints.news(start + Duration::from_secs(after), label);
        assert_eq!(news(0, "age"), Some(0));
        assert_eq!(news(1, "age"), None);
        assert_eq!(news(2, "signature"), Some(0));
        assert_eq!(news(59, "age"), None);
        assert_eq!(news(60, "age"), Some(2));
        assert_eq!(news(61, "age"), None);
    }
}
