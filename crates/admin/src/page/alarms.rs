//! The alarms: which are open, who was told and who sees to them, how the ways to people are, and what closed lately; and
//! the buttons by which somebody sees to one, or tries a way.

use std::time::SystemTime;

use askama::Template;
use axum::{
    body::{Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use ha_wechaty_config::Right;
use ha_wechaty_team::{
    runtime::AlarmError,
    state::records::AuditAct,
    view::{AlarmStatus, AlarmsStatus, Severity, WayStatus},
};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, Wrong, day_time, page, team::none};
use crate::{deed, entry};

/// So many that are open are shown, of which what matters most comes first.
const OPEN: usize = 32;
/// So many of those that closed are shown.
const CLOSED: usize = 30;
/// What a form may weigh.
const LONGEST: usize = 4 << 10;
/// For how long somebody may see to an alarm, by the page.
const LASTS: [(&str, f64); 4] = [("30m", 1_800.0), ("2h", 7_200.0), ("8h", 28_800.0), ("24h", 86_400.0)];

/// An alarm that is open.
#[derive(Debug)]
pub(super) struct AlarmRow {
    pub(super) id: u64,
    pub(super) tone: Tone,
    pub(super) severity: &'static str,
    pub(super) what: String,
    pub(super) since: String,
    pub(super) cause: String,
    pub(super) remedy: String,
    pub(super) seen_by: Option<String>,
}

impl AlarmRow {
    pub(super) fn new(it: &AlarmStatus, lang: Lang) -> Self {
        let who: Vec<&str> = it.accounts.iter().chain(&it.bots).map(String::as_str).collect();
        let what = lang.alarm(it.kind);
        Self {
            id: it.id,
            tone: match it.severity {
                Severity::Critical => Tone::Bad,
                Severity::Warning => Tone::Odd,
                Severity::Info => Tone::Idle,
            },
            severity: lang.severity(it.severity),
            what: match (who.as_slice(), lang) {
                ([], _) => what.to_owned(),
                (who, Lang::En) => format!("{}: {what}", who.join(", ")),
                (who, Lang::Zh) => format!("{}：{what}", who.join("、")),
            },
            since: Say(lang).since(it.seconds as f64),
            cause: it.cause.clone(),
            remedy: match lang {
                Lang::En => it.remedy.clone(),
                Lang::Zh => lang.alarm_remedy(it.kind).to_owned(),
            },
            seen_by: it.seen_by.clone(),
        }
    }
}

/// The alarms' page.
#[derive(Debug, Template)]
#[template(path = "alarms.html")]
pub(super) struct AlarmsPage {
    frame: Frame,
    w: &'static Words,
    open: Vec<OpenRow>,
    /// How many more are open, if there are.
    more: Option<String>,
    ways: Vec<WayRow>,
    closed: Vec<ClosedRow>,
    /// Whether who asks may see to alarms.
    may: bool,
    lasts: Vec<(&'static str, String)>,
}

/// An alarm that is open, and who knows of it.
#[derive(Debug)]
struct OpenRow {
    row: AlarmRow,
    began: String,
    when: String,
    times: Option<String>,
    /// The heading of the runbook.
    anchor: &'static str,
    accounts: Vec<String>,
    /// What each way has had of it.
    told: Vec<String>,
    /// Who sees to it, and until when.
    seen: Option<String>,
}

/// A way to people.
#[derive(Debug)]
struct WayRow {
    name: String,
    /// To whom it leads.
    kind: &'static str,
    tone: Tone,
    standing: &'static str,
    waits: String,
    told: String,
    error: String,
}

/// An alarm that is over.
#[derive(Debug)]
struct ClosedRow {
    row: AlarmRow,
    began: String,
    when: String,
    ended: String,
    lasted: String,
    times: Option<String>,
}

impl AlarmsPage {
    /// With the frame around it; `now` in RFC 3339, to the second.
    pub(super) fn of(
        frame: Frame,
        lang: Lang,
        (all, now): (&AlarmsStatus, &str),
        kinds: &[(String, &'static str)],
        may: bool,
    ) -> Self {
        let (say, w) = (Say(lang), lang.words());
        let kind = |name: &str| kinds.iter().find(|(known, _)| known == name).map_or("", |(_, kind)| kind);
        Self {
            w,
            open: all.open.iter().take(OPEN).map(|it| OpenRow::new(it, &all.ways, lang, now)).collect(),
            more: say.more_alarms(all.open.len().saturating_sub(OPEN)),
            ways: all.ways.iter().map(|it| WayRow::new(it, kind(&it.name), lang)).collect(),
            closed: all.closed.iter().take(CLOSED).map(|it| ClosedRow::new(it, lang)).collect(),
            may,
            lasts: LASTS.map(|(value, seconds)| (value, say.span(seconds))).into(),
            frame: Frame { is_live: true, title: say.alarms_title(all.open.len(), &frame.title), ..frame },
        }
    }
}

impl OpenRow {
    fn new(it: &AlarmStatus, ways: &[WayStatus], lang: Lang, now: &str) -> Self {
        let say = Say(lang);
        let told = |way: &WayStatus| {
            let had = way.alarms.iter().find(|had| had.alarm == it.id);
            say.told(way, had, now)
        };
        Self {
            row: AlarmRow::new(it, lang),
            when: day_time(&it.since),
            began: it.since.clone(),
            times: say.times(it.times),
            anchor: it.kind.remedy().name(),
            accounts: it.accounts.clone(),
            told: ways.iter().map(told).collect(),
            seen: it.seen_by.as_ref().map(|by| say.seen(by, it.seen_until.as_deref())),
        }
    }
}

impl WayRow {
    fn new(it: &WayStatus, kind: &'static str, lang: Lang) -> Self {
        let say = Say(lang);
        let since = it.since.as_deref().map(day_time);
        let (standing, waits) = say.way(it.waiting, since.as_deref(), it.last_error.is_some());
        Self {
            name: it.name.clone(),
            kind,
            tone: match (&it.last_error, it.waiting) {
                (Some(_), _) => Tone::Bad,
                (None, 0) => Tone::Good,
                (None, _) => Tone::Odd,
            },
            standing,
            waits,
            told: it.last_told.as_deref().map_or_else(none, day_time),
            error: it.last_error.clone().unwrap_or_else(none),
        }
    }
}

impl ClosedRow {
    fn new(it: &AlarmStatus, lang: Lang) -> Self {
        let say = Say(lang);
        Self {
            row: AlarmRow::new(it, lang),
            when: day_time(&it.since),
            began: it.since.clone(),
            ended: it.ended.as_deref().map_or_else(none, day_time),
            lasted: say.span(it.seconds as f64),
            times: say.times(it.times),
        }
    }
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    let Some(all) = desk.alarms().look().await else { return Wrong::gone(&desk, lang) };
    let frame = Frame::new(&desk, lang, Place::Alarms, lang.words().alarms);
    // As the ways are now: a reload may have changed them.
    let settings = desk.shared.settings();
    let kinds: Vec<_> = settings.notify.iter().map(|it| (it.name.clone(), it.channel.name())).collect();
    let may = entry::who().is_none_or(|who| who.may(Right::Operate, None));
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    page(StatusCode::OK, &AlarmsPage::of(frame, lang, (&all, &now), &kinds, may))
}

/// What a form says.
#[derive(Debug, Default)]
struct Asked {
    lasts: String,
    way: String,
    /// Whether it stands on the page of alarms.
    is_of_alarms: bool,
}

impl Asked {
    async fn read(request: Request) -> Self {
        let body = to_bytes(request.into_body(), LONGEST).await.unwrap_or_else(|_| Bytes::new());
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(&body) {
            match &*name {
                "for" => asked.lasts = value.trim().to_owned(),
                "way" => asked.way = value.into_owned(),
                "to" => asked.is_of_alarms = value == "/alarms",
                _ => {}
            }
        }
        asked
    }
}

/// Somebody sees to an alarm.
pub(super) async fn acknowledge(
    State(desk): State<Desk>,
    Path(id): Path<u64>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let lang = Lang::of(&headers);
    let asked = Asked::read(request).await;
    let wanted = Some(asked.lasts.as_str()).filter(|it| !it.is_empty());
    let Ok(pause) = wanted.map(deed::lasts).transpose() else {
        let said = (Say(lang).no_duration(&asked.lasts), lang.words().back_to_alarms.to_owned());
        return Wrong::answer(&desk, lang, StatusCode::BAD_REQUEST, said);
    };
    let (alarms, by) = (desk.alarms(), entry::by(None) + " on the page");
    let seen = async move { alarms.seen(Some(id), &by, pause).await.map(|_| ()) };
    let seen = desk.does(AuditAct::Alarm, (None, &format!("alarm {id}")), seen).await;
    let to = if asked.is_of_alarms { "/alarms" } else { "/" };
    done(&desk, lang, seen.unwrap_or(Err(AlarmError::Gone)), to)
}

/// Somebody tries a way to people.
pub(super) async fn test(State(desk): State<Desk>, headers: HeaderMap, request: Request) -> Response {
    let way = Asked::read(request).await.way;
    let (alarms, by) = (desk.alarms(), entry::by(None) + " on the page");
    let why = format!("by {way}");
    let tested = async move { alarms.test(Some(way), &by).await.map(|_| ()) };
    let tested = desk.does(AuditAct::AlarmTest, (None, &why), tested).await;
    done(&desk, Lang::of(&headers), tested.unwrap_or(Err(AlarmError::Gone)), "/alarms")
}

/// What came of it is on that page; or why nothing did.
fn done(desk: &Desk, lang: Lang, done: Result<(), AlarmError>, to: &'static str) -> Response {
    let why = match done {
        // It is over: the page shows that.
        Ok(()) | Err(AlarmError::Unknown { .. }) => {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
        }
        Err(why) => why,
    };
    let code = match &why {
        AlarmError::Unknown { .. } => StatusCode::NOT_FOUND,
        AlarmError::NoWay { .. } => StatusCode::CONFLICT,
        AlarmError::NotDurable | AlarmError::Gone => StatusCode::SERVICE_UNAVAILABLE,
    };
    Wrong::answer(desk, lang, code, (why.to_string(), why.remedy()))
}
