//! One alarm, with what is due for it.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;

use super::{Ailment, Alarm, AlarmId, AlarmKey, AlarmKind, AlarmRule, AlarmStep, Severity};
use crate::time::Time;

/// What comes again sooner after its end is the same alarm.
const AGAIN: Duration = Duration::from_secs(30 * 60);
/// What comes again and is hushed is told all the same if it lasts for so long.
const HUSH: Duration = Duration::from_secs(10 * 60);
/// A cause is told in so many bytes at most.
const CAUSE: usize = 300;
/// There was more of it.
const MORE: char = '…';
/// Whom an alarm is about: so many are named.
const ABOUT: usize = 64;

/// An alarm, and what is due for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Kept {
    pub(super) key: AlarmKey,
    pub(super) alarm: Alarm,
    /// When it opened the last time.
    pub(super) opened: Time,
    /// Its revision that told so.
    pub(super) opening: u32,
    /// When that came about which was told last, or is to be.
    pub(super) news: Time,
    /// By which way alone it is told, of a test; all ways, if that is empty.
    pub(super) only: Option<String>,
    /// Since when it has been well.
    well: Option<Time>,
    /// It came again so often that it is told only if it still lasts then.
    hushed: Option<Time>,
    /// When it is told again, if nobody acknowledges it.
    remind: Option<Time>,
    /// Until when it is acknowledged.
    paused: Option<Time>,
    /// How many it was about when that was told last.
    told_about: usize,
    /// Since when it was well, as far as that is known by now.
    over: Option<Time>,
}

/// In so many bytes.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > CAUSE {
        let most = CAUSE - MORE.len_utf8();
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push(MORE);
    }
    text
}

impl Kept {
    pub(super) fn new(now: Time, id: AlarmId, ailment: Ailment, rule: &AlarmRule) -> Self {
        let Ailment { key, kind, severity, mut about, since, cause, opens: _, settles: _ } = ailment;
        about.truncate(ABOUT);
        let told_about = about.len();
        let alarm = Alarm {
            id,
            kind,
            severity,
            about,
            since,
            cause: cut(cause),
            step: AlarmStep::Opened,
            revision: 1,
            level: 1,
            times: 1,
            seen_by: None,
            seen_until: None,
            ended: None,
        };
        let mut kept = Self {
            key,
            alarm,
            opened: now,
            opening: 1,
            news: now,
            only: None,
            well: None,
            hushed: None,
            remind: None,
            paused: None,
            told_about,
            over: None,
        };
        kept.set_reminder(now, rule, rule.escalate_after);
        kept
    }

    /// A test, by this way, or by all if that is empty: over as it begins.
    pub(super) fn test(now: Time, id: AlarmId, ailment: Ailment, way: String, rule: &AlarmRule) -> Self {
        let mut kept = Self::new(now, id, ailment, rule);
        (kept.alarm.ended, kept.only) = (Some(now), Some(way));
        kept
    }

    pub(super) fn is_open(&self) -> bool {
        self.alarm.ended.is_none()
    }

    /// Whether this is the same again.
    pub(super) fn comes_again(&self, now: Time, key: &AlarmKey) -> bool {
        self.key == *key && self.alarm.ended.is_some_and(|ended| now - ended <= AGAIN)
    }

    pub(super) fn look(&self) -> Arc<Alarm> {
        Arc::new(self.alarm.clone())
    }

    /// What is due for it next by itself: that it closes, or, as long as it is not well, that it is told, but not before then.
    pub(super) fn due(&self, from: Time) -> Option<Time> {
        let well = self.well.map(|well| well + self.alarm.kind.closes_after());
        let told = || [self.hushed, self.remind, self.paused].into_iter().flatten().min();
        well.or_else(|| Some(told()?.max(from))).filter(|_| self.is_open())
    }

    /// When it closes, if it stays well; when it was well, if it is closed.
    pub(super) fn over(&self) -> Option<Time> {
        self.over.or_else(|| self.well.map(|well| well + self.alarm.kind.closes_after()))
    }

    /// It is the same again. True if that is to be told.
    pub(super) fn opens_again(&mut self, now: Time, ailment: Ailment, rule: &AlarmRule) -> bool {
        let Ailment { key: _, kind, severity, mut about, since, cause, opens: _, settles: _ } = ailment;
        about.truncate(ABOUT);
        let alarm = &mut self.alarm;
        alarm.times = alarm.times.saturating_add(1);
        (alarm.kind, alarm.severity, alarm.since, alarm.cause) = (kind, severity, since, cut(cause));
        (self.told_about, alarm.about) = (about.len(), about);
        (alarm.step, alarm.level, alarm.ended) = (AlarmStep::Opened, 1, None);
        (alarm.seen_by, alarm.seen_until) = (None, None);
        (self.opened, self.well, self.over, self.paused) = (now, None, None, None);
        // Told at 1, 2, 4, 8.
        // What takes long to be found can't come and go all night.
        if !alarm.times.is_power_of_two() && kind != AlarmKind::Failed {
            self.hushed = Some(now + HUSH);
            return false;
        }
        self.is_told_open(now, rule);
        true
    }

    fn is_told_open(&mut self, now: Time, rule: &AlarmRule) {
        self.hushed = None;
        self.bump(now, AlarmStep::Opened);
        self.opening = self.alarm.revision;
        self.set_reminder(now, rule, rule.escalate_after);
    }

    /// Its ailment goes on, as far as can be known.
    pub(super) fn holds(&mut self) {
        self.well = None;
    }

