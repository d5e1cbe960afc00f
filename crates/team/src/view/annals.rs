//! How long the team, its accounts and its bots were up, and what went wrong: of the last three months.

use std::{
    fmt,
    time::{Duration, UNIX_EPOCH},
};

use ha_wechaty_core::{
    AccountId, BotId, Footing, Incident, Noticed, Share, Standing, Subject, Team, Time, Uptime,
};
use serde::{Deserialize, Serialize};

use crate::state::Shared;

/// The windows of which it is told how long something was up, by their names.
const WINDOWS: [(&str, Duration); 4] =
    [("24h", days(1)), ("7d", days(7)), ("30d", days(30)), ("90d", days(90))];

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3_600)
}

/// What is told of those that are there, or were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnnalsStatus {
    /// The team first, then the accounts, then the bots; those that are there no more behind the others.
    pub uptimes: Vec<UptimeStatus>,
    /// What went wrong, newest first.
    pub incidents: Vec<IncidentStatus>,
}

/// How long something was up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UptimeStatus {
    /// Whose.
    #[serde(flatten)]
    pub whose: Whose,
    /// What it is on now.
    pub footing: Footing,
    /// For how long, in seconds.
    pub seconds: f64,
    /// Of how many seconds anything is known.
    pub known: f64,
    /// How long it was so in each window.
    pub windows: Vec<WindowStatus>,
    /// The worst of each five minutes of the last day, oldest first, a letter each: `u`p, `s`uspect, `d`own, `m`aintenance,
    /// `-` unwatched.
    pub slices: String,
}

/// How long something was so, in the last so many hours or days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowStatus {
    /// `24h`, `7d`, `30d` or `90d`.
    pub window: String,
    /// How many seconds of it are known.
    pub known: f64,
    /// For how many of them it worked.
    pub up: f64,
    /// For how many it may not have worked.
    pub suspect: f64,
    /// For how many it did not work.
    pub down: f64,
    /// For how many it was taken out of work by a person.
    pub maintenance: f64,
    /// For how many nobody looked: the gateway was not there.
    pub unwatched: f64,
    /// What part of up, suspect and down the first two are: from 0 to 1.
    pub availability: Option<f64>,
    /// How many incidents began in it, or went on.
    pub incidents: usize,
}

/// How long something was so in one day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayStatus {
    /// When the day began, in RFC 3339; it need not be midnight.
    pub from: String,
    /// For how many seconds it was on each, in the order of [`Footing::ALL`]: of the first and the last day, less than a day in
    /// all.
    pub seconds: [f64; Footing::ALL.len()],
}

/// How something was in the last day, as a strip shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct LastDay {
    /// What.
    pub whose: Whose,
    /// See [`UptimeStatus::slices`].
    pub slices: String,
    /// What part of the time that is known, and in which it was meant to work, it did.
    pub availability: Option<f64>,
    /// For how many seconds it did not work.
    pub down: f64,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentStatus {
    /// Its number.
    pub number: u64,
    /// Whose.
    #[serde(flatten)]
    pub whose: Whose,
    /// Since when, in RFC 3339: of a silent account its last sign of life.
    pub began: String,
    /// After how many seconds it was noticed.
    pub noticed_after: f64,
    /// By what.
    pub noticed_by: Noticed,
    /// Why, in words.
    pub cause: String,
    /// Where an account stood last while it lasted.
    pub standing: Option<Standing>,
    /// When it was well again, in RFC 3339; none while it is not.
    pub ended: Option<String>,
    /// What made it well, in words.
    pub end: Option<String>,
    /// How often, if it came again within the hour.
    pub times: u32,
    /// For how many seconds it has lasted, without the time between.
    pub lasted: f64,
    /// How many seconds ago it began the last time.
    pub seconds: f64,
}

/// Whose uptime or incident it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// What it is.
    pub about: About,
    /// Its name.
    pub name: String,
}

impl Whose {
    fn of(about: &Subject, team: &str) -> Self {
        let (about, name) = match about {
            Subject::Team => (About::Team, team),
            Subject::Account(name) => (About::Account, name.as_str()),
            Subject::Bot(name) => (About::Bot, name.as_str()),
        };
        Self { about, name: name.to_owned() }
    }
}

impl LastDay {
    /// Of the team, and of all accounts and bots of which anything is known.
    pub fn all(team: &Team, shared: &Shared, now: Time) -> Vec<Self> {
        let last = |(about, uptime): (&Subject, &Uptime)| {
            let share = uptime.over(now, days(1));
            Self {
                whose: Whose::of(about, &shared.config.name),
                slices: uptime.slices(now).map(letter).collect(),
                availability: share.availability(),
                down: share.of(Footing::Down).as_secs_f64(),
            }
        };
        team.uptimes().map(last).collect()
    }
}

/// What something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The team.
    Team,
    /// An account.
    Account,
    /// A bot.
    Bot,
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Team => "team",
            Self::Account => "account",
            Self::Bot => "bot",
        })
    }
}

impl AnnalsStatus {
    /// Whether anything is known of one of this name.
    pub fn has(&self, about: About, name: &str) -> bool {
        self.uptimes.iter().any(|it| it.whose.about == about && it.whose.name == name)
    }

    /// The team's name.
    pub fn team(&self) -> &str {
        let team = self.uptimes.iter().find(|it| it.whose.about == About::Team);
        team.map_or("", |it| it.whose.name.as_str())
    }

