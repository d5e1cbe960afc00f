//! What a store still knows of what happened, as people read it: what matters line by line, the rest counted.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_core::{AccountId, Standing, Subject, Team, Time};
use ha_wechaty_journal::StoryPiece;
use serde::{Deserialize, Serialize};

use super::{AlarmStatus, AlarmsStatus};
use crate::{
    state::sends::moment,
    store::{
        NewsKind, Quietly, ReplayMark, ReplayNews, ReplayStep, Replayed, Replaying, at_wall, on_the_wall,
    },
};

/// So many steps are told unless fewer are asked for, and at the most; with what the team knew at each, at the most.
const USUAL: usize = 100;
const MOST: usize = 2_000;
const MOST_SCENES: usize = 100;

/// What is told before an incident began, and after it ended.
const AROUND: Duration = Duration::from_secs(60);

const NAMES: [&str; 7] = ["from", "to", "account", "incident", "step", "limit", "scene"];

/// Of which steps is to be told what the team knew then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Scenes {
    #[default]
    None,
    All,
    /// Of the first one that is told.
    First,
    /// Of the first one that tells of the incident that was asked for.
    Incident,
    /// Of the one that stands there.
    Of(ReplayMark),
}

/// What somebody wants to see of it.
#[derive(Debug, Clone, Default)]
pub struct ReplayAsk {
    from: Option<SystemTime>,
    to: Option<SystemTime>,
    account: Option<String>,
    incident: Option<u64>,
    /// Where its end is, if it has one.
    over: Option<SystemTime>,
    /// The first that is told.
    step: Option<ReplayMark>,
    limit: Option<usize>,
    scenes: Scenes,
}

impl ReplayAsk {
    /// Of names and values, as they stand in the part of an address behind `?`.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn of<N: AsRef<str>, V: Into<String>>(
        query: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, String> {
        let mut ask = Self::default();
        for (name, value) in query {
            let (name, value) = (name.as_ref(), value.into());
            let mark = || value.parse().map_err(|why: String| format!("{name}: {why}"));
            let number = || value.parse().map_err(|_| format!("{name} is {value:?}, but must be a number"));
            match name {
                "from" => ask.from = Some(moment(name, &value)?),
                "to" => ask.to = Some(moment(name, &value)?),
                "account" => ask.account = Some(value),
                "incident" => ask.incident = Some(number()?),
                "step" => ask.step = Some(mark()?),
                "limit" => ask.limit = Some(number()?.try_into().unwrap_or(usize::MAX)),
                "scene" if value == "all" => ask.scenes = Scenes::All,
                "scene" if value == "first" => ask.scenes = Scenes::First,
                "scene" if value == "incident" => ask.scenes = Scenes::Incident,
                "scene" => ask.scenes = Scenes::Of(mark()?),
                name => return Err(format!("{name} can't be asked for; there are {}", NAMES.join(", "))),
            }
        }
        Ok(ask)
    }

    fn limit(&self) -> usize {
        let most = if self.scenes == Scenes::All { MOST_SCENES } else { MOST };
        self.limit.unwrap_or(USUAL).clamp(1, most)
    }
}

/// Some steps of what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayStatus {
    /// From when on it can be told (RFC 3339); what was before is gone, or in a backup. None if the store holds nothing.
    pub since: Option<String>,
    /// The part of it that was asked for (RFC 3339), if not all was.
    pub from: Option<String>,
    /// See `from`.
    pub to: Option<String>,
    /// The steps that matter, oldest first.
    pub steps: Vec<ReplayRow>,
    /// How many facts there were of each kind behind the last of them that matter to nobody by themselves.
    pub quiet: BTreeMap<Quietly, u64>,
    /// Where as many steps begin as were asked for at once, the last of which is the one before these.
    pub earlier: Option<ReplayMark>,
    /// The step before these, of those that were asked for.
    pub before: Option<ReplayMark>,
    /// The step behind these.
    pub next: Option<ReplayMark>,
    /// Whether what was asked for, or where that was to begin, is of before `since`: the store no longer has it.
    pub gone: bool,
}

/// A step, and what is to be known beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayRow {
    /// How many facts there were of each kind since the step before that matter to nobody by themselves.
    pub quiet: BTreeMap<Quietly, u64>,
    /// What happened, and what the team made of it.
    #[serde(flatten)]
    pub step: ReplayStep,
    /// Where each account stands after it, if that is not as it was after the step before.
    pub stand: Option<Vec<ReplayStand>>,
    /// What the team knew after it, if that was asked for.
    pub scene: Option<ReplayScene>,
}

/// Where an account stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayStand {
    /// Whose.
    pub name: String,
    /// Where.
    pub standing: Standing,
}

/// What a team knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayScene {
    /// Whether anybody got work.
    pub is_up: bool,
    /// Its accounts, and why each stood where it did.
    pub accounts: Vec<ReplayAccount>,
    /// Its bots.
    pub bots: Vec<ReplayBot>,
    /// What was wrong, and had not ended.
    pub incidents: Vec<ReplayIncident>,
    /// The alarms that were open.
    pub alarms: Vec<AlarmStatus>,
}

