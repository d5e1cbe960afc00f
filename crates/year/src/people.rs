//! Who says what when, and when those who repair are awake.

use std::time::Duration;

use ha_wechaty_core::Time;

use super::{
    assumptions::Assumptions,
    faults::{dice, exponential},
};

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

/// How much is said in each hour of the day, relative to the others. Nights are quiet: that is when silence
/// says least.
const RHYTHM: [f64; 24] = [
    0.3, 0.1, 0.05, 0.05, 0.05, 0.1, 0.3, 0.8, 1.3, 1.6, 1.6, 1.5, 1.6, 1.5, 1.5, 1.5, 1.5, 1.5, 1.6, 1.8,
    2.0, 1.8, 1.3, 0.7,
];

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a room: all accounts are there.
    Room(u32),
    /// To the one account that this person is a friend of.
    Private(u32),
}

/// What a person says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saying {
    pub(super) at: Time,
    pub(super) person: u32,
    pub(super) place: Place,
    /// Whether the bot is to answer.
    pub(super) asks: bool,
}

/// All that people say, in order; without end.
pub(super) struct People<'a> {
    assumptions: &'a Assumptions,
    dice: fastrand::Rng,
    at: Time,
    /// The mean time between sayings in the busiest hour.
    pause: Duration,
    busiest: f64,
}

impl<'a> People<'a> {
    pub(super) fn new(assumptions: &'a Assumptions, seed: u64) -> Self {
        let a_day = assumptions.room_questions + assumptions.private_questions + assumptions.chatter;
        let busiest = RHYTHM.iter().copied().fold(0.0, f64::max);
        let mean = RHYTHM.iter().sum::<f64>() / RHYTHM.len() as f64;
        let pause = Duration::from_secs_f64(DAY as f64 / a_day * mean / busiest);
        Self { assumptions, dice: dice(seed, 1), at: Time::ZERO, pause, busiest }
    }
}

impl Iterator for People<'_> {
    type Item = Saying;

    fn next(&mut self) -> Option<Saying> {
        // Thinned from the busiest hour's rate.
        loop {
            self.at = self.at + exponential(self.pause, &mut self.dice);
            let hour = self.at.since_origin().as_secs() % DAY / HOUR;
            if self.dice.f64() * self.busiest < RHYTHM[hour as usize] {
                break;
            }
        }
        let it = self.assumptions;
        let (person, room) = (self.dice.u32(..it.people), self.dice.u32(..it.rooms));
        let sort = self.dice.f64() * (it.room_questions + it.private_questions + it.chatter);
        let is_private = sort < it.private_questions;
        let asks = sort < it.private_questions + it.room_questions;
        let place = if is_private { Place::Private(person) } else { Place::Room(room) };
        Some(Saying { at: self.at, person, place, asks })
    }
}

/// When so much waking time has passed for those who repair.
pub(super) fn awake(assumptions: &Assumptions, from: Time, mut work: Duration) -> Time {
    let [begin, end] = [assumptions.awake_from, assumptions.awake_until].map(|hour| u64::from(hour) * HOUR);
    let mut now = from.since_origin();
    loop {
        let midnight = Duration::from_secs(now.as_secs() / DAY * DAY);
        now = now.max(midnight + Duration::from_secs(begin));
        let left = (midnight + Duration::from_secs(end)).saturating_sub(now);
        if work <= left {
            return Time::after_origin(now + work);
        }
        work -= left;
        now = midnight + Duration::from_secs(DAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64) -> Time {
        Time::after_origin(Duration::from_secs(hours * HOUR))
    }

    #[test]
    fn nobody_repairs_at_night() {
        let it = Assumptions::default();
        let after = |from, hours| awake(&it, at(from), Duration::from_secs(hours * HOUR));
        assert_eq!(after(12, 2), at(14));
        assert_eq!(after(2, 2), at(10));
        assert_eq!(after(22, 2), at(24 + 9));
        assert_eq!(after(23, 16), at(48 + 9));
    }

    #[test]
    fn people_say_as_much_as_they_should_and_mostly_by_day() {
        let it = Assumptions::default();
        let said: Vec<_> = People::new(&it, 1).take_while(|saying| saying.at < at(24 * 100)).collect();
        let (count, asked) = (said.len(), said.iter().filter(|saying| saying.asks).count());
        assert!((97_000..103_000).contains(&count) && (38_500..41_500).contains(&asked), "{count} {asked}");
        let at_night = said.iter().filter(|it| it.at.since_origin().as_secs() % DAY < 6 * HOUR).count();
        assert!(at_night * 20 < count, "{at_night}");
    }
}
