//! How people log in with a browser, and out; and what they see who are not let in.

use std::time::Duration;

use askama::Template;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use ha_wechaty_config::KeyConfig;
use ha_wechaty_team::state::records::AuditAct;
use ha_wechaty_transport::http1::Endpoints;

use super::{Desk, Lang, Say, Words, Wrong, page};
use crate::link::NoLink;
use crate::{entry, origin};

/// What a form may weigh.
const LONGEST: usize = 4 << 10;
/// How long a form of somebody who is not let in yet may take to come.
const WITHIN: Duration = Duration::from_secs(5);

/// The page where people log in. It says nothing of the team.
#[derive(Debug, Template)]
#[template(path = "login.html")]
struct LoginPage {
    lang: Lang,
    w: &'static Words,
    /// What was wrong, if something was.
    wrong: Option<String>,
    name: String,
    /// Where they wanted to go.
    to: String,
    csrf: String,
}

impl LoginPage {
    fn answer(desk: &Desk, lang: Lang, code: StatusCode, wrong: Option<String>, asked: Asked) -> Response {
        let csrf = desk.entry.form_token();
        page(code, &Self { lang, w: lang.words(), wrong, name: asked.name, to: asked.to, csrf })
    }
}

/// What the form says.
#[derive(Debug)]
struct Asked {
    name: String,
    secret: String,
    to: String,
}

impl Asked {
    fn read(text: &[u8]) -> Self {
        let mut asked = Self { name: KeyConfig::PASSWORD.into(), secret: String::new(), to: "/".into() };
        for (name, value) in form_urlencoded::parse(text) {
            match &*name {
                "name" => asked.name = value.trim().chars().take(32).collect(),
                "secret" => asked.secret = value.into_owned(),
                "to" if is_ours(&value) => asked.to = value.into_owned(),
                _ => {}
            }
        }
        asked
    }
}

/// Whether a path leads to a page of ours, and nowhere else.
fn is_ours(path: &str) -> bool {
    let is_plain = path.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    is_plain && path.starts_with('/') && !path.starts_with("//") && path.len() < 1_024
}

/// There, without what is shown here.
fn go(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to.to_owned())]).into_response()
}

pub(super) async fn show(State(desk): State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    let asked = Asked::read(query.0.unwrap_or_default().as_bytes());
    if entry::who().is_some() {
        return go(&asked.to);
    }
    LoginPage::answer(&desk, Lang::of(&headers), StatusCode::OK, None, asked)
}

/// A form of whoever it may be, who has so long to say it.
async fn form(body: Body) -> Result<Bytes, StatusCode> {
    let said = tokio::time::timeout(WITHIN, to_bytes(body, LONGEST)).await;
    said.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::BAD_REQUEST)
}

pub(super) async fn log_in(State(desk): State<Desk>, request: Request) -> Response {
    let headers = request.headers().clone();
    let (lang, Some(ends)) = (Lang::of(&headers), request.extensions().get::<Endpoints>().copied()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let from = desk.entry.address(&ends, &headers);
    let body = match form(request.into_body()).await {
        Ok(body) => body,
        Err(code) => return code.into_response(),
    };
    let asked = Asked::read(&body);
    if !desk.entry.is_locked() {
        return go(&asked.to);
    }
    let operator = match desk.entry.log_in(from, &headers, &asked.name, &asked.secret).await {
        Ok(operator) => operator,
        Err(why) => {
            let (code, wait) = match why {
                entry::Refused::Nothing | entry::Refused::Wrong => {
                    desk.wrong(from);
                    (StatusCode::UNAUTHORIZED, None)
                }
                entry::Refused::Slow(wait) => (StatusCode::TOO_MANY_REQUESTS, Some(wait)),
                entry::Refused::Busy => (StatusCode::TOO_MANY_REQUESTS, Some(Duration::from_secs(1))),
            };
            let mut answer = LoginPage::answer(&desk, lang, code, Some(Say(lang).no_entry(wait)), asked);
            if let Some(wait) = wait {
                answer.headers_mut().insert(header::RETRY_AFTER, seconds(wait).into());
            }
            return answer;
        }
    };
    let name = operator.name().unwrap_or(KeyConfig::PASSWORD);
    // What comes in over HTTPS goes on over it, be that our own or a proxy's.
    let said = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok());
    let is_secure = desk.entry.is_tls() || said.is_some_and(|it| it.starts_with("https://"));
    let sessions = desk.entry.sessions();
    let Some(session) = sessions.begin(name, is_secure) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    // Who has a key alone guesses no better for it.
    let known = (name == KeyConfig::PASSWORD).then(|| sessions.know(is_secure)).flatten();
    tracing::info!(name, %from, "somebody has logged in with a browser");
    desk.shared.records.audit.note(name, Some(from), AuditAct::Enter);
    let mut answer = go(&asked.to);
    set(&mut answer, std::iter::once(session).chain(known));
    answer
}

