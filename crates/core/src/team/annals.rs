//! What is remembered of how the team, its accounts and its bots have been: how long each was up, and what went wrong.
//!
//! | whose | up | an incident |
//! |---|---|---|
//! | an account | it is available | from where it gets no work to where it is available again; one that is only suspect has none |
//! | the team | somebody gets work | nobody does |
//! | a bot | it has an event stream | it has none for a minute, and events wait for it |
//!
//! A gateway that was not there saw nothing: that time counts for nobody. What was wrong before goes on until it is known to be
//! well.

use alloc::{borrow::ToOwned as _, string::String, vec::Vec};
use core::time::Duration;

use super::Team;
use crate::{
    account::{AccountId, AccountState, Step},
    bots::{Away, BotChange, BotId},
    incident::{Begins, Incident, Incidents, Noticed, Subject},
    phase::Standing,
    time::Time,
    uptime::{Footing, Uptime},
};

/// Of how many it is remembered how long they were up.
const MOST: usize = 1_024;
/// How long anything is told of who is there no more.
const LONGEST: Duration = Duration::from_secs(91 * 24 * 3_600);

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Annals {
    uptimes: Vec<(Subject, Uptime)>,
    incidents: Incidents,
}

impl Annals {
    /// Of how many it is known how long they were up, and how many incidents there are.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.uptimes.len(), self.incidents.len()]
    }

    fn uptime(&self, about: &Subject) -> Option<&Uptime> {
        self.uptimes.iter().find(|(known, _)| known == about).map(|(_, uptime)| uptime)
    }

    fn enter(&mut self, now: Time, about: &Subject, footing: Footing) {
        if let Some((_, uptime)) = self.uptimes.iter_mut().find(|(known, _)| known == about) {
            uptime.enter(now, footing);
            return;
        }
        if self.uptimes.len() >= MOST {
            // Whoever has been gone for longest.
            let order = |(_, uptime): &(Subject, Uptime)| {
                let (footing, since) = uptime.footing();
                (footing != Footing::Unwatched, since)
            };
            let longest = self.uptimes.iter().enumerate().min_by_key(|(_, it)| order(it));
            if let Some(index) = longest.map(|(index, _)| index) {
                self.uptimes.remove(index);
            }
        }
        self.uptimes.push((about.clone(), Uptime::new(now, footing)));
    }
}

impl Team {
    /// How long it was up, and was not, if anything has happened of it.
    pub fn uptime(&self, about: &Subject) -> Option<&Uptime> {
        self.annals.uptime(about)
    }

    /// Whatever it is known of how long it was up.
    pub fn uptimes(&self) -> impl Iterator<Item = (&Subject, &Uptime)> {
        self.annals.uptimes.iter().map(|(about, uptime)| (about, uptime))
    }

    /// What went wrong, oldest first: of the last three months at most.
    pub fn incidents(&self) -> impl DoubleEndedIterator<Item = &Incident> {
        self.annals.incidents.all()
    }

    /// An account stands elsewhere.
    pub(super) fn tell_annals(&mut self, now: Time, account: AccountId, step: &Step) {
        let about = self.account_subject(account);
        self.annals.enter(step.at, &about, step.to.footing());
        let Some(by) = Noticed::of(step.to) else {
            match step.to {
                Standing::Available => self.annals.incidents.end(now, &about, &step.cause),
                Standing::Removed => self.annals.incidents.end(now, &about, "it left the team"),
                Standing::Draining | Standing::Maintenance => {
                    self.annals.incidents.end(now, &about, &step.cause);
                }
                // It is not known yet whether it is well.
                Standing::Connecting
                | Standing::Preparing
                | Standing::Suspect
                | Standing::Offline
                | Standing::NotLoggedIn
                | Standing::WaitingScan
                | Standing::LoggedOut
                | Standing::Failed => {}
            }
            return;
        };
        let health = self.accounts.get(account.index()).and_then(AccountState::health);
        let silent_since = health.filter(|_| by == Noticed::Heartbeat).map(|health| health.last_evidence().0);
        let began = silent_since.unwrap_or(step.at).min(step.at);
        let begins = Begins { began, by, cause: step.cause.clone(), standing: Some(step.to) };
        self.annals.incidents.begin(now, about, begins);
        // One that has been down from the beginning fails once none is left that may come.
        let may_come = self.which(|it| !it.has_left() && it.spell().standing() == Standing::Connecting);
        if !self.up && may_come.is_empty() && !self.annals.incidents.is_open(&Subject::Team) {
            self.team_is_down(now, self.since, self.routing().outage());
        }
    }

