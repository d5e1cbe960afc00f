//! The pages that people look at in a browser: made here, whole, for each request. A small script keeps what changes as
//! it is; without it they are loaded again. What people said in WeChat is on none of them.

mod account;
mod alarms;
mod annals;
mod asks;
mod audit;
mod bots;
mod chart;
mod config;
mod enter;
mod events;
mod hands;
mod lang;
mod log;
mod login;
mod plain;
mod replay;
mod rooms;
mod runbook;
mod sends;
mod strict;
mod strip;
mod team;
#[cfg(test)]
mod tests;
mod trouble;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ha_wechaty_config::Right;
use ha_wechaty_team::{
    state::sends::SendOutcome,
    view::{About, AccountStatus, Footing, LastDay, RoomStatus, RoomsStatus, Standing, Status},
};

use super::{
    entry::{self, Operator},
    long::GONE,
    server::{Desk, rooms as rooms_json, sends as sends_json},
};
pub(super) use enter::{forbidden, later, stale, stranger, to_login};
pub(super) use events::Stop;
use events::Watchers;
use lang::{Lang, Say, Words};
pub(super) use login::is_open;
pub(super) use strict::strict;

/// So many rooms at risk are on the team's page.
const WORST: usize = 10;

/// What the script and the looks of pages are.
const SCRIPT: &str = include_str!("../../assets/page.js");
const LOOKS: &str = include_str!("../../assets/page.css");

/// All pages, and what they are made of.
pub(super) fn router(desk: Desk) -> Router {
    let watchers = Watchers::of_operators();
    let logins = login::router(desk.clone());
    Router::new()
        .route("/", get(show_team))
        .route("/accounts/{name}", get(show_account))
        .route("/accounts/{name}/hand", post(hands::lay))
        .route("/alarms", get(alarms::answer))
        .route("/alarms/test", post(alarms::test))
        .route("/alarms/{id}/ack", post(alarms::acknowledge))
        .route("/bots", get(show_bots))
        .route("/rooms", get(show_rooms))
        .route("/sends", get(show_sends))
        .route("/history", get(show_annals))
        .route("/replay", get(replay::answer))
        .route("/log", get(log::answer))
        .route("/config", get(config::answer))
        .route("/runbook", get(runbook::answer))
        .route("/audit", get(audit::answer))
        .route("/login", get(enter::show).post(enter::log_in))
        .route("/logout", post(enter::log_out))
        .route("/page.css", get(|| text("text/css; charset=utf-8", LOOKS)))
        .route("/page.js", get(|| text("text/javascript; charset=utf-8", SCRIPT)))
        .fallback(missing)
        .with_state(desk)
        .route("/events", get(events::answer).with_state(watchers))
        .merge(logins)
}

/// A text of ours, of that kind.
async fn text(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

/// Which of the pages that stand in the list of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Team,
    Bots,
    Rooms,
    Sends,
    Alarms,
    Annals,
    Log,
    Config,
    /// None of them.
    Below,
}

/// What is around each page.
#[derive(Debug)]
struct Frame {
    lang: Lang,
    title: String,
    team: String,
    place: Place,
    /// Whether the script keeps it as it is.
    is_live: bool,
    foot: String,
    /// The token of its forms.
    csrf: String,
    /// Whether who asks may see who did what.
    is_admin: bool,
    /// Who has logged in with this browser.
    who: Option<String>,
}

impl Frame {
    fn new(desk: &Desk, lang: Lang, place: Place, title: &str) -> Self {
        let team = &desk.shared.config.name;
        Self {
            lang,
            title: format!("{title} · {team}"),
            team: team.clone(),
            place,
            is_live: false,
            foot: format!("ha-wechaty {}", env!("CARGO_PKG_VERSION")),
            csrf: desk.entry.form_token(),
            is_admin: entry::who().is_some_and(|it| it.may(Right::Admin, None)),
            who: entry::who().filter(|it| it.ticket().is_some()).as_ref().map(Operator::signs),
        }
    }

