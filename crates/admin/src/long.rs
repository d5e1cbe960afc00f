//! Long answers: made one at a time beside everything else, so that who reads them keeps nobody waiting who writes messages.

use std::{future::Future, sync::Arc};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may wait for theirs.
const LINE: usize = 16;
/// What those that are not read yet may weigh together, in KiB.
const UNREAD: usize = 32 << 10;
/// The longest counts as so much.
const LONGEST: usize = 8 << 10;

/// What is answered once nobody can be asked.
pub(super) const GONE: (StatusCode, &str) = (StatusCode::SERVICE_UNAVAILABLE, "the gateway is stopping\n");

/// The line of those that wait for a long answer.
#[derive(Debug, Clone)]
pub(super) struct Long {
    line: Arc<Semaphore>,
    making: Arc<Semaphore>,
    unread: Arc<Semaphore>,
}

impl Default for Long {
    fn default() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { line: places(LINE), making: places(1), unread: places(UNREAD) }
    }
}

impl Long {
    /// The JSON of what `make` makes, on a thread of its own, of what `look` gives; each is done for one at a time.
    pub(super) async fn answer<L, T, M>(&self, look: impl Future<Output = Option<L>>, make: M) -> Response
    where
        L: Send + 'static,
        T: Serialize,
        M: FnOnce(L) -> T + Send + 'static,
    {
        let json = |seen| serde_json::to_vec(&make(seen)).map_err(|error| failed(error.to_string()));
        self.make(look, "application/json", json).await
    }

    /// The same of what `make` makes of whichever kind, or what is answered where it can't.
    pub(super) async fn make<L: Send + 'static>(
        &self,
        look: impl Future<Output = Option<L>>,
        kind: &'static str,
        make: impl FnOnce(L) -> Result<Vec<u8>, Box<Response>> + Send + 'static,
    ) -> Response {
        let Ok(_place) = self.line.try_acquire() else { return later() };
        // None of these is ever closed.
        let Ok(making) = self.making.clone().acquire_owned().await else { return later() };
        let Some(seen) = look.await else { return GONE.into_response() };
        let made = tokio::task::spawn_blocking(move || {
            // Who asked may have gone: then it is still made, and the next waits.
            let _making = making;
            make(seen)
        });
        let made = match made.await {
            Ok(Ok(made)) => made,
            Ok(Err(answer)) => return *answer,
            Err(error) => return *failed(error.to_string()),
        };
        let weight = u32::try_from(1 + (made.len() >> 10).min(LONGEST)).unwrap_or(1);
        let Ok(room) = self.unread.clone().try_acquire_many_owned(weight) else { return later() };
        let body = Body::from(Bytes::from_owner(Unread { made, _room: room }));
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    }
}

/// An answer that is not written yet.
struct Unread {
    made: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Unread {
    fn as_ref(&self) -> &[u8] {
        &self.made
    }
}

/// It can't be made, by a defect of this program.
pub(super) fn failed(why: String) -> Box<Response> {
    Box::new((StatusCode::INTERNAL_SERVER_ERROR, why + "\n").into_response())
}

/// Too many wait, or do not read what they have.
fn later() -> Response {
    let words = "too many ask for long answers, or do not read them: ask again in a second\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], words).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::{FutureExt, future::join_all};
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_long_answer_is_made_beside_all_else_and_few_wait_for_theirs() {
        let long = Long::default();
        let (go_on, until) = mpsc::channel::<()>();
        let made = |until: mpsc::Receiver<()>| {
            long.answer(std::future::ready(Some(until)), |until| until.recv().is_ok())
        };
        let mut slow = std::pin::pin!(made(until));
        assert!((&mut slow).now_or_never().is_none(), "this thread is free, though it is being made");
        let mut others: Vec<_> = (0..2 * LINE)
            .map(|n| Box::pin(long.answer(std::future::ready(Some(n)), |n| vec![n; 1_000])))
            .collect();
        let refused: Vec<_> = others.iter_mut().filter_map(FutureExt::now_or_never).collect();
        assert_eq!(refused.len(), LINE + 1, "one is made, and the others are in line");
        assert!(refused.iter().all(|it| it.headers().contains_key(header::RETRY_AFTER)), "{refused:?}");
        go_on.send(()).expect("it is being made");
        assert_eq!(slow.await.status(), StatusCode::OK);
        for answer in join_all(others.into_iter().take(LINE - 1)).await {
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            assert_eq!(serde_json::from_slice::<Vec<usize>>(&body).expect("a list").len(), 1_000);
        }
    }

    #[tokio::test]
    async fn what_nobody_reads_is_bounded_and_has_its_room_back_when_it_is_gone() {
        let long = Long::default();
        let text = || long.answer(std::future::ready(Some(())), |()| "x".repeat(LONGEST << 10));
        let unread = [text().await, text().await, text().await];
        assert!(unread.iter().all(|it| it.status() == StatusCode::OK));
        assert_eq!(text().await.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(unread);
        assert_eq!(text().await.status(), StatusCode::OK);
    }
}
