//! The last steps of an account's life. What comes again within the hour is counted, so that one that comes and
//! goes all night does not push out when and why that began.

use alloc::{collections::VecDeque, string::String};
use core::time::Duration;

use crate::{phase::Standing, time::Time};

/// How many steps are remembered.
const STEPS: usize = 32;
/// Among how many of the last steps the same one is looked for.
const LATELY: usize = 6;
/// What comes again later than this is a new one.
const AGAIN: Duration = Duration::from_secs(3_600);

/// A step of an account's life, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Step {
    /// When; the first time.
    pub at: Time,
    /// Where it stood before.
    pub from: Standing,
    /// Where it stands since.
    pub to: Standing,
    /// Why, in words; the first time.
    pub cause: String,
    /// How long it had stood where it was; the first time.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub after: Duration,
    /// How often, if it came and went.
    pub times: u32,
    /// When the last time.
    pub last: Time,
}

/// The last steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct History(VecDeque<Step>);

impl History {
    /// Oldest first.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.0.iter()
    }

    pub(crate) fn push(&mut self, step: Step) {
        let is_same = |it: &&mut Step| {
            (it.from, it.to) == (step.from, step.to) && it.cause == step.cause && step.at - it.last <= AGAIN
        };
        if let Some(same) = self.0.iter_mut().rev().take(LATELY).find(is_same) {
            (same.times, same.last) = (same.times.saturating_add(1), step.at);
            return;
        }
        if self.0.len() == STEPS {
            self.0.pop_front();
        }
        self.0.push_back(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Standing::{Available, Connecting, Offline};
    use std::vec::Vec;

    fn step(at: u64, from: Standing, to: Standing) -> Step {
        let at = Time::after_origin(Duration::from_secs(at));
        Step { at, from, to, cause: to.name().into(), after: Duration::ZERO, times: 1, last: at }
    }

    #[test]
    fn what_comes_and_goes_all_night_is_counted_and_its_beginning_stays() {
        let mut history = History::default();
        history.push(step(0, Connecting, Available));
        for n in 1..1_000 {
            history.push(step(60 * n, Available, Offline));
            history.push(step(60 * n + 5, Offline, Available));
        }
        let told: Vec<_> =
            history.steps().map(|it| (it.to, it.at.since_origin().as_secs(), it.times)).collect();
        assert_eq!(told, [(Available, 0, 1), (Offline, 60, 999), (Available, 65, 999)]);
        history.push(step(200_000, Available, Offline));
        assert_eq!(history.steps().last().map(|it| it.times), Some(1), "another day, another step");
    }

    #[test]
    fn another_cause_is_another_step_and_the_last_ones_are_kept() {
        let mut history = History::default();
        for n in 0..100 {
            history.push(Step { cause: alloc::format!("{n}"), ..step(n, Available, Offline) });
        }
        let told: Vec<_> = history.steps().map(|it| it.cause.clone()).collect();
        assert_eq!((told.len(), told.first().map(String::as_str)), (STEPS, Some("68")));
    }
}
