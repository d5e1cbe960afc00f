//! The visitor's page: what the terminal tells, in a browser, with a button for each way in which an account can fail.
//!
//! It shows what simulated people say, so it is no page of the gateway's: operators' pages never do that.

mod sight;

use std::{
    future::pending,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use askama::Template as _;
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use super::{mishaps::Manner, screen::Told, stage::ACCOUNTS};

pub(super) use sight::Sight;
use sight::SightPage;

/// Where it is, if no other program has that port; else on any that is free.
const PORT: u16 = 8_789;
/// How many clicks wait for the play, at most.
const CLICKS: usize = 16;

/// No other site is to have a browser click here, or to show this.
const STRICT: [(header::HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: with it, a browser sends this page's own forms with `Origin: null`.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// What a visitor wants of an account: that it fails so, or is well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Click {
    pub(super) account: usize,
    pub(super) wish: Option<Manner>,
}

/// Where a visitor looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Addresses {
    /// The page.
    pub(super) page: Option<SocketAddr>,
    /// What an operator sees of the gateway.
    pub(super) operators: Option<SocketAddr>,
}

/// The page, until it is dropped.
pub(super) struct Page {
    addresses: Addresses,
    sight: Arc<Mutex<Sight>>,
    clicks: mpsc::Receiver<Click>,
    server: Option<JoinHandle<()>>,
}

/// What answers are made of.
#[derive(Clone)]
struct Counter {
    addresses: Addresses,
    told: Told,
    sight: Arc<Mutex<Sight>>,
    clicks: mpsc::Sender<Click>,
}

impl Page {
    /// Serves it on the loopback; without a port there is none.
    pub(super) async fn open(told: Told, operators: Option<SocketAddr>) -> Self {
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).await {
            Ok(listener) => Some(listener),
            Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.ok(),
        };
        let page = listener.as_ref().and_then(|it| it.local_addr().ok());
        let addresses = Addresses { page, operators };
        let sight = Arc::new(Mutex::new(Sight::default()));
        let (click, clicks) = mpsc::channel(CLICKS);
        let router = router(Counter { addresses, told, sight: Arc::clone(&sight), clicks: click });
        let serve = |listener| {
            tokio::spawn(async move {
                // It ends with the demo; an accept that fails is tried again by itself.
                let _ = axum::serve(listener, router).await;
            })
        };
        Self { addresses, sight, clicks, server: listener.map(serve) }
    }

    pub(super) fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// What a visitor wants next.
    pub(super) async fn clicked(&mut self) -> Option<Click> {
        match self.clicks.recv().await {
            Some(click) => Some(click),
            // There is no page.
            None => pending().await,
        }
    }

    /// How things stand now.
    pub(super) fn show(&self, sight: Sight) {
        *self.sight.lock().unwrap_or_else(PoisonError::into_inner) = sight;
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

fn router(counter: Counter) -> Router {
    Router::new()
        .route("/", get(look))
        .route(
            "/demo.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("../../../assets/demo.css")) }),
        )
        .route(
            "/demo.js",
            get(|| async {
                asset("text/javascript; charset=utf-8", include_str!("../../../assets/demo.js"))
            }),
        )
        .route("/{account}/{wish}", post(click))
        .with_state(counter)
        .layer(from_fn(strict))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn look(State(counter): State<Counter>) -> Response {
    let sight = *counter.sight.lock().unwrap_or_else(PoisonError::into_inner);
    let operators = counter.addresses.operators.map(|it| it.to_string());
    match SightPage::new(sight, &counter.told.last(), operators).render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn click(State(counter): State<Counter>, Path((account, wish)): Path<(String, String)>) -> Response {
    let account = ACCOUNTS.iter().position(|it| *it == account);
    let wish = match wish.as_str() {
        "mend" => Some(None),
        word => Manner::ALL.into_iter().find(|it| it.word() == word).map(Some),
    };
    let (Some(account), Some(wish)) = (account, wish) else { return StatusCode::NOT_FOUND.into_response() };
    // Whoever clicks faster than is played clicks again.
    match counter.clicks.try_send(Click { account, wish }) {
        Ok(()) => Redirect::to("/").into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Answers whoever asks for this machine by its own name, from this page alone.
async fn strict(request: Request, next: Next) -> Response {
    let is_ours = is_ours(request.headers());
    let mut answer = match is_ours {
        true => next.run(request).await,
        false => (StatusCode::FORBIDDEN, "this page is asked for at its own address alone\n").into_response(),
    };
    for (name, value) in STRICT {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// A name of elsewhere that leads here is not ours, nor is another site's form.
fn is_ours(headers: &HeaderMap) -> bool {
    let said = |name| headers.get(name).and_then(|it: &HeaderValue| it.to_str().ok());
    let Some(host) = said(header::HOST) else { return false };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    is_here && said(header::ORIGIN).is_none_or(|it| it.strip_prefix("http://") == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn no_other_site_has_a_browser_click_here() {
        assert!(is_ours(&headers("127.0.0.1:8791", None)));
        assert!(is_ours(&headers("localhost:9000", Some("http://localhost:9000"))), "behind a tunnel");
        for (host, origin) in [
            ("127.0.0.1:8791", Some("http://elsewhere.example")),
            ("127.0.0.1:8791", Some("http://127.0.0.1:8080")),
            ("127.0.0.1:8791", Some("null")),
            ("elsewhere.example:8791", None),
        ] {
            assert!(!is_ours(&headers(host, origin)), "{host} {origin:?}");
        }
        assert!(!is_ours(&HeaderMap::new()));
    }
}
