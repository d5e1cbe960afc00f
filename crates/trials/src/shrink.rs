//! A failing schedule, cut down to what makes it fail.

use std::time::Duration;

use ha_wechaty_journal::sim::Faults;

use crate::schedule::{Manner, Schedule, Shift};

/// The smallest schedule that still fails, found by leaving out ever smaller parts.
pub(crate) fn shrink(schedule: &Schedule, mut fails: impl FnMut(&Schedule) -> bool) -> Schedule {
    let mut best = schedule.clone();
    let mut part = best.steps.len().div_ceil(2);
    while part > 0 {
        let (mut from, mut shorter) = (0, false);
        while from < best.steps.len() {
            let mut candidate = best.clone();
            candidate.steps.drain(from..(from + part).min(candidate.steps.len()));
            if fails(&candidate) {
                (best, shorter) = (candidate, true);
            } else {
                from += part;
            }
        }
        // At single steps it goes on as long as it helps.
        part = if part == 1 && shorter { 1 } else { part / 2 };
    }
    let simpler: [fn(&mut Schedule); 5] = [
        |it| it.shift = Shift::Alone,
        |it| it.paced = false,
        |it| it.at_least_once = false,
        |it| it.store = it.store.as_ref().map(|_| Faults::default()),
        |it| it.store = if it.lives_on() { None } else { it.store.take() },
    ];
    for simplify in simpler {
        let mut candidate = best.clone();
        simplify(&mut candidate);
        if fails(&candidate) {
            best = candidate;
        }
    }
    let plain = Manner { echo: false, catch_up: true, ahead: Duration::ZERO };
    for account in 0..best.manners.len() {
        let mut candidate = best.clone();
        candidate.manners[account] = plain;
        if candidate.manners != best.manners && fails(&candidate) {
            best = candidate;
        }
    }
    best
}
