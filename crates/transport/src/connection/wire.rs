//! The socket as HTTP/2 gets it: passes every byte, and notes what hyper does not tell.
//!
//! That is: what kind of peer spoke first, that the peer goes away (a GOAWAY frame closes the connection
//! for new calls at once, while hyper would notice with the next call), and why the socket ended.

use std::{
    fmt, io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
};

use super::{
    ear::{Ear, Greeting, Word},
    fate::words,
};

/// What is known of a connection by listening to its socket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub greeting: Option<Greeting>,
    pub closed: Option<Closed>,
    /// The socket itself is closed.
    pub gone: bool,
}

/// Why a connection takes no further calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// We closed it.
    ByUs,
    /// The account said GOAWAY: the reason, and its words if it gave any.
    GoingAway(String),
    /// The account closed the connection.
    Eof,
    /// The account did not answer a keep-alive ping in this time.
    Silent(Duration),
    /// The connection broke.
    Lost(String),
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByUs => f.write_str("closed from this side"),
            Self::GoingAway(reason) => write!(f, "the puppet service is going away: {reason}"),
            Self::Eof => f.write_str("the puppet service closed the connection"),
            Self::Silent(limit) => write!(f, "no answer to a keep-alive ping in {} s", limit.as_secs_f32()),
            Self::Lost(why) => write!(f, "the connection broke: {why}"),
        }
    }
}

/// Notes the end of a connection; the first reason stays.
pub(super) fn end(heard: &watch::Sender<Heard>, closed: Closed) {
    heard.send_if_modified(|heard| {
        let first = heard.closed.is_none();
        if first {
            heard.closed = Some(closed);
        }
        first
    });
}

/// How many bytes the socket has taken so far.
///
/// What is handed to HTTP/2 now goes to the socket later: if the connection ends before the socket has taken
/// another byte, it never left.
#[derive(Debug, Clone, Default)]
pub(super) struct Taken(Arc<AtomicU64>);

impl Taken {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn add(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            self.0.fetch_add(*bytes as u64, Ordering::Release);
        }
    }
}

/// A socket that is listened to.
pub(super) struct Wire<S> {
    socket: S,
    taken: Taken,
    ear: Ear,
    heard: Arc<watch::Sender<Heard>>,
}

impl<S> Wire<S> {
    pub(super) fn new(socket: S, heard: Arc<watch::Sender<Heard>>, taken: Taken) -> Self {
        Self { socket, taken, ear: Ear::default(), heard }
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.ear.hear(&mut bytes) {
                Some(Word::Greeting(greeting)) => self.heard.send_modify(|h| h.greeting = Some(greeting)),
                Some(Word::GoAway(reason)) => end(&self.heard, Closed::GoingAway(reason)),
                None => {}
            }
        }
    }

    fn hear_end(&mut self, closed: Closed) {
        if let Some(greeting) = self.ear.cut_short() {
            self.heard.send_modify(|h| h.greeting = Some(greeting));
        }
        end(&self.heard, closed);
    }
}

impl<S> Drop for Wire<S> {
    fn drop(&mut self) {
        self.heard.send_modify(|heard| heard.gone = true);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match ready!(Pin::new(&mut self.socket).poll_read(cx, buf)) {
            Ok(()) if buf.filled().len() == before && buf.remaining() > 0 => self.hear_end(Closed::Eof),
            Ok(()) => self.hear(&buf.filled()[before..]),
            Err(error) => {
                // TLS calls an end without its goodbye an error; the process that died could not say it.
                let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
                self.hear_end(if is_end { Closed::Eof } else { Closed::Lost(words(&error)) });
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.taken.add(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bytes);
        self.taken.add(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
