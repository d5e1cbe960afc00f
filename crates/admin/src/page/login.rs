//! A login in a browser: the code of an account as a picture, one-time links, and what those show.

use askama::Template;
use axum::{
    Extension, Json, Router,
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ha_wechaty_team::{
    runtime::HandError,
    state::records::{AuditAct, AuditLine},
    view::{LoginStatus, LoginStep, Standing, code},
};
use ha_wechaty_transport::http1::Endpoints;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    Desk, Frame, LOOKS, Lang, Place, SCRIPT, Say, Tone, Words, Wrong,
    asks::{self, Asks},
    events::{self, Stop, Watchers},
    page, text,
};
use crate::{
    api::{Problem, is_json},
    entry::cookie,
    link::{LIFE, LoginLinks, NoLink, Shown},
    server::LINK_OWNER,
};

/// What a browser shows that a link belongs to.
const COOKIE: &str = "ha-wechaty-login";

/// What these need of the desk, and more.
#[derive(Clone)]
struct Logins {
    desk: Desk,
    links: LoginLinks,
    watchers: Watchers,
}

/// Pictures of codes, and links.
pub(super) fn router(desk: Desk) -> Router {
    let (watchers, links) = (Watchers::of_links(), desk.links.clone());
    Router::new()
        .route("/accounts/{name}/qr.svg", get(svg))
        .route("/accounts/{name}/qr.png", get(png))
        .route("/accounts/{name}/link", post(make_page))
        .route("/accounts/{name}/code", post(enter))
        .route("/api/v1/accounts/{name}/login", get(how_far))
        .route("/api/v1/accounts/{name}/link", post(make_json))
        // Below this all is shown without the password: see `is_open`.
        .route("/l/page.css", get(|| text("text/css; charset=utf-8", LOOKS)))
        .route("/l/page.js", get(|| text("text/javascript; charset=utf-8", SCRIPT)))
        .route("/l/{link}", get(show).post(claim))
        .route("/l/{link}/qr.svg", get(show_code))
        .route("/l/{link}/code", post(enter_by_link))
        .route("/l/{link}/events", get(watch))
        .with_state(Logins { desk, links, watchers })
}

/// Whether a path is shown without the password: what a one-time link leads to.
pub(in super::super) fn is_open(path: &str) -> bool {
    let Some(below) = path.strip_prefix("/l/") else { return false };
    let (link, part) = below.split_once('/').map_or((below, None), |(link, part)| (link, Some(part)));
    !link.is_empty() && matches!(part, None | Some("qr.svg" | "events" | "code"))
}

/// Whether an account that stands there is to be logged in by somebody.
pub(super) fn is_to_be_logged_in(standing: Standing) -> bool {
    match standing {
        // In a maintenance somebody may see to just that.
        Standing::NotLoggedIn | Standing::WaitingScan | Standing::LoggedOut | Standing::Maintenance => true,
        Standing::Connecting
        | Standing::Preparing
        | Standing::Offline
        | Standing::Available
        | Standing::Suspect
        | Standing::Failed
        | Standing::Draining
        | Standing::Removed => false,
    }
}

