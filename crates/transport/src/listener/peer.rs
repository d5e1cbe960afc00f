//! A peer that was let through.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use super::{guests::Seat, sniff::Rewound};

/// So many bytes of one connection are read, then it is others' turn. A connection that always has more to say would
/// otherwise be read for very long at a time: of the smallest frames there are thousands in a moment's bytes. A guest's
/// turn is short, and ends before all of a first request is here: by then it has shown its token.
const TURN: usize = 128 << 10;
const TURN_OF_GUEST: usize = 16 << 10;
/// Who has said so much and shown no token is heard no more: to ask for health needs a few bytes, to flood needs many.
const OF_GUEST: usize = 256 << 10;

/// The number of a connection, unique in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Who is at the other end; every request has it among its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The connection.
    pub connection: ConnectionId,
    /// The peer's address.
    pub addr: SocketAddr,
    /// Whether it speaks TLS.
    pub is_tls: bool,
    /// Set if the peer is to be told, in answer to every call, that it speaks the wrong thing.
    pub mismatch: Option<Mismatch>,
}

/// A peer that speaks TLS where there is none, or none where there is; the text is for the peer's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mismatch {
    /// Plaintext on a TLS port.
    PlaintextToTls,
    /// TLS on a plaintext port.
    TlsToPlaintext,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlaintextToTls => {
                "this gateway speaks TLS, and the bot connected without: on the bot, remove \
                 WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT from its environment (in its code: \
                 tls.disable = false); or on the gateway set gateway.tls = \"off\""
            }
            Self::TlsToPlaintext => {
                "this gateway speaks no TLS, and the bot connected with it: on the bot, set \
                 WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT=true in its environment (in its code: \
                 tls.disable = true); or on the gateway set gateway.tls = \"community\""
            }
        })
    }
}

/// The connection of a bot.
#[derive(Debug)]
pub struct BotIo {
    io: Io,
    peer: Peer,
    seat: Arc<Seat>,
    /// What was read since others had their turn.
    turn: usize,
    /// What was read since it connected.
    heard: usize,
}

#[derive(Debug)]
enum Io {
    Plain(Rewound<TcpStream>),
    Tls(Box<Rewound<TlsStream<Rewound<TcpStream>>>>),
}

impl BotIo {
    pub(super) fn plain(io: Rewound<TcpStream>, peer: Peer, seat: Arc<Seat>) -> Self {
        Self { io: Io::Plain(io), peer, seat, turn: 0, heard: 0 }
    }

    pub(super) fn tls(io: Rewound<TlsStream<Rewound<TcpStream>>>, peer: Peer, seat: Arc<Seat>) -> Self {
        Self { io: Io::Tls(Box::new(io)), peer, seat, turn: 0, heard: 0 }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Its place among all connections.
    pub(super) fn seat(&self) -> Arc<Seat> {
        self.seat.clone()
    }
}

/// Calls a poll method of whatever is inside.
macro_rules! forward {
    ($self:ident, $method:ident $(, $argument:expr)*) => {
        match &mut $self.io {
            Io::Plain(io) => Pin::new(io).$method($($argument),*),
            Io::Tls(io) => Pin::new(io.as_mut()).$method($($argument),*),
        }
    };
}

impl AsyncRead for BotIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (is_bot, before) = (self.seat.is_bot(), buf.filled().len());
        if !is_bot && self.heard >= OF_GUEST {
            tracing::debug!(addr = %self.peer.addr, "a peer said very much and showed no token");
            return Poll::Ready(Ok(()));
        }
        if self.turn >= if is_bot { TURN } else { TURN_OF_GUEST } {
            self.turn = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = forward!(self, poll_read, cx, buf);
        match &read {
            Poll::Ready(_) => {
                let more = buf.filled().len() - before;
                self.turn += more;
                self.heard = self.heard.saturating_add(more);
            }
            Poll::Pending => self.turn = 0,
        }
        read
    }
}

impl AsyncWrite for BotIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        forward!(self, poll_write, cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        forward!(self, poll_write_vectored, cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(io) => io.is_write_vectored(),
            Io::Tls(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_flush, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_shutdown, cx)
    }
}