    /// Its ailment goes on. True if something of it is to be told.
    pub(super) fn goes_on(&mut self, now: Time, ailment: Ailment, rule: &AlarmRule) -> bool {
        self.well = None;
        let Ailment { key: _, kind, severity, about, since: _, cause, opens, settles } = ailment;
        let alarm = &mut self.alarm;
        // Another kind is one only once it has lasted as long as if it were alone.
        let waits = if kind == alarm.kind { opens } else { settles };
        if waits.is_none_or(|at| at > now) {
            return false;
        }
        let severity = match &self.key {
            // How much it matters hangs on others: what one of them does for a moment rings nobody twice.
            AlarmKey::Account(_) | AlarmKey::Domain(_) => severity.max(alarm.severity),
            AlarmKey::SamePerson(_)
            | AlarmKey::Heartbeat(_)
            | AlarmKey::Team
            | AlarmKey::Bot(_)
            | AlarmKey::Rooms
            | AlarmKey::Machine(..)
            | AlarmKey::Test(_) => severity,
        };
        let is_worse = severity > alarm.severity;
        let is_other = kind != alarm.kind;
        (alarm.kind, alarm.severity, alarm.cause) = (kind, severity, cut(cause));
        for subject in about {
            if !alarm.about.contains(&subject) && alarm.about.len() < ABOUT {
                alarm.about.push(subject);
            }
        }
        if severity < Severity::Critical {
            self.remind = None;
        }
        let is_wider = self.told_about > 0 && alarm.about.len() >= 2 * self.told_about;
        if !(is_worse || is_other || is_wider) || self.hushed.is_some() {
            return false;
        }
        (alarm.seen_by, alarm.seen_until) = (None, None);
        (self.paused, self.told_about) = (None, self.alarm.about.len());
        self.bump(now, AlarmStep::Changed);
        let wait = if self.alarm.level > 1 { rule.repeat } else { rule.escalate_after };
        self.set_reminder(now, rule, wait);
        true
    }

    /// Its ailment is gone. True if it is over for it, which is to be told.
    pub(super) fn is_well(&mut self, now: Time) -> bool {
        let well = *self.well.get_or_insert(now);
        well + self.alarm.kind.closes_after() <= now && self.close(now, None)
    }

    /// It is over, and why, if that is not known. True if that is to be told.
    pub(super) fn close(&mut self, now: Time, why: Option<String>) -> bool {
        if let Some(why) = why {
            self.alarm.cause = cut(why);
        }
        (self.alarm.ended, self.over) = (Some(now), Some(self.well.unwrap_or(now)));
        (self.well, self.remind, self.paused) = (None, None, None);
        if self.hushed.take().is_some() {
            self.alarm.step = AlarmStep::Closed;
            return false;
        }
        self.bump(now, AlarmStep::Closed);
        true
    }

    /// Somebody sees to it.
    pub(super) fn is_seen(&mut self, now: Time, by: &str, pause: Option<Duration>) {
        self.alarm.seen_by = Some(cut(by.into()));
        (self.hushed, self.remind, self.paused) = (None, None, pause.map(|pause| now + pause));
        self.alarm.seen_until = self.paused;
        self.bump(now, AlarmStep::Acknowledged);
    }

    /// Does what is due by itself. True if something of it is to be told.
    pub(super) fn handle_timeout(&mut self, now: Time, rule: &AlarmRule) -> bool {
        if !self.is_open() {
            return false;
        }
        if self.hushed.is_some_and(|at| at <= now) {
            self.is_told_open(now, rule);
            return true;
        }
        if self.paused.take_if(|at| *at <= now).is_some() {
            (self.alarm.seen_by, self.alarm.seen_until) = (None, None);
            self.bump(now, AlarmStep::Reminded);
            self.set_reminder(now, rule, rule.repeat);
            return true;
        }
        if self.remind.take_if(|at| *at <= now).is_none() {
            return false;
        }
        let step = if self.alarm.level < 2 { AlarmStep::Escalated } else { AlarmStep::Reminded };
        self.alarm.level = 2;
        self.bump(now, step);
        self.set_reminder(now, rule, rule.repeat);
        true
    }

    /// By another rule nobody is reminded later than by the one before, and not later than if it had come up now.
    pub(super) fn follow(&mut self, now: Time, rule: &AlarmRule) {
        if !self.is_open() || self.alarm.seen_by.is_some() || self.hushed.is_some() {
            return;
        }
        let before = self.remind;
        let wait = if self.alarm.level > 1 { rule.repeat } else { rule.escalate_after };
        self.set_reminder(now, rule, wait);
        self.remind = self.remind.map(|new| before.map_or(new, |before| before.min(new)));
    }

    /// Where there is no way to anybody, nobody is reminded.
    fn set_reminder(&mut self, now: Time, rule: &AlarmRule, after: Duration) {
        let is_pressing = self.alarm.severity == Severity::Critical && !rule.ways.is_empty();
        self.remind = is_pressing.then(|| now + after);
    }

    fn bump(&mut self, now: Time, step: AlarmStep) {
        (self.alarm.step, self.news) = (step, now);
        self.alarm.revision = self.alarm.revision.saturating_add(1);
    }
}

/// The alarms among them that are open.
pub(super) fn open(all: &[Kept]) -> impl Iterator<Item = &Kept> {
    all.iter().filter(|it| it.is_open())
}

/// The keys of those that are open.
pub(super) fn open_keys(all: &[Kept]) -> Vec<AlarmKey> {
    open(all).map(|it| it.key.clone()).collect()
}
