//! One way to people: what it was told, what waits, what failed.
//!
//! A way has one telling under way at a time. What fails is tried again after a second, two, four, up to ten minutes, with
//! whatever there is to tell by then; after a day it is given up, and that is to be seen.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::{cmp::Reverse, time::Duration};

use super::{
    AlarmId, AlarmRule, AlarmStep, Severity, WayRule,
    kept::{Kept, cut},
};
use crate::{
    command::Tell,
    time::{Stamp, Time},
};

/// How many alarms are told at once.
const MOST: usize = 50;
/// Nobody needs longer to try it; whoever says nothing by then never will.
const ATTEMPT: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// After so long it is given up.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// How a way to people is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayState {
    /// Its name.
    pub name: String,
    /// How many alarms have something that it has not been told.
    pub waiting: usize,
    /// Since when the one waits that waits longest.
    pub since: Option<Time>,
    /// Why it could not be told the last time, unless that has succeeded since.
    pub last_error: Option<String>,
    /// When it was told something last.
    pub last_told: Option<Time>,
    /// What it has had of which alarm, as far as that is known.
    pub alarms: Vec<WayHad>,
}

/// What a way has had of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WayHad {
    /// Which.
    pub alarm: AlarmId,
    /// When it was told of it last.
    pub told: Option<Time>,
    /// When it is to be told what it does not know yet; that is over if it could not be told.
    pub due: Option<Time>,
}

/// A way to people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Way {
    rule: WayRule,
    had: BTreeMap<AlarmId, Had>,
    telling: Option<UnderWay>,
    last_error: Option<String>,
    last_told: Option<Time>,
}

/// What a way has had of an alarm, by revisions; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Had {
    arrived: u32,
    tried: u32,
    /// When the last arrived.
    #[cfg_attr(feature = "serde", serde(default))]
    at: Option<Time>,
}

/// What is being told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct UnderWay {
    number: u64,
    news: Vec<(AlarmId, u32)>,
    attempt: u32,
    failures: u32,
    first: Time,
    /// Whether it is being tried.
    is_tried: bool,
    /// When it is given up to be tried; or else when it is tried again.
    until: Time,
}

/// What a way goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) rule: &'a AlarmRule,
    pub(super) epoch: Stamp,
    /// Nothing is told before.
    pub(super) from: Time,
}

