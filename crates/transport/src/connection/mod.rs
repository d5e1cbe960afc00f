//! One HTTP/2 connection to one account, without a hidden reconnect: when it is gone, it is gone.
//!
//! ```text
//! Grpc / PuppetClient ─▶ Connection ─▶ Outgoing body ─▶ hyper ─▶ Wire ─▶ socket
//!                            ▲            what left?               what was heard?
//!                            └── Answer body ◀── hyper ◀──────────────┘
//! ```
//!
//! Every error that a call ends with carries a [`AttemptError`] as its source, from which [`fate`] tells
//! whether the account can have acted on the call.

mod answer;
mod deadline;
mod ear;
mod fate;
mod given_up;
mod nature;
mod outgoing;
mod wire;

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use ha_wechaty_wire::{Token, puppet_client::PuppetClient};
use http::{
    HeaderValue, Request, Response, Uri,
    header::AUTHORIZATION,
    uri::{Authority, PathAndQuery, Scheme},
};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, watch},
};
use tonic::{Code, Status};

use answer::AnswerBody;
use deadline::Deadline;
use given_up::{Asked, Care, GivenUp, MOST};
use outgoing::Outgoing;
use wire::{Heard, Taken, Wire};

use crate::Behalf;

pub use deadline::deadline_of;
pub use ear::Greeting;
pub use fate::{AttemptError, Fate, fate};
pub use fate::{as_answered, is_over, is_told};
pub use nature::Nature;
pub use wire::Closed;

/// Room for answers of one call and of all calls before the account has to wait for us. An account whose event stream
/// has more waiting than that waits; but h2 also reckons how many small DATA frames may wait, each of which it counts
/// as a quarter of a KiB less its own size, and ends the connection beyond half the second of these. So the first is
/// that much smaller, that the account always waits before: an event, which is a frame of its own for many services,
/// has no less than nine bytes.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;
/// Puppets put stack traces into `grpc-message`, and payloads, each byte of which may be three there. A refusal that
/// is refused itself would leave it open whether the call was done.
const MAX_HEADERS: u32 = 1 << 20;
/// How many calls that were reset are remembered for a moment, so that answers on their way are no surprise: more than
/// [`given_up`] lets be reset in that time.
const MAX_RESET: usize = 1_024;
/// Each answer that comes later than that is reset once more, and h2 counts these over the life of the connection, which
/// it ends at 1,024 unless told otherwise. An account that sends so many and reads nothing is found by its pings before.
const MAX_FORGOTTEN: usize = 1 << 18;

/// How calls on a connection present themselves.
#[derive(Debug)]
pub struct Manner {
    /// What the account is shown.
    pub token: Token,
    /// Whether the connection is secured, and the token may travel in a header of its own.
    pub tls: bool,
    /// How often the account is pinged, and how long it has to answer.
    pub keepalive: Duration,
    /// The longest message, in bytes.
    pub max_message: usize,
}

/// A connection to an account; clones share it.
///
/// It is a [`tower::Service`] for gRPC calls: `PuppetClient::new(connection)` works, and
/// [`Connection::puppet`] is the same with the message limits set. A call whose `grpc-timeout` is set
/// (`tonic::Request::set_timeout`) ends by then with `DEADLINE_EXCEEDED`. A request says by an extension what its call
/// is to the connection: a [`Nature`].
#[derive(Debug, Clone)]
pub struct Connection {
    sender: http2::SendRequest<Outgoing>,
    heard: Arc<watch::Sender<Heard>>,
    taken: Taken,
    closing: Arc<Notify>,
    given_up: Arc<GivenUp>,
    manner: Arc<Presented>,
}

#[derive(Debug)]
struct Presented {
    scheme: Scheme,
    authority: Authority,
    authorization: Option<HeaderValue>,
    max_message: usize,
    peer: SocketAddr,
}

