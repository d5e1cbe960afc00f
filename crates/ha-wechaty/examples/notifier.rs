//! Announces issues in rooms: a webhook tells of one, and the team says so in every room whose topic has some
//! words in it, one account after the other.
//!
//! `cargo run -p ha-wechaty --example notifier -- north=insecure_north@127.0.0.1:18801 …`, then
//! `curl -H 'content-type: application/json' -d @issue.json http://127.0.0.1:8080/issues`

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use ha_wechaty::{Builder, config::ConfigError, prelude::*};
use serde::Deserialize;

/// The rooms that are told.
const ROOMS: &str = "developers";

/// What GitHub tells of an issue, as far as it is wanted.
#[derive(Deserialize)]
struct Told {
    action: String,
    issue: Issue,
    repository: Repository,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    title: String,
    html_url: String,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

pub(crate) fn bot(team: Builder) -> Result<HaWechaty, ConfigError> {
    team.name("notifier").set("team.policy", "round-robin").build()
}

/// The webhook.
pub(crate) fn webhook(ha: HaWechaty) -> Router {
    Router::new().route("/issues", post(announce)).with_state(ha)
}

/// The answer tells how many rooms know. Whoever calls tries again after an error, so rooms that may have
/// been told count as told.
async fn announce(
    State(ha): State<HaWechaty>,
    Json(told): Json<Told>,
) -> Result<String, (StatusCode, String)> {
    let Told { action, issue, repository } = told;
    let card = UrlLink {
        url: issue.html_url,
        title: format!("{} #{}", repository.full_name, issue.number),
        description: format!("{action}: {}", issue.title),
        ..Default::default()
    };
    let rooms = ha.rooms().find_all(topic_contains(ROOMS)).await.map_err(|error| unavailable(&error))?;
    let (mut told, mut failure) = (0, None);
    for room in rooms {
        match room.say(card.clone()).await {
            Err(error) if error.was_sent() == WasSent::Never => failure = Some(error),
            _ => told += 1,
        }
    }
    match failure {
        Some(error) if told == 0 => Err(unavailable(&error)),
        _ => Ok(format!("{told} rooms know\n")),
    }
}

fn unavailable(error: &Error) -> (StatusCode, String) {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ha = bot(HaWechaty::from_env().account_args(std::env::args().skip(1)))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    tokio::spawn(axum::serve(listener, webhook(ha.clone())).into_future());
    ha.run().await?;
    Ok(())
}
