//! The configuration that runs, and what is written by now.

use axum::{extract::State, response::Response};

use crate::server::Desk;

pub(super) async fn look(State(desk): State<Desk>) -> Response {
    desk.long.answer(desk.config(), |seen| seen).await
}
