//! The page of the rooms: who is in each, and what can be done where that is too few; who will invite whom, and when.

use askama::Template;
use axum::response::Response;
use ha_wechaty_team::view::{MissingTeammate, Risk, RoomAccount, RoomStatus, RoomsStatus};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, team::none};
use crate::long::failed;

/// So many are on a page.
const ROOMS: usize = 50;
/// And so many invitations that are next.
const PLAN: usize = 20;
/// So many accounts, and missing ones, of a room are named; how many more there are is said.
const NAMED: usize = 6;
/// What the filter for rooms at risk says.
const AT_RISK: &str = "yes";

/// The rooms' page.
#[derive(Debug, Template)]
#[template(path = "rooms.html")]
pub(super) struct RoomsPage {
    frame: Frame,
    w: &'static Words,
    names: Vec<String>,
    asked: Asked,
    count: String,
    /// Whether teammates are invited, and how many are missing.
    invites: String,
    plan: Vec<PlanRow>,
    rooms: Vec<RoomRow>,
    /// Where the others are.
    next: Option<String>,
}

/// What the query asks for: rooms of an `account`, with `q` in their topic or id, at `risk`, and `from` which on.
#[derive(Debug, Default, Clone)]
pub(super) struct Asked {
    account: String,
    sought: String,
    at_risk: bool,
    from: usize,
}

/// An invitation that is next.
#[derive(Debug)]
struct PlanRow {
    when: String,
    inviter: String,
    teammate: String,
    room: String,
}

/// A room in a table.
#[derive(Debug)]
pub(super) struct RoomRow {
    pub(super) topic: String,
    pub(super) tone: Tone,
    pub(super) risk: &'static str,
    pub(super) accounts: String,
    /// Who is missing, and what is done about each, or is in the way.
    pub(super) missing: Vec<String>,
}

impl Asked {
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "account" => asked.account = value.into_owned(),
                "q" => asked.sought = value.into_owned(),
                "risk" => asked.at_risk = value == AT_RISK,
                "from" => asked.from = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        asked
    }

    fn wants(&self, room: &RoomStatus) -> bool {
        let is_there = |account: &str| room.accounts.iter().any(|it| it.name == account);
        (self.account.is_empty() || is_there(&self.account))
            && (room.risk.is_some() || !self.at_risk)
            && (room.topic.contains(&self.sought) || room.id.contains(&self.sought))
    }

    fn path_from(&self, from: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::from("/rooms?"));
        query.append_pair("from", &from.to_string());
        query.append_pair("account", &self.account).append_pair("q", &self.sought);
        if self.at_risk {
            query.append_pair("risk", AT_RISK);
        }
        query.finish()
    }
}

impl RoomRow {
    pub(super) fn new(it: &RoomStatus, invites: bool, lang: Lang) -> Self {
        let account = |account: &RoomAccount| {
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
        let missing = it.missing.iter().take(NAMED).map(|it| Say(lang).missing(it, invites));
        Self {
            topic: topic(it),
            tone: match it.risk {
                Some(Risk::Unavailable) => Tone::Bad,
                Some(Risk::Alone) => Tone::Odd,
                None => Tone::Good,
            },
            risk: it.risk.map_or("–", |risk| lang.risk(risk)),
            accounts: if accounts.is_empty() { none() } else { accounts.join(", ") },
            missing: missing.chain(more(it.missing.len())).collect(),
        }
    }
}

fn topic(room: &RoomStatus) -> String {
    if room.topic.is_empty() { room.id.clone() } else { room.topic.clone() }
}

/// Those that the query asks for.
pub(super) async fn answer(desk: Desk, lang: Lang, query: String) -> Response {
    let names = desk.shared.accounts.roster.accounts().map(|(_, it)| it.name.clone()).collect();
    let frame = Frame::new(&desk, lang, Place::Rooms, lang.words().rooms);
    let mut made = RoomsPage::of(frame, lang, names, Asked::read(&query));
    let html = move |rooms: RoomsStatus| {
        made.fill(&rooms, lang);
        made.render().map(String::into_bytes).map_err(|error| failed(error.to_string()))
    };
    desk.long.make(desk.asking.look(RoomsStatus::new), "text/html; charset=utf-8", html).await
}

impl RoomsPage {
    /// With the frame around it, and no room in it yet.
    pub(super) fn of(frame: Frame, lang: Lang, names: Vec<String>, asked: Asked) -> Self {
        let (count, invites) = (String::new(), String::new());
        let (w, plan, rooms) = (lang.words(), Vec::new(), Vec::new());
        Self { frame, w, names, asked, count, invites, plan, rooms, next: None }
    }

    /// These there are.
    pub(super) fn fill(&mut self, all: &RoomsStatus, lang: Lang) {
        let say = Say(lang);
        let found: Vec<&RoomStatus> = all.rooms.iter().filter(|room| self.asked.wants(room)).collect();
        let from = self.asked.from.min(found.len());
        let to = (from + ROOMS).min(found.len());
        self.count = say.shown(from, to, found.len());
        let missing = all.rooms.iter().map(|room| room.missing.len()).sum();
        self.invites = say.invites(all.invites, missing);
        self.plan = plan(&found, lang);
        let rows = found.iter().skip(from).take(ROOMS).map(|room| RoomRow::new(room, all.invites, lang));
        self.rooms = rows.collect();
        self.next = (to < found.len()).then(|| self.asked.path_from(to));
    }
}

/// The invitations that are next, the soonest first.
fn plan(rooms: &[&RoomStatus], lang: Lang) -> Vec<PlanRow> {
    let missing = rooms.iter().flat_map(|room| room.missing.iter().map(move |it| (*room, it)));
    let next = |(room, it): (&'_ RoomStatus, &'_ MissingTeammate)| {
        let (inviter, seconds) = (it.inviter.clone()?, it.seconds.filter(|_| it.why.is_none())?);
        Some((seconds, inviter, it.name.clone(), topic(room)))
    };
    let mut plan: Vec<_> = missing.filter_map(next).collect();
    plan.sort_by(|a, b| a.0.total_cmp(&b.0));
    plan.truncate(PLAN);
    let row = |(seconds, inviter, teammate, room): (f64, String, String, String)| PlanRow {
        when: Say(lang).within(seconds),
        inviter,
        teammate,
        room,
    };
    plan.into_iter().map(row).collect()
}
