//! A copy of the store while the team writes to it: sealed, as it lies on the disk, read by one at a time.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::io::ReaderStream;

use ha_wechaty_team::{state::records::StoreHealth, view::NO_STORE};

/// How much of it is read at once.
const CHUNK: usize = 64 << 10;

/// How long making a copy may take: nothing is written down meanwhile.
const WITHIN: Duration = Duration::from_secs(60);

/// Where copies are made.
#[derive(Debug, Clone)]
pub(super) struct Copies(Arc<Semaphore>);

impl Default for Copies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Copies {
    /// The store as it is now; one copy lies on the disk until it is read, and no second one beside it.
    pub(super) async fn answer(&self, store: &StoreHealth) -> Response {
        let Some(kept) = store.kept() else { return (StatusCode::NOT_FOUND, NO_STORE).into_response() };
        let Ok(place) = self.0.clone().try_acquire_owned() else {
            let words = "another backup is being made: ask again when that is done\n";
            return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
        };
        let failed = |why: String| (StatusCode::INTERNAL_SERVER_ERROR, why + "\n").into_response();
        let file = match timeout(WITHIN, kept.journal.copy()).await {
            Ok(Ok(file)) => tokio::fs::File::from_std(file),
            Ok(Err(why)) => return failed(why.to_string()),
            Err(_) => return failed(format!("the disk has not made a copy within {} s", WITHIN.as_secs())),
        };
        let read = ReaderStream::with_capacity(file, CHUNK);
        let read = futures_util::StreamExt::inspect(read, move |_| {
            // Free for the next one when this is gone.
            let _ = &place;
        });
        ([(header::CONTENT_TYPE, "application/vnd.sqlite3")], Body::from_stream(read)).into_response()
    }
}
