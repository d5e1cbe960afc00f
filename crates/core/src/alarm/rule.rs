//! Whom alarms are told, and when.

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use super::Severity;
use crate::time::{Stamp, Time};

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// What is critical waits no longer for others to be told with.
const URGENT: Duration = Duration::from_secs(10);
/// What is only to be known waits so long for something else to be told with.
const PATIENT: Duration = DAY;

/// Whom alarms are told, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmRule {
    /// What comes within so long is told together; what is critical, within ten seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub group: Duration,
    /// What is critical, and acknowledged by nobody for so long, is told those of level 2 as well.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub escalate_after: Duration,
    /// How often it is told again after that, until somebody acknowledges it.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub repeat: Duration,
    /// When only what is critical is told; the rest is, together, at the end of it.
    pub quiet: Vec<Quiet>,
    /// By how many seconds the clocks of those who are told are ahead of UTC.
    pub offset: i32,
    /// The ways to people. Without any nobody is told, and alarms are to be seen all the same.
    pub ways: Vec<WayRule>,
}

impl Default for AlarmRule {
    fn default() -> Self {
        Self {
            group: Duration::from_secs(60),
            escalate_after: Duration::from_secs(15 * 60),
            repeat: Duration::from_secs(4 * 3_600),
            quiet: Vec::new(),
            offset: 0,
            ways: Vec::new(),
        }
    }
}

/// A part of each day, by local time; it may go on over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quiet {
    /// When it begins, since midnight.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub from: Duration,
    /// When it ends, since midnight.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub to: Duration,
}

/// A way to people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WayRule {
    /// Its name, by which it is known over restarts.
    pub name: String,
    /// What matters less is not told.
    pub least: Severity,
    /// 1: those who are told first; 2: those who are told what nobody acknowledged in time.
    pub level: u8,
}

impl AlarmRule {
    /// When something that became known then is to be told, if nothing else is before.
    pub(super) fn due(&self, epoch: Stamp, known: Time, severity: Severity) -> Time {
        match severity {
            Severity::Critical => known + self.group.min(URGENT),
            Severity::Warning => self.after_quiet(epoch, known + self.group),
            Severity::Info => self.after_quiet(epoch, known + PATIENT.max(self.group)),
        }
    }

    /// Whether only what is critical is told then.
    pub(super) fn is_quiet(&self, epoch: Stamp, at: Time) -> bool {
        self.rest(epoch, at).is_some()
    }

    /// The first moment from then on that is not quiet.
    fn after_quiet(&self, epoch: Stamp, at: Time) -> Time {
        // One may begin where another one ends; all day long nobody can mean.
        let mut free = at;
        for _ in 0..self.quiet.len() {
            let Some(rest) = self.rest(epoch, free) else { return free };
            free = free + rest;
        }
        free
    }

    /// How long it goes on to be quiet, if it is then.
    fn rest(&self, epoch: Stamp, at: Time) -> Option<Duration> {
        let since = i128::try_from(at.since_origin().as_millis()).unwrap_or(i128::MAX / 2);
        let local = i128::from(epoch.milliseconds()) + i128::from(self.offset) * 1_000 + since;
        let day = i128::try_from(DAY.as_millis()).unwrap_or(1);
        let clock = Duration::from_millis(u64::try_from(local.rem_euclid(day)).unwrap_or(0));
        let rests = self.quiet.iter().filter_map(|Quiet { from, to }| {
            let is_in =
                if from <= to { *from <= clock && clock < *to } else { *from <= clock || clock < *to };
            let end = if clock < *to { *to } else { *to + DAY };
            is_in.then(|| end.saturating_sub(clock))
        });
        rests.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    const HOUR: u64 = 3_600;

    fn hours(hours: u64) -> Duration {
        Duration::from_secs(hours * HOUR)
    }

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn what_is_not_critical_waits_for_the_end_of_a_quiet_time() {
        // The origin is midnight in Shanghai.
        let epoch = Stamp::new(1_700_000_000 / 86_400 * 86_400 - 8 * 3_600).expect("a moment");
        let night = Quiet { from: hours(23), to: hours(8) };
        let noon = Quiet { from: hours(8), to: hours(9) };
        let rule = AlarmRule { quiet: vec![night, noon], offset: 8 * 3_600, ..AlarmRule::default() };
        let told = |seconds, severity| rule.due(epoch, at(seconds), severity).since_origin().as_secs();
        assert_eq!(told(3 * HOUR, Severity::Critical), 3 * HOUR + 10);
        assert_eq!(told(3 * HOUR, Severity::Warning), 9 * HOUR, "one begins where the other ends");
        assert_eq!(told(22 * HOUR, Severity::Warning), 22 * HOUR + 60);
        assert_eq!(told(23 * HOUR - 30, Severity::Warning), 33 * HOUR, "over midnight");
        assert_eq!(told(12 * HOUR, Severity::Info), 36 * HOUR);
        assert!(rule.is_quiet(epoch, at(0)) && !rule.is_quiet(epoch, at(9 * HOUR)));
        let always = AlarmRule { quiet: vec![Quiet { from: hours(0), to: hours(24) }; 3], ..rule };
        assert!(always.due(epoch, at(0), Severity::Warning) <= at(100 * HOUR), "it ends all the same");
    }
}
