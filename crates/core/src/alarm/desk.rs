//! The alarms that are open, and those closed lately.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::time::Duration;

use super::{
    Ailment, Alarm, AlarmId, AlarmKey, AlarmKind, AlarmRule, Severity, WayState,
    kept::{self, Kept},
    way::{Terms, Way},
};
use crate::{
    command::Tell,
    incident::Subject,
    time::{Stamp, Time},
};

/// So many may be open at once.
const MOST_OPEN: usize = 512;
/// So many that are over are remembered, so many of which people are yet to be told, and for so long.
const MOST_OVER: usize = 128;
const MOST_AWAITED: usize = 512;
const LATELY: Duration = Duration::from_secs(24 * 3_600);
/// So many ways there are at most, and so many things that may be wrong with a machine.
const MOST_WAYS: usize = 32;
const MOST_MACHINE: usize = 64;
/// After a restart nothing opens and nothing is told for so long: accounts come back first.
const SETTLE: Duration = Duration::from_secs(60);
/// What was wrong with a machine, and is told no more after a restart, is well.
const CONFIRM: Duration = Duration::from_secs(300);

/// Alarms, and whom they are told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct AlarmDesk {
    rule: AlarmRule,
    /// The last number that was given to an alarm, and to a telling.
    last: u64,
    last_telling: u64,
    /// In the order of their numbers.
    all: Vec<Kept>,
    ways: Vec<Way>,
    machine: Vec<Fault>,
    /// What accounts share, by their names.
    domains: BTreeMap<String, Vec<String>>,
    /// Nothing opens and nothing is told before.
    from: Time,
    /// When to look again.
    due: Option<Time>,
    /// Something has changed: to be looked at now.
    is_stale: bool,
}

/// Something is wrong with a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Fault {
    kind: AlarmKind,
    about: String,
    severity: Severity,
    cause: String,
    since: Time,
    /// Until when it must have been told again.
    confirm: Option<Time>,
}

impl AlarmDesk {
    pub(crate) fn new(rule: &AlarmRule) -> Self {
        let mut desk = Self::default();
        desk.follow(Time::ZERO, rule);
        desk
    }

    /// From now on this is the rule, also for what is open. What a way was told it is not told again, if it is still there;
    /// what failed is tried again at once.
    pub(crate) fn follow(&mut self, now: Time, rule: &AlarmRule) {
        self.rule = rule.clone();
        let mut before = core::mem::take(&mut self.ways);
        for rule in rule.ways.iter().take(MOST_WAYS) {
            let way = match before.iter().position(|it| it.name() == rule.name) {
                Some(at) => {
                    let mut way = before.remove(at);
                    way.follow(now, rule.clone());
                    way
                }
                None => Way::new(rule.clone(), &self.all),
            };
            self.ways.push(way);
        }
        self.all.iter_mut().for_each(|it| it.follow(now, &self.rule));
        self.is_stale = true;
    }

    /// Another process goes on.
    pub(crate) fn restart(&mut self, now: Time, rule: &AlarmRule) {
        self.follow(now, rule);
        self.from = now + SETTLE;
        self.ways.iter_mut().for_each(|way| way.restart(self.from));
        self.machine.iter_mut().for_each(|it| it.confirm = Some(now + CONFIRM));
    }

    /// Something has changed.
    pub(crate) fn wake(&mut self) {
        self.is_stale = true;
    }