    /// What concerns one of this name alone.
    pub fn retain(&mut self, about: About, name: &str) {
        let is_it = |whose: &Whose| whose.about == about && whose.name == name;
        self.uptimes.retain(|it| is_it(&it.whose));
        self.incidents.retain(|it| is_it(&it.whose));
    }
}

/// What the annals are told of: taken at one moment, which is quick, so that the sums can be made elsewhere.
#[derive(Debug)]
pub struct AnnalsLook {
    team: String,
    /// By their places.
    accounts: Vec<String>,
    bots: Vec<String>,
    epoch: Duration,
    now: Time,
    uptimes: Vec<(Subject, Uptime)>,
    incidents: Vec<Incident>,
}

impl AnnalsLook {
    /// As it is now.
    pub fn new(team: &Team, shared: &Shared, now: Time) -> Self {
        let members = AccountId::first(team.accounts().len()).zip(team.accounts());
        let members = members.filter(|(_, state)| state.spell().standing() != Standing::Removed);
        Self {
            team: shared.config.name.clone(),
            accounts: members.map(|(account, _)| team.identity().name(account).to_owned()).collect(),
            bots: (0..team.bots().count()).map(|bot| team.bots().name(BotId(bot)).to_owned()).collect(),
            epoch: Duration::from_millis(team.epoch().milliseconds().unsigned_abs()),
            now,
            uptimes: team.uptimes().map(|(about, uptime)| (about.clone(), uptime.clone())).collect(),
            incidents: team.incidents().cloned().collect(),
        }
    }

    /// Each of the last days of one of this name, oldest first; none of one of which nothing is known.
    pub fn days(&self, about: About, name: &str) -> Vec<DayStatus> {
        let is_it = |it: &&(Subject, Uptime)| {
            let whose = self.whose(&it.0);
            whose.about == about && whose.name == name
        };
        let day = |(from, share): (Time, Share)| DayStatus {
            from: self.wall(from),
            seconds: Footing::ALL.map(|footing| share.of(footing).as_secs_f64()),
        };
        let found = self.uptimes.iter().find(is_it);
        found.into_iter().flat_map(|(_, uptime)| uptime.days(self.now)).map(day).collect()
    }

    /// In words and sums.
    pub fn told(&self) -> AnnalsStatus {
        let mut uptimes: Vec<_> =
            self.uptimes.iter().map(|(about, uptime)| self.uptime(about, uptime)).collect();
        uptimes.sort_by_key(|it| self.order(&it.whose));
        let incidents = self.incidents.iter().rev().map(|it| self.incident(it)).collect();
        AnnalsStatus { uptimes, incidents }
    }

    fn whose(&self, about: &Subject) -> Whose {
        Whose::of(about, &self.team)
    }

    /// As the configuration has them; those that are there no more come last.
    fn order(&self, whose: &Whose) -> (usize, usize) {
        let place = |names: &[String]| names.iter().position(|it| *it == whose.name).unwrap_or(usize::MAX);
        match whose.about {
            About::Team => (0, 0),
            About::Account => (1, place(&self.accounts)),
            About::Bot => (2, place(&self.bots)),
        }
    }

    fn uptime(&self, about: &Subject, it: &Uptime) -> UptimeStatus {
        let (footing, since) = it.footing();
        let known = self.now - it.known();
        let its: Vec<_> = self.incidents.iter().filter(|incident| incident.about == *about).collect();
        let windows = WINDOWS.map(|(name, window)| {
            let share = it.over(self.now, window);
            let is_in = |incident: &&&Incident| incident.ended.is_none_or(|ended| self.now - ended <= window);
            window_status(name, share, known.min(window), its.iter().filter(is_in).count())
        });
        UptimeStatus {
            whose: self.whose(about),
            footing,
            seconds: (self.now - since).as_secs_f64(),
            known: known.as_secs_f64(),
            windows: windows.into(),
            slices: it.slices(self.now).map(letter).collect(),
        }
    }

    fn incident(&self, it: &Incident) -> IncidentStatus {
        IncidentStatus {
            number: it.number,
            whose: self.whose(&it.about),
            began: self.wall(it.began),
            noticed_after: (it.noticed - it.began).as_secs_f64(),
            noticed_by: it.by,
            cause: it.cause.clone(),
            standing: it.standing,
            ended: it.ended.map(|at| self.wall(at)),
            end: it.ended.map(|_| it.end.clone()),
            times: it.times,
            lasted: it.lasted(self.now).as_secs_f64(),
            seconds: (self.now - it.last).as_secs_f64(),
        }
    }

    /// What a right clock showed then.
    fn wall(&self, at: Time) -> String {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + self.epoch + at.since_origin()).to_string()
    }
}

fn window_status(name: &str, share: Share, known: Duration, incidents: usize) -> WindowStatus {
    let of = |footing| share.of(footing).as_secs_f64();
    WindowStatus {
        window: name.to_owned(),
        known: known.as_secs_f64(),
        up: of(Footing::Up),
        suspect: of(Footing::Suspect),
        down: of(Footing::Down),
        maintenance: of(Footing::Maintenance),
        unwatched: of(Footing::Unwatched),
        availability: share.availability(),
        incidents,
    }
}

/// A slice in one letter.
fn letter(footing: Footing) -> char {
    match footing {
        Footing::Up => 'u',
        Footing::Suspect => 's',
        Footing::Down => 'd',
        Footing::Maintenance => 'm',
        Footing::Unwatched => '-',
    }
}
