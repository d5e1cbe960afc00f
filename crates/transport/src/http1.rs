//! Small HTTP/1.1 servers, for whoever may reach their ports: a connection has so long for the head of a request, and
//! there are so many of them; one more, and the one that has been idle for longest goes.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::Future,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::BoxError;

/// How long a TLS handshake, and the head of a request, may take; a connection may be idle for as long.
const PATIENCE: Duration = Duration::from_secs(10);
/// The room for the head of a request.
const HEAD: usize = 16 << 10;
/// How many connections there may be at once.
const MOST: usize = 128;
/// That nobody can be accepted is said so often.
const EVERY: Duration = Duration::from_secs(60);
/// The pause after an accept that failed for want of something that others may give back.
const PAUSE: Duration = Duration::from_millis(100);

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Endpoints {
    /// Who asks.
    pub peer: SocketAddr,
    /// Where it was heard.
    pub local: SocketAddr,
}

/// A port that is served, and its name in the configuration.
#[derive(Debug)]
pub struct Port {
    /// What it is called in the log.
    pub name: &'static str,
    /// Where it listens.
    pub listener: TcpListener,
    /// How its connections are secured, if they are.
    pub tls: Option<Arc<ServerConfig>>,
}

/// The connections that are open.
#[derive(Debug, Clone, Default)]
struct Crowd(Arc<Mutex<BTreeMap<u64, Arc<One>>>>);

#[derive(Debug, Default)]
struct One {
    end: CancellationToken,
    is_answered: AtomicBool,
}

impl Crowd {
    /// One more. Whoever is being answered goes last.
    fn enter(&self, number: u64, one: Arc<One>) {
        let mut all = self.lock();
        while all.len() >= MOST {
            let idle = all.iter().find(|(_, it)| !it.is_answered.load(Ordering::Relaxed));
            let Some(number) = idle.or_else(|| all.first_key_value()).map(|(number, _)| *number) else {
                break;
            };
            all.remove(&number).inspect(|it| it.end.cancel());
        }
        all.insert(number, one);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<One>>> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body of whichever type.
type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

/// What answers a request, whichever its own type is: a server of HTTP/1 is compiled once, and not for each of them.
type Answering = dyn Fn(Request<Incoming>, Endpoints) -> BoxFuture<'static, Response<AnyBody>> + Send + Sync;

/// Serves until it is told to stop; answers that are under way are finished.
pub fn serve<F, A, B>(port: Port, stop: CancellationToken, answer: F) -> BoxFuture<'static, ()>
where
    F: Fn(Request<Incoming>, Endpoints) -> A + Send + Sync + 'static,
    A: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    let answer: Arc<Answering> = Arc::new(move |request, ends| {
        let answer = answer(request, ends);
        Box::pin(async { answer.await.map(|body| body.map_err(BoxError::from).boxed_unsync()) })
    });
    Box::pin(keep_serving(port, stop, answer))
}

async fn keep_serving(port: Port, stop: CancellationToken, answer: Arc<Answering>) {
    let (crowd, tasks, mut number) = (Crowd::default(), TaskTracker::new(), 0);
    let mut failures = Failures::default();
    while let Some(socket) = stop.run_until_cancelled(accept(&port, &mut failures)).await {
        let (one, crowd) = (Arc::new(One::default()), crowd.clone());
        crowd.enter(number, one.clone());
        let (tls, stop, answer, name) = (port.tls.clone(), stop.clone(), answer.clone(), port.name);
        tasks.spawn(async move {
            tokio::select! {
                broken = receive(socket, tls, &one, stop, answer) => {
                    if let Err(error) = broken {
                        tracing::debug!(%error, "a connection broke at {name}");
                    }
                }
                () = one.end.cancelled() => {
                    tracing::debug!("too many connections at {name}, dropping the one that was idle for longest");
                }
            }
            crowd.lock().remove(&number);
        });
        number += 1;
    }
    drop(port);
    tasks.close();
    let _ = timeout(PATIENCE, tasks.wait()).await;
}

/// How often nobody could be accepted.
#[derive(Debug, Default)]
struct Failures {
    told: Option<Instant>,
    untold: u64,
}

impl Failures {
    /// If it is to be told now: how often it was so since that was told last.
    fn tells(&mut self, now: Instant) -> Option<u64> {
        if self.told.is_some_and(|told| now.saturating_duration_since(told) < EVERY) {
            self.untold += 1;
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

async fn accept(port: &Port, failures: &mut Failures) -> TcpStream {
    loop {
        match port.listener.accept().await {
            Ok((socket, _)) => return socket,
            Err(error) => {
                if let Some(more) = failures.tells(Instant::now()) {
                    tracing::warn!(%error, "nobody can ask at {} now, trying on; {more} more tries failed", port.name);
                }
                sleep(PAUSE).await;
            }
        }
    }
}

async fn receive(
    socket: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    one: &Arc<One>,
    stop: CancellationToken,
    answer: Arc<Answering>,
) -> io::Result<()> {
    // Without it answers are late, but come.
    let _ = socket.set_nodelay(true);
    let ends = Endpoints { peer: socket.peer_addr()?, local: socket.local_addr()? };
    let one = one.clone();
    let answer = move |request| {
        let (answer, one) = (answer(request, ends), one.clone());
        one.is_answered.store(true, Ordering::Relaxed);
        async move {
            let answer = answer.await;
            one.is_answered.store(false, Ordering::Relaxed);
            answer
        }
    };
    match tls {
        None => speak(socket, stop, answer).await,
        Some(tls) => {
            let secure = async {
                // A method of HTTP begins so, and nothing of TLS does.
                let mut first = [0];
                socket.peek(&mut first).await?;
                match first[0].is_ascii_uppercase() {
                    true => Ok(Err(socket)),
                    false => TlsAcceptor::from(tls).accept(socket).await.map(Ok),
                }
            };
            match timeout(PATIENCE, secure).await.map_err(|_| io::ErrorKind::TimedOut)?? {
                Ok(socket) => speak(socket, stop, answer).await,
                Err(plain) => speak(plain, stop, |_| std::future::ready(no_plaintext())).await,
            }
        }
    }
}

/// Whoever asks in plaintext learns what to do, and nothing else.
fn no_plaintext() -> Response<Full<Bytes>> {
    let words = "this port speaks HTTPS: ask for https://HOST:PORT (commands: --admin https://HOST:PORT)\n";
    let mut answer = Response::new(Full::from(words));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Answers the requests of one connection.
pub async fn speak<S, F, A, B>(socket: S, stop: CancellationToken, answer: F) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Request<Incoming>) -> A,
    A: Future<Output = Response<B>>,
    B: Body<Error: Into<BoxError>> + 'static,
{
    let service = service_fn(|request| {
        let answer = answer(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_nobody_can_be_accepted_is_said_once_and_then_how_often_it_was_so() {
        let (mut failures, begin) = (Failures::default(), Instant::now());
        let tells: Vec<u64> = (0..1_201).filter_map(|n| failures.tells(begin + PAUSE * n)).collect();
        assert_eq!(tells, [0, 599, 599], "two minutes of ten failures a second");
    }
}
