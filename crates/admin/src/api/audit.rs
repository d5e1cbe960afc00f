//! Who did what.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
};
use ha_wechaty_team::state::records::AuditLine;

use super::{super::server::Desk, problem::Problem};

/// So many are told, unless somebody wants more or less.
const USUAL: usize = 100;
/// And no more than this.
const MOST: usize = 10_000;

pub(super) async fn find(State(desk): State<Desk>, query: RawQuery) -> Result<Json<Vec<AuditLine>>, Problem> {
    let query = query.0.unwrap_or_default();
    let most = limit(&query)?;
    let act = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "act").map(|(_, act)| act);
    let is_wanted = |line: &AuditLine| act.as_ref().is_none_or(|act| *act == line.act);
    desk.shared.records.audit.find(most, is_wanted).await.map(Json).map_err(|error| {
        let remedy = "see ha-wechaty store check";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "can't be read", error.to_string(), remedy)
    })
}

/// How many are wanted.
fn limit(query: &str) -> Result<usize, Problem> {
    let wanted = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "limit");
    let Some((_, text)) = wanted else { return Ok(USUAL) };
    text.parse().ok().filter(|most| (1..=MOST).contains(most)).ok_or_else(|| {
        let remedy = format!("write a number from 1 to {MOST}");
        Problem::new(StatusCode::BAD_REQUEST, "bad request", format!("limit is {text:?}"), remedy)
    })
}
