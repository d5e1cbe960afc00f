//! What went wrong, as people tell it: when it began, when and how it was noticed, why, and when it was well again.
//!
//! What comes again within the hour after it was well is the same incident, and counted.

use alloc::{collections::VecDeque, string::String};
use core::time::Duration;

use crate::{phase::Standing, time::Time, words::words};

/// How many are remembered; the oldest that are over go first.
const MOST: usize = 512;
/// How long at the most.
const AGE: Duration = Duration::from_secs(91 * 24 * 3_600);
/// What comes again later than this is a new one.
const AGAIN: Duration = Duration::from_secs(3_600);
/// A cause is told in so many bytes at most.
const CAUSE: usize = 300;

/// Whose uptime it is, or what went wrong: known by its name, wherever it stands in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Subject {
    /// The team.
    Team,
    /// The account of this name.
    Account(String),
    /// The bot of this name.
    Bot(String),
}

words! {
    /// What it was noticed by.
    pub enum Noticed {
        /// The connection to its puppet service broke, or was never made.
        Connection = "connection",
        /// Its provider said so.
        Provider = "provider",
        /// It was silent: the heartbeat.
        Heartbeat = "heartbeat",
        /// No account was left.
        Accounts = "accounts",
        /// It had no event stream, while events waited for it.
        Stream = "stream",
    }
}

impl Noticed {
    /// What shows that an account stands there, if that is an incident.
    pub(crate) fn of(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Offline => Some(Self::Connection),
            Standing::NotLoggedIn | Standing::WaitingScan | Standing::LoggedOut => Some(Self::Provider),
            Standing::Failed => Some(Self::Heartbeat),
            Standing::Connecting
            | Standing::Preparing
            | Standing::Available
            | Standing::Suspect
            | Standing::Draining
            | Standing::Maintenance
            | Standing::Removed => None,
        }
    }
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Incident {
    /// Its number: no other one ever has it.
    pub number: u64,
    /// What with.
    pub about: Subject,
    /// Since when, as far as can be known: of a silent account the last sign of life.
    pub began: Time,
    /// When it was noticed; the first time.
    pub noticed: Time,
    /// How.
    pub by: Noticed,
    /// Why, in words; the first time.
    pub cause: String,
    /// Where an account stood last while it lasted; nowhere for others.
    pub standing: Option<Standing>,
    /// When it was well again; `None` while it is not.
    pub ended: Option<Time>,
    /// What made it well, in words.
    pub end: String,
    /// How often, if it came again.
    pub times: u32,
    /// When it began the last time.
    pub last: Time,
    /// How long it lasted in all, without the time between; of one that lasts, up to its last beginning.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub lasted: Duration,
}

impl Incident {
    /// How long it has lasted in all, without the time between.
    pub fn lasted(&self, now: Time) -> Duration {
        if self.ended.is_some() { self.lasted } else { self.lasted + (now - self.last) }
    }
}

/// Something that begins to go wrong.
#[derive(Debug)]
pub(crate) struct Begins {
    pub(crate) began: Time,
    pub(crate) by: Noticed,
    pub(crate) cause: String,
    pub(crate) standing: Option<Standing>,
}

/// What went wrong lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Incidents {
    next: u64,
    all: VecDeque<Incident>,
}

impl Incidents {
    /// Oldest first, by when each began the first time.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Incident> {
        self.all.iter()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether something is wrong with it now.
    pub(crate) fn is_open(&self, about: &Subject) -> bool {
        self.all.iter().any(|it| it.about == *about && it.ended.is_none())
    }