    /// When there is something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.due
    }

    /// Whether there is now.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        self.is_stale || self.due.is_some_and(|due| due <= now)
    }

    /// Something that nobody tells is to be looked at then.
    pub(crate) fn look_at(&mut self, at: Time) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// How many alarms are known, and what ways remember.
    pub(crate) fn len(&self) -> usize {
        self.all.len() + self.machine.len()
    }

    /// All that are open, and those closed lately; in the order of their numbers.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Alarm> {
        self.all.iter().map(|it| &it.alarm)
    }

    /// What the open ones are by.
    pub(crate) fn open_keys(&self) -> Vec<AlarmKey> {
        kept::open_keys(&self.all)
    }

    /// The open alarm about this.
    pub(crate) fn open(&self, key: &AlarmKey) -> Option<&Alarm> {
        kept::open(&self.all).find(|it| it.key == *key).map(|it| &it.alarm)
    }

    /// How the ways are.
    pub(crate) fn ways(&self, epoch: Stamp) -> Vec<WayState> {
        let terms = Terms { rule: &self.rule, epoch, from: self.from };
        self.ways.iter().map(|way| way.state(&self.all, terms)).collect()
    }

    /// By which way this is told.
    pub(crate) fn told_by(&self, telling: u64) -> Option<&str> {
        self.ways.iter().find(|way| way.tells(telling)).map(Way::name)
    }

    /// What an account shares with others.
    pub(crate) fn admit(&mut self, account: &str, domains: &[String]) {
        self.domains.insert(account.to_string(), domains.to_vec());
        self.is_stale = true;
    }

    /// An account leaves.
    pub(crate) fn dismiss(&mut self, account: &str) {
        self.domains.remove(account);
        self.is_stale = true;
    }

    /// What accounts share, by their names.
    pub(crate) fn domains(&self) -> &BTreeMap<String, Vec<String>> {
        &self.domains
    }

    /// What was tried has arrived, or has not.
    pub(crate) fn told(&mut self, now: Time, telling: u64, error: Option<&str>) {
        self.is_stale |= self.ways.iter_mut().any(|way| way.told(now, telling, error, &self.all));
    }

    /// Somebody sees to one that is open, or to all. Returns them as they are then.
    pub(crate) fn is_seen(
        &mut self,
        now: Time,
        alarm: Option<AlarmId>,
        by: &str,
        pause: Option<Duration>,
    ) -> Vec<Arc<Alarm>> {
        self.is_stale = true;
        // Of all, those that nobody sees to yet.
        let is_meant = |it: &&mut Kept| match alarm {
            Some(id) => it.is_open() && it.alarm.id == id,
            None => it.is_open() && it.alarm.seen_by.is_none(),
        };
        let seen = self.all.iter_mut().filter(is_meant).map(|it| {
            it.is_seen(now, by, pause);
            it.look()
        });
        seen.collect()
    }

    /// It is to be tried how people are told.
    pub(crate) fn test(&mut self, now: Time, way: Option<String>, by: &str) -> Arc<Alarm> {
        self.is_stale = true;
        self.last += 1;
        let ailment = Ailment {
            key: AlarmKey::Test(self.last),
            kind: AlarmKind::Test,
            severity: Severity::Info,
            about: Vec::from([Subject::Team]),
            since: now,
            cause: format!("asked for by {by}"),
            opens: Some(now),
            settles: None,
        };
        let kept = Kept::test(now, AlarmId(self.last), ailment, way.unwrap_or_default(), &self.rule);
        let look = kept.look();
        self.all.push(kept);
        look
    }

    /// Something is wrong with a machine, or well again.
    pub(crate) fn machine(
        &mut self,
        now: Time,
        kind: AlarmKind,
        about: String,
        trouble: Option<(Severity, String)>,
    ) {
        self.is_stale = true;
        let known = self.machine.iter().position(|it| it.kind == kind && it.about == about);
        match (known, trouble) {
            (Some(at), None) => {
                self.machine.remove(at);
            }
            (Some(at), Some((severity, cause))) => {
                let fault = &mut self.machine[at];
                (fault.severity, fault.cause, fault.confirm) = (severity, kept::cut(cause), None);
            }
            (None, Some((severity, cause))) if self.machine.len() < MOST_MACHINE => {
                let cause = kept::cut(cause);
                self.machine.push(Fault { kind, about, severity, cause, since: now, confirm: None });
            }
            (None, Some(_) | None) => {}
        }
    }

    fn faults(&self) -> impl Iterator<Item = Ailment> {
        self.machine.iter().map(|it| Ailment {
            key: AlarmKey::Machine(it.kind, it.about.clone()),
            kind: it.kind,
            severity: it.severity,
            about: Vec::new(),
            since: it.since,
            cause: it.cause.clone(),
            opens: Some(it.since),
            settles: Some(it.since),
        })
    }

    /// Brings the alarms to how things stand now: what is wrong, and what is over though nobody knows that it is well, and
    /// why. Returns what has become of them, and what is to be told.
    pub(crate) fn settle(
        &mut self,
        now: Time,
        epoch: Stamp,
        mut ailments: Vec<Ailment>,
        ends: &[(AlarmKey, String)],
    ) -> (Vec<Arc<Alarm>>, Vec<Tell>) {
        self.is_stale = false;
        self.machine.retain(|it| it.confirm.is_none_or(|confirm| confirm > now));
        ailments.extend(self.faults());
        let mut due: Vec<Option<Time>> = self.machine.iter().map(|it| it.confirm).collect();
        due.push(Some(self.from).filter(|from| *from > now));
        let mut news = Vec::new();
        for it in self.all.iter_mut().filter(|it| it.is_open()) {
            let is_news = match ailments.iter().position(|ailment| ailment.key == it.key) {
                // Others may be coming back.
                Some(at) if now < self.from => {
                    ailments.swap_remove(at);
                    it.holds();
                    false
                }
                Some(at) => {
                    let ailment = ailments.swap_remove(at);
                    due.extend([ailment.opens, ailment.settles].map(|at| at.filter(|at| *at > now)));
                    it.goes_on(now, ailment, &self.rule) | it.handle_timeout(now, &self.rule)
                }
                None => match ends.iter().find(|(key, _)| *key == it.key) {
                    Some((_, why)) => it.close(now, Some(why.clone())),
                    None => it.is_well(now),
                },
            };
            if is_news {
                news.push(it.look());
            }
        }
        for ailment in ailments {
            let Some(opens) = ailment.opens.map(|opens| opens.max(self.from)) else { continue };
            if opens > now {
                due.push(Some(opens));
                continue;
            }
            news.extend(self.opens(now, ailment));
        }
        due.extend(self.all.iter().map(|it| it.due(self.from)));
        self.forget(now, epoch);
        let tells = self.tell(now, epoch, &mut due);
        self.due = due.into_iter().flatten().min();
        (news, tells)
    }

    fn opens(&mut self, now: Time, ailment: Ailment) -> Option<Arc<Alarm>> {
        if let Some(it) = self.all.iter_mut().rev().find(|it| it.comes_again(now, &ailment.key)) {
            return it.opens_again(now, ailment, &self.rule).then(|| it.look());
        }
        if kept::open(&self.all).count() >= MOST_OPEN {
            return None;
        }
        self.last += 1;
        self.all.push(Kept::new(now, AlarmId(self.last), ailment, &self.rule));
        self.all.last().map(Kept::look)
    }

    /// Forgets what has been over for long; what somebody is yet to be told of only if there is too much of it.
    fn forget(&mut self, now: Time, epoch: Stamp) {
        let terms = Terms { rule: &self.rule, epoch, from: self.from };
        let is_awaited = |it: &Kept| self.ways.iter().any(|way| way.waits_for(it, terms));
        let over = self.all.iter().filter_map(|it| Some((is_awaited(it), it.alarm.ended?, it.alarm.id)));
        let mut over: Vec<_> = over.collect();
        // First what nobody waits for, by when it was over.
        over.sort_unstable();
        let beyond = over.len().saturating_sub(MOST_OVER);
        let most = over.len().saturating_sub(MOST_AWAITED);
        let is_forgotten = |at: usize, is_awaited: bool, ended: Time| {
            at < most || !is_awaited && (at < beyond || now - ended >= LATELY)
        };
        let forgotten: BTreeSet<AlarmId> = over
            .into_iter()
            .enumerate()
            .filter(|(at, (is_awaited, ended, _))| is_forgotten(*at, *is_awaited, *ended))
            .map(|(_, (_, _, id))| id)
            .collect();
        if !forgotten.is_empty() {
            self.all.retain(|it| !forgotten.contains(&it.alarm.id));
            self.ways.iter_mut().for_each(|way| way.keep(&self.all));
        }
    }

    fn tell(&mut self, now: Time, epoch: Stamp, due: &mut Vec<Option<Time>>) -> Vec<Tell> {
        let terms = Terms { rule: &self.rule, epoch, from: self.from };
        let mut tells = Vec::new();
        for way in &mut self.ways {
            let (tell, next) = way.next(now, &self.all, terms, &mut self.last_telling);
            tells.extend(tell);
            due.push(next);
        }
        tells
    }
}
