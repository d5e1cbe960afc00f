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
    /// As it is now.
    pub fn new(team: &Team, shared: &Shared, now: Time) -> Self {
        let of = Of { team, team_name: &shared.config.name, now };
        let mut uptimes: Vec<_> = team.uptimes().map(|(about, uptime)| of.uptime(about, uptime)).collect();
        uptimes.sort_by_key(|it| of.order(&it.whose));
        Self { uptimes, incidents: team.incidents().rev().map(|it| of.incident(it)).collect() }
    }

    /// Whether anything is known of one of this name.
    pub fn has(&self, about: About, name: &str) -> bool {
        self.uptimes.iter().any(|it| it.whose.about == about && it.whose.name == name)
    }

    /// What concerns one of this name alone.
    pub fn retain(&mut self, about: About, name: &str) {
        let is_it = |whose: &Whose| whose.about == about && whose.name == name;
        self.uptimes.retain(|it| is_it(&it.whose));
        self.incidents.retain(|it| is_it(&it.whose));
    }
}

/// What it is told of.
struct Of<'a> {
    team: &'a Team,
    team_name: &'a str,
    now: Time,
}

impl Of<'_> {
    fn whose(&self, about: &Subject) -> Whose {
        let (about, name) = match about {
            Subject::Team => (About::Team, self.team_name),
            Subject::Account(name) => (About::Account, name.as_str()),
            Subject::Bot(name) => (About::Bot, name.as_str()),
        };
        Whose { about, name: name.to_owned() }
    }

    /// As the configuration has them.
    fn order(&self, whose: &Whose) -> (usize, usize) {
        let accounts = self.team.accounts();
        match whose.about {
            About::Team => (0, 0),
            About::Account => {
                let is_it = |it: &AccountId| self.team.identity().name(*it) == whose.name;
                let place = AccountId::first(accounts.len()).find(is_it);
                let is_there = place.filter(|it| {
                    accounts.get(it.index()).is_some_and(|it| it.spell().standing() != Standing::Removed)
                });
                (1, is_there.map_or(usize::MAX, AccountId::index))
            }
            About::Bot => {
                let is_it = |it: &u16| self.team.bots().name(BotId(*it)) == whose.name;
                (2, (0..self.team.bots().count()).find(is_it).map_or(usize::MAX, usize::from))
            }
        }
    }

    fn uptime(&self, about: &Subject, it: &Uptime) -> UptimeStatus {
        let (footing, since) = it.footing();
        let known = self.now - it.known();
        let windows = WINDOWS.map(|(name, window)| {
            let share = it.over(self.now, window);
            let is_in = |incident: &&Incident| {
                incident.about == *about && incident.ended.is_none_or(|ended| self.now - ended <= window)
            };
            let incidents = self.team.incidents().filter(is_in).count();
            window_status(name, share, known.min(window), incidents)
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
        let epoch = Duration::from_millis(self.team.epoch().milliseconds().unsigned_abs());
        humantime::format_rfc3339_seconds(UNIX_EPOCH + epoch + at.since_origin()).to_string()
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