    /// Whether anybody gets work has changed: why not, if nobody does.
    pub(super) fn weigh_annals(&mut self, now: Time, outage: Option<&str>) {
        match outage {
            None => {
                self.annals.enter(now, &Subject::Team, Footing::Up);
                self.annals.incidents.end(now, &Subject::Team, "an account gets work");
            }
            Some(outage) => self.team_is_down(now, now, outage.into()),
        }
    }

    fn team_is_down(&mut self, now: Time, since: Time, cause: String) {
        self.annals.enter(now, &Subject::Team, Footing::Down);
        let begins = Begins { began: since, by: Noticed::Accounts, cause, standing: None };
        self.annals.incidents.begin(now, Subject::Team, begins);
    }

    /// A bot's streams have come or gone.
    pub(super) fn look_at_bot(&mut self, now: Time, bot: BotId) {
        self.alarms.wake();
        let about = self.bot_subject(bot);
        // One that has never been there is missed by nobody.
        if !self.bots.clients_of(bot).is_empty() {
            self.annals.enter(now, &about, Footing::Up);
            self.annals.incidents.end(now, &about, "it has an event stream again");
        } else if self.annals.uptime(&about).is_some() {
            self.annals.enter(now, &about, Footing::Down);
        }
    }

    /// A bot is there no more, or has another name: how long it was up is told under that one.
    pub(super) fn bot_changes(&mut self, now: Time, change: &BotChange) {
        self.alarms.wake();
        match change {
            BotChange::Renamed(bot, before) => {
                let (before, about) = (Subject::Bot(before.clone()), self.bot_subject(*bot));
                self.annals.incidents.end(now, &before, "it has another name");
                // Two may have changed their names with one another: each is told once by then.
                self.annals.uptimes.retain(|(known, _)| *known != about);
                for (known, _) in self.annals.uptimes.iter_mut().filter(|(known, _)| *known == before) {
                    *known = about.clone();
                }
            }
            BotChange::Gone(bot) => {
                let about = self.bot_subject(*bot);
                self.annals.incidents.end(now, &about, "it was removed");
                if self.annals.uptime(&about).is_some() {
                    self.annals.enter(now, &about, Footing::Unwatched);
                }
            }
        }
    }

    /// A bot is away while events wait for it, and that is told.
    pub(super) fn is_missed(&mut self, now: Time, bot: BotId, away: &Away) {
        self.alarms.wake();
        // Without figures: what is the same again is known by it.
        let cause = match away.dropped {
            0 => "it has no event stream, and events wait for it",
            _ => "it has no event stream, and events that waited for it were dropped",
        };
        let begins = Begins { began: away.since, by: Noticed::Stream, cause: cause.into(), standing: None };
        self.annals.incidents.begin(now, self.bot_subject(bot), begins);
    }

    /// Another process goes on, so long after the last one did anything. How each is now is told as it is found out.
    pub(super) fn annals_go_on(&mut self, now: Time, away: Duration) {
        for (_, uptime) in &mut self.annals.uptimes {
            uptime.enter(now.before(away), Footing::Unwatched);
        }
        // Whoever has been gone for as long as anything is told.
        let is_old =
            |it: &Uptime| matches!(it.footing(), (Footing::Unwatched, since) if now - since > LONGEST);
        self.annals.uptimes.retain(|(_, it)| !is_old(it));
        self.annals.incidents.end_others(now, |about| match about {
            Subject::Bot(name) => self.bots.named(name).is_some(),
            Subject::Team | Subject::Account(_) => true,
        });
        let members = AccountId::first(self.accounts.len()).filter(|it| self.is_member(*it));
        let standings: Vec<_> = members
            .map(|it| (self.account_subject(it), self.accounts[it.index()].spell().standing()))
            .collect();
        let bots = self.bots.here().map(|it| self.bot_subject(it)).filter(|it| self.uptime(it).is_some());
        let down: Vec<_> = bots.chain(self.uptime(&Subject::Team).map(|_| Subject::Team)).collect();
        for (about, standing) in standings {
            self.annals.enter(now, &about, standing.footing());
        }
        for about in down {
            self.annals.enter(now, &about, Footing::Down);
        }
    }

    fn account_subject(&self, account: AccountId) -> Subject {
        Subject::Account(self.identity.name(account).to_owned())
    }

    fn bot_subject(&self, bot: BotId) -> Subject {
        Subject::Bot(self.bots.name(bot).to_owned())
    }
}
