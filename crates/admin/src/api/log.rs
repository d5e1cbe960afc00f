//! The newest lines of the log.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
};
use ha_wechaty_team::state::records::{TailFilter, TailLine};

use super::{super::server::Desk, problem::Problem};

pub(super) async fn find(State(desk): State<Desk>, query: RawQuery) -> Result<Json<Vec<TailLine>>, Problem> {
    let query = query.0.unwrap_or_default();
    let filter = TailFilter::of(form_urlencoded::parse(query.as_bytes())).map_err(|why| {
        let remedy = "openapi.json has all filters of it";
        Problem::new(StatusCode::BAD_REQUEST, "bad request", why, remedy)
    })?;
    let tail = desk.shared.records.tail.get().ok_or_else(|| {
        let (what, remedy) = ("this gateway's log is written by another program", "see that program's log");
        Problem::new(StatusCode::NOT_FOUND, "no log", what, remedy)
    })?;
    Ok(Json(tail.find(&filter)))
}
