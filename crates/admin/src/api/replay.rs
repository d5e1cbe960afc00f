//! What happened, step by step, as the store still has it.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use ha_wechaty_core::AccountId;
use ha_wechaty_journal::{JournalError, JournalReader, StoryPiece};
use ha_wechaty_team::view::{NO_STORE, ReplayAsk, ReplayStatus};

use super::{
    super::{long::failed, server::Desk},
    problem::Problem,
};

/// What is asked for, and where it stands.
pub(in super::super) struct Replays {
    pub(in super::super) ask: ReplayAsk,
    pub(in super::super) reader: JournalReader,
}

impl Replays {
    /// Of names and values, as they stand in the part of an address behind `?`.
    pub(in super::super) async fn of(desk: &Desk, query: Vec<(String, String)>) -> Result<Self, Problem> {
        let named = |name: &str| query.iter().find(|(its, _)| its == name).map(|(_, value)| value.clone());
        let (account, incident) = (named("account"), named("incident").and_then(|it| it.parse::<u64>().ok()));
        let ask = ReplayAsk::of(query).map_err(|why| {
            let remedy = "name times like 2h or 2026-01-31T08:00:00Z, and numbers";
            Problem::new(StatusCode::BAD_REQUEST, "bad request", why, remedy)
        })?;
        let Some(kept) = desk.shared.records.store.kept() else {
            let remedy = "set [store] path, and start the gateway again";
            return Err(Problem::new(StatusCode::NOT_FOUND, "no store", NO_STORE, remedy));
        };
        let known = desk.asking.look(move |team, _, _| {
            let names = AccountId::first(team.accounts().len()).map(|it| team.identity().name(it).to_owned());
            let is_there = incident.is_none_or(|number| team.incidents().any(|it| it.number == number));
            (names.collect::<Vec<_>>(), is_there)
        });
        let Some((names, is_there)) = known.await else {
            return Err(Problem::gone(super::super::long::GONE));
        };
        if let Some(account) = account.filter(|it| !names.contains(it)) {
            return Err(Problem::unknown(account, names));
        }
        if !is_there {
            let detail = format!("there is no incident {}", incident.unwrap_or_default());
            let remedy = "ha-wechaty history --json, or /api/v1/sla, has their numbers";
            return Err(Problem::new(StatusCode::NOT_FOUND, "no such incident", detail, remedy));
        }
        Ok(Self { ask, reader: kept.reader.clone() })
    }

    /// All that the store has.
    pub(in super::super) async fn read(
        reader: JournalReader,
    ) -> Option<Result<Vec<StoryPiece>, JournalError>> {
        Some(reader.story().await)
    }
}

/// What was read, in steps.
pub(in super::super) fn steps(
    story: Result<Vec<StoryPiece>, JournalError>,
    ask: &ReplayAsk,
) -> Result<ReplayStatus, Problem> {
    let story = story.map_err(|error| {
        let remedy = "see ha-wechaty store info; a backup tells it with ha-wechaty replay --store FILE";
        let code = StatusCode::INTERNAL_SERVER_ERROR;
        Problem::new(code, "the store can't be read", error.to_string(), remedy)
    })?;
    // It is in the team, and not in what the store has: written down in a moment, or long forgotten.
    ReplayStatus::of(story, ask).map_err(|why| {
        let remedy =
            "ask again in a second if it is new; a backup may have it: ha-wechaty replay --store FILE";
        Problem::new(StatusCode::NOT_FOUND, "not in the store", why, remedy)
    })
}

pub(super) async fn find(State(desk): State<Desk>, query: RawQuery) -> Result<Response, Problem> {
    let query = query.0.unwrap_or_default();
    told(&desk, form_urlencoded::parse(query.as_bytes()).into_owned().collect()).await
}

/// The steps that a query asks for, as JSON.
pub(in super::super) async fn told(desk: &Desk, query: Vec<(String, String)>) -> Result<Response, Problem> {
    let Replays { ask, reader } = Replays::of(desk, query).await?;
    let json = move |story| {
        let told = steps(story, &ask).map_err(|problem| Box::new(problem.into_response()))?;
        serde_json::to_vec(&told).map_err(|error| failed(error.to_string()))
    };
    Ok(desk.replays.make(Replays::read(reader), "application/json", json).await)
}
