//! The first page: how the team stands, and what to do.

use askama::Template;
use ha_wechaty_team::view::{AccountStatus, BotStatus, LimitUse, Risk, RoomStatus, Status};

use super::{
    Desk, Frame, Lang, Place, Say, Seen, Tally, Tone, Words,
    alarms::AlarmRow,
    trouble::{self, Trouble},
};

/// The team's page.
#[derive(Debug, Template)]
#[template(path = "team.html")]
pub(super) struct TeamPage {
    frame: Frame,
    w: &'static Words,
    tone: Tone,
    sentence: String,
    since: String,
    reason: Option<String>,
    alarms: Vec<AlarmRow>,
    troubles: Vec<Trouble>,
    accounts: Vec<AccountRow>,
    bots: Vec<BotRow>,
    rooms: Vec<RoomRow>,
    rooms_text: String,
    facts: Vec<(&'static str, String)>,
}

/// An account in the table.
#[derive(Debug)]
pub(super) struct AccountRow {
    pub(super) name: String,
    pub(super) tone: Tone,
    pub(super) standing: &'static str,
    pub(super) since: String,
    pub(super) evidence: String,
    pub(super) ding: String,
    /// Of its limits the one that is used most.
    pub(super) pace: Option<Gauge>,
    pub(super) sends: String,
    pub(super) errors: String,
}

/// How much of a limit is used.
#[derive(Debug)]
pub(super) struct Gauge {
    pub(super) work: &'static str,
    pub(super) limit: String,
    pub(super) used: u32,
    pub(super) allowed: u32,
    pub(super) text: String,
    pub(super) next_free: String,
}

#[derive(Debug)]
struct BotRow {
    name: String,
    tone: Tone,
    mode: &'static str,
    streams: String,
    backlog: usize,
    waiting_calls: usize,
    gone: String,
}

/// So many accounts, and missing ones, of a room are named; how many more there are is said.
const NAMED: usize = 6;

/// A room in a table.
#[derive(Debug)]
pub(super) struct RoomRow {
    pub(super) topic: String,
    pub(super) tone: Tone,
    pub(super) risk: &'static str,
    pub(super) accounts: String,
    pub(super) missing: String,
}

impl Gauge {
    pub(super) fn new(it: &LimitUse, lang: Lang) -> Self {
        let work = lang.paced(it.work);
        Self {
            work,
            limit: it.limit.clone(),
            used: it.used,
            allowed: it.allowed,
            text: format!("{}/{} {work}", it.used, it.allowed),
            next_free: it.next_free.map_or_else(|| String::from("–"), |next| Say(lang).span(next)),
        }
    }

