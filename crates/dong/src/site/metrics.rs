//! The figures that `/metrics` shows.

use std::time::Duration;

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{Disposition, HttpReply};

/// WeChat gives up after 5 s.
const BUCKETS: [f64; 8] = [0.000_1, 0.000_5, 0.001, 0.005, 0.05, 0.5, 1.0, 5.0];

pub(super) struct Metrics {
    registry: Registry,
    requests: Family<[(&'static str, &'static str); 1], Counter>,
    repeated: Counter,
    last_message: Gauge,
    duration: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ha_wechaty_dong");
        let requests = Family::<[(&str, &str); 1], Counter>::default();
        // A figure that is not there can't be told from a broken one.
        for label in Disposition::COUNTED.into_iter().filter_map(Disposition::label) {
            drop(requests.get_or_create(&[("outcome", label)]));
        }
        let (repeated, last_message) = (Counter::default(), Gauge::default());
        let duration = Histogram::new(BUCKETS);
        registry.register("requests", "Requests by what became of them", requests.clone());
        registry.register("repeated", "Messages that WeChat had sent before", repeated.clone());
        registry.register(
            "last_message_timestamp_seconds",
            "When the last message came, in seconds since 1970; 0 before the first",
            last_message.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "From a request's head to its answer",
            Unit::Seconds,
            duration.clone(),
        );
        Self { registry, requests, repeated, last_message, duration }
    }
}

impl Metrics {
    pub(super) fn count(&self, now: Duration, answer: &HttpReply, took: Duration) {
        let Some(label) = answer.outcome.label() else { return };
        self.requests.get_or_create(&[("outcome", label)]).inc();
        self.duration.observe(took.as_secs_f64());
        if let Disposition::Replied { repeated } | Disposition::Silent { repeated } = answer.outcome {
            self.repeated.inc_by(u64::from(repeated));
            self.last_message.set(now.as_secs().try_into().unwrap_or(i64::MAX));
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
