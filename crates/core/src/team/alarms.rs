//! What is wrong with the team, its accounts and its bots, such that people are told of it.
//!
//! | alarm | it opens | it matters | it closes |
//! |---|---|---|---|
//! | an account asks for a scan | after 2 min | critical if one account at most gets work, else a warning | it works for 1 min |
//! | it is logged out | after 5 min | so | so |
//! | it can't be reached, or its provider tells nothing | after 10 min | so | so |
//! | it is silent | 1 min after the second reset that did not help, or helped for less than 20 min; or after 15 min | so | 20 min after the last reset, if it works |
//! | its stream is taken again and again | at once | so | so |
//! | none of these for long, but it has not worked for 15 min | then | so | so |
//! | accounts are the same person | after 1 min | a warning | they are not for 1 min |
//! | an account can't write to the heartbeat contact | after 10 min | to be known | it can for 1 min |
//! | accounts that share something fail together | see `domains` | critical if half the team at most gets work, else a warning | half of them are back for 1 min |
//! | one account is left of several | after 5 min | a warning | two get work for 30 s |
//! | none is left | after 1 min | critical | one gets work for 30 s |
//! | a bot is gone, and events wait | after 5 min | a warning | it has been back for 30 s |
//! | rooms have no account any more | after 10 min | a warning | all have one; after a day it is no news any more |
//! | this machine, and what the shell alone knows | at once | as told | as told; what flaps, after 10 min |
//!
//! An account that an operator keeps from work has none, and what was open closes.

