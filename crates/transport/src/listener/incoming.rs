//! The stream of peers: accepts, and receives each in a task of its own.

use std::{
    collections::HashSet,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::Stream;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Sleep, sleep},
};

use super::{
    BotIo, ConnectionId, Gate, Mismatch, Peer,
    guests::{Guests, Limits, Seat},
    sniff::{Speech, decline_http1, sniff},
};
use crate::dial::prepare;

/// The pause after an accept that failed for want of something that others may give back.
const PAUSE: Duration = Duration::from_millis(100);
/// How many connections are taken before others have their turn.
const AT_ONCE: usize = 32;
/// How many addresses are remembered as warned about.
const WARNED: usize = 1024;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The peers of a port; it never ends, and no item is an error.
pub(super) struct Incoming {
    listener: TcpListener,
    gate: Gate,
    guests: Guests,
    received: JoinSet<Option<BotIo>>,
    pause: Option<Pin<Box<Sleep>>>,
    /// The last accept failed, or there was no place for who came last.
    exhausted: bool,
    warned: Warned,
}

impl Incoming {
    pub(super) fn new(listener: TcpListener, gate: Gate) -> Self {
        Self {
            listener,
            gate,
            guests: Guests::new(Limits::of_process()),
            received: JoinSet::new(),
            pause: None,
            exhausted: false,
            warned: Warned::default(),
        }
    }

    /// Takes the connections that wait, some at a time: whoever has to go for them is to be gone before the next ones.
    fn accept(&mut self, cx: &mut Context<'_>) {
        for _ in 0..AT_ONCE {
            if let Some(pause) = &mut self.pause {
                if pause.as_mut().poll(cx).is_pending() {
                    return;
                }
                self.pause = None;
            }
            match self.listener.poll_accept(cx) {
                Poll::Ready(Ok((socket, addr))) => self.receive(socket, addr),
                Poll::Ready(Err(error)) if is_the_peers(&error) => {
                    tracing::debug!(%error, "a peer left before it was accepted");
                }
                Poll::Ready(Err(error)) => {
                    if !self.exhausted {
                        tracing::warn!(%error, "no bot can connect now, trying on; too many open files?");
                    }
                    self.exhausted = true;
                    self.pause = Some(Box::pin(sleep(PAUSE)));
                }
                Poll::Pending => return,
            }
        }
        cx.waker().wake_by_ref();
    }

    fn receive(&mut self, socket: TcpStream, addr: SocketAddr) {
        let Some(seat) = self.guests.enter(addr.ip()) else {
            if !self.exhausted {
                let [_, bots] = self.guests.count();
                tracing::warn!(
                    bots,
                    "bots have all connections that this process may hold; raise the limit of open files (ulimit -n)"
                );
            }
            self.exhausted = true;
            return;
        };
        self.exhausted = false;
        self.received.spawn(receive(socket, addr, seat, self.gate.clone(), self.warned.clone()));
    }
}

impl Stream for Incoming {
    type Item = io::Result<BotIo>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.accept(cx);
        loop {
            match ready!(self.received.poll_join_next(cx)) {
                Some(Ok(Some(io))) => return Poll::Ready(Some(Ok(io))),
                // Closed, or dropped.
                Some(Ok(None) | Err(_)) => {}
                // The next connection wakes us.
                None => return Poll::Pending,
            }
        }
    }
}

/// Errors that concern one peer, not the port.
fn is_the_peers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Finds out what the peer is, and lets it through if it is a bot.
async fn receive(
    socket: TcpStream,
    addr: SocketAddr,
    seat: Arc<Seat>,
    gate: Gate,
    warned: Warned,
) -> Option<BotIo> {
    prepare(&socket);
    let met = tokio::select! {
        met = meet(socket, addr, &seat, &gate, &warned) => met,
        () = seat.over() => {
            tracing::debug!(%addr, "a peer did not say what it is, or there were too many like it");
            return None;
        }
    };
    met.unwrap_or_else(|error| {
        tracing::debug!(%addr, %error, "a peer was lost before it was known");
        None
    })
}

async fn meet(
    socket: TcpStream,
    addr: SocketAddr,
    seat: &Arc<Seat>,
    gate: &Gate,
    warned: &Warned,
) -> io::Result<Option<BotIo>> {
    let (speech, socket) = sniff(socket).await?;
    let mismatch = match (speech, gate.tls) {
        (Speech::Tls, false) => Some(Mismatch::TlsToPlaintext),
        (Speech::Http2, true) => Some(Mismatch::PlaintextToTls),
        _ => None,
    };
    if let Some(mismatch) = mismatch {
        warned.warn(addr.ip(), mismatch);
    }
    let is_tls = speech == Speech::Tls;
    let peer = || {
        let connection = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
        Peer { connection, addr, is_tls, mismatch }
    };
    match speech {
        Speech::Http2 => return Ok(Some(BotIo::plain(socket, peer(), seat.clone()))),
        Speech::Tls => {
            let socket = gate.acceptor.accept(socket).await?;
            match sniff(socket).await? {
                (Speech::Http2, socket) => return Ok(Some(BotIo::tls(socket, peer(), seat.clone()))),
                (Speech::Http1, socket) => decline_http1(socket).await?,
                (speech, _) => tracing::debug!(%addr, ?speech, "not a bot"),
            }
        }
        Speech::Http1 => decline_http1(socket).await?,
        Speech::Nothing | Speech::Unknown => tracing::debug!(%addr, ?speech, "not a bot"),
    }
    Ok(None)
}

/// Who was warned about: an operator wants to read it once, not with every try of a bot.
#[derive(Clone, Default)]
struct Warned(Arc<Mutex<HashSet<(IpAddr, Mismatch)>>>);

impl Warned {
    fn warn(&self, ip: IpAddr, mismatch: Mismatch) {
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.len() >= WARNED {
            warned.clear();
        }
        if warned.insert((ip, mismatch)) {
            tracing::warn!(%ip, "{mismatch}");
        }
    }
}
