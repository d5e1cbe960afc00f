//! The bots' connections, served: one task for each, which meets every request in the order in which they came.
//!
//! A server that gives requests to its service in tasks of their own has lost their order before anybody sees
//! them. So a request gets its [`Arrival`] here, where HTTP/2 hands it out.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::BoxFuture};
use ha_wechaty_core::BotId;
use http::{HeaderMap, Request, Response, Uri};
use hyper::{body::Incoming, server::conn::http2, service::Service};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{timeout, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Status, body::Body};
use tower::{ServiceExt as _, util::BoxCloneSyncService};

use super::{
    BotIo, Listener, Peer,
    arrivals::Arrivals,
    guests::{Seat, Visit},
};
use crate::{
    Holding, deadline_of,
    receipt::{Receipted, receipted},
    words::{Fitted, fit},
};

/// Room for what one call of a bot brings, and all calls of a connection. By the second h2 also reckons how many
/// small DATA frames may wait, each of which it counts as a quarter of a KiB: half of it is enough for a bot that
/// asks for a whole backlog at once and ends each request by a frame of its own, as many clients do.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// Calls of a connection at once, besides those that may wait for their turn: nothing else is to wait behind them.
const CALLS: usize = 1_024;
/// So many at the most. Whatever a call says, its task and its stream cost a hundred KiB until its answer is read; clients
/// wait with more by themselves, each call in its order.
const MOST_CALLS: u32 = 16_384;

/// How much of a stream's waits in HTTP/2 for a peer that does not read it, besides the piece that was too much for this.
pub const SEND_BUFFER: usize = 64 << 10;

/// How long whoever has to go may take to read that it has.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves whoever connects until it is told to stop; then it takes no new connection and no new call, and ends
/// with the last call that was under way.
pub fn serve(listener: Listener, ports: Ports, stop: CancellationToken) -> BoxFuture<'static, ()> {
    Box::pin(keep_serving(listener, ports, stop))
}

async fn keep_serving(listener: Listener, ports: Ports, stop: CancellationToken) {
    let keepalive = ports.keepalive;
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .keep_alive_interval(keepalive)
        .keep_alive_timeout(keepalive)
        .max_send_buf_size(SEND_BUFFER)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let connections = TaskTracker::new();
    // Dropped before the wait: whoever connects from then on is refused at once.
    {
        let mut incoming = listener.into_incoming();
        while let Some(Some(io)) = stop.run_until_cancelled(incoming.next()).await {
            let Ok(io) = io else { continue };
            http2.max_concurrent_streams(calls((ports.waiting)()));
            connections.spawn(hold(http2.clone(), io, ports.clone(), stop.clone()));
        }
    }
    connections.close();
    connections.wait().await;
}

/// How many calls a connection has at once, of which so many may wait for their turn.
fn calls(waiting: usize) -> u32 {
    u32::try_from(CALLS.saturating_add(waiting)).unwrap_or(MOST_CALLS).min(MOST_CALLS)
}

/// Holds one connection until it ends; told to stop, it says goodbye and ends with its last call.
async fn hold(http2: http2::Builder<TokioExecutor>, io: BotIo, ports: Ports, stop: CancellationToken) {
    let (peer, seat) = (io.peer(), io.seat());
    let door = Door { peer, seat: seat.clone(), arrivals: Arrivals::default(), ports };
    let mut connection = std::pin::pin!(http2.serve_connection(TokioIo::new(io), door));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = seat.over() => {
            tracing::debug!(connection = %peer.connection, addr = %peer.addr, "a guest that is no bot has to go");
            connection.as_mut().graceful_shutdown();
            // Who was sent away has no place any more, and is to keep no descriptor either.
            match seat.is_sent_away() {
                true => Ok(()),
                false => timeout(FAREWELL, connection).await.unwrap_or(Ok(())),
            }
        }
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(connection = %peer.connection, %error, "a bot's connection was lost");
    }
}

/// Where the requests of one connection come in.
struct Door {
    peer: Peer,
    seat: Arc<Seat>,
    arrivals: Arrivals,
    ports: Ports,
}

/// Whose request it is, by who is at the other end, its address and its headers.
type BotOf = dyn Fn(&Peer, &Uri, &HeaderMap) -> Option<BotId> + Send + Sync;

/// A guest has too many calls under way.
struct Crowded;

/// What answers requests, whichever service they are for.
pub type Routes = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// What is served, and to whom.
#[derive(Clone)]
pub struct Ports {
    /// The services.
    pub routes: Routes,
    /// Whose request it is, if it is a bot's.
    pub bot_of: Arc<BotOf>,
    /// How often a peer is asked whether it is still there.
    pub keepalive: Duration,
    /// How many calls may wait for their turn; asked for each connection.
    pub waiting: Arc<dyn Fn() -> usize + Send + Sync>,
}

impl Service<Request<Incoming>> for Door {
    type Response = Response<Receipted<Fitted<Body>>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    /// Called by the connection's task, in the order of the requests; what it returns runs in a task of its own.
    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let visit = match self.welcome(&request) {
            Ok(visit) => visit,
            Err(Crowded) => return Box::pin(std::future::ready(Ok(receipted(fit(crowded()))))),
        };
        let arrival = self.arrivals.next();
        let mut request = request.map(|body| Body::new(arrival.clone().watch(body)));
        request.extensions_mut().insert(self.peer);
        request.extensions_mut().insert(arrival);
        let until = deadline_of(request.headers());
        let answer = self.ports.routes.clone().oneshot(request);
        Box::pin(async move {
            let answered = match until {
                Some(until) => timeout_at(until, answer).await,
                None => Ok(answer.await),
            };
            let Ok(answer) = answered.unwrap_or_else(|_| Ok(late()));
            Ok(receipted(fit(match visit {
                // Its call is under way until its answer is gone.
                Some(visit) => answer.map(|body| Holding::body(body, visit)),
                None => answer,
            })))
        })
    }
}

impl Door {
    /// Who has shown no token yet is looked at again with each request: only few may be under way without one.
    fn welcome<B>(&self, request: &Request<B>) -> Result<Option<Visit>, Crowded> {
        if self.seat.is_bot() {
            return Ok(None);
        }
        if self.peer.mismatch.is_none()
            && let Some(bot) = (self.ports.bot_of)(&self.peer, request.uri(), request.headers())
        {
            self.seat.is_of(bot);
            return Ok(None);
        }
        self.seat.visit().map(Some).ok_or(Crowded)
    }
}

/// Whoever has shown no token asks for much.
fn crowded() -> Response<Body> {
    Status::resource_exhausted("too many calls at once on a connection that has shown no token yet")
        .into_http()
}

/// The caller has given up by itself.
fn late() -> Response<Body> {
    Status::deadline_exceeded("the call was not over by the deadline that its caller set").into_http()
}
