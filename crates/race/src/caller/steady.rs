//! So many calls a second, whatever becomes of those before: how long each takes is counted from when it was due.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use h2::client::{self, SendRequest};
use hdrhistogram::Histogram;
use http::{HeaderMap, Method, Request, header};
use tokio::{
    net::TcpStream,
    task::{LocalSet, spawn_local},
    time::timeout,
};

use super::{Ask, Door};
use crate::ticks::Ticks;

const CONNECTIONS: usize = 4;
const WINDOW: u32 = 16 << 20;
/// What is not answered so long after the last call is not answered.
const DEADLINE: Duration = Duration::from_secs(10);
/// The longest that is told apart.
const LONGEST: Duration = Duration::from_secs(30);

/// How often, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steady {
    pub(crate) per_second: u32,
    pub(crate) lasts: Duration,
}

/// What the calls have in common.
struct Calls {
    request: Request<()>,
    body: Bytes,
    /// How long they took, in nanoseconds.
    took: RefCell<Histogram<u64>>,
    wrong: RefCell<Option<anyhow::Error>>,
}

/// Calls, and says how long the calls took, in nanoseconds.
///
/// # Errors
/// One was refused, or not answered: there is nothing to compare then.
pub(crate) async fn steady(door: &Door, ask: &Ask, how: Steady) -> Result<Histogram<u64>> {
    LocalSet::new().run_until(calls(door, ask, how)).await
}

async fn calls(door: &Door, ask: &Ask, how: Steady) -> Result<Histogram<u64>> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(connect(door.address).await?);
    }
    let calls = Rc::new(Calls {
        request: request(door, ask)?,
        body: ask.body.clone(),
        took: RefCell::new(histogram()?),
        wrong: RefCell::default(),
    });
    let interval = Duration::from_secs(1) / how.per_second;
    let count = (how.lasts.as_nanos() / interval.as_nanos()) as u64;
    let begins = Instant::now() + Duration::from_millis(10);
    let mut ticks = Ticks::every(interval, begins)?;
    let mut next = 0;
    while next < count {
        for _ in 0..ticks.due().await {
            // A processor that was elsewhere is made up for: each is due when it is due.
            let due = begins + interval * u32::try_from(next)?;
            let connection = connections[next as usize % CONNECTIONS].clone();
            spawn_local(one(connection, calls.clone(), due));
            next += 1;
        }
    }
    let answered = async {
        while calls.took.borrow().len() < next && calls.wrong.borrow().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, answered).await.context("calls were not answered")?;
    if let Some(wrong) = calls.wrong.take() {
        return Err(wrong);
    }
    Ok(calls.took.replace(histogram()?))
}

/// An empty one, of nanoseconds to three digits.
pub(crate) fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST.as_nanos() as u64, 3)?)
}

/// A connection that this thread drives.
pub(crate) async fn connect(to: SocketAddr) -> Result<SendRequest<Bytes>> {
    let socket = TcpStream::connect(to).await?;
    socket.set_nodelay(true)?;
    let mut builder = client::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (sender, connection) = builder.handshake(socket).await?;
    spawn_local(connection);
    Ok(sender)
}

/// The head of every call.
pub(crate) fn request(door: &Door, ask: &Ask) -> Result<Request<()>> {
    let request =
        Request::builder().method(Method::POST).uri(format!("http://{}{}", door.address, ask.path()));
    let request = request.header(header::CONTENT_TYPE, "application/grpc").header(header::TE, "trailers");
    Ok(request.header(header::AUTHORIZATION, format!("Wechaty {}", door.token)).body(())?)
}

async fn one(connection: SendRequest<Bytes>, calls: Rc<Calls>, due: Instant) {
    match call(connection, calls.request.clone(), calls.body.clone()).await {
        Ok(_) => {
            let took = due.elapsed().min(LONGEST).as_nanos() as u64;
            calls.took.borrow_mut().saturating_record(took);
        }
        Err(error) => {
            calls.wrong.borrow_mut().get_or_insert(error);
        }
    }
}

/// One call; how many bytes its answer had.
///
/// # Errors
/// There is no answer, or a refusal.
pub(crate) async fn call(connection: SendRequest<Bytes>, request: Request<()>, body: Bytes) -> Result<usize> {
    let (answer, mut sending) = connection.ready().await?.send_request(request, false)?;
    sending.send_data(body, true)?;
    let (head, mut answer) = answer.await?.into_parts();
    let mut bytes = 0;
    while let Some(piece) = answer.data().await {
        let piece = piece?;
        bytes += piece.len();
        answer.flow_control().release_capacity(piece.len())?;
    }
    let trailers = answer.trailers().await?.unwrap_or_default();
    let told = |name: &str| {
        let found = |headers: &HeaderMap| Some(headers.get(name)?.to_str().ok()?.to_owned());
        found(&trailers).or_else(|| found(&head.headers)).unwrap_or_default()
    };
    let status = told("grpc-status");
    ensure!(status == "0", "refused: {} {status} {}", head.status, told("grpc-message"));
    Ok(bytes)
}