    /// The pages, and where each is; some are for those alone who may do everything.
    fn places(&self) -> Vec<(Place, &'static str, &'static str)> {
        let w = self.lang.words();
        let mut places = vec![
            (Place::Team, "/", w.team),
            (Place::Bots, "/bots", w.bots),
            (Place::Rooms, "/rooms", w.rooms),
            (Place::Sends, "/sends", w.sends),
            (Place::Alarms, "/alarms", w.alarms),
            (Place::Annals, "/history", w.annals),
            (Place::Log, "/log", w.log),
        ];
        if self.is_admin {
            places.push((Place::Config, "/config", w.configuration));
        }
        places
    }
}

/// How bad something is, as its class in the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tone {
    Bad,
    Odd,
    Idle,
    Good,
}

impl std::fmt::Display for Tone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bad => "bad",
            Self::Odd => "odd",
            Self::Idle => "idle",
            Self::Good => "good",
        })
    }
}

impl Tone {
    fn on(footing: Footing) -> Self {
        match footing {
            Footing::Up => Self::Good,
            Footing::Suspect => Self::Odd,
            Footing::Down => Self::Bad,
            Footing::Maintenance | Footing::Unwatched => Self::Idle,
        }
    }

    fn of(standing: Standing) -> Self {
        match standing {
            Standing::Available => Self::Good,
            Standing::Suspect | Standing::Connecting | Standing::Preparing => Self::Odd,
            Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Failed => Self::Bad,
            Standing::Draining | Standing::Maintenance | Standing::Removed => Self::Idle,
        }
    }
}

/// What came of what an account was asked to send.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    sent: u32,
    not_sent: u32,
    unsure: u32,
}

impl Tally {
    fn count(&mut self, outcome: SendOutcome) {
        match outcome {
            SendOutcome::Sent => self.sent += 1,
            SendOutcome::NotSent => self.not_sent += 1,
            SendOutcome::Unsure => self.unsure += 1,
        }
    }
}

/// All that the pages of the team and of an account are made of.
#[derive(Debug)]
struct Seen {
    status: Status,
    /// Some of the rooms at risk.
    rooms: Vec<RoomStatus>,
    /// Of a day, by account.
    sends: BTreeMap<String, Tally>,
    /// How long the last ding took that an account answered, and how long ago that was, in seconds; by account.
    dongs: BTreeMap<String, (f64, f64)>,
    /// The last day of the team, and of all accounts and bots.
    days: Vec<LastDay>,
}

impl Seen {
    /// As it is now; `None` while the gateway ends.
    async fn new(desk: &Desk) -> Option<Self> {
        let look = desk.asking.look(|team, shared, now| {
            let roster = shared.accounts.roster.accounts();
            let dongs = roster.filter_map(|(place, config)| {
                let (took, at) = team.accounts().get(place.index())?.health()?.last_dong()?;
                Some((config.name.clone(), (took.as_secs_f64(), (now - at).as_secs_f64())))
            });
            let rooms = RoomsStatus::at_risk_now(team, shared, WORST);
            (Status::new(team, shared, now), rooms, dongs.collect(), LastDay::all(team, shared, now))
        });
        let (status, rooms, dongs, days) = look.await?;
        let status = desk.shown(status);
        let mut sends: BTreeMap<String, Tally> = BTreeMap::new();
        desk.shared.records.sends.visit_since(DAY, |record| {
            for attempt in &record.tried {
                sends.entry(attempt.account.clone()).or_default().count(attempt.outcome);
            }
        });
        Some(Self { status, rooms, sends, dongs, days })
    }