impl Connection {
    /// Starts HTTP/2 on a socket that is connected (and secured); the peer has not been heard yet.
    pub async fn open<S>(socket: S, peer: SocketAddr, manner: &Manner) -> Result<Self, HandshakeError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let presented = Presented::new(peer, manner)?;
        let heard = Arc::new(watch::Sender::new(Heard::default()));
        let taken = Taken::default();
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEADERS)
            .max_concurrent_reset_streams(MAX_RESET)
            .max_local_error_reset_streams(MAX_FORGOTTEN)
            .keep_alive_interval(manner.keepalive)
            .keep_alive_timeout(manner.keepalive)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(Wire::new(socket, heard.clone(), taken.clone())))
            .await
            .map_err(HandshakeError::Http2)?;
        let closing = Arc::new(Notify::new());
        tokio::spawn(drive(connection, manner.keepalive, heard.clone(), closing.clone()));
        let (given_up, manner) = (Arc::default(), Arc::new(presented));
        Ok(Self { sender, heard, taken, closing, given_up, manner })
    }

    /// A client of the puppet with the message limits of the target.
    pub fn puppet(&self) -> PuppetClient<Self> {
        let max = self.manner.max_message;
        PuppetClient::new(self.clone()).max_decoding_message_size(max).max_encoding_message_size(max)
    }

    /// The address that was reached.
    pub fn peer(&self) -> SocketAddr {
        self.manner.peer
    }

    /// Resolves as soon as the connection takes no further calls, with the reason.
    ///
    /// Calls in flight may still be answered after the account said that it goes away.
    pub fn closed(&self) -> impl Future<Output = Closed> + Send + 'static + use<> {
        let mut heard = self.heard.subscribe();
        async move {
            match heard.wait_for(|heard| heard.closed.is_some()).await {
                Ok(heard) => heard.closed.clone().unwrap_or(Closed::Eof),
                Err(_) => Closed::Eof,
            }
        }
    }

    /// Takes no further calls, lets those in flight finish (an open event stream is one: drop it first),
    /// says GOAWAY and closes the socket; resolves when that is done.
    pub async fn close(&self) {
        wire::end(&self.heard, Closed::ByUs);
        self.given_up.close();
        self.closing.notify_one();
        let _ = self.heard.subscribe().wait_for(|heard| heard.gone).await;
    }

    pub(crate) fn heard(&self) -> watch::Receiver<Heard> {
        self.heard.subscribe()
    }
}

/// Why HTTP/2 did not start on a socket.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// It would not be a host's name.
    #[error("the token can't stand in an HTTP/2 request")]
    Token,
    /// What HTTP/2 says.
    #[error("{0}")]
    Http2(hyper::Error),
}

impl Presented {
    fn new(peer: SocketAddr, manner: &Manner) -> Result<Self, HandshakeError> {
        let token = &manner.token;
        let authority = token.reveal().parse().map_err(|_| HandshakeError::Token)?;
        let authorization = if manner.tls {
            let mut value =
                HeaderValue::try_from(token.authorization()).map_err(|_| HandshakeError::Token)?;
            value.set_sensitive(true);
            Some(value)
        } else {
            None
        };
        let scheme = if manner.tls { Scheme::HTTPS } else { Scheme::HTTP };
        Ok(Self { scheme, authority, authorization, max_message: manner.max_message, peer })
    }

    /// Plaintext carries the token as `:authority` only; TLS in `authorization` too.
    fn dress<B>(&self, request: &mut Request<B>) -> Result<(), http::Error> {
        let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()?;
        match &self.authorization {
            Some(value) => request.headers_mut().insert(AUTHORIZATION, value.clone()),
            None => request.headers_mut().remove(AUTHORIZATION),
        };
        Ok(())
    }
}

/// Runs the connection until it ends or is closed; then everything in flight runs on to its own end.
async fn drive<C>(connection: C, keepalive: Duration, heard: Arc<watch::Sender<Heard>>, closing: Arc<Notify>)
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let closed = tokio::select! {
        // Without an error, whoever ended it (an EOF, a GOAWAY) has been noted by the wire already.
        result = connection => match result {
            Ok(()) => Closed::Eof,
            Err(error) if error.is_timeout() => Closed::Silent(keepalive),
            Err(error) => Closed::Lost(fate::words(&error)),
        },
        () = closing.notified() => Closed::ByUs,
    };
    wire::end(&heard, closed);
}

impl tower::Service<Request<tonic::body::Body>> for Connection {
    type Response = Response<AnswerBody>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<AnswerBody>, Status>> + Send>>;

    /// Always ready: what the connection can't take any more comes back from `call` as not sent.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<tonic::body::Body>) -> Self::Future {
        // Kept here: a puppet that saw it would answer DEADLINE_EXCEEDED in words of its own, while the
        // work goes on.
        let deadline = Deadline::take(request.headers_mut());
        if let Err(error) = self.manner.dress(&mut request) {
            let why = format!("the call can't be addressed: {error}");
            return Box::pin(async { Err(AttemptError::not_sent(why).into()) });
        }
        let (behalf, given_up) = (Behalf::current(), self.given_up.clone());
        let nature = request.extensions_mut().remove::<Nature>().unwrap_or_default();
        if nature.is_bounded_here() && given_up.is_full(behalf.as_ref()) {
            let why = format!(
                "{MOST} calls that this bot has given up are still with the account: wait until it is through with them, \
                 and give up fewer"
            );
            return Box::pin(async { Err(AttemptError::not_sent(why).status(Code::ResourceExhausted)) });
        }
        let (request, left) = Outgoing::of(request, self.taken.clone());
        let sent = Box::pin(self.sender.try_send_request(request));
        let sent = Asked::new(sent, Care { given_up, left: left.clone(), behalf, nature });
        let heard = self.heard.clone();
        Box::pin(async move {
            let Some(result) = deadline.limit(sent).await else {
                return Err(deadline.exceeded(&left));
            };
            match result {
                Ok(response) => answer::receive(response, deadline),
                Err(error) => Err(fate::of_failure(error, &left, heard.borrow().closed.as_ref()).into()),
            }
        })
    }
}