    /// Something begins to go wrong with it, or goes on otherwise.
    pub(crate) fn begin(&mut self, now: Time, about: Subject, begins: Begins) {
        let Begins { began, by, mut cause, standing } = begins;
        if let Some(open) = self.all.iter_mut().rev().find(|it| it.about == about && it.ended.is_none()) {
            open.standing = standing;
            return;
        }
        cause
            .truncate((0..=cause.len().min(CAUSE)).rev().find(|at| cause.is_char_boundary(*at)).unwrap_or(0));
        let is_again = |it: &&mut Incident| {
            let is_same = it.about == about && it.by == by && it.standing == standing && it.cause == cause;
            is_same && it.ended.is_some_and(|ended| began - ended <= AGAIN)
        };
        if let Some(again) = self.all.iter_mut().rev().find(is_again) {
            again.times = again.times.saturating_add(1);
            (again.last, again.ended) = (began, None);
            again.end.clear();
            return;
        }
        let number = self.next;
        self.next += 1;
        self.all.push_back(Incident {
            number,
            about,
            began,
            noticed: now,
            by,
            cause,
            standing,
            ended: None,
            end: String::new(),
            times: 1,
            last: began,
            lasted: Duration::ZERO,
        });
        let is_old = |it: &Incident| it.ended.is_some_and(|ended| ended + AGE <= now);
        self.all.retain(|it| !is_old(it));
        while self.all.len() > MOST {
            let over = self.all.iter().position(|it| it.ended.is_some()).unwrap_or(0);
            self.all.remove(over);
        }
    }

    /// It is well again.
    pub(crate) fn end(&mut self, now: Time, about: &Subject, end: &str) {
        for it in self.all.iter_mut().filter(|it| it.about == *about && it.ended.is_none()) {
            it.lasted += now - it.last;
            (it.ended, it.end) = (Some(now), end.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use std::vec::Vec;

    fn north() -> Subject {
        Subject::Account("north".into())
    }

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn offline(began: u64, cause: &str) -> Begins {
        Begins {
            began: at(began),
            by: Noticed::Connection,
            cause: cause.into(),
            standing: Some(Standing::Offline),
        }
    }

    #[test]
    fn what_comes_again_within_the_hour_is_the_same_and_lasts_only_while_it_lasts() {
        let mut it = Incidents::default();
        for begin in [100, 1_000, 4_000] {
            it.begin(at(begin), north(), offline(begin, "reset"));
            assert!(it.is_open(&north()));
            it.end(at(begin + 10), &north(), "it works");
        }
        it.begin(at(7_000), north(), offline(7_000, "refused"));
        it.end(at(7_001), &north(), "it works");
        it.begin(at(90_000), north(), offline(90_000, "reset"));
        let told: Vec<_> =
            it.all().map(|it| (it.number, it.began, it.times, it.lasted(at(90_005)))).collect();
        let seconds = Duration::from_secs;
        let expected =
            [(0, at(100), 3, seconds(30)), (1, at(7_000), 1, seconds(1)), (2, at(90_000), 1, seconds(5))];
        assert_eq!(told, expected);
    }

    #[test]
    fn one_that_goes_on_otherwise_is_one() {
        let mut it = Incidents::default();
        it.begin(at(100), north(), offline(100, "reset"));
        let scan =
            Begins { standing: Some(Standing::WaitingScan), by: Noticed::Provider, ..offline(200, "scan") };
        it.begin(at(200), north(), scan);
        it.end(at(300), &north(), "it works");
        let told: Vec<_> = it.all().map(|it| (it.cause.as_str(), it.standing, it.lasted)).collect();
        assert_eq!(told, [("reset", Some(Standing::WaitingScan), Duration::from_secs(200))]);
    }

    #[test]
    fn there_are_so_many_at_most_and_none_that_lasts_is_forgotten() {
        let mut it = Incidents::default();
        it.begin(at(0), Subject::Team, offline(0, "all"));
        for n in 0..2 * MOST as u64 {
            it.begin(at(n), north(), offline(n, &format!("{n}")));
            it.end(at(n), &north(), "it works");
        }
        assert_eq!((it.len(), it.is_open(&Subject::Team)), (MOST, true));
        it.begin(at(0) + 2 * AGE, north(), offline(0, &"é".repeat(CAUSE)));
        assert_eq!(it.len(), 2, "what is over is forgotten after three months");
        assert!(it.all().next_back().is_some_and(|it| it.cause.len() <= CAUSE));
    }
}
