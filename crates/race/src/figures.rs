//! What the samples of a contender come to: medians over the rounds.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::{contender::Kind, scenario::Scenario};

/// What was seen in one turn.
pub(crate) struct Sample {
    /// Of all processors, by the one in the middle, while it was flooded.
    pub(crate) taken: Duration,
    /// Calls that were answered, or messages that were told.
    pub(crate) calls: u64,
    pub(crate) per_second: f64,
    /// How long calls took at a moderate rate, in nanoseconds.
    pub(crate) took: Histogram<u64>,
}

/// What they come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Of all processors, in microseconds, for one call.
    pub(crate) processor: f64,
    pub(crate) calls_per_second: f64,
    /// How long a call takes at a moderate rate, in microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// The most memory ever, in bytes.
    pub(crate) peak: Option<u64>,
}

/// One contender in one scenario.
pub(crate) struct Row {
    pub(crate) scenario: Scenario,
    pub(crate) kind: Kind,
    pub(crate) figures: Figures,
}

/// How often one has what another has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Ratios {
    pub(crate) processor: f64,
    pub(crate) calls_per_second: f64,
    pub(crate) p99: f64,
}

impl Figures {
    /// These, in terms of others.
    pub(crate) fn over(&self, other: &Self) -> Ratios {
        Ratios {
            processor: self.processor / other.processor,
            calls_per_second: self.calls_per_second / other.calls_per_second,
            p99: self.p99 / other.p99,
        }
    }

    pub(crate) fn of(samples: &[Sample], peak: Option<u64>) -> Self {
        let median = |figure: &dyn Fn(&Sample) -> f64| median(samples.iter().map(figure).collect());
        let quantile = |it: f64| median(&|sample| sample.took.value_at_quantile(it) as f64 / 1e3);
        Self {
            processor: median(&|it| it.taken.as_secs_f64() * 1e6 / it.calls as f64),
            calls_per_second: median(&|it| it.per_second),
            p50: quantile(0.5),
            p99: quantile(0.99),
            p999: quantile(0.999),
            peak,
        }
    }
}

/// The middle one; of an even number the mean of both.
fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    match of.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => of[middle],
        _ => f64::midpoint(of[middle - 1], of[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }
}
