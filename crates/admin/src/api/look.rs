//! Parts of how everything stands.

use axum::{
    Json,
    extract::{Path, State},
};
use ha_wechaty_team::view::{AccountStatus, BotStatus};

use super::{super::server::Desk, problem::Problem};

pub(super) async fn accounts(State(desk): State<Desk>) -> Result<Json<Vec<AccountStatus>>, Problem> {
    Ok(Json(desk.status().await.map_err(Problem::gone)?.accounts))
}

pub(super) async fn account(
    State(desk): State<Desk>,
    Path(name): Path<String>,
) -> Result<Json<AccountStatus>, Problem> {
    let accounts = desk.status().await.map_err(Problem::gone)?.accounts;
    let known: Vec<String> = accounts.iter().map(|it| it.name.clone()).collect();
    let found = accounts.into_iter().find(|it| it.name == name);
    found.map(Json).ok_or_else(|| Problem::unknown(name, known))
}

pub(super) async fn bots(State(desk): State<Desk>) -> Result<Json<Vec<BotStatus>>, Problem> {
    Ok(Json(desk.status().await.map_err(Problem::gone)?.bots))
}
