//! What operators do to accounts, and to their gateway.
//!
//! A request must be JSON and say so: no page of elsewhere can send that in an operator's name, since a browser asks first
//! whether it may, and nobody answers that it does.

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, Request, StatusCode, header},
};
use ha_wechaty_team::{
    runtime::{CodeAct, HandDone, HandWords, ReloadDone, SayDone, plain},
    state::records::AuditAct,
    view::LoginStatus,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::{
    deed::{self, Deed},
    entry,
    long::GONE,
    server::Desk,
};

/// What a request may weigh.
const LONGEST: usize = 16 << 10;

/// How it is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asks {
    /// Why.
    why: String,
    /// For how long.
    r#for: Option<String>,
    /// Whether it is to be done even if no account gets work then.
    force: bool,
    /// Who asks for it.
    by: Option<String>,
}

pub(super) async fn lay(
    deed: Deed,
    State(desk): State<Desk>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Result<Json<HandDone>, Problem> {
    let Asks { why, r#for, force, by } = read(request).await?;
    let lasts = r#for.as_deref().map(deed::lasts).transpose();
    let lasts = lasts.map_err(|why| Problem::body(format!("for: {why}")))?;
    if lasts.is_some() && !deed.may_last() {
        return Err(Problem::body(format!("{} does not last: it takes no \"for\"", deed.name())));
    }
    let (hands, of) = (desk.hands.clone(), name.clone());
    let words = HandWords { by: entry::by(by), why: why.clone(), force };
    let done = async move { hands.lay(&of, deed.hand(lasts), words).await };
    let done = desk.does(AuditAct::Hand(deed.name()), (Some(&name), &why), done).await;
    Ok(Json(done.ok_or_else(|| Problem::gone(GONE))??))
}

/// What is entered for a login: one of these.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AsksCode {
    code: Option<String>,
    /// No code will come.
    cancel: bool,
    /// Another picture is to be shown.
    refresh: bool,
}

pub(super) async fn enter(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Result<Json<LoginStatus>, Problem> {
    let act = match read(request).await? {
        AsksCode { code: Some(code), cancel: false, refresh: false, .. } => CodeAct::Enter(code),
        AsksCode { code: None, cancel: true, refresh: false, .. } => CodeAct::Cancel,
        AsksCode { code: None, cancel: false, refresh: true, .. } => CodeAct::Refresh,
        AsksCode { .. } => return Err(Problem::body("say one of code, cancel and refresh")),
    };
    let done = desk.enters(name, act).await;
    Ok(Json(done.ok_or_else(|| Problem::gone(GONE))??))
}

/// How a reload is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AsksReload {
    /// Who asks for it.
    by: Option<String>,
    /// Whether nothing is to be changed, and only told what would be.
    dry: bool,
}

pub(super) async fn reload(
    State(desk): State<Desk>,
    request: Request<Body>,
) -> Result<Json<ReloadDone>, Problem> {
    let AsksReload { by, dry } = read(request).await?;
    let (hands, by) = (desk.hands.clone(), plain(&entry::by(by)));
    let done = async move { hands.reloads().ask(by, dry).await };
    let done = match dry {
        true => Some(done.await),
        false => desk.does(AuditAct::Reload, (None, ""), done).await,
    };
    Ok(Json(done.ok_or_else(|| Problem::gone(GONE))??))
}

/// What is to be said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AsksSend {
    /// Where to, by the id that bots use.
    to: String,
    text: String,
    /// Who asks for it.
    #[serde(default)]
    by: Option<String>,
}

pub(super) async fn send(State(desk): State<Desk>, request: Request<Body>) -> Result<Json<SayDone>, Problem> {
    let AsksSend { to, text, by } = read(request).await?;
    if to.trim().is_empty() || text.trim().is_empty() {
        return Err(Problem::body("to and text must not be empty"));
    }
    let (hands, by, why) = (desk.hands.clone(), entry::by(by), format!("to {to}"));
    let done = async move { hands.say(&to, &text, &by).await };
    let done = desk.does(AuditAct::Send, (None, &why), done).await;
    Ok(Json(done.ok_or_else(|| Problem::gone(GONE))??))
}

/// What came of it, in words.
pub(in super::super) fn end<T>(done: &Result<T, impl std::fmt::Display>) -> String {
    done.as_ref().err().map_or_else(|| String::from("done"), ToString::to_string)
}

/// Whether a request says that it is JSON.
///
/// # Errors
/// It does not.
pub(in super::super) fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let remedy = "send JSON, and say so: Content-Type: application/json";
    let detail = if kind.is_empty() { "it says not what it is".into() } else { format!("it is {kind}") };
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no JSON", detail, remedy))
}

pub(super) async fn read<T: DeserializeOwned>(request: Request<Body>) -> Result<T, Problem> {
    is_json(request.headers())?;
    let body = to_bytes(request.into_body(), LONGEST).await;
    let body =
        body.map_err(|_| Problem::body(format!("it is longer than {LONGEST} bytes, or breaks off")))?;
    let body: &[u8] = if body.trim_ascii().is_empty() { b"{}" } else { &body };
    // A list of nothing would pass for an object without fields.
    let fields = serde_json::from_slice::<Map<String, Value>>(body);
    let asks = fields.and_then(|fields| serde_json::from_value(Value::Object(fields)));
    asks.map_err(|error| Problem::body(error.to_string()))
}
