//! What tells the script of a page that something has changed: `/events`, a stream of server-sent events.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use ha_wechaty_team::state::Shared;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::link::LinkEvents;

/// How many of an operator's pages may listen: health must be told, whoever else has pages open.
const MOST: usize = 32;

/// How many pages of one-time links may, besides: whoever has a link takes no place of an operator's.
const MOST_OF_LINKS: usize = 16;

/// Changes are told no faster: two in a second.
const PAUSE: Duration = Duration::from_millis(500);

/// Something is told at least so often: durations go on, and who is gone is found out.
const AT_LEAST: Duration = Duration::from_secs(10);

/// Then a browser asks anew: one that is gone without a word keeps its place no longer.
const LIFE: Duration = Duration::from_secs(300);

/// The server ends.
#[derive(Debug, Clone)]
pub(in super::super) struct Stop(pub(in super::super) CancellationToken);

/// Places for those who listen.
#[derive(Debug, Clone)]
pub(super) struct Watchers(Arc<Semaphore>);

impl Watchers {
    /// Of operators.
    pub(super) fn of_operators() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }

    /// Of all one-time links.
    pub(super) fn of_links() -> Self {
        Self(Arc::new(Semaphore::new(MOST_OF_LINKS)))
    }
}

/// One who listens.
struct Watcher {
    changes: watch::Receiver<u64>,
    stop: CancellationToken,
    /// What it listens for is over.
    over: CancellationToken,
    until: Instant,
    has_begun: bool,
    _places: Vec<OwnedSemaphorePermit>,
}

impl Watcher {
    /// What is told next; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some(Bytes::from_static(b"retry: 2000\nevent: changed\ndata:\n\n"));
        }
        let tell = async {
            sleep(PAUSE).await;
            match timeout(AT_LEAST, self.changes.changed()).await {
                Ok(Err(_)) => None,
                Ok(Ok(())) | Err(_) => Some(Bytes::from_static(b"event: changed\ndata:\n\n")),
            }
        };
        tokio::select! {
            told = tell => told,
            () = self.stop.cancelled() => None,
            () = self.over.cancelled() => None,
            () = sleep_until(self.until) => None,
        }
    }
}

pub(super) async fn answer(
    State(watchers): State<Watchers>,
    Extension(shared): Extension<Arc<Shared>>,
    stop: Option<Extension<Stop>>,
) -> Response {
    listen(&[&watchers.0], CancellationToken::new(), &shared, stop)
}

/// Tells who has a link of changes from now on, as long as it shows a code.
pub(super) fn of_link(
    watchers: &Watchers,
    LinkEvents { over, places }: LinkEvents,
    shared: &Shared,
    stop: Option<Extension<Stop>>,
) -> Response {
    listen(&[&places, &watchers.0], over, shared, stop)
}

/// Tells whoever asks of changes from now on, if there is room in each of these.
fn listen(
    rooms: &[&Arc<Semaphore>],
    over: CancellationToken,
    shared: &Shared,
    stop: Option<Extension<Stop>>,
) -> Response {
    let places: Result<Vec<_>, _> = rooms.iter().map(|it| Arc::clone(it).try_acquire_owned()).collect();
    let Ok(places) = places else {
        let words = "too many pages are open: this one is loaded again now and then\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], words).into_response();
    };
    let watcher = Watcher {
        changes: shared.core.changes(),
        // Where nothing says when the server ends, no answer may go on: it tells once.
        stop: stop.map_or_else(ended, |it| it.0.0),
        over,
        until: Instant::now() + LIFE,
        has_begun: false,
        _places: places,
    };
    let told = stream::unfold(watcher, async |mut watcher| {
        let told = watcher.next().await?;
        Some((Ok::<_, std::convert::Infallible>(told), watcher))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(told)).into_response()
}

fn ended() -> CancellationToken {
    let token = CancellationToken::new();
    token.cancel();
    token
}
