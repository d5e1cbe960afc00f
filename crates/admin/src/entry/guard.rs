//! What stands before each request.

use axum::{
    Extension, RequestExt as _,
    body::{Body, to_bytes},
    extract::{MatchedPath, RawPathParams, State},
    http::{HeaderMap, HeaderName, Method, Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ha_wechaty_config::Right;
use ha_wechaty_team::state::records::{AuditAct, Door};
use ha_wechaty_transport::http1::Endpoints;

use super::{ASKS, Operator, Refused, right::needed};
use crate::{api::Problem, origin, page, server::Desk};

/// What a form may weigh.
const LONGEST: usize = 16 << 10;

/// What a script of a page shows of its session's token.
const X_CSRF: HeaderName = HeaderName::from_static("x-csrf");

/// Looks whom a request means and who asks, and whether they may. Whether the team is healthy is nobody's secret; who is in it,
/// and where, is.
pub(in super::super) async fn guard(
    State(desk): State<Desk>,
    Extension(ends): Extension<Endpoints>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let admin = &desk.shared.config.admin;
    if let Err(why) = origin::check(desk.entry.is_locked(), admin.url.as_deref(), request.headers()) {
        tracing::debug!(peer = %ends.peer, why, "refused at admin.listen");
        return (StatusCode::FORBIDDEN, why + "\n").into_response();
    }
    let from = desk.entry.address(&ends, request.headers());
    let entered = desk.entry.enter(from, request.headers()).await;
    match &entered {
        Ok(operator) if desk.entry.is_first_use(operator) => {
            tracing::info!(key = operator.name(), %from, "a key is used from there for the first time since the start");
            desk.shared.records.audit.note(operator.name().unwrap_or_default(), Some(from), AuditAct::Key);
        }
        Err(Refused::Wrong) => desk.wrong(from),
        Ok(_) | Err(Refused::Nothing | Refused::Slow(_) | Refused::Busy) => {}
    }
    let path = request.uri().path();
    let is_open =
        matches!(path, "/health/live" | "/health/ready" | "/login" | "/logout") || page::is_open(path);
    let operator = match entered {
        Ok(operator) => Some(operator),
        Err(_) if is_open => None,
        Err(why) => return refuse(&desk, why, from, &request),
    };
    ASKS.scope(operator.clone(), async move {
        if let Some(operator) = operator.filter(|_| !page::is_open(request.uri().path())) {
            let route = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
            let right = needed(request.method(), route.as_deref());
            let account = account(&mut request).await;
            if !operator.may(right, account.as_deref()) {
                return forbid(&desk, &operator, right, account, &request);
            }
        }
        match own(&desk, request).await {
            Ok(request) => next.run(request).await,
            Err(refused) => *refused,
        }
    })
    .await
}

impl Desk {
    /// Somebody showed what is wrong.
    pub(in super::super) fn wrong(&self, from: std::net::IpAddr) {
        if let Some(times) = self.shared.records.refuse(Door::Login, Some(from)) {
            self.shared.records.audit.note("nobody", Some(from), AuditAct::Refused(times));
        }
    }
}

/// The account that a route names, if it names one.
async fn account(request: &mut Request<Body>) -> Option<String> {
    let params = request.extract_parts::<RawPathParams>().await.ok()?;
    params.iter().find(|(name, _)| *name == "name").map(|(_, value)| value.to_owned())
}

/// Whether a request that changes something comes from a page of ours, if it comes from a page: a form has the token of its
/// session in it, and a script that uses a session shows it. What programs send is JSON, see `api`.
async fn own(desk: &Desk, request: Request<Body>) -> Result<Request<Body>, Box<Response>> {
    let path = request.uri().path();
    let is_question = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_question || page::is_open(path) {
        return Ok(request);
    }
    let (sessions, operator) = (desk.entry.sessions(), super::who());
    let ticket = operator.as_ref().and_then(Operator::ticket);
    if path.starts_with("/api/") {
        let shown = request.headers().get(X_CSRF).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let is_own = ticket.is_none() || sessions.is_form_token(ticket, shown);
        return if is_own { Ok(request) } else { Err(Box::new(no_token())) };
    }
    let stranger = |headers: &HeaderMap| Err(Box::new(page::stranger(desk, headers)));
    if !origin::is_own_page(desk.shared.config.admin.url.as_deref(), request.headers()) {
        return stranger(request.headers());
    }
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else { return stranger(&head.headers) };
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == "csrf").map(|(_, value)| value);
    match token.is_some_and(|token| sessions.is_form_token(ticket, &token)) {
        true => Ok(Request::from_parts(head, Body::from(body))),
        false => Err(Box::new(page::stale(desk, &head.headers))),
    }
}

/// A script used a session without its token.
fn no_token() -> Response {
    let remedy = "show the token of a page's form as X-CSRF, or ask with a key: Authorization: Bearer";
    Problem::new(StatusCode::FORBIDDEN, "no token", "a session alone may not do this", remedy).into_response()
}

/// Whether a person shows pages there: programs are answered as such.
fn is_person(request: &Request<Body>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::POST)
        && !request.uri().path().starts_with("/api/")
        && page::is_browser(request.headers())
}

/// Somebody is not let in.
fn refuse(desk: &Desk, why: Refused, from: std::net::IpAddr, request: &Request<Body>) -> Response {
    let path = request.uri().path();
    if ["/health/", "/l/"].iter().any(|open| path.starts_with(open)) {
        // Nobody is asked for a password there, and told whose gateway this is.
        return StatusCode::NOT_FOUND.into_response();
    }
    match why {
        Refused::Slow(wait) => return page::later(wait),
        Refused::Busy => return page::later(std::time::Duration::from_secs(1)),
        Refused::Nothing if is_person(request) => return page::to_login(request.method(), request.uri()),
        Refused::Nothing => {
            desk.shared.records.refuse(Door::Admin, Some(from));
        }
        Refused::Wrong => {}
    }
    let words = "show a key (Authorization: Bearer), or the user admin with admin.password; people log in at /login\n";
    // A browser would ask its reader in a window of its own, in the middle of a page of ours.
    match request.headers().contains_key("sec-fetch-site") {
        true => (StatusCode::UNAUTHORIZED, words).into_response(),
        false => {
            let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"ha-wechaty\"")];
            (StatusCode::UNAUTHORIZED, challenge, words).into_response()
        }
    }
}

/// Somebody may not do that.
fn forbid(
    desk: &Desk,
    operator: &Operator,
    right: Right,
    account: Option<String>,
    request: &Request<Body>,
) -> Response {
    let name = operator.name().unwrap_or_default();
    let detail = match (&operator.accounts, account) {
        (Some(accounts), Some(account)) if operator.right >= right => {
            let theirs = accounts.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("the key {name} may see to {theirs}, not to {account}")
        }
        (Some(_), None) if operator.right >= right => {
            format!("the key {name} is for some accounts, and this is about all of them")
        }
        (Some(_) | None, _) => {
            format!("this takes the right {}, and the key {name} has {}", right.name(), operator.right.name())
        }
    };
    let remedy = "ask with another key, or give this one more in the configuration ([[key]] right, accounts)";
    tracing::info!(path = request.uri().path(), "{detail}");
    match is_person(request) {
        true => page::forbidden(desk, request.headers(), (detail, remedy.to_owned())),
        false => Problem::new(StatusCode::FORBIDDEN, "not allowed", detail, remedy).into_response(),
    }
}
