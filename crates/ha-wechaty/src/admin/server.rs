//! The admin's HTTP server.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{RawQuery, Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Rooms, Status};
use crate::{
    config::Secret,
    runtime::Asking,
    sends::{Filter, SendRecord},
    shared::Shared,
};

/// What is answered once nobody can be asked.
const GONE: (StatusCode, &str) = (StatusCode::SERVICE_UNAVAILABLE, "the gateway is stopping\n");

#[derive(Clone)]
struct Desk {
    shared: Arc<Shared>,
    asking: Asking,
}

/// Serves until it is told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    asking: Asking,
    stop: CancellationToken,
) {
    let password = shared.config.admin.password.clone();
    let router = Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/status", get(status))
        .route("/rooms", get(rooms))
        .route("/sends", get(sends))
        .route("/metrics", get(metrics))
        .with_state(Desk { shared, asking })
        .layer(from_fn_with_state(password, guard));
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the admin's server ended");
    }
}

impl Desk {
    async fn status(&self) -> Result<Status, (StatusCode, &'static str)> {
        self.asking.look(Status::new).await.ok_or(GONE)
    }
}

async fn ready(State(desk): State<Desk>) -> Response {
    let routing = desk.shared.routing();
    if routing.available().is_empty() {
        return (StatusCode::SERVICE_UNAVAILABLE, routing.outage() + "\n").into_response();
    }
    "ready\n".into_response()
}

async fn rooms(State(desk): State<Desk>) -> Result<Json<Rooms>, (StatusCode, &'static str)> {
    desk.asking.look(Rooms::new).await.ok_or(GONE).map(Json)
}

async fn status(State(desk): State<Desk>) -> Result<Json<Status>, (StatusCode, &'static str)> {
    desk.status().await.map(Json)
}

async fn sends(
    State(desk): State<Desk>,
    query: RawQuery,
) -> Result<Json<Vec<SendRecord>>, (StatusCode, String)> {
    let filter = Filter::parse(query.0.as_deref().unwrap_or_default());
    let filter = filter.map_err(|why| (StatusCode::BAD_REQUEST, why + "\n"))?;
    Ok(Json(desk.shared.sends.find(&filter)))
}

async fn metrics(State(desk): State<Desk>) -> Response {
    match desk.status().await {
        Ok(status) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], desk.shared.metrics.text(&status)).into_response()
        }
        Err(gone) => gone.into_response(),
    }
}

/// Lets in whoever shows the password, if there is one; the health of the process is nobody's secret.
async fn guard(State(password): State<Option<Secret>>, request: Request, next: Next) -> Response {
    let is_health = request.uri().path().starts_with("/health/");
    let Some(password) = password.filter(|_| !is_health) else { return next.run(request).await };
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let shown = shown.and_then(|it| it.strip_prefix("Basic ")).and_then(|it| BASE64_STANDARD.decode(it).ok());
    let expected = format!("admin:{}", password.reveal());
    if shown.is_some_and(|shown| is_equal(&shown, expected.as_bytes())) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"ha-wechaty\"")];
    (StatusCode::UNAUTHORIZED, challenge, "the user is admin, and the password is admin.password\n")
        .into_response()
}

/// In a time that does not tell where they differ.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
