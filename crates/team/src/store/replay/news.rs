//! What the team made of what happened, in words.

use std::{collections::BTreeMap, time::Duration};

use ha_wechaty_core::{Alarm, AlarmStep, BotId, Incident, Notice, Standing, Subject, Team, Time};
use serde::{Deserialize, Serialize};

use crate::text::human;

/// What a piece of news is about; in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewsKind {
    /// What came of an operator's hand.
    Hand,
    /// Where an account stands.
    Standing,
    /// What is the matter with an account besides.
    Care,
    /// Whether anybody gets work.
    Team,
    /// A bot and its event streams.
    Bot,
    /// What went wrong, and was well again.
    Incident,
    /// What people must be told.
    Alarm,
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayNews {
    /// What it is about.
    pub kind: NewsKind,
    /// Whom: an account, a bot; empty of the team.
    pub about: String,
    /// Where an account stands from now on, if it is about that.
    pub standing: Option<Standing>,
    /// The number of the incident, or of the alarm.
    pub number: Option<u64>,
    /// In words.
    pub text: String,
}

impl ReplayNews {
    fn new(kind: NewsKind, about: &str, text: String) -> Self {
        Self { kind, about: about.to_owned(), standing: None, number: None, text }
    }

    /// An account stands elsewhere, of which there is no more to say.
    pub(super) fn stands(name: &str, standing: Standing) -> Self {
        let text = format!("{name} is {standing}");
        Self { standing: Some(standing), ..Self::new(NewsKind::Standing, name, text) }
    }
}

/// A notice in words; none where other news say the same.
pub(super) fn of(team: &Team, note: &Notice) -> Option<ReplayNews> {
    let name = |account| team.identity().name(account);
    let care = |account, text: String| {
        let account = name(account);
        ReplayNews::new(NewsKind::Care, account, format!("{account} {text}"))
    };
    let of_bot = |bot: BotId, text: String| {
        let bot = team.bots().name(bot);
        ReplayNews::new(NewsKind::Bot, bot, format!("bot {bot} {text}"))
    };
    let lost = |dropped: u64| if dropped > 0 { format!(", {dropped} were dropped") } else { String::new() };
    Some(match note {
        Notice::Phase { account, from, to, text, after } => {
            let text = match text.starts_with(to.name()) {
                true => format!("{} is {text}; {from} for {} before", name(*account), span(*after)),
                false => format!("{} is {to}: {text}; {from} for {} before", name(*account), span(*after)),
            };
            let news = ReplayNews::new(NewsKind::Standing, name(*account), text);
            ReplayNews { standing: Some(*to), ..news }
        }
        Notice::Still { account, text, after, .. } => {
            care(*account, format!("still, for {}: {text}", span(*after)))
        }
        Notice::SamePerson { account, others, contact_id } => {
            let others = others.iter().map(|it| name(*it)).collect::<Vec<_>>().join(", ");
            care(*account, format!("is the same WeChat person as {others}: {contact_id}"))
        }
        Notice::NoHeartbeat { account, contact, cause } => {
            care(*account, format!("can't write to the heartbeat contact {contact}: {cause}"))
        }
        Notice::Evicted { account, times } => {
            care(*account, format!("has its event stream, which was another client's (times: {times})"))
        }
        Notice::DeafStream { account, times } => {
            care(*account, format!("has a deaf event stream, which is opened anew (times: {times})"))
        }
        Notice::Ejected { account, work, pause, throttled } => {
            let why = if *throttled { "WeChat says that it was too much" } else { "it failed in a row" };
            care(*account, format!("gets no {} for {}: {why}", work.name(), span(*pause)))
        }
        // Their topics are what people said.
        Notice::RoomsThinned { rooms } => {
            let gone = rooms.iter().filter(|it| it.left.is_none()).count();
            let text =
                format!("rooms have lost accounts: one is left in {}, none in {gone}", rooms.len() - gone);
            ReplayNews::new(NewsKind::Team, "", text)
        }
        Notice::TakenOver { bot, from, again, .. } => of_bot(
            *bot,
            format!("lost stream {}: others go on with its work, {again} events are given again", from.0),
        ),
        Notice::BotAway { bot, after, waiting, dropped } => of_bot(
            *bot,
            format!("has no event stream for {}: {waiting} events wait{}", span(*after), lost(*dropped)),
        ),
        Notice::BotBack { bot, after, waiting, dropped } => {
            let lost = lost(*dropped);
            of_bot(*bot, format!("is back after {}: {waiting} events are given to it{lost}", span(*after)))
        }
        Notice::Hand { account, hand, done, .. } => {
            let account = name(*account);
            ReplayNews::new(NewsKind::Hand, account, format!("{} {account}: {done}", hand.name()))
        }
        Notice::Alarm(alarm) => of_alarm(alarm),
        Notice::TeamRecovered { after } => ReplayNews::new(
            NewsKind::Team,
            "",
            format!("the team is available, after {} without an account", span(*after)),
        ),
        Notice::TeamFailed { reason, after } => ReplayNews::new(
            NewsKind::Team,
            "",
            format!("the team has failed, after {}: {reason}", span(*after)),
        ),
        // The account's standing says the same.
        Notice::Scan { .. } | Notice::Challenge { .. } => return None,
    })
}