    /// The last day of one of this name, by its letters, and in words; none of one of which nothing is known.
    fn day(&self, about: About, name: &str, lang: Lang) -> Option<(String, String)> {
        let it = self.days.iter().find(|it| it.whose.about == about && it.whose.name == name)?;
        let part = it.availability.map_or_else(team::none, chart::percent);
        Some((it.slices.clone(), Say(lang).day(&part, it.down.floor())))
    }

    /// An account in the table.
    fn row(&self, it: &AccountStatus, lang: Lang) -> team::AccountRow {
        let tally = self.sends.get(&it.name).copied().unwrap_or_default();
        team::AccountRow::new(it, tally, self.dongs.get(&it.name).copied(), lang)
    }
}

/// A day.
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Whether who asks shows pages to a person: programs are answered as they always were.
pub(super) fn is_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    accepted.is_some_and(|it| it.contains("text/html"))
}

/// A moment of RFC 3339 for people: the day, and the time to the second.
fn day_time(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
}

/// A page, once it is made.
fn page(code: StatusCode, made: &impl Template) -> Response {
    match made.render() {
        Ok(text) => (code, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// A page that says what is wrong.
#[derive(Debug, Template)]
#[template(path = "wrong.html")]
struct Wrong {
    frame: Frame,
    w: &'static Words,
    what: String,
    remedy: String,
}

impl Wrong {
    fn answer(desk: &Desk, lang: Lang, code: StatusCode, (what, remedy): (String, String)) -> Response {
        let frame = Frame::new(desk, lang, Place::Below, &what);
        page(code, &Self { frame, w: lang.words(), what, remedy })
    }

    fn gone(desk: &Desk, lang: Lang) -> Response {
        Self::answer(desk, lang, StatusCode::SERVICE_UNAVAILABLE, Say(lang).gone())
    }
}

async fn show_team(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let seen = Seen::new(&desk).await;
    if !is_browser(&headers) {
        return seen.map_or_else(|| GONE.into_response(), |seen| plain::team(&seen).into_response());
    }
    let lang = Lang::of(&headers);
    match seen {
        Some(seen) => page(StatusCode::OK, &team::TeamPage::new(&desk, lang, &seen)),
        None => Wrong::gone(&desk, lang),
    }
}

async fn show_account(State(desk): State<Desk>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    let Some(seen) = Seen::new(&desk).await else { return Wrong::gone(&desk, lang) };
    match account::AccountPage::new(&desk, lang, &seen, &name) {
        Some(it) => page(StatusCode::OK, &it),
        None => {
            let known: Vec<&str> = seen.status.accounts.iter().map(|it| it.name.as_str()).collect();
            let said = Say(lang).no_account(&name, &known.join(", "));
            Wrong::answer(&desk, lang, StatusCode::NOT_FOUND, said)
        }
    }
}

async fn show_bots(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    let Some(seen) = Seen::new(&desk).await else { return Wrong::gone(&desk, lang) };
    let frame = Frame::new(&desk, lang, Place::Bots, lang.words().bots);
    page(StatusCode::OK, &bots::BotsPage::of(frame, lang, &seen))
}

async fn show_rooms(desk: State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    if !is_browser(&headers) {
        return rooms_json(desk).await;
    }
    rooms::answer(desk.0, Lang::of(&headers), query.0.unwrap_or_default()).await
}

async fn show_sends(desk: State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    if !is_browser(&headers) {
        return sends_json(desk, query).await.into_response();
    }
    sends::answer(desk.0, Lang::of(&headers), &query.0.unwrap_or_default()).await
}

async fn show_annals(State(desk): State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    annals::answer(desk, Lang::of(&headers), &query.0.unwrap_or_default()).await
}

/// There is no such page.
async fn missing(State(desk): State<Desk>, uri: Uri, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    let (what, remedy) = Say(lang).no_page(uri.path());
    match is_browser(&headers) {
        true => Wrong::answer(&desk, lang, StatusCode::NOT_FOUND, (what, remedy)),
        false => (StatusCode::NOT_FOUND, format!("{what}\n")).into_response(),
    }
}
