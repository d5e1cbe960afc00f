//! The alarms that are open, on the team's page, and the button by which somebody sees to one.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use ha_wechaty_team::{
    runtime::AlarmError,
    state::records::AuditAct,
    view::{AlarmStatus, Severity},
};

use super::{Desk, Lang, Say, Tone, Wrong};
use crate::entry;

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

/// Somebody sees to an alarm.
pub(super) async fn acknowledge(
    State(desk): State<Desk>,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Response {
    let (alarms, by) = (desk.alarms(), entry::by(None) + " on the page");
    let seen = async move { alarms.seen(Some(id), &by, None).await };
    let seen = desk.does(AuditAct::Alarm, (None, &format!("alarm {id}")), seen).await;
    let why = match seen.unwrap_or(Err(AlarmError::Gone)) {
        // It is over: the page shows that.
        Ok(_) | Err(AlarmError::Unknown { .. }) => {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
        }
        Err(why) => why,
    };
    let code = match &why {
        AlarmError::Unknown { .. } => StatusCode::NOT_FOUND,
        AlarmError::NoWay { .. } => StatusCode::CONFLICT,
        AlarmError::NotDurable | AlarmError::Gone => StatusCode::SERVICE_UNAVAILABLE,
    };
    Wrong::answer(&desk, Lang::of(&headers), code, (why.to_string(), why.remedy()))
}