fn of_alarm(alarm: &Alarm) -> ReplayNews {
    let Alarm { id, kind, severity, about, cause, step, times, seen_by, .. } = alarm;
    let names = about.iter().map(subject).collect::<Vec<_>>().join(", ");
    let what = match step {
        AlarmStep::Opened if *times > 1 => format!("opens again, {times} times by now: {cause}"),
        AlarmStep::Opened => format!("opens: {cause}"),
        AlarmStep::Changed => format!("is another one: {cause}"),
        AlarmStep::Reminded => format!("goes on: {cause}"),
        AlarmStep::Escalated => format!("was seen by nobody in time: {cause}"),
        AlarmStep::Acknowledged => format!("is seen to by {}", seen_by.as_deref().unwrap_or("somebody")),
        AlarmStep::Closed => String::from("is over"),
    };
    let text = format!("alarm {} ({kind}, {severity}, {names}) {what}", id.0);
    let first = about.iter().find_map(|it| match it {
        Subject::Team => None,
        Subject::Account(name) | Subject::Bot(name) => Some(name.as_str()),
    });
    ReplayNews { number: Some(id.0), ..ReplayNews::new(NewsKind::Alarm, first.unwrap_or_default(), text) }
}

/// What something is about, in words.
fn subject(it: &Subject) -> String {
    match it {
        Subject::Team => String::from("the team"),
        Subject::Account(name) => name.clone(),
        Subject::Bot(name) => format!("bot {name}"),
    }
}

/// How often it is looked whether an incident has begun or ended of which there is no other news.
const LOOK: Duration = Duration::from_secs(5);

/// A span, in words.
pub(super) fn span(it: Duration) -> String {
    human(it.as_secs_f64())
}

/// What of incidents was told.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    /// By their numbers: how often each came, and whether it is over.
    told: BTreeMap<u64, (u32, bool)>,
    /// That a bot is away is an incident some time after it was noticed.
    again: Time,
}

impl Incidents {
    /// All of a team's are told.
    pub(super) fn of(team: &Team) -> Self {
        Self { told: team.incidents().map(state).collect(), again: Time::ZERO }
    }

    /// From when on it is to be looked, though there is no news.
    pub(super) fn look_again(&self) -> Time {
        self.again
    }

    /// What is not told yet.
    pub(super) fn changes(&mut self, team: &Team, now: Time) -> Vec<ReplayNews> {
        self.again = now + LOOK;
        let is_news = |it: &&Incident| self.told.get(&it.number) != Some(&state(it).1);
        let news: Vec<ReplayNews> = team.incidents().filter(is_news).map(|it| of_incident(it, now)).collect();
        if !news.is_empty() {
            self.told = team.incidents().map(state).collect();
        }
        news
    }
}

fn state(it: &Incident) -> (u64, (u32, bool)) {
    (it.number, (it.times, it.ended.is_some()))
}

fn of_incident(it: &Incident, now: Time) -> ReplayNews {
    let Incident { number, about, began, noticed, by, cause, ended, end, times, .. } = it;
    let who = subject(about);
    let text = match ended {
        Some(_) => format!("incident {number} ({who}) ends after {}: {end}", span(it.lasted(now))),
        None if *times > 1 => format!("incident {number} ({who}) comes again, {times} times by now"),
        None => {
            let after = *noticed - *began;
            let late = if after.as_secs() > 0 {
                format!(" {} later", span(after))
            } else {
                String::from(" at once")
            };
            format!("incident {number} ({who}) begins, noticed{late} by its {by}: {cause}")
        }
    };
    let about = match about {
        Subject::Team => "",
        Subject::Account(name) | Subject::Bot(name) => name,
    };
    ReplayNews { number: Some(*number), ..ReplayNews::new(NewsKind::Incident, about, text) }
}