/// What a team knew of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayAccount {
    /// Its name.
    pub name: String,
    /// Where it stood.
    pub standing: Standing,
    /// For how many seconds.
    pub seconds: f64,
    /// Why, in words.
    pub text: String,
    /// How long ago there had been a sign that it works, in seconds, if it was logged in.
    pub evidence: Option<f64>,
}

/// What a team knew of a bot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayBot {
    /// Its name.
    pub name: String,
    /// How many event streams it had.
    pub streams: usize,
    /// For how many seconds it had none, if it had none.
    pub away: Option<f64>,
    /// How many events waited for it then.
    pub waiting: usize,
}

/// What a team knew of what was wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayIncident {
    /// Its number.
    pub number: u64,
    /// With whom, in words.
    pub about: String,
    /// For how many seconds by then.
    pub seconds: f64,
    /// Why, as it was known when it was noticed.
    pub cause: String,
}

impl ReplayStatus {
    /// What a store still tells, as far as that was asked for.
    ///
    /// # Errors
    /// There is no such account, or no such incident, and which there are.
    pub fn of(story: Vec<StoryPiece>, ask: &ReplayAsk) -> Result<Self, String> {
        let mut ask = ask.clone();
        if let Some(number) = ask.incident {
            let [began, over] = span_of(story.clone(), number)?;
            ask.from = ask.from.or(began.map(|it| it - AROUND));
            ask.to = ask.to.or(over.map(|it| it + AROUND));
            ask.over = over;
        }
        let mut telling = Telling::new(Replaying::new(story), &ask);
        while telling.goes_on() {}
        telling.end()
    }
}

/// When an incident began, and when it was over.
fn span_of(story: Vec<StoryPiece>, number: u64) -> Result<[Option<SystemTime>; 2], String> {
    let mut replaying = Replaying::new(story);
    while replaying.step().is_some() {}
    let team = replaying.team().ok_or("the store holds nothing, and so no incident")?;
    let Some(found) = team.incidents().find(|it| it.number == number) else {
        let newest: Vec<String> = team.incidents().rev().take(8).map(|it| it.number.to_string()).collect();
        return Err(match newest.is_empty() {
            true => format!("there is no incident {number}: nothing has gone wrong, as far as is known"),
            false => format!("there is no incident {number}; the newest are {}", newest.join(", ")),
        });
    };
    let wall = |at: Time| {
        UNIX_EPOCH + Duration::from_millis(team.epoch().milliseconds().unsigned_abs()) + at.since_origin()
    };
    Ok([Some(wall(found.began)), found.ended.map(wall)])
}

/// What is told so far.
struct Telling<'a> {
    replaying: Replaying,
    ask: &'a ReplayAsk,
    /// Where it begins, and when, once that is known.
    first: Option<ReplayMark>,
    since: Option<Time>,
    rows: Vec<ReplayRow>,
    quiet: BTreeMap<Quietly, u64>,
    /// The last ones that were passed over, of those that were asked for.
    before: VecDeque<ReplayMark>,
    /// Where accounts stood when that was told last.
    stand: Vec<ReplayStand>,
    next: Option<ReplayMark>,
}

impl<'a> Telling<'a> {
    fn new(replaying: Replaying, ask: &'a ReplayAsk) -> Self {
        Self {
            replaying,
            ask,
            first: None,
            since: None,
            rows: Vec::new(),
            quiet: BTreeMap::new(),
            before: VecDeque::new(),
            stand: Vec::new(),
            next: None,
        }
    }

    /// Goes a note further; false at the end.
    fn goes_on(&mut self) -> bool {
        let Some(replayed) = self.replaying.step() else { return false };
        let now = self.replaying.now();
        self.first.get_or_insert(self.replaying.mark());
        if self.since.is_none() {
            self.since = self.replaying.team().map(|_| now);
        }
        let time = |at: Option<SystemTime>| Some(at_wall(self.replaying.team()?, at?));
        if time(self.ask.to).is_some_and(|to| now > to) {
            return false;
        }
        if time(self.ask.from).is_some_and(|from| now < from) {
            return true;
        }
        match replayed {
            Replayed::Quiet { of, account } => {
                if self.ask.account.is_none() || self.ask.account == account {
                    *self.quiet.entry(of).or_default() += 1;
                }
                true
            }
            Replayed::Step(step) if self.is_asked_for(&step) => self.tell(*step),
            Replayed::Step(_) => true,
        }
    }

    /// Whether it is of the account that was asked for, or of all of them.
    fn is_asked_for(&self, step: &ReplayStep) -> bool {
        let Some(account) = &self.ask.account else { return true };
        let is_of_all = step.account.is_none() && step.news.iter().all(|it| it.about.is_empty());
        is_of_all || step.account.as_ref() == Some(account) || step.news.iter().any(|it| it.about == *account)
    }

