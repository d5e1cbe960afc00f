//! The result of a year: figures, for people and for programs.

use std::time::Duration;

use serde::Serialize;

use super::{
    Assumptions, Options,
    tally::{Cause, Tally},
};

/// Three years side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The dice.
    pub seed: u64,
    /// How long.
    pub days: u32,
    /// How many accounts the teams had.
    pub accounts: u8,
    /// What the world was made of: meaning and value.
    pub assumptions: Vec<(String, String)>,
    /// (a) one account without a heartbeat.
    pub alone: Column,
    /// (b) several with the original's rules.
    pub original: Column,
    /// (c) several with ours.
    pub ours: Column,
}

/// What became of questions and faults under one set of rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Questions in rooms.
    pub asked_in_rooms: u64,
    /// Questions in private.
    pub asked_in_private: u64,
    /// Questions that were answered in time.
    pub answered: u64,
    /// The share of all questions that was answered in time.
    pub availability: f64,
    /// The same, of questions in rooms.
    pub availability_in_rooms: f64,
    /// The same, of questions in private.
    pub availability_in_private: f64,
    /// How many nines that is: 99.9 % are 3; `None`, if nothing was lost.
    pub nines: Option<f64>,
    /// Not answered: the bot did not hear of them in time.
    pub lost_unheard: u64,
    /// Not answered: the bot got an error.
    pub lost_refused: u64,
    /// Not answered: accepted, and never delivered. Nobody knew.
    pub lost_unknown: u64,
    /// Questions that got further answers.
    pub answered_twice: u64,
    /// Hours in which no account that got work could do it.
    pub outage_hours: f64,
    /// Faults that struck a phone that had none of the sort, and outages of the provider.
    pub faults: u64,
    /// How long silent faults (deaf, mute, zombie) still took work.
    pub detect: Span,
    /// From the beginning of any fault but throttling until the account worked and got work again.
    pub recover: Span,
    /// Dings for each account and day.
    pub dings: f64,
    /// Restarts of puppets.
    pub resets: u64,
    /// How often a person was told that something needs them. Told together counts once; that it is over does not count.
    pub told: u64,
    /// How often nothing needed them then that they could do: it ended by itself.
    pub told_in_vain: u64,
    /// How often an account needed a person, and nobody was told within half an hour. One whose sends vanish is counted from the
    /// first that did.
    pub unsaid: u64,
    /// Accounts taken out of work, or restarted, though they worked.
    pub false_alarms: u64,
}

/// A distribution of times, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// How many there were.
    pub count: u64,
    /// Their mean.
    pub mean_seconds: f64,
    /// 95 of 100 were not longer.
    pub p95_seconds: f64,
}

impl Report {
    pub(super) fn new(options: &Options, assumptions: &Assumptions, tallies: [Tally; 3]) -> Self {
        let accounts = f64::from(options.accounts);
        let [alone, original, ours] = tallies;
        let days = f64::from(options.days);
        Self {
            seed: options.seed,
            days: options.days,
            accounts: options.accounts,
            assumptions: assumptions.rows(),
            alone: Column::new(alone, days),
            original: Column::new(original, days * accounts),
            ours: Column::new(ours, days * accounts),
        }
    }
}

impl Column {
    fn new(tally: Tally, account_days: f64) -> Self {
        let [rooms, private] = [false, true].map(|private| {
            let lost = Cause::ALL.map(|cause| tally.lost(private, cause));
            (tally.asked(private), lost)
        });
        let lost: [u64; 3] = std::array::from_fn(|cause| rooms.1[cause] + private.1[cause]);
        let asked = rooms.0 + private.0;
        let share = |asked: u64, lost: &[u64; 3]| {
            let lost = lost.iter().sum::<u64>() as f64;
            if asked == 0 { 1.0 } else { 1.0 - lost / asked as f64 }
        };
        let availability = share(asked, &lost);
        Self {
            asked_in_rooms: rooms.0,
            asked_in_private: private.0,
            answered: asked - lost.iter().sum::<u64>(),
            availability,
            availability_in_rooms: share(rooms.0, &rooms.1),
            availability_in_private: share(private.0, &private.1),
            nines: (availability < 1.0).then(|| -(1.0 - availability).log10()),
            lost_unheard: lost[0],
            lost_refused: lost[1],
            lost_unknown: lost[2],
            answered_twice: tally.twice,
            outage_hours: tally.outage.as_secs_f64() / 3_600.0,
            faults: tally.faults,
            detect: Span::new(tally.found),
            recover: Span::new(tally.recovered),
            dings: tally.dings as f64 / account_days,
            resets: tally.resets,
            told: tally.told,
            told_in_vain: tally.told_in_vain,
            unsaid: tally.unsaid,
            false_alarms: tally.false_alarms,
        }
    }
}

impl Span {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let count = times.len();
        let sum: f64 = times.iter().map(Duration::as_secs_f64).sum();
        let p95 = (count * 95).div_ceil(100).checked_sub(1).and_then(|index| times.get(index));
        Self {
            count: count as u64,
            mean_seconds: if count == 0 { 0.0 } else { sum / count as f64 },
            p95_seconds: p95.map_or(0.0, Duration::as_secs_f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_its_mean_and_the_longest_of_95_in_100() {
        let span = Span::new((1..=100).rev().map(Duration::from_secs).collect());
        assert_eq!((span.count, span.mean_seconds, span.p95_seconds), (100, 50.5, 95.0));
        assert_eq!(Span::new(vec![]), Span { count: 0, mean_seconds: 0.0, p95_seconds: 0.0 });
    }
}
