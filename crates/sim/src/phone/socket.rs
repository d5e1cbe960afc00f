//! A connection that can freeze, and that can be cut at once from outside.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// Lets bytes through, or not: all connections of a phone share one.
#[derive(Debug, Default)]
pub(crate) struct Valve(Mutex<Shut>);

#[derive(Debug, Default)]
struct Shut {
    shut: bool,
    waiting: Vec<Waker>,
}

impl Valve {
    pub(crate) fn shut(&self) {
        self.lock().shut = true;
    }

    pub(crate) fn open(&self) {
        let waiting = {
            let mut state = self.lock();
            state.shut = false;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.lock().shut
    }

    fn poll_open(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.shut {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|it| it.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Shut> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one owner of a TCP connection, so that cutting it is done when [`Socket::cut`] returns.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Mutex<Option<TcpStream>>,
    /// Cancelled when the connection is cut; everything that serves it ends with it.
    pub(crate) gone: CancellationToken,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Arc<Self> {
        Arc::new(Self { stream: Mutex::new(Some(stream)), gone: CancellationToken::new() })
    }

    /// Resets the connection, as the system does for a killed process.
    pub(crate) fn cut(&self) {
        if let Some(stream) = self.lock().take() {
            // Without it the peer would see an orderly end; nothing better can be done if it fails.
            let _ = stream.set_zero_linger();
        }
        self.gone.cancel();
    }

    fn lock(&self) -> MutexGuard<'_, Option<TcpStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What TLS or HTTP/2 reads from and writes to.
pub(crate) struct Wire {
    pub(crate) socket: Arc<Socket>,
    pub(crate) valve: Arc<Valve>,
}

impl Wire {
    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        io: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        ready!(self.valve.poll_open(cx));
        match self.socket.lock().as_mut() {
            Some(stream) => io(Pin::new(stream), cx),
            None => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, TcpStream::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, TcpStream::poll_shutdown)
    }
}