    fn tell(&mut self, step: ReplayStep) -> bool {
        let quiet = std::mem::take(&mut self.quiet);
        if self.ask.step.is_some_and(|first| step.mark < first) {
            if self.before.len() >= self.ask.limit() {
                self.before.pop_front();
            }
            self.before.push_back(step.mark);
            return true;
        }
        if self.rows.len() >= self.ask.limit() {
            self.next = Some(step.mark);
            return false;
        }
        let stand = self.replaying.team().map(stand).unwrap_or_default();
        let changed = (stand != self.stand).then(|| stand.clone());
        self.stand = stand;
        let is_wanted = match self.ask.scenes {
            Scenes::None => false,
            Scenes::All => true,
            Scenes::First => self.rows.is_empty(),
            Scenes::Incident => {
                let tells = |it: &ReplayNews| it.kind == NewsKind::Incident && it.number == self.ask.incident;
                let is_first = self.rows.iter().all(|row| row.scene.is_none());
                is_first && self.ask.incident.is_some() && step.news.iter().any(tells)
            }
            Scenes::Of(mark) => mark == step.mark,
        };
        let team = self.replaying.team().filter(|_| is_wanted);
        let scene = team.map(|team| ReplayScene::of(team, self.replaying.now()));
        self.rows.push(ReplayRow { quiet, step, stand: changed, scene });
        true
    }

    /// Whether the store no longer has what was asked for.
    fn is_gone(&self) -> bool {
        let Some(((since, first), team)) = self.since.zip(self.first).zip(self.replaying.team()) else {
            return false;
        };
        let is_before = |at: Option<SystemTime>| at.is_some_and(|at| at_wall(team, at) < since);
        let shown = match self.ask.scenes {
            Scenes::Of(mark) => Some(mark),
            Scenes::None | Scenes::All | Scenes::First | Scenes::Incident => None,
        };
        let is_forgotten = |mark: Option<ReplayMark>| mark.is_some_and(|mark| mark < first);
        is_before(self.ask.to)
            || is_before(self.ask.over)
            || is_forgotten(self.ask.step)
            || is_forgotten(shown)
    }

    fn end(self) -> Result<ReplayStatus, String> {
        let team = self.replaying.team();
        if let Some((account, team)) = self.ask.account.as_ref().zip(team) {
            let known = stand(team);
            if self.rows.is_empty() && self.before.is_empty() && !known.iter().any(|it| it.name == *account) {
                let names: Vec<&str> = known.iter().map(|it| it.name.as_str()).collect();
                return Err(format!("there is no account {account}; there are {}", names.join(", ")));
            }
        }
        let gone = self.is_gone();
        let since = self.since.zip(team).map(|(at, team)| on_the_wall(team, at));
        let wall = |at: Option<SystemTime>| at.map(|at| humantime::format_rfc3339_millis(at).to_string());
        Ok(ReplayStatus {
            since,
            from: wall(self.ask.from),
            to: wall(self.ask.to),
            earlier: self.before.front().copied(),
            before: self.before.back().copied(),
            next: self.next,
            gone,
            steps: self.rows,
            quiet: self.quiet,
        })
    }
}

/// The accounts that are in the team, by their places.
fn members(team: &Team) -> impl Iterator<Item = (AccountId, &ha_wechaty_core::AccountState)> {
    let all = AccountId::first(team.accounts().len()).zip(team.accounts());
    all.filter(|(_, state)| state.shown() != Standing::Removed)
}

fn stand(team: &Team) -> Vec<ReplayStand> {
    let stand = |(account, state): (AccountId, &ha_wechaty_core::AccountState)| ReplayStand {
        name: team.identity().name(account).to_owned(),
        standing: state.shown(),
    };
    members(team).map(stand).collect()
}

impl ReplayScene {
    fn of(team: &Team, now: Time) -> Self {
        let accounts = members(team).map(|(account, state)| ReplayAccount {
            name: team.identity().name(account).to_owned(),
            standing: state.shown(),
            seconds: (now - state.spell().since()).as_secs_f64(),
            text: state.text(),
            evidence: state.health().map(|it| (now - it.last_evidence().0).as_secs_f64()),
        });
        let bots = (0..team.bots().count()).map(ha_wechaty_core::BotId).map(|bot| {
            let away = team.bots().away(bot);
            ReplayBot {
                name: team.bots().name(bot).to_owned(),
                streams: team.bots().streams_of(bot).len(),
                away: away.map(|it| (now - it.since).as_secs_f64()),
                waiting: away.map_or(0, |it| it.waiting),
            }
        });
        let incidents = team.incidents().filter(|it| it.ended.is_none()).map(|it| ReplayIncident {
            number: it.number,
            about: match &it.about {
                Subject::Team => String::from("the team"),
                Subject::Account(name) => name.clone(),
                Subject::Bot(name) => format!("bot {name}"),
            },
            seconds: (now - it.began).as_secs_f64(),
            cause: it.cause.clone(),
        });
        Self {
            is_up: team.is_up(),
            accounts: accounts.collect(),
            bots: bots.collect(),
            incidents: incidents.collect(),
            alarms: AlarmsStatus::new(team, now).open,
        }
    }
}
