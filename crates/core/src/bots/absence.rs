//! A bot that is away while events wait for it: the operator is told with figures, soon and then ever more rarely.

use core::time::Duration;

use crate::time::Time;

/// The first time that it is told. A bot that restarts is back by then.
const SOON: Duration = Duration::from_secs(60);
/// And at least so often after that.
const RARELY: Duration = Duration::from_secs(3_600);

/// A bot that has no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// Since when; a bot that has never been there is away from the beginning.
    pub since: Time,
    /// Whether it has been there before.
    pub was_there: bool,
    /// How many events wait for it.
    pub waiting: usize,
    /// How many were dropped meanwhile that nobody had been given.
    pub dropped: u64,
}

/// How long a bot has been away, if it is; and when it acknowledged anything last.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Absence {
    /// `None` while it is there.
    since: Option<Time>,
    was_there: bool,
    /// What had been dropped by then.
    dropped: u64,
    /// When it was told last, and what had been dropped by then.
    told: Option<(Time, u64)>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) acknowledged: Option<Time>,
}

impl Absence {
    pub(super) fn new(now: Time) -> Self {
        Self { since: Some(now), was_there: false, dropped: 0, told: None, acknowledged: None }
    }

    pub(super) fn begins(&mut self, now: Time, dropped: u64) {
        let acknowledged = self.acknowledged;
        *self = Self { since: Some(now), was_there: true, dropped, told: None, acknowledged };
    }

    pub(super) fn ends(&mut self) {
        self.since = None;
    }

    pub(super) fn of(&self, waiting: usize, dropped: u64) -> Option<Away> {
        let (since, was_there) = (self.since?, self.was_there);
        Some(Away { since, was_there, waiting, dropped: dropped.saturating_sub(self.dropped) })
    }

    /// Whether the operator was told of it.
    pub(super) fn is_told(&self) -> bool {
        self.since.is_some() && self.told.is_some()
    }

    /// When the operator is to be told, if it is still away then.
    pub(super) fn poll_timeout(&self, waiting: usize, dropped: u64) -> Option<Time> {
        let away = self.of(waiting, dropped)?;
        let known = self.told.map_or(0, |(_, dropped)| dropped);
        let is_news = away.waiting > 0 || away.dropped > known;
        is_news.then(|| match self.told {
            None => away.since + SOON,
            // When it has been away for twice as long.
            Some((told, _)) => told + (told - away.since).min(RARELY),
        })
    }

    /// What the operator is to be told now.
    pub(super) fn remark(&mut self, now: Time, waiting: usize, dropped: u64) -> Option<Away> {
        self.poll_timeout(waiting, dropped).filter(|at| *at <= now)?;
        let away = self.of(waiting, dropped)?;
        self.told = Some((now, away.dropped));
        Some(away)
    }
}
