//! Alarms: which there are, who sees to them, and a test of how people are told.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{Request, StatusCode},
};
use ha_wechaty_team::{
    runtime::AlarmError,
    state::records::AuditAct,
    view::{AlarmStatus, AlarmsStatus},
};
use serde::{Deserialize, Serialize};

use super::{hand::read, problem::Problem};
use crate::{deed, entry, long::GONE, server::Desk};

/// What stands for all that are open.
const ALL: &str = "all";

/// How an alarm is acknowledged.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AsksAck {
    /// After so long it is told again, if it is still open.
    r#for: Option<String>,
    /// Who does.
    by: Option<String>,
}

/// How a test is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AsksTest {
    /// By which way; by all without one.
    way: Option<String>,
    /// Who asks for it.
    by: Option<String>,
}

/// By which ways a test is told.
#[derive(Debug, Serialize)]
pub(super) struct Tested {
    ways: Vec<String>,
}

pub(super) async fn all(State(desk): State<Desk>) -> Result<Json<AlarmsStatus>, Problem> {
    let all = desk.alarms().look().await;
    all.map(Json).ok_or_else(|| Problem::gone(GONE))
}

pub(super) async fn acknowledge(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Json<Vec<AlarmStatus>>, Problem> {
    let AsksAck { r#for, by } = read(request).await?;
    let pause = r#for.as_deref().map(deed::lasts).transpose();
    let pause = pause.map_err(|why| Problem::body(format!("for: {why}")))?;
    let meant = if id == ALL { Ok(None) } else { id.parse().map(Some) };
    let meant = meant.map_err(|_| Problem::no_alarm(&id))?;
    let (alarms, by) = (desk.alarms(), entry::by(by));
    let seen = async move { alarms.seen(meant, &by, pause).await };
    let seen = desk.does(AuditAct::Alarm, (None, &format!("alarm {id}")), seen).await;
    Ok(Json(seen.unwrap_or(Err(AlarmError::Gone))?))
}

pub(super) async fn test(State(desk): State<Desk>, request: Request<Body>) -> Result<Json<Tested>, Problem> {
    let AsksTest { way, by } = read(request).await?;
    let about = way.clone().unwrap_or_else(|| ALL.to_owned());
    let (alarms, by) = (desk.alarms(), entry::by(by));
    let tested = async move { alarms.test(way, &by).await };
    let tested = desk.does(AuditAct::AlarmTest, (None, &format!("by {about}")), tested).await;
    Ok(Json(Tested { ways: tested.unwrap_or(Err(AlarmError::Gone))? }))
}

impl Problem {
    fn no_alarm(id: &str) -> Self {
        let remedy = "name the number of one that is open, or all: ha-wechaty alarms says which are";
        Self::new(StatusCode::NOT_FOUND, "no such alarm", format!("no alarm {id} is open"), remedy)
    }
}

impl From<AlarmError> for Problem {
    fn from(error: AlarmError) -> Self {
        let (code, title) = match &error {
            AlarmError::Unknown { .. } => (StatusCode::NOT_FOUND, "no such alarm"),
            AlarmError::NoWay { .. } => (StatusCode::CONFLICT, "no such way"),
            AlarmError::NotDurable => (StatusCode::SERVICE_UNAVAILABLE, "not written down"),
            AlarmError::Gone => (StatusCode::SERVICE_UNAVAILABLE, "ending"),
        };
        Self::new(code, title, error.to_string(), error.remedy())
    }
}