impl Way {
    /// Nobody need be told of what was over before.
    pub(super) fn new(rule: WayRule, all: &[Kept]) -> Self {
        let over = all.iter().filter(|it| !it.is_open());
        let had = over.map(|it| (it.alarm.id, Had { arrived: it.alarm.revision, ..Had::default() }));
        Self { rule, had: had.collect(), telling: None, last_error: None, last_told: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.rule.name
    }

    /// It may be another one under the same name: what failed is tried again at once.
    pub(super) fn follow(&mut self, now: Time, rule: WayRule) {
        self.rule = rule;
        if let Some(telling) = self.telling.as_mut().filter(|it| !it.is_tried) {
            telling.until = now;
        }
    }

    /// Whoever tried it is gone: it is tried again, but not before then.
    pub(super) fn restart(&mut self, from: Time) {
        if let Some(telling) = &mut self.telling {
            telling.until = if telling.is_tried { from } else { telling.until.max(from) };
            telling.is_tried = false;
        }
    }

    /// Those that are forgotten need not be known.
    pub(super) fn keep(&mut self, all: &[Kept]) {
        self.had.retain(|id, _| all.iter().any(|it| it.alarm.id == *id));
    }

    /// Whether this is told by it now.
    pub(super) fn tells(&self, telling: u64) -> bool {
        self.telling.as_ref().is_some_and(|it| it.number == telling && it.is_tried)
    }

    /// How it is.
    pub(super) fn state(&self, all: &[Kept], terms: Terms<'_>) -> WayState {
        let waiting = all.iter().filter(|it| self.wants(it, terms).is_some());
        let had = all.iter().map(|it| WayHad {
            alarm: it.alarm.id,
            told: self.had.get(&it.alarm.id).and_then(|had| had.at),
            due: self.wants(it, terms),
        });
        WayState {
            name: self.rule.name.clone(),
            waiting: waiting.clone().count(),
            since: waiting.map(|it| it.news).min(),
            last_error: self.last_error.clone(),
            last_told: self.last_told,
            alarms: had.filter(|it| it.told.is_some() || it.due.is_some()).collect(),
        }
    }

    /// Whether it is yet to be told what became of an alarm.
    pub(super) fn waits_for(&self, kept: &Kept, terms: Terms<'_>) -> bool {
        self.wants(kept, terms).is_some()
    }

    /// When it is to be told what became of an alarm, if it is.
    fn wants(&self, kept: &Kept, terms: Terms<'_>) -> Option<Time> {
        let Terms { rule, epoch, .. } = terms;
        let alarm = &kept.alarm;
        let Had { arrived, tried, at: _ } = self.had.get(&alarm.id).copied().unwrap_or_default();
        if arrived >= alarm.revision {
            return None;
        }
        if let Some(only) = &kept.only {
            return (only.is_empty() || *only == self.rule.name).then_some(kept.news);
        }
        let is_for_it = alarm.severity >= self.rule.least && alarm.level >= self.rule.level;
        let knows_opening = arrived.max(tried) >= kept.opening;
        match alarm.step {
            AlarmStep::Opened | AlarmStep::Changed | AlarmStep::Escalated | AlarmStep::Reminded => {
                if !(is_for_it || knows_opening) {
                    return None;
                }
            }
            // Whoever knows of nothing need not be told who sees to it.
            AlarmStep::Acknowledged => {
                if !knows_opening {
                    return None;
                }
            }
            AlarmStep::Closed => {
                // It was over before anybody was to be told.
                let is_brief = kept.over().is_some_and(|over| over < first_due(kept, rule));
                if !knows_opening && (is_brief || !is_for_it) {
                    return None;
                }
            }
        }
        let due = rule.due(epoch, kept.news, alarm.severity);
        match kept.over() {
            // What seems to be over need not be told to whoever does not know that it began.
            Some(over) if kept.is_open() && !knows_opening => Some(due.max(over)),
            Some(_) | None => Some(due),
        }
    }

    /// What it is to be told now, if anything; and when to look again.
    pub(super) fn next(
        &mut self,
        now: Time,
        all: &[Kept],
        terms: Terms<'_>,
        numbers: &mut u64,
    ) -> (Option<Tell>, Option<Time>) {
        if self.telling.as_ref().is_some_and(|it| it.is_tried && it.until <= now) {
            let error = format!("nobody said within {}s whether it arrived", ATTEMPT.as_secs());
            self.fails(now, error, all);
        }
        if let Some(telling) = &self.telling
            && telling.until > now
        {
            return (None, Some(telling.until));
        }
        let Terms { rule, epoch, from } = terms;
        let wanted: Vec<(Time, &Kept)> =
            all.iter().filter_map(|it| Some((self.wants(it, terms)?.max(from), it))).collect();
        let first = wanted.iter().map(|(due, _)| *due).min();
        if first.is_none_or(|due| due > now) {
            // What was to be told is over.
            self.telling = None;
            return (None, first);
        }
        // What waits for company has it now.
        let is_quiet = rule.is_quiet(epoch, now);
        let is_due =
            |(due, it): &(Time, &Kept)| *due <= now || !is_quiet || it.alarm.severity == Severity::Critical;
        let mut told: Vec<&Kept> = wanted.into_iter().filter(is_due).map(|(_, it)| it).collect();
        // What matters most goes first, should not all of it fit.
        told.sort_by_key(|it| Reverse(it.alarm.severity));
        told.truncate(MOST);
        let news: Vec<_> = told.iter().map(|it| (it.alarm.id, it.alarm.revision)).collect();
        for (id, revision) in &news {
            self.had.entry(*id).or_default().tried = *revision;
        }
        let (attempt, number, failures, began) = match &self.telling {
            Some(it) if it.news == news => (it.attempt + 1, it.number, it.failures, it.first),
            it => {
                *numbers += 1;
                let (failures, began) = it.as_ref().map_or((0, now), |it| (it.failures, it.first));
                (1, *numbers, failures, began)
            }
        };
        let until = now + ATTEMPT;
        self.telling =
            Some(UnderWay { number, news, attempt, failures, first: began, is_tried: true, until });
        let alarms = told.into_iter().map(|it| Arc::new(it.alarm.clone())).collect();
        (Some(Tell { telling: number, way: self.rule.name.clone(), alarms, attempt }), Some(until))
    }

    /// What was tried has arrived, or has not. True if it was this way's.
    pub(super) fn told(&mut self, now: Time, number: u64, error: Option<&str>, all: &[Kept]) -> bool {
        let Some(telling) = self.telling.take_if(|it| it.number == number && it.is_tried) else {
            return false;
        };
        match error {
            None => {
                self.have(&telling.news);
                for (id, _) in &telling.news {
                    self.had.entry(*id).or_default().at = Some(now);
                }
                (self.last_told, self.last_error) = (Some(now), None);
            }
            Some(error) => {
                self.telling = Some(telling);
                self.fails(now, error.to_string(), all);
            }
        }
        true
    }

    fn have(&mut self, news: &[(AlarmId, u32)]) {
        for (id, revision) in news {
            let had = self.had.entry(*id).or_default();
            had.arrived = had.arrived.max(*revision);
        }
    }

    fn fails(&mut self, now: Time, error: String, all: &[Kept]) {
        let Some(mut telling) = self.telling.take() else { return };
        // What came up since is tried for a day as well.
        let is_old = |(id, _): &(AlarmId, u32)| {
            let kept = all.iter().find(|it| it.alarm.id == *id);
            kept.is_none_or(|it| now - patient(it, it.news) >= PATIENCE)
        };
        let is_late = now - telling.first >= PATIENCE;
        let old: Vec<_> = telling.news.iter().filter(|it| is_late && is_old(it)).copied().collect();
        if old.is_empty() {
            self.last_error = Some(cut(error));
        } else {
            self.have(&old);
            self.last_error = Some(cut(format!("given up after a day: {error}")));
            if old.len() == telling.news.len() {
                return;
            }
        }
        let doublings = telling.failures.min(10);
        telling.failures = telling.failures.saturating_add(1);
        telling.until = now + (FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE);
        telling.is_tried = false;
        self.telling = Some(telling);
    }
}

/// When an alarm was to be told first, were no time quiet.
fn first_due(kept: &Kept, rule: &AlarmRule) -> Time {
    match kept.alarm.severity {
        Severity::Info => kept.opened + PATIENCE.max(rule.group),
        Severity::Warning | Severity::Critical => kept.opened + rule.group,
    }
}

/// What is only to be known waits for a day in any case.
fn patient(kept: &Kept, since: Time) -> Time {
    match kept.alarm.severity {
        Severity::Info => since + PATIENCE,
        Severity::Warning | Severity::Critical => since,
    }
}