    /// From here on it is nearly used up.
    pub(super) fn high(&self) -> f64 {
        f64::from(self.allowed) * 0.8
    }
}

impl AccountRow {
    pub(super) fn new(it: &AccountStatus, tally: Tally, dong: Option<(f64, f64)>, lang: Lang) -> Self {
        let say = Say(lang);
        let evidence = it.last_evidence.as_ref().map(|last| {
            let word = lang.evidence(last.kind);
            let ago = say.ago(last.seconds);
            lang.pick(format!("{word}, {ago}"), format!("{word}，{ago}"))
        });
        let fullest = it.pace.iter().rev().max_by(|a, b| used(a).total_cmp(&used(b)));
        Self {
            name: it.name.clone(),
            tone: Tone::of(it.phase),
            standing: lang.standing(it.phase),
            since: say.span(it.seconds),
            evidence: evidence.unwrap_or_else(none),
            ding: match (it.dings_outstanding, dong) {
                (0, None) => none(),
                (0, Some((took, ago))) => {
                    let (took, ago) = (say.span(took), say.ago(ago));
                    lang.pick(format!("{took}, {ago}"), format!("{took}，{ago}"))
                }
                (n, _) => lang.pick(format!("{n} not answered"), format!("{n} 次未应答")),
            },
            pace: fullest.map(|limit| Gauge::new(limit, lang)),
            sends: say.sends(tally.sent, tally.not_sent, tally.unsure),
            errors: it.errors.to_string(),
        }
    }
}

/// How much of a limit is used, of 1.
fn used(limit: &LimitUse) -> f64 {
    f64::from(limit.used) / f64::from(limit.allowed.max(1))
}

/// What stands where there is nothing to say.
pub(super) fn none() -> String {
    String::from("–")
}

impl BotRow {
    fn new(it: &BotStatus, lang: Lang) -> Self {
        let say = Say(lang);
        let waiting = it.away.as_ref().map_or(0, |away| away.waiting);
        Self {
            name: it.name.clone(),
            tone: if it.streams.is_empty() { Tone::Idle } else { Tone::Good },
            mode: lang.mode(it.mode),
            streams: say.streams(it.streams.len(), it.mode),
            backlog: it.streams.iter().map(|stream| stream.unacknowledged).sum::<usize>() + waiting,
            waiting_calls: it.waiting_calls,
            gone: it.away.as_ref().map_or_else(none, |away| match away.was_there {
                true => say.span(away.seconds),
                false => lang.pick("was never there", "从未连接").to_owned(),
            }),
        }
    }
}

impl RoomRow {
    pub(super) fn new(it: &RoomStatus, lang: Lang) -> Self {
        let account = |account: &ha_wechaty_team::view::RoomAccount| {
            let rank = lang.rank(account.rank).map(|rank| format!(" ({rank})")).unwrap_or_default();
            let mark = if account.available { "" } else { "✗ " };
            format!("{mark}{}{rank}", account.name)
        };
        let more = |all: usize| {
            let more = all.saturating_sub(NAMED);
            let text = || lang.pick(format!("{more} more"), format!("另有 {more} 个"));
            (more > 0).then(text)
        };
        let accounts = it.accounts.iter().take(NAMED).map(account).chain(more(it.accounts.len()));
        let accounts: Vec<String> = accounts.collect();
        let missing = it.missing.iter().take(NAMED).map(|missing| match (&missing.hold, &missing.inviter) {
            (Some(hold), _) => format!("{}: {hold}", missing.name),
            (None, Some(inviter)) => match lang {
                Lang::En => format!("{}: {inviter} could invite it", missing.name),
                Lang::Zh => format!("{}：可由 {inviter} 邀请", missing.name),
            },
            (None, None) => missing.name.clone(),
        });
        let missing = missing.chain(more(it.missing.len()));
        Self {
            topic: if it.topic.is_empty() { it.id.clone() } else { it.topic.clone() },
            tone: match it.risk {
                Some(Risk::Unavailable) => Tone::Bad,
                Some(Risk::Alone) => Tone::Odd,
                None => Tone::Good,
            },
            risk: it.risk.map_or("–", |risk| lang.risk(risk)),
            accounts: if accounts.is_empty() { none() } else { accounts.join(", ") },
            missing: Some(missing.collect::<Vec<_>>().join("; "))
                .filter(|it| !it.is_empty())
                .unwrap_or_else(none),
        }
    }
}

impl TeamPage {
    pub(super) fn new(desk: &Desk, lang: Lang, seen: &Seen) -> Self {
        let frame = Frame::new(desk, lang, Place::Team, "");
        Self::of(frame, lang, seen)
    }

    /// With the frame around it.
    pub(super) fn of(frame: Frame, lang: Lang, seen: &Seen) -> Self {
        let (say, w) = (Say(lang), lang.words());
        let Seen { status, rooms, .. } = seen;
        let (team, all) = (&status.team, status.accounts.len());
        let troubles = trouble::all(status, lang);
        Self {
            tone: match (team.available, troubles.first().map(|it| it.tone)) {
                (false, _) => Tone::Bad,
                (true, Some(Tone::Bad | Tone::Odd)) => Tone::Odd,
                (true, Some(Tone::Idle | Tone::Good) | None) => Tone::Good,
            },
            frame: Frame { title: say.title(team, all, troubles.len()), is_live: true, ..frame },
            w,
            sentence: say.team(team, all),
            since: say.since(team.seconds),
            reason: team.reason.clone(),
            alarms: status.alarms.iter().map(|it| AlarmRow::new(it, lang)).collect(),
            troubles,
            accounts: status.accounts.iter().map(|it| seen.row(it, lang)).collect(),
            bots: status.bots.iter().map(|it| BotRow::new(it, lang)).collect(),
            rooms: rooms.iter().map(|it| RoomRow::new(it, lang)).collect(),
            rooms_text: say.rooms(team),
            facts: facts(status, lang),
        }
    }
}

/// What else is known of the team, in figures.
fn facts(status: &Status, lang: Lang) -> Vec<(&'static str, String)> {
    let (say, w, team) = (Say(lang), lang.words(), &status.team);
    let mut facts = vec![
        (w.policy, lang.policy(team.policy).to_owned()),
        (w.conversations, team.conversations.to_string()),
        (w.backlog, team.backlog.to_string()),
        (w.dropped, team.dropped.to_string()),
        (w.waiting, team.waiting.to_string()),
        (w.longest, team.longest_wait.map_or_else(none, |wait| say.span(wait))),
        (w.store, say.store(status.store.as_ref())),
        (w.memory, status.resident.map_or_else(none, |bytes| say.size(bytes))),
    ];
    if let Some(gateway) = &status.gateway {
        let process = lang.pick("process", "进程");
        facts.push((w.gateway, format!("{}, {process} {}", gateway.version, gateway.pid)));
        facts.push((w.bots_connect, gateway.listen.clone()));
        facts.push((w.config, gateway.config.clone().unwrap_or_else(none)));
    }
    facts
}
