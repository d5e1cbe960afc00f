//! Calls that nobody waits for any more: few of them are reset, and the others go on to their own end.
//!
//! A service of Node ends a connection on which more than a thousand calls are reset, and then more than 33 each second
//! (nghttp2 takes that for an attack), and all that is under way on it is lost, whoever asked for it. So a call that is
//! given up is reset as long as there have been few of late. Any other goes on, its answer is thrown away, and it is reset
//! when its turn comes, in the order in which they were given up. What of it has not left yet does not leave any more.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use hyper::{body::Incoming, client::conn::TrySendError};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    nature::Nature,
    outgoing::{Left, Outgoing},
};
use crate::Behalf;

/// So many calls may be reset at once, and then one in each interval.
const AT_ONCE: u32 = 200;
const INTERVAL: Duration = Duration::from_millis(100);
/// How many that a bot has given up may still be with the account, before the account is asked no more for that bot.
pub(super) const MOST: usize = 512;

/// What has been given up on one connection.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// When as many may be reset at once again as ever.
    rested: Mutex<Option<Instant>>,
    /// Those that wait for their turn to be reset; the lock is fair.
    line: tokio::sync::Mutex<()>,
    /// How many of each bot go on.
    go_on: Mutex<HashMap<u64, usize>>,
    /// Nobody waits for the connection either.
    closed: CancellationToken,
}

impl GivenUp {
    /// Whether so many of the bot's go on that there are to be no more.
    pub(super) fn is_full(&self, behalf: Option<&Behalf>) -> bool {
        behalf.is_some_and(|it| locked(&self.go_on).get(&it.whose()).is_some_and(|count| *count >= MOST))
    }

    /// Whatever goes on is over.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }

    /// Whether one may be reset now; if not, when that is.
    fn allow(&self) -> Result<(), Instant> {
        let mut rested = locked(&self.rested);
        let now = Instant::now();
        let next = rested.map_or(now, |at| at.max(now)) + INTERVAL;
        let earliest = next.checked_sub(INTERVAL * AT_ONCE).unwrap_or(now);
        if earliest > now {
            return Err(earliest);
        }
        *rested = Some(next);
        Ok(())
    }

    /// Whether one may be reset now. None may go by those that wait.
    fn allow_at_once(&self) -> bool {
        self.line.try_lock().is_ok_and(|_first| self.allow().is_ok())
    }

    /// Waits until one may be reset.
    async fn turn(&self) {
        let _first = self.line.lock().await;
        while let Err(at) = self.allow() {
            sleep_until(at).await;
        }
    }

    /// One more of the bot's goes on, until what this returns is dropped.
    fn goes_on(self: &Arc<Self>, whose: u64) -> GoesOn {
        *locked(&self.go_on).entry(whose).or_default() += 1;
        GoesOn { of: self.clone(), whose }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one step.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

struct GoesOn {
    of: Arc<GivenUp>,
    whose: u64,
}

impl Drop for GoesOn {
    fn drop(&mut self) {
        let mut counts = locked(&self.of.go_on);
        if let Some(count) = counts.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.whose);
            }
        }
    }
}

/// What is to be known of a call when it is given up.
#[derive(Debug)]
pub(super) struct Care {
    pub(super) given_up: Arc<GivenUp>,
    pub(super) left: Left,
    pub(super) behalf: Option<Behalf>,
    pub(super) nature: Nature,
}

/// The future of hyper's that is a call under way.
pub(super) type Sent =
    Pin<Box<dyn Future<Output = Result<Response<Incoming>, TrySendError<Request<Outgoing>>>> + Send>>;

impl Care {
    /// Nobody waits for the rest of a call.
    fn give_up(self, rest: Rest) {
        let Self { given_up, left, behalf, nature } = self;
        // Before anything else: HTTP/2 may be at work on it.
        left.forbid();
        if !left.has_begun() {
            // It stands in line for a place at the account, and leaves it without a word.
            return;
        }
        let may = given_up.allow_at_once();
        let Ok(runtime) = Handle::try_current() else { return };
        if may || !nature.ends() || given_up.closed.is_cancelled() {
            return;
        }
        let counts = behalf.map(|behalf| (behalf.goes_on(), given_up.goes_on(behalf.whose())));
        runtime.spawn(async move {
            tokio::select! {
                () = rest.end() => {}
                () = given_up.turn() => {}
                () = given_up.closed.cancelled() => {}
            }
            drop(counts);
        });
    }
}

/// What there still is of a call.
enum Rest {
    All(Sent),
    Answer(Incoming),
}

impl Rest {
    async fn end(self) {
        let mut body = match self {
            Self::All(sent) => match sent.await {
                Ok(response) => response.into_body(),
                Err(_) => return,
            },
            Self::Answer(body) => body,
        };
        while let Some(Ok(_)) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {}
    }
}

/// A call that is not answered yet. Dropped, it is given up.
pub(super) struct Asked(Option<(Sent, Care)>);

impl Asked {
    pub(super) fn new(sent: Sent, care: Care) -> Self {
        Self(Some((sent, care)))
    }
}

impl Future for Asked {
    type Output = Result<Response<Read>, TrySendError<Request<Outgoing>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some((sent, _)) = &mut self.0 else { return Poll::Pending };
        let result = ready!(sent.as_mut().poll(cx));
        let care = self.0.take().map(|(_, care)| care);
        Poll::Ready(result.map(|response| {
            response.map(|body| {
                let is_over = body.is_end_stream();
                Read { body: Some(body), care: care.filter(|_| !is_over) }
            })
        }))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some((sent, care)) = self.0.take() {
            care.give_up(Rest::All(sent));
        }
    }
}

/// The body of an answer. Dropped before its end, it is given up.
#[derive(Debug)]
pub(super) struct Read {
    body: Option<Incoming>,
    care: Option<Care>,
}

impl Read {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(&mut *body).poll_frame(cx));
        if body.is_end_stream()
            || frame.as_ref().is_none_or(|it| it.as_ref().map_or(true, Frame::is_trailers))
        {
            self.care = None;
        }
        Poll::Ready(frame)
    }

    pub(super) fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        if let (Some(body), Some(care)) = (self.body.take(), self.care.take()) {
            care.give_up(Rest::Answer(body));
        }
    }
}
