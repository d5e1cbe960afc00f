//! A receiver that keeps what it is posted, and answers as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use tokio::net::TcpListener;

/// What was posted.
#[derive(Debug, Clone)]
pub(super) struct Posted {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
}

impl Posted {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("JSON")
    }
}

/// A receiver.
#[derive(Clone)]
pub(super) struct Receives {
    pub(super) at: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
    answer: Arc<dyn Fn(usize) -> (StatusCode, HeaderMap, String) + Send + Sync>,
}

impl Receives {
    /// Answers each with this status and text.
    pub(super) async fn always(status: u16, text: &'static str) -> Self {
        Self::by(move |_| (status, text.to_owned())).await
    }

    /// Answers by what this says of how many came before.
    pub(super) async fn by(answer: impl Fn(usize) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::with(move |nth| {
            let (status, text) = answer(nth);
            (StatusCode::from_u16(status).expect("a status"), HeaderMap::new(), text)
        })
        .await
    }

    pub(super) async fn with(
        answer: impl Fn(usize) -> (StatusCode, HeaderMap, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        let receives = Self { at, posted: Arc::default(), answer: Arc::new(answer) };
        let router = Router::new().fallback(take).with_state(receives.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receives
    }

    pub(super) fn posted(&self) -> Vec<Posted> {
        self.posted.lock().expect("no panic").clone()
    }
}

async fn take(State(receives): State<Receives>, uri: Uri, headers: HeaderMap, bytes: Bytes) -> Response {
    let nth = {
        let mut posted = receives.posted.lock().expect("no panic");
        posted.push(Posted { uri, headers, bytes });
        posted.len() - 1
    };
    (receives.answer)(nth).into_response()
}
