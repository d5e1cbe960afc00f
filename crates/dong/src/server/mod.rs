//! The listener: connections, bodies, time, randomness, the end.

mod complaints;
mod crowd;
mod error;

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    settings::Settings,
    site::{Admission, CallbackRefusal, Disposition, HttpReply, MAX_BODY, Moment, Site},
};

use complaints::Complaints;
use crowd::Crowd;
pub use error::ServeError;

/// WeChat waits for 5 s.
const BODY_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a connection may be idle, or take for a request's head: longer than reverse proxies keep theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long requests under way may take at the end.
const GRACE: Duration = Duration::from_secs(5);
/// How much of a body that nobody wants is taken all the same, so that the answer is heard.
const MOST_UNWANTED: usize = 1024 * 1024;
const UNWANTED_TIMEOUT: Duration = Duration::from_secs(1);
/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An official account's callback server.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    house: Arc<House>,
}

impl Server {
    /// Begins to listen; connections wait until [`serve`](Self::serve).
    ///
    /// # Errors
    /// The settings don't work, or the address can't be listened on.
    pub async fn bind(settings: &Settings) -> Result<Self, ServeError> {
        let site = Site::new(settings)?;
        let bind = async {
            let listener = TcpListener::bind(settings.listen).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) =
            bind.await.map_err(|source| ServeError::Listen { address: settings.listen, source })?;
        Ok(Self { listener, address, house: Arc::new(House { site, complaints: Complaints::default() }) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done, and then finishes what is under way.
    pub fn serve<'a>(
        self,
        stop: impl Future<Output = ()> + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        // In boxes: it is compiled here, and not again by each program that serves it.
        Box::pin(self.serve_until(Box::pin(stop)))
    }

    async fn serve_until(self, mut stop: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        let Self { listener, address, house } = self;
        tracing::info!(%address, "the official account listens");
        let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
        let mut open = Crowd::default();
        loop {
            let stream = tokio::select! {
                () = &mut stop => break,
                stream = listener.accept() => stream,
            };
            let stream = match stream {
                Ok((stream, _)) => stream,
                Err(error) => {
                    house.complaints.hear_of_accepting(Instant::now(), &error);
                    // The system has no room for another; whoever has been here for longest may be here for nothing.
                    open.send_one_away();
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Without it answers are late, but come.
            let _ = stream.set_nodelay(true);
            let (house, busy) = (Arc::clone(&house), crowd::Busy::default());
            let answered = busy.clone();
            let service = service_fn(move |request| {
                let (house, busy) = (Arc::clone(&house), answered.begin());
                async move {
                    let answer = house.answer(request).await;
                    drop(busy);
                    Ok::<_, Infallible>(answer)
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(IDLE_TIMEOUT)
                .max_buf_size(MAX_BODY)
                .serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            open.make_room();
            // A connection that breaks is its peer's business.
            open.enter(connections.spawn(async { drop(connection.await) }), busy);
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        house.site.stop();
        let left = timeout(GRACE, graceful.shutdown()).await.is_err();
        connections.shutdown().await;
        tracing::info!(interrupted = left, "the official account has stopped");
    }
}

/// What all connections share.
struct House {
    site: Site,
    complaints: Complaints,
}

impl House {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let answer = self.decide(request).await;
        self.site.count(now(), &answer, began.elapsed());
        if let Disposition::Refused(refusal) = answer.outcome {
            self.complaints.hear(began, refusal);
        } else {
            tracing::debug!(outcome = ?answer.outcome, "answered");
        }
        let mut response = Response::new(());
        *response.status_mut() = answer.status;
        response.headers_mut().extend(answer.headers());
        response.map(|()| Full::from(answer.body))
    }

    async fn decide(&self, request: Request<Incoming>) -> HttpReply {
        let (head, body) = request.into_parts();
        let length = body.size_hint().exact();
        match self.site.admit(now(), &head.method, &head.uri, length) {
            Admission::Answered(answer) => {
                if !body.is_end_stream() {
                    discard(body).await;
                }
                answer
            }
            Admission::Wanted(ticket) => match read(body).await {
                Err(refusal) => refusal.into(),
                Ok(body) => {
                    let mut random = [0; 24];
                    if getrandom::fill(&mut random).is_err() {
                        return CallbackRefusal::Randomness.into();
                    }
                    self.site.finish(Moment { now: now(), random }, &ticket, &body)
                }
            },
        }
    }
}

/// Reads a body to its end.
async fn read(body: Incoming) -> Result<Bytes, CallbackRefusal> {
    match timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(CallbackRefusal::Length),
        Ok(Err(_)) | Err(_) => Err(CallbackRefusal::Late),
    }
}

/// Lets a body go by. A connection that is closed while it still comes is reset, and the answer lost.
async fn discard(mut body: Incoming) {
    let all = async {
        let mut taken = 0;
        while let Some(Ok(frame)) = body.frame().await {
            taken += frame.data_ref().map_or(0, Bytes::len);
            if taken > MOST_UNWANTED {
                break;
            }
        }
    };
    // Whoever sends no end of it may lose the answer.
    let _ = timeout(UNWANTED_TIMEOUT, all).await;
}

/// The time since 1970.
fn now() -> Duration {
    // A clock before 1970 makes every call look replayed, which is right.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
