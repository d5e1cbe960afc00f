//! The first page: how the team stands, and what to do.

use askama::Template;
use ha_wechaty_team::view::{About, AccountStatus, LimitUse, Status};

use super::{
    Desk, Frame, Lang, Place, Say, Seen, Tally, Tone, Words,
    alarms::AlarmRow,
    bots::BotRow,
    rooms::RoomRow,
    strip::{Strip, strips},
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
    /// The team's last day.
    strip: Option<Strip>,
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
    /// Its last day, as far as anything is known.
    pub(super) strip: Option<Strip>,
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
            strip: None,
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
        let mut rows: Vec<AccountRow> = status.accounts.iter().map(|it| seen.row(it, lang)).collect();
        let days: Vec<_> =
            status.accounts.iter().map(|it| seen.day(About::Account, &it.name, lang)).collect();
        let of_team = seen.day(About::Team, &team.name, lang);
        let known = days.iter().chain([&of_team]).flatten();
        let mut drawn = strips(known.map(|(day, said)| (day.as_str(), said.clone()))).into_iter();
        for (row, _) in rows.iter_mut().zip(&days).filter(|(_, day)| day.is_some()) {
            row.strip = drawn.next();
        }
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
            strip: of_team.and_then(|_| drawn.next()),
            reason: team.reason.clone(),
            alarms: status.alarms.iter().map(|it| AlarmRow::new(it, lang)).collect(),
            troubles,
            accounts: rows,
            bots: status.bots.iter().map(|it| BotRow::new(it, lang)).collect(),
            rooms: rooms.iter().map(|it| RoomRow::new(it, false, lang)).collect(),
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
