//! The socket as HTTP/2 gets it: passes every byte, and notes what hyper does not tell.
//!
//! That is: what kind of peer spoke first, that the peer goes away (a GOAWAY frame closes the connection
//! for new calls at once, while hyper would notice with the next call), and why the socket ended.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
};

use super::fate::words;

/// What is known of a connection by listening to its socket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(crate) greeting: Option<Greeting>,
    pub(crate) closed: Option<Closed>,
    /// The socket itself is closed.
    pub(crate) gone: bool,
}

/// What a peer's first bytes say it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Greeting {
    Http2,
    /// The status line.
    Http1(String),
    Tls,
    /// Something else: its first bytes.
    Foreign(Vec<u8>),
}

/// Why a connection takes no further calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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

/// A socket that is listened to.
pub(crate) struct Wire<S> {
    socket: S,
    ear: Ear,
    heard: Arc<watch::Sender<Heard>>,
}

impl<S> Wire<S> {
    pub(crate) fn new(socket: S, heard: Arc<watch::Sender<Heard>>) -> Self {
        Self { socket, ear: Ear::Greeting(Vec::new()), heard }
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
        if let Ear::Greeting(seen) = &self.ear
            && !seen.is_empty()
        {
            let greeting = greeting(seen);
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

enum Word {
    Greeting(Greeting),
    GoAway(String),
}

/// Splits what is read into frames, and keeps of them what a [`Word`] needs.
enum Ear {
    /// Until it is clear who speaks: the bytes so far.
    Greeting(Vec<u8>),
    Header([u8; HEADER], usize),
    Payload {
        left: usize,
        /// The beginning of a GOAWAY's payload.
        goaway: Option<Vec<u8>>,
    },
    /// It is not HTTP/2, or nothing that matters will follow.
    Deaf,
}

const HEADER: usize = 9;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// Longest status line, and GOAWAY payload, that is kept.
const KEPT: usize = 256;

impl Ear {
    /// Takes bytes up to the next word, or all of them.
    fn hear(&mut self, bytes: &mut &[u8]) -> Option<Word> {
        match self {
            Self::Greeting(seen) => {
                let first = bytes.first().copied()?;
                *bytes = &bytes[1..];
                seen.push(first);
                if !is_greeting(seen) {
                    return None;
                }
                let greeting = greeting(seen);
                *self = match &greeting {
                    Greeting::Http2 => Self::payload(seen),
                    _ => Self::Deaf,
                };
                Some(Word::Greeting(greeting))
            }
            Self::Header(header, have) => {
                let taken = bytes.len().min(HEADER - *have);
                header[*have..*have + taken].copy_from_slice(&bytes[..taken]);
                *bytes = &bytes[taken..];
                *have += taken;
                if *have == HEADER {
                    *self = Self::payload(header);
                }
                None
            }
            Self::Payload { left, goaway } => {
                let taken = bytes.len().min(*left);
                let (payload, rest) = bytes.split_at(taken);
                *bytes = rest;
                *left -= taken;
                if let Some(kept) = goaway {
                    kept.extend_from_slice(&payload[..taken.min(KEPT.saturating_sub(kept.len()))]);
                }
                if *left > 0 {
                    return None;
                }
                let word = goaway.as_deref().map(|payload| Word::GoAway(reason(payload)));
                *self = Self::Header([0; HEADER], 0);
                word
            }
            Self::Deaf => {
                *bytes = &[];
                None
            }
        }
    }

    /// What follows a frame's header.
    fn payload(header: &[u8]) -> Self {
        let left = header.iter().take(3).fold(0, |length, byte| (length << 8) | usize::from(*byte));
        if left == 0 {
            return Self::Header([0; HEADER], 0);
        }
        Self::Payload { left, goaway: (header.get(3) == Some(&GOAWAY)).then(Vec::new) }
    }
}

/// Whether the bytes are enough to say who speaks.
fn is_greeting(seen: &[u8]) -> bool {
    match seen {
        // An HTTP/1 peer: its whole status line.
        _ if seen.starts_with(b"HTTP/") => seen.ends_with(b"\n") || seen.len() >= KEPT,
        _ if b"HTTP/".starts_with(seen) => false,
        [first, ..] if is_tls(*first) => true,
        _ => seen.len() >= HEADER,
    }
}

fn greeting(seen: &[u8]) -> Greeting {
    match seen {
        _ if seen.starts_with(b"HTTP/") => {
            Greeting::Http1(String::from_utf8_lossy(seen).trim_end().to_owned())
        }
        [first, ..] if is_tls(*first) => Greeting::Tls,
        // SETTINGS, not an acknowledgement, on stream 0.
        [_, _, _, SETTINGS, 0, 0, 0, 0, 0] => Greeting::Http2,
        _ => Greeting::Foreign(seen.to_vec()),
    }
}

/// A TLS record that a server may begin with: an alert, or a handshake message.
fn is_tls(first: u8) -> bool {
    matches!(first, 0x15 | 0x16)
}

fn reason(payload: &[u8]) -> String {
    let code = payload.get(4..8).map_or(0, |code| code.iter().fold(0, |n, byte| (n << 8) | u32::from(*byte)));
    let reason = h2::Reason::from(code);
    match payload.get(8..) {
        Some(text) if !text.is_empty() => {
            format!("{} ({})", reason.description(), String::from_utf8_lossy(text))
        }
        _ => reason.description().to_owned(),
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
                self.hear_end(Closed::Lost(words(&error)));
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
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
        Pin::new(&mut self.socket).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
