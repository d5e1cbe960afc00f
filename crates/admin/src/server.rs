//! The admin's HTTP server.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Extension, Json, Router,
    extract::{RawQuery, State},
    http::{Request, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use ha_wechaty_team::{
    runtime::{Alarms, Asking, CodeAct, HandError, Hands},
    state::{
        Shared,
        records::{AuditAct, AuditLine},
        sends::{Filter, SendRecord},
    },
    view::{
        AnnalsLook, AwayStatus, ConfigStatus, GatewayStatus, LoginStatus, NO_STORE, RoomsStatus, Status,
        StoreInfo, numbers,
    },
};

use super::{
    api,
    certificate::AdminCertificate,
    copy::Copies,
    entry::{self, Entry, Operator},
    link::LoginLinks,
    long::{GONE, Long},
    page::{self, Stop},
};
use ha_wechaty_transport::http1::{self, Endpoints, Port};

/// How long a disk may take to say how much it holds: less than whoever asks waits.
const STORE_WITHIN: std::time::Duration = std::time::Duration::from_secs(4);

/// What answers are made of.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) shared: Arc<Shared>,
    pub(super) asking: Asking,
    /// Where operators see to accounts.
    pub(super) hands: Hands,
    /// Who may enter.
    pub(super) entry: Entry,
    /// Where bots connect.
    bots: SocketAddr,
    pub(super) long: Long,
    /// What is told of what happened: it takes so long that nobody else is to wait for it.
    pub(super) replays: Long,
    /// One-time links to codes.
    pub(super) links: LoginLinks,
    copies: Copies,
}

/// Serves until it is told to stop, over TLS if there is a certificate.
pub fn serve(
    listener: TcpListener,
    certificate: Option<AdminCertificate>,
    (shared, asking, hands): (Arc<Shared>, Asking, Hands),
    bots: SocketAddr,
    links: LoginLinks,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + 'static {
    let tls = certificate.as_ref().map(AdminCertificate::server);
    let router = whole(shared, asking, hands, bots, links).layer(Extension(Stop(stop.clone())));
    let answer = move |request, ends| answer(&router, request, ends);
    async move {
        let serving = http1::serve(Port { name: "admin.listen", listener, tls }, stop.clone(), answer);
        let renewing = async {
            if let Some(certificate) = certificate {
                certificate.renew(stop).await;
            }
        };
        tokio::join!(serving, renewing);
    }
}

/// What is served, with links of its own.
#[cfg(feature = "fuzzing")]
pub fn router(shared: Arc<Shared>, asking: Asking, hands: Hands, bots: SocketAddr) -> Router {
    whole(shared, asking, hands, bots, LoginLinks::default())
}

/// What is served.
fn whole(shared: Arc<Shared>, asking: Asking, hands: Hands, bots: SocketAddr, links: LoginLinks) -> Router {
    let watched = Extension(shared.clone());
    let entry = Entry::new(shared.clone());
    let (long, copies) = (Long::default(), Copies::default());
    let replays = Long::default();
    let desk = Desk { shared, asking, hands, entry, bots, long, replays, links, copies };
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/gateway", get(gateway))
        .route("/status", get(status))
        .route("/sla", get(sla))
        .route("/store", get(store))
        .route("/store/copy", get(copy))
        .route("/metrics", get(metrics))
        .with_state(desk.clone())
        .merge(page::router(desk.clone()))
        .merge(api::router(desk.clone()))
        .layer(watched)
        .layer(from_fn_with_state(desk, entry::guard))
        .layer(from_fn(page::strict))
}

/// Answers one request.
#[cfg_attr(not(feature = "fuzzing"), allow(unreachable_pub, reason = "a door for the fuzzer"))]
pub fn answer(
    router: &Router,
    mut request: Request<Incoming>,
    ends: Endpoints,
) -> impl Future<Output = Response> + Send + use<> {
    request.extensions_mut().insert(ends);
    let answer = router.clone().oneshot(request);
    async { answer.await.unwrap_or_else(|never| match never {}) }
}

/// Who has a one-time link, as the audit trail has it.
pub(super) const LINK_OWNER: &str = "owner of a link";

impl Desk {
    pub(super) async fn status(&self) -> Result<Status, (StatusCode, &'static str)> {
        let status = self.asking.look(Status::new).await.ok_or(GONE)?;
        Ok(self.shown(status))
    }

    /// How everything stands, as far as who asks in this request may see it.
    pub(super) fn shown(&self, mut status: Status) -> Status {
        status.gateway = Some(self.gateway());
        status.tally(&self.shared.records.sends);
        for account in &mut status.accounts {
            account.qrcode.take_if(|_| !entry::may_scan(&account.name));
            account.asks.take_if(|_| !entry::may_scan(&account.name));
        }
        status
    }

    /// Whoever asks in this request did something, to an account or not; why they say, and what came of it.
    pub(super) fn did(&self, act: AuditAct, account: Option<&str>, why: &str, end: &str) {
        let operator = entry::who();
        let name = operator.as_ref().map_or_else(|| entry::by(None), Operator::signs);
        let line = AuditLine::new(&name, operator.as_ref().map(Operator::from), act);
        self.shared.records.audit.enter(line.of(account, why, end));
    }

    /// Does something, to an account or not, and writes down who did, why they say, and what came of it; beside the request, see
    /// [`entry::beside`].
    pub(super) async fn does<T, E>(
        &self,
        act: AuditAct,
        (account, why): (Option<&str>, &str),
        deed: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Option<Result<T, E>>
    where
        T: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let (desk, account, why) = (self.clone(), account.map(str::to_owned), why.to_owned());
        let noted = async move {
            let done = deed.await;
            desk.did(act, account.as_deref(), &why, &api::end(&done));
            done
        };
        entry::beside(noted).await
    }