pub(super) async fn log_out(State(desk): State<Desk>) -> Response {
    let mut answer = go("/login");
    if let Some(ticket) = entry::who().as_ref().and_then(entry::Operator::ticket) {
        set(&mut answer, desk.entry.sessions().end(ticket));
        desk.did(AuditAct::Leave, None, "", "done");
    }
    answer
}

fn set(answer: &mut Response, cookies: impl IntoIterator<Item = String>) {
    for cookie in cookies.into_iter().filter_map(|it| HeaderValue::from_str(&it).ok()) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whole seconds that are enough.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Whoever has no session is led to where people log in, and from there back.
pub(in super::super) fn to_login(method: &Method, uri: &Uri) -> Response {
    let path = match *method {
        Method::POST => page_of(uri.path()),
        _ => uri.path_and_query().map_or("/", |it| it.as_str()),
    };
    let to: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    go(&format!("/login?to={to}"))
}

/// The page on which a button stands.
fn page_of(button: &str) -> &str {
    let account = button.strip_suffix("/hand").or_else(|| button.strip_suffix("/link"));
    account.filter(|it| it.starts_with("/accounts/")).unwrap_or("/")
}

/// Too many guesses, or too many at once.
pub(in super::super) fn later(wait: Duration) -> Response {
    let words =
        "too many wrong passwords came from there, or too many at once: ask again later, or with a key\n";
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds(wait).to_string())], words).into_response()
}

/// What asks here is no page of ours.
pub(in super::super) fn stranger(desk: &Desk, headers: &HeaderMap) -> Response {
    let lang = Lang::of(headers);
    Wrong::answer(desk, lang, StatusCode::FORBIDDEN, Say(lang).no_link(NoLink::Stranger))
}

/// A page of ours that is too old, or of another session.
pub(in super::super) fn stale(desk: &Desk, headers: &HeaderMap) -> Response {
    let lang = Lang::of(headers);
    if !origin::is_own_page(desk.shared.config.admin.url.as_deref(), headers) {
        return stranger(desk, headers);
    }
    Wrong::answer(desk, lang, StatusCode::FORBIDDEN, Say(lang).stale())
}

/// Who asks may not do that.
pub(in super::super) fn forbidden(desk: &Desk, headers: &HeaderMap, said: (String, String)) -> Response {
    Wrong::answer(desk, Lang::of(headers), StatusCode::FORBIDDEN, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_form_that_does_not_come_is_not_waited_for() {
        let pending = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        assert_eq!(form(Body::from_stream(pending)).await, Err(StatusCode::REQUEST_TIMEOUT));
        assert_eq!(form(Body::from(vec![b'x'; LONGEST + 1])).await, Err(StatusCode::BAD_REQUEST));
        assert_eq!(form(Body::from("name=ops")).await, Ok(Bytes::from("name=ops")));
    }

    #[test]
    fn a_button_leads_to_its_page_once_somebody_has_logged_in() {
        for (method, path, to) in [
            (Method::POST, "/accounts/north/hand", "/accounts/north"),
            (Method::POST, "/accounts/north/link", "/accounts/north"),
            (Method::POST, "/alarms/7/ack", "/"),
            (Method::GET, "/sends?since=1h", "/sends?since=1h"),
        ] {
            let answer = to_login(&method, &path.parse().expect("a path"));
            let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
            let location = answer.headers().get(header::LOCATION).expect("it leads on");
            assert_eq!(location, &format!("/login?to={to}"), "{path}");
        }
    }

    #[test]
    fn nobody_is_led_elsewhere() {
        for path in ["/", "/accounts/north?a=b", "/sends?since=1h#x"] {
            assert!(is_ours(path), "{path}");
        }
        for path in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "evil", "/ä"]
        {
            assert!(!is_ours(path), "{path:?}");
        }
        let asked = Asked::read(b"to=%2F%2Fevil.example&name=ops&secret=x");
        assert_eq!((&*asked.to, &*asked.name, &*asked.secret), ("/", "ops", "x"));
    }
}
