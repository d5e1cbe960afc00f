//! Why something was not done, as programs and people read it (RFC 9457).

use axum::{
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use ha_wechaty_team::{
    error::CallError,
    runtime::{HandError, ReloadError},
};
use serde::Serialize;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in super::super) struct Problem {
    #[serde(skip)]
    code: StatusCode,
    /// What sort of thing it is.
    title: &'static str,
    /// What it is.
    detail: String,
    /// What to do about it.
    remedy: String,
}

impl Problem {
    pub(in super::super) fn new(
        code: StatusCode,
        title: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { code, title, detail: detail.into(), remedy: remedy.into() }
    }

    /// Its code, and what it is and what to do about it, for a page.
    pub(in super::super) fn said(&self) -> (StatusCode, String) {
        (self.code, format!("{}; {}", self.detail, self.remedy))
    }

    /// What was asked can't be understood.
    pub(super) fn body(detail: impl Into<String>) -> Self {
        let remedy = "send a JSON object of why, for, force and by, as openapi.json describes it";
        Self::new(StatusCode::BAD_REQUEST, "bad request", detail, remedy)
    }

    /// The gateway ends.
    pub(super) fn gone(_: (StatusCode, &'static str)) -> Self {
        HandError::Gone.into()
    }

    /// There is no such account.
    pub(in super::super) fn unknown(name: String, known: Vec<String>) -> Self {
        HandError::Unknown { name, known }.into()
    }
}

impl From<HandError> for Problem {
    fn from(error: HandError) -> Self {
        let (code, title) = match &error {
            HandError::Unknown { .. } => (StatusCode::NOT_FOUND, "no such account"),
            HandError::Last { .. } => (StatusCode::CONFLICT, "the last account"),
            HandError::NotConnected { .. } => (StatusCode::CONFLICT, "not connected"),
            HandError::NotAsked { .. } => (StatusCode::CONFLICT, "not asked for"),
            HandError::Entered { .. } => (StatusCode::CONFLICT, "entered already"),
            HandError::NoCode => (StatusCode::BAD_REQUEST, "no code"),
            HandError::Lacks { .. } | HandError::Refused { .. } => (StatusCode::CONFLICT, "refused"),
            HandError::NotDurable => (StatusCode::SERVICE_UNAVAILABLE, "not written down"),
            HandError::Gone => (StatusCode::SERVICE_UNAVAILABLE, "ending"),
        };
        Self::new(code, title, error.to_string(), error.remedy())
    }
}

impl From<ReloadError> for Problem {
    fn from(error: ReloadError) -> Self {
        let (code, title) = match &error {
            ReloadError::Nobody => (StatusCode::CONFLICT, "no configuration"),
            ReloadError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            ReloadError::Mistakes(_) => (StatusCode::UNPROCESSABLE_ENTITY, "mistakes"),
            ReloadError::Gone => (StatusCode::SERVICE_UNAVAILABLE, "ending"),
        };
        Self::new(code, title, error.to_string(), error.remedy())
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        let (code, title, remedy) = match &error {
            CallError::NotSent { .. } | CallError::Busy { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "not sent", "see ha-wechaty status, and say it again later")
            }
            CallError::Refused { .. } => {
                (StatusCode::CONFLICT, "refused", "see what the account's puppet says, and ha-wechaty sends")
            }
            CallError::MaybeSent { .. } => (
                StatusCode::GATEWAY_TIMEOUT,
                "perhaps sent",
                "look into the conversation before you say it again",
            ),
            CallError::NotFound { .. } | CallError::Invalid { .. } => {
                let remedy =
                    "name a room or a contact by the id that bots use: ha-wechaty rooms has those of rooms";
                (StatusCode::BAD_REQUEST, "bad request", remedy)
            }
            CallError::Defect(_) => (StatusCode::INTERNAL_SERVER_ERROR, "a defect", "please report it"),
        };
        Self::new(code, title, error.to_string(), remedy)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let json = serde_json::to_string(&self).unwrap_or_default();
        (self.code, kind, json).into_response()
    }
}

/// There is no such route.
pub(super) async fn no_route(uri: Uri) -> Problem {
    let remedy =
        "crates/admin/openapi.json lists all there are; another version of the gateway may have others";
    Problem::new(StatusCode::NOT_FOUND, "no such route", format!("{} is no route here", uri.path()), remedy)
}

/// It is asked in another way.
pub(super) async fn no_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} takes no {method}", uri.path());
    let remedy = "what changes something takes POST, what tells something GET";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong method", detail, remedy)
}
