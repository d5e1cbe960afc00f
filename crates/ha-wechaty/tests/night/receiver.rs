//! Those who are told: two programs that take alarms, and may be down.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::Value;
use tokio::{net::TcpListener, time::Instant};

/// Something that people were told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) at: Instant,
    /// By which way: its path.
    pub(crate) way: String,
    /// What it is known by, by whatever way it comes.
    pub(crate) id: String,
    event: Value,
}

impl Told {
    pub(crate) fn event(&self) -> &str {
        text(&self.event["type"])
    }

    pub(crate) fn alarm(&self, key: &str) -> &str {
        text(&self.event["data"]["alarm"][key])
    }

    /// The one-time link to the code of this account.
    pub(crate) fn link(&self, account: &str) -> Option<&str> {
        let links = self.event["data"]["links"].as_array()?;
        links.iter().find(|it| it["account"] == account)?["url"].as_str()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A program that takes alarms at `/ops` and `/lead`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receiver {
    is_down: Arc<AtomicBool>,
    refused: Arc<Mutex<Vec<Instant>>>,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Receiver {
    /// It is up, and where.
    pub(crate) async fn new() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (receiver, at) = (Self::default(), format!("http://{}", listener.local_addr().expect("bound")));
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, at)
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, SeqCst);
    }

    /// What people were told since then.
    pub(crate) fn told(&self, since: Instant) -> Vec<Told> {
        locked(&self.told).iter().filter(|it| it.at >= since).cloned().collect()
    }

    /// How often it took nothing since then.
    pub(crate) fn refused(&self, since: Instant) -> usize {
        locked(&self.refused).iter().filter(|at| **at >= since).count()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let at = Instant::now();
    if receiver.is_down.load(SeqCst) {
        locked(&receiver.refused).push(at);
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let event = serde_json::from_slice(&body).expect("JSON");
    let id = headers.get("webhook-id").and_then(|it| it.to_str().ok()).expect("an id").to_owned();
    let told = Told { at, way: uri.path().trim_start_matches('/').to_owned(), id, event };
    // How much room this machine's disk has is no part of the night.
    if told.alarm("kind") != "disk-low" {
        locked(&receiver.told).push(told);
    }
    StatusCode::OK
}