    /// Does something about an account's login, and writes down who did: never the code.
    pub(super) async fn enters(&self, name: String, act: CodeAct) -> Option<Result<LoginStatus, HandError>> {
        let (hands, of, word) = (self.hands.clone(), name.clone(), act.name());
        let done = async move { hands.enter(&of, act).await };
        self.does(AuditAct::Hand(word), (Some(&name), ""), done).await
    }

    /// The same by who has a link, from there.
    pub(super) async fn enters_by_link(
        &self,
        name: String,
        act: CodeAct,
        from: IpAddr,
    ) -> Option<Result<LoginStatus, HandError>> {
        let (desk, word) = (self.clone(), act.name());
        let noted = async move {
            let done = desk.hands.enter(&name, act).await;
            let line = AuditLine::new(LINK_OWNER, Some(from), AuditAct::Hand(word));
            desk.shared.records.audit.enter(line.of(Some(&name), "", &api::end(&done)));
            done
        };
        entry::beside(noted).await
    }

    /// Where people see to alarms.
    pub(super) fn alarms(&self) -> Alarms {
        Alarms::new(self.shared.clone(), self.asking.clone())
    }

    /// Which gateway this is.
    pub(super) fn gateway(&self) -> GatewayStatus {
        GatewayStatus::new(&self.shared.config, self.bots)
    }

    /// The configuration that runs, and what is written by now: which is read from its files, beside all else.
    pub(super) async fn config(&self) -> Option<ConfigStatus> {
        let accounts = self.shared.accounts.roster.accounts().map(|(_, it)| (*it).clone()).collect();
        let (reloads, start) = (self.hands.reloads().clone(), self.shared.clone());
        let look = move || ConfigStatus::new(&reloads.running(&start.settings(), accounts), reloads.read());
        tokio::task::spawn_blocking(look).await.ok()
    }

    /// Those of the ledger that a filter lets through; of those of before what can be read.
    pub(super) async fn find_sends(&self, filter: &Filter) -> Vec<SendRecord> {
        let sends = &self.shared.records.sends;
        let found = sends.find_all(filter).await;
        found.unwrap_or_else(|error| {
            tracing::warn!("sends of before can't be read: {error}");
            sends.find(filter)
        })
    }
}

async fn ready(State(desk): State<Desk>) -> Response {
    let routing = desk.shared.core.routing();
    if !routing.available().is_empty() {
        // It serves: a bot that is away must find it. But nobody should have to look for that elsewhere.
        let away = desk.asking.look(|team, shared, now| {
            let away = shared.bots.all().into_iter();
            let away =
                away.filter_map(|(bot, _)| AwayStatus::of(team, bot, now).filter(|it| it.was_there)?.text());
            away.map(|text| format!("but a bot is {text}\n")).collect::<String>()
        });
        return format!("ready\n{}", away.await.unwrap_or_default()).into_response();
    }
    let why = match entry::who() {
        Some(_) => routing.outage() + "\n",
        None => {
            String::from("no account of the team is available; with the password or a key this says why\n")
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

pub(super) async fn gateway(State(desk): State<Desk>) -> Json<GatewayStatus> {
    Json(desk.gateway())
}

pub(super) async fn rooms(State(desk): State<Desk>) -> Response {
    desk.long.answer(desk.asking.look(RoomsStatus::new), |rooms| rooms).await
}

pub(super) async fn sla(State(desk): State<Desk>) -> Response {
    desk.long.answer(desk.asking.look(AnnalsLook::new), |annals| annals.told()).await
}

pub(super) async fn status(State(desk): State<Desk>) -> Result<Json<Status>, (StatusCode, &'static str)> {
    desk.status().await.map(Json)
}

pub(super) async fn sends(
    State(desk): State<Desk>,
    query: RawQuery,
) -> Result<Response, (StatusCode, String)> {
    let filter = Filter::of(form_urlencoded::parse(query.0.as_deref().unwrap_or_default().as_bytes()));
    let filter = filter.map_err(|why| (StatusCode::BAD_REQUEST, why + "\n"))?;
    let find = async { Some(desk.find_sends(&filter).await) };
    Ok(desk.long.answer(find, |found| found).await)
}

pub(super) async fn store(State(desk): State<Desk>) -> Result<Response, (StatusCode, String)> {
    let store = &desk.shared.records.store;
    if store.kept().is_none() {
        return Err((StatusCode::NOT_FOUND, format!("{NO_STORE}\n")));
    }
    let Some(knows) = desk.asking.look(StoreInfo::look).await else { return Ok(GONE.into_response()) };
    let asked = tokio::time::timeout(STORE_WITHIN, StoreInfo::of_running(store, knows)).await;
    match asked {
        Ok(Ok(info)) => Ok(Json(info).into_response()),
        Ok(Err(why)) => Err((StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n"))),
        Err(_) => Err((StatusCode::SERVICE_UNAVAILABLE, String::from("the disk does not answer\n"))),
    }
}

async fn copy(State(desk): State<Desk>) -> Response {
    desk.did(AuditAct::Copy, None, "", "begun");
    desk.copies.answer(&desk.shared.records.store).await
}

async fn metrics(State(desk): State<Desk>) -> Response {
    match desk.status().await {
        Ok(status) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], numbers(&desk.shared.records.metrics, &status)).into_response()
        }
        Err(gone) => gone.into_response(),
    }
}