use alloc::{
    borrow::ToOwned as _,
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use super::Team;
use crate::{
    account::{AccountId, AccountState, Unwell},
    alarm::{Ailment, Alarm, AlarmId, AlarmKey, AlarmKind, Severity, WayState},
    bots::BotId,
    command::{Command, Notice},
    incident::Subject,
    phase::Standing,
    time::Time,
};

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// An account that has not worked for so long is told of, wherever it stands.
const LONGEST: Duration = minutes(15);
/// What an account asks for is critical once one at most has got work for so long.
const LONELY: Duration = minutes(1);
/// So many rooms without an account are remembered, and for so long.
const MOST_ROOMS: usize = 1_000;
const NEWS: Duration = minutes(24 * 60);
/// So often it is looked whether they have one again.
const LOOK: Duration = minutes(10);
/// So many of them are named.
const NAMED: usize = 3;
/// What follows from what was just settled is settled at once, so often.
const ROUNDS: usize = 4;

/// Rooms that have no account any more, and since when.
pub(super) type LostRooms = alloc::collections::BTreeMap<String, Time>;

/// An account that does not work.
#[derive(Debug, Clone)]
pub(super) struct Ill {
    pub(super) account: AccountId,
    pub(super) name: String,
    /// Since when it has not worked.
    pub(super) since: Time,
    /// What is wrong, if that is more than a doubt.
    pub(super) kind: Option<AlarmKind>,
    /// When that is an alarm of its own.
    opens: Option<Time>,
    /// When it is, had it been well before.
    settles: Option<Time>,
    pub(super) cause: String,
}

impl Team {
    /// The alarms that are open, and those that closed lately, in the order of their numbers.
    pub fn alarms(&self) -> impl DoubleEndedIterator<Item = &Alarm> {
        self.alarms.all()
    }

    /// How the ways are by which people are told.
    pub fn ways(&self) -> Vec<WayState> {
        self.alarms.ways(self.epoch())
    }

    /// By which way a telling is told that is under way.
    pub fn told_by(&self, telling: u64) -> Option<&str> {
        self.alarms.told_by(telling)
    }

    /// Somebody has seen an alarm, or all.
    pub(super) fn on_alarm_seen(
        &mut self,
        now: Time,
        alarm: Option<AlarmId>,
        by: &str,
        pause: Option<Duration>,
    ) {
        let seen = self.alarms.is_seen(now, alarm, by, pause);
        self.commands.extend(seen.into_iter().map(|it| Command::Note(Notice::Alarm(it))));
    }

    /// It is to be tried how people are told.
    pub(super) fn on_alarm_test(&mut self, now: Time, way: Option<String>, by: &str) {
        let test = self.alarms.test(now, way, by);
        self.commands.push_back(Command::Note(Notice::Alarm(test)));
    }

    /// Brings the alarms to how things stand, and has people told.
    pub(super) fn watch_alarms(&mut self, now: Time) {
        for _ in 0..ROUNDS {
            if !self.alarms.is_due(now) {
                return;
            }
            let ((ailments, look), ends) = (self.ailments(now), self.ends());
            let (news, tells) = self.alarms.settle(now, self.epoch(), ailments, &ends);
            let rooms = (!self.lost_rooms.is_empty()).then(|| now + LOOK);
            look.into_iter().chain(rooms).for_each(|at| self.alarms.look_at(at));
            // What is part of a larger one is none of its own.
            if news.iter().any(|it| it.kind == AlarmKind::DomainDown) {
                self.alarms.wake();
            }
            self.commands.extend(news.into_iter().map(|it| Command::Note(Notice::Alarm(it))));
            self.commands.extend(tells.into_iter().map(Command::Tell));
        }
    }

    /// Rooms in which no account is left.
    pub(super) fn loses_rooms<'a>(&mut self, now: Time, rooms: impl Iterator<Item = &'a str>) {
        for room in rooms {
            if self.lost_rooms.len() < MOST_ROOMS {
                self.lost_rooms.entry(room.to_owned()).or_insert(now);
            }
        }
        self.alarms.wake();
    }

    /// What is wrong now, and when it matters more though nothing happens.
    fn ailments(&mut self, now: Time) -> (Vec<Ailment>, Option<Time>) {
        let usable = self.usable();
        let ill = self.ill();
        let lonely = self.lonely_since(usable.len(), &ill).map(|since| since + LONELY);
        let severity =
            if lonely.is_some_and(|at| at <= now) { Severity::Critical } else { Severity::Warning };
        let (mut all, taken) = self.domain_ailments(&ill, usable.len());
        let is_shared = all.iter().any(|it| self.alarms.open(&it.key).is_some());
        for it in ill {
            // One that is open waits for what becomes of the larger one.
            let opens = it.opens.filter(|_| !taken.contains(it.account));
            all.push(Ailment {
                key: AlarmKey::Account(it.name.clone()),
                kind: it.kind.unwrap_or(AlarmKind::Failed),
                severity,
                about: Vec::from([Subject::Account(it.name)]),
                since: it.since,
                cause: it.cause,
                opens,
                settles: it.settles.filter(|_| opens.is_some()),
            });
        }
        let mut look = lonely.filter(|at| *at > now);
        for (ailment, until) in self.lapsed(now, severity) {
            look = Some(look.map_or(until, |at| at.min(until)));
            all.push(ailment);
        }
        all.extend(self.team_ailment(usable.len(), is_shared));
        all.extend(self.same_persons());
        all.extend(self.unheard());
        all.extend(self.bots.here().filter_map(|bot| self.gone(bot)));
        all.extend(self.rooms_ailment(now));
        (all, look)
    }

    /// The accounts that work, and were reset so often a short while ago that they will hardly go on to; and until when that
    /// counts.
    fn lapsed(&self, now: Time, severity: Severity) -> Vec<(Ailment, Time)> {
        let ids = AccountId::first(self.accounts.len());
        let lapsed = ids.filter_map(|account| {
            let state = self.accounts.get(account.index()).filter(|it| it.is_available())?;
            let (lapse, until) = state.lapse(now).filter(|(it, _)| it.in_vain().is_some())?;
            let opens = lapse.reset.map(|reset| reset + minutes(1));
            let name = self.identity.name(account).to_owned();
            let ailment = Ailment {
                key: AlarmKey::Account(name.clone()),
                kind: AlarmKind::Failed,
                severity,
                about: Vec::from([Subject::Account(name)]),
                since: lapse.since,
                cause: format!("{} resets, each of which helped for a short while", lapse.resets),
                opens,
                settles: opens,
            };
            Some((ailment, until))
        });
        lapsed.collect()
    }

    /// Since when one account at most gets work, if that is so.
    fn lonely_since(&self, usable: usize, ill: &[Ill]) -> Option<Time> {
        let last = ill.iter().map(|it| it.since).max();
        (usable <= 1).then(|| last.filter(|_| self.up).unwrap_or(self.since))
    }

    /// The accounts that do not work, and that nobody keeps from it.
    fn ill(&self) -> Vec<Ill> {
        let ids = AccountId::first(self.accounts.len());
        let ill = ids.filter_map(|account| {
            let state = self.accounts.get(account.index()).filter(|it| !it.is_withdrawn())?;
            let (kind, after) = ail(state)?;
            let (unwell, spell) = (state.unwell(), state.spell());
            let since = unwell.map_or(spell.since(), |it| it.since);
            let in_vain = unwell.and_then(Unwell::in_vain);
            let kind = match (kind, in_vain) {
                (Some(kind), _) => Some(kind),
                (None, Some(_)) => Some(AlarmKind::Failed),
                (None, None) => None,
            };
            let own = match (kind, in_vain) {
                (Some(AlarmKind::Failed), Some(reset)) => Some(reset + minutes(1)),
                (Some(_), _) => Some(spell.since() + after),
                (None, _) => None,
            };
            // Wherever it went meanwhile.
            let opens = own.map(|own| own.min((since + LONGEST).max(spell.since())));
            let (name, cause) = (self.identity.name(account).to_owned(), state.text());
            Some(Ill { account, name, since, kind, opens, settles: own, cause })
        });
        ill.collect()
    }

    fn team_ailment(&self, usable: usize, is_shared: bool) -> Option<Ailment> {
        let on_duty = self.which(|it| !it.has_left() && !it.is_withdrawn());
        let (kind, severity, after) = match usable {
            0 if !on_duty.is_empty() => (AlarmKind::TeamDown, Severity::Critical, minutes(1)),
            // What they share is told.
            1 if on_duty.len() > 1 && is_shared => return None,
            1 if on_duty.len() > 1 => (AlarmKind::TeamDegraded, Severity::Warning, minutes(5)),
            _ => return None,
        };
        let (since, cause) = if usable == 0 {
            (self.since, self.routing().outage())
        } else {
            let down = self.which(|it| !it.has_left() && !it.is_withdrawn() && !it.is_available());
            let last = down.iter().filter_map(|it| self.accounts[it.index()].unwell()).map(|it| it.since);
            let names: Vec<&str> = down.iter().map(|it| self.identity.name(it)).collect();
            (last.max().unwrap_or(self.since), format!("without {}", names.join(", ")))
        };
        let about = Vec::from([Subject::Team]);
        Some(Ailment {
            key: AlarmKey::Team,
            kind,
            severity,
            about,
            since,
            cause,
            opens: Some(since + after),
            settles: Some(since + after),
        })
    }

    /// Accounts that are logged in as one person: by the first of each.
    fn same_persons(&self) -> Vec<Ailment> {
        let there = self.which(|it| it.health().is_some() && !it.is_withdrawn());
        let mut known = BTreeSet::new();
        let mut all = Vec::new();
        for account in there.iter() {
            let same = self.identity.same_person(account).and(there);
            if same.len() < 2 || !known.insert(same.iter().next()) {
                continue;
            }
            let names: Vec<String> = same.iter().map(|it| self.identity.name(it).to_owned()).collect();
            let since = same.iter().filter_map(|it| self.accounts.get(it.index()));
            let since = since.map(AccountState::entered).max().unwrap_or(self.now);
            let contact = self.accounts[account.index()].contact_id().unwrap_or_default();
            all.push(Ailment {
                key: AlarmKey::SamePerson(names.first().cloned().unwrap_or_default()),
                kind: AlarmKind::SamePerson,
                severity: Severity::Warning,
                about: names.into_iter().map(Subject::Account).collect(),
                since,
                cause: format!("they are logged in as {contact}"),
                opens: Some(since + minutes(1)),
                settles: None,
            });
        }
        all
    }

    /// Accounts that can't write to the heartbeat contact.
    fn unheard(&self) -> Vec<Ailment> {
        let all = self.which(|it| it.health().is_some() && !it.is_withdrawn() && !it.follows_heartbeat());
        let contact = self.heartbeat_contact.as_deref().unwrap_or_default();
        let ailment = |account: AccountId| {
            let name = self.identity.name(account).to_owned();
            let since = self.accounts[account.index()].heartbeat_lost().unwrap_or(self.now);
            Ailment {
                key: AlarmKey::Heartbeat(name.clone()),
                kind: AlarmKind::NoHeartbeat,
                severity: Severity::Info,
                about: Vec::from([Subject::Account(name)]),
                since,
                cause: format!("it can't write to {contact}"),
                opens: Some(since + minutes(10)),
                settles: None,
            }
        };
        all.iter().map(ailment).collect()
    }

    /// A bot that had been there, is gone, and is missed.
    fn gone(&self, bot: BotId) -> Option<Ailment> {
        let away = self.bots.away(bot).filter(|it| it.was_there && self.bots.is_missed(bot))?;
        let name = self.bots.name(bot).to_owned();
        let cause = match away.dropped {
            0 => format!("it has no event stream, and {} events wait for it", away.waiting),
            dropped => format!(
                "it has no event stream; {} events wait for it, and {dropped} were dropped",
                away.waiting
            ),
        };
        Some(Ailment {
            key: AlarmKey::Bot(name.clone()),
            kind: AlarmKind::BotGone,
            severity: Severity::Warning,
            about: Vec::from([Subject::Bot(name)]),
            since: away.since,
            cause,
            opens: Some(away.since + minutes(5)),
            settles: None,
        })
    }

    fn rooms_ailment(&mut self, now: Time) -> Option<Ailment> {
        let directory = &self.directory;
        self.lost_rooms.retain(|room, since| directory.reach(room).yes.is_empty() && now - *since < NEWS);
        let since = *self.lost_rooms.values().min()?;
        let named: Vec<&str> = self.lost_rooms.keys().take(NAMED).map(String::as_str).collect();
        let more = if self.lost_rooms.len() > NAMED { ", …" } else { "" };
        Some(Ailment {
            key: AlarmKey::Rooms,
            kind: AlarmKind::CoverageLost,
            severity: Severity::Warning,
            about: Vec::new(),
            since,
            cause: format!("{} rooms: {}{more}", self.lost_rooms.len(), named.join(", ")),
            opens: Some(since + minutes(10)),
            settles: None,
        })
    }

    /// What is over though nobody knows that it is well, and why.
    fn ends(&self) -> Vec<(AlarmKey, String)> {
        let end = |key: AlarmKey| {
            let why = match &key {
                AlarmKey::Account(name) | AlarmKey::SamePerson(name) | AlarmKey::Heartbeat(name) => {
                    self.why_none(name)
                }
                AlarmKey::Bot(name) => {
                    self.bots.named(name).is_none().then(|| String::from("it is there no more"))
                }
                AlarmKey::Team => {
                    let on_duty = self.which(|it| !it.has_left() && !it.is_withdrawn());
                    on_duty.is_empty().then(|| String::from("no account is on duty"))
                }
                AlarmKey::Domain(_) | AlarmKey::Rooms | AlarmKey::Machine(..) | AlarmKey::Test(_) => None,
            };
            Some((key, why?))
        };
        self.alarms.open_keys().into_iter().filter_map(end).collect()
    }

    /// Why there is no alarm about an account, whatever it does.
    fn why_none(&self, name: &str) -> Option<String> {
        let account = self.identity.named(name).filter(|it| self.is_member(*it));
        let Some(account) = account else { return Some("it left the team".to_string()) };
        if let Some(withdrawal) = self.accounts[account.index()].withdrawal() {
            return Some(withdrawal.to_string());
        }
        self.open_domain_of(name).map(|domain| format!("it is part of what is told of {domain}"))
    }
}

/// What is wrong with an account that does not work, and after how long that is an alarm.
fn ail(state: &AccountState) -> Option<(Option<AlarmKind>, Duration)> {
    let (kind, after) = match state.spell().standing() {
        Standing::WaitingScan => (AlarmKind::Scan, minutes(2)),
        Standing::LoggedOut => (AlarmKind::LoggedOut, minutes(5)),
        Standing::NotLoggedIn => (AlarmKind::NotLoggedIn, minutes(10)),
        Standing::Failed => (AlarmKind::Failed, LONGEST),
        Standing::Offline | Standing::Connecting | Standing::Preparing if state.is_taken_again() => {
            (AlarmKind::Taken, Duration::ZERO)
        }
        Standing::Offline | Standing::Connecting | Standing::Preparing => (AlarmKind::Offline, minutes(10)),
        Standing::Suspect => return Some((None, LONGEST)),
        Standing::Available | Standing::Draining | Standing::Maintenance | Standing::Removed => return None,
    };
    Some((Some(kind), after))
}