/// What tells a code from the one before it.
pub(super) fn version(code: &str) -> String {
    let hash = Sha256::digest(code.as_bytes());
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

impl Desk {
    /// How far an account's login is; none of an account that there is not, and while the gateway ends.
    async fn login(&self, name: &str) -> Option<LoginStatus> {
        let name = name.to_owned();
        self.asking.look(move |team, shared, now| LoginStatus::of(team, shared, now, &name)).await.flatten()
    }

    /// The code that an account waits for, or why there is none.
    async fn code(&self, name: &str) -> Result<String, Response> {
        let missing = |why: String| (StatusCode::NOT_FOUND, why + "\n").into_response();
        match self.login(name).await {
            None => Err(missing(format!("there is no account {name}"))),
            Some(LoginStatus { code: Some(code), .. }) => Ok(code),
            Some(LoginStatus { text, .. }) => {
                Err(missing(format!("nothing of {name} is to be scanned: {text}")))
            }
        }
    }
}

/// A picture of a code, or why there is none.
fn picture(kind: &'static str, made: Result<impl IntoResponse, code::CodeTooLong>) -> Response {
    match made {
        Ok(made) => ([(header::CONTENT_TYPE, kind)], made).into_response(),
        Err(why) => (StatusCode::NOT_FOUND, format!("{why}\n")).into_response(),
    }
}

async fn svg(State(Logins { desk, .. }): State<Logins>, Path(name): Path<String>) -> Response {
    match desk.code(&name).await {
        Ok(text) => picture("image/svg+xml", code::svg(&text)),
        Err(why) => why,
    }
}

async fn png(State(Logins { desk, .. }): State<Logins>, Path(name): Path<String>) -> Response {
    match desk.code(&name).await {
        Ok(text) => picture("image/png", code::png(&text)),
        Err(why) => why,
    }
}

async fn how_far(State(Logins { desk, .. }): State<Logins>, Path(name): Path<String>) -> Response {
    match desk.login(&name).await {
        Some(login) => Json(login).into_response(),
        None => unknown(&desk, name),
    }
}

/// The team has no such account.
fn unknown(desk: &Desk, name: String) -> Response {
    Problem::unknown(name, desk.shared.accounts.roster.names()).into_response()
}

/// A link that was made.
struct Made {
    url: String,
    until: String,
}

impl Logins {
    /// Makes a link for an account that there is.
    async fn make(&self, name: &str, headers: &HeaderMap) -> Result<Made, NoLink> {
        let Desk { shared, asking, .. } = &self.desk;
        let secret = self.links.make_for(name, shared, asking).await?;
        let until = std::time::SystemTime::now() + LIFE;
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let base = shared.config.admin.url.clone().unwrap_or_else(|| {
            let scheme = if self.desk.entry.is_tls() { "https" } else { "http" };
            format!("{scheme}://{host}")
        });
        self.desk.did(AuditAct::Link, Some(name), "", "done");
        Ok(Made {
            url: format!("{base}/l/{secret}"),
            until: humantime::format_rfc3339_seconds(until).to_string(),
        })
    }

    /// What a link is to who asks.
    fn look(&self, link: &str, headers: &HeaderMap) -> Shown {
        self.links.look(link, cookie(headers, COOKIE))
    }
}

async fn make_json(State(logins): State<Logins>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if let Err(why) = is_json(&headers) {
        return why.into_response();
    }
    if logins.desk.shared.accounts.roster.find(&name).is_none() {
        return unknown(&logins.desk, name);
    }
    match logins.make(&name, &headers).await {
        Ok(Made { url, until }) => Json(json!({"url": url, "until": until})).into_response(),
        Err(why) => {
            let (detail, remedy) = Say(Lang::En).no_link(why);
            Problem::new(status(why), "no link", detail, remedy).into_response()
        }
    }
}

async fn make_page(State(logins): State<Logins>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let (lang, desk) = (Lang::of(&headers), &logins.desk);
    if desk.shared.accounts.roster.find(&name).is_none() {
        return Wrong::answer(desk, lang, StatusCode::NOT_FOUND, Say(lang).no_account(&name, ""));
    }
    match logins.make(&name, &headers).await {
        Ok(Made { url, until }) => {
            let (w, said) = (lang.words(), Say(lang).linked(&until));
            let frame = Frame::new(desk, lang, Place::Below, w.linked);
            page(StatusCode::OK, &LinkedPage { frame, w, said, url, name })
        }
        Err(why) => Wrong::answer(desk, lang, status(why), Say(lang).no_link(why)),
    }
}

fn status(why: NoLink) -> StatusCode {
    match why {
        NoLink::LoggedIn => StatusCode::CONFLICT,
        NoLink::TooMany => StatusCode::SERVICE_UNAVAILABLE,
        NoLink::Stranger => StatusCode::FORBIDDEN,
    }
}

/// The page that shows a link to who made it.
#[derive(Debug, Template)]
#[template(path = "linked.html")]
struct LinkedPage {
    frame: Frame,
    w: &'static Words,
    said: String,
    url: String,
    name: String,
}

/// What a link leads to.
#[derive(Debug, Template)]
#[template(path = "link.html")]
struct LinkPage {
    lang: Lang,
    w: &'static Words,
    path: String,
    tone: Tone,
    said: &'static str,
    remedy: &'static str,
    /// What tells its code from the last one, if there is one.
    picture: Option<String>,
    asks: Option<Asks>,
    is_own: bool,
    is_unclaimed: bool,
}

impl LinkPage {
    fn new(lang: Lang, link: &str, shown: &Shown, login: Option<LoginStatus>) -> Self {
        let (say, path) = (Say(lang), format!("/l/{link}"));
        let (tone, (said, remedy)) = match (shown, &login) {
            (Shown::Unclaimed, _) => (Tone::Idle, say.link_unclaimed()),
            (Shown::Done, _) => (Tone::Good, say.login(LoginStep::LoggedIn)),
            (Shown::Own(_), Some(login)) => {
                let tone = if login.step == LoginStep::LoggedIn { Tone::Good } else { Tone::Odd };
                (tone, say.login(login.step))
            }
            (Shown::Own(_), None) | (Shown::Over, _) => (Tone::Bad, say.link_over()),
        };
        let asks = login.as_ref().filter(|_| matches!(shown, Shown::Own(_))).and_then(|it| it.asks.clone());
        // Who has the link needs no token: a page of elsewhere can't show its cookie.
        let asks = asks.map(|asks| Asks::new(lang, asks, format!("{path}/code"), String::new()));
        let code = login.filter(|it| it.step == LoginStep::Waiting).and_then(|it| it.code);
        Self {
            lang,
            w: lang.words(),
            // Only what is ours is written back.
            path: if shown == &Shown::Over { String::new() } else { path },
            tone,
            said,
            remedy,
            picture: code.map(|code| version(&code)),
            asks,
            is_own: matches!(shown, Shown::Own(_)),
            is_unclaimed: shown == &Shown::Unclaimed,
        }
    }

    fn answer(&self, shown: &Shown) -> Response {
        let code = match shown {
            Shown::Unclaimed | Shown::Own(_) => StatusCode::OK,
            Shown::Done | Shown::Over => StatusCode::GONE,
        };
        page(code, self)
    }
}

async fn show(State(logins): State<Logins>, Path(link): Path<String>, headers: HeaderMap) -> Response {
    let shown = logins.look(&link, &headers);
    let login = if let Shown::Own(account) = &shown { logins.desk.login(account).await } else { None };
    LinkPage::new(Lang::of(&headers), &link, &shown, login).answer(&shown)
}

/// The browser takes the link as its own. By a button: programs that look at a link before its reader does, as those of
/// chats do for a preview, must not be the first browser. Who knows the link may press it: some phones' browsers do not say
/// which page does.
async fn claim(
    State(logins): State<Logins>,
    Path(link): Path<String>,
    Extension(ends): Extension<Endpoints>,
    headers: HeaderMap,
) -> Response {
    let claimed = logins.links.claim(&link);
    let to = (header::LOCATION, format!("/l/{link}"));
    match claimed {
        Some(cookie) => {
            let Desk { shared, entry, .. } = &logins.desk;
            let url = shared.config.admin.url.as_ref();
            let is_tls = entry.is_tls() || url.is_some_and(|url| url.starts_with("https:"));
            let from = Some(entry.address(&ends, &headers));
            let line = AuditLine::new(LINK_OWNER, from, AuditAct::LinkUsed);
            let account = logins.links.account(&link);
            shared.records.audit.enter(line.of(account.as_deref(), "", "done"));
            let secure = if is_tls { "; Secure" } else { "" };
            let age = LIFE.as_secs();
            // Lax: its owner may open the link again from where it came in.
            let cookie =
                format!("{COOKIE}={cookie}; HttpOnly; SameSite=Lax; Path=/l/{link}; Max-Age={age}{secure}");
            (StatusCode::SEE_OTHER, [to, (header::SET_COOKIE, cookie)]).into_response()
        }
        // Who has it already only sees it again.
        None => match logins.look(&link, &headers) {
            Shown::Own(_) | Shown::Done => (StatusCode::SEE_OTHER, [to]).into_response(),
            Shown::Unclaimed | Shown::Over => {
                LinkPage::new(Lang::of(&headers), &link, &Shown::Over, None).answer(&Shown::Over)
            }
        },
    }
}

/// What a code may weigh, with what is around it.
const LONGEST: usize = 4 << 10;

/// A code from an account's page.
async fn enter(
    State(Logins { desk, .. }): State<Logins>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let body = to_bytes(request.into_body(), LONGEST).await.unwrap_or_default();
    match desk.enters(name.clone(), asks::act(&body)).await.unwrap_or(Err(HandError::Gone)) {
        Ok(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/accounts/{name}"))]).into_response(),
        Err(why) => {
            let (code, what) = Problem::from(why).said();
            Wrong::answer(&desk, Lang::of(&headers), code, (what, String::new()))
        }
    }
}

/// A code from who has a link.
async fn enter_by_link(
    State(logins): State<Logins>,
    Path(link): Path<String>,
    Extension(ends): Extension<Endpoints>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let shown = logins.look(&link, &headers);
    let Shown::Own(account) = &shown else { return over(&headers) };
    let body = to_bytes(request.into_body(), LONGEST).await.unwrap_or_default();
    let from = logins.desk.entry.address(&ends, &headers);
    let done = logins.desk.enters_by_link(account.clone(), asks::act(&body), from).await;
    let path = format!("/l/{link}");
    match done.unwrap_or(Err(HandError::Gone)) {
        Ok(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response(),
        Err(why) => {
            let (code, what) = Problem::from(why).said();
            (code, format!("{what}\n")).into_response()
        }
    }
}

/// Of a link that shows nothing.
fn over(headers: &HeaderMap) -> Response {
    let (what, remedy) = Say(Lang::of(headers)).link_over();
    (StatusCode::GONE, format!("{what}. {remedy}\n")).into_response()
}

async fn show_code(State(logins): State<Logins>, Path(link): Path<String>, headers: HeaderMap) -> Response {
    let Shown::Own(account) = logins.look(&link, &headers) else { return over(&headers) };
    match logins.desk.code(&account).await {
        Ok(text) => picture("image/svg+xml", code::svg(&text)),
        // Whose code it is is not said.
        Err(_) => over(&headers),
    }
}

async fn watch(
    State(logins): State<Logins>,
    Path(link): Path<String>,
    headers: HeaderMap,
    stop: Option<Extension<Stop>>,
) -> Response {
    let events = match logins.look(&link, &headers) {
        Shown::Own(_) => logins.links.events(&link),
        Shown::Unclaimed | Shown::Done | Shown::Over => None,
    };
    match events {
        Some(events) => events::of_link(&logins.watchers, events, &logins.desk.shared, stop),
        None => over(&headers),
    }
}
