//! The process of a puppet service: a port, its connections, and their sudden end.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use hyper::server::conn::http2;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::socket::{Socket, Valve, Wire};

pub(crate) struct Process {
    pub(crate) addr: SocketAddr,
    pub(crate) valve: Arc<Valve>,
    gate: Gate,
    tls: Option<TlsAcceptor>,
    life: Mutex<Life>,
    /// Bound, never listening: nobody else gets the port while the process is down.
    _reserved: Option<TcpSocket>,
}

#[derive(Default)]
struct Life {
    listener: Option<TcpListener>,
    end: CancellationToken,
    sockets: Vec<Weak<Socket>>,
}

impl Life {
    fn cut_all(&mut self) {
        for socket in self.sockets.drain(..).filter_map(|it| it.upgrade()) {
            socket.cut();
        }
    }
}

impl Process {
    /// Takes a port of the loopback (0: any) and listens there. Needs a tokio runtime.
    pub(crate) fn run(port: u16, gate: Gate, tls: Option<TlsAcceptor>) -> io::Result<Arc<Self>> {
        let (reserved, addr) = reserve((Ipv4Addr::LOCALHOST, port).into())?;
        let valve = Arc::default();
        let process = Self { addr, valve, gate, tls, life: Mutex::default(), _reserved: reserved };
        let process = Arc::new(process);
        process.restart()?;
        Ok(process)
    }

    /// Listens again, on the same port, unless it does already.
    pub(crate) fn restart(self: &Arc<Self>) -> io::Result<()> {
        let mut life = self.life();
        if life.listener.is_none() {
            life.listener = Some(listen(self.addr)?);
            life.end = CancellationToken::new();
            let end = life.end.clone();
            drop(life);
            let process = Arc::downgrade(self);
            tokio::spawn(end.clone().run_until_cancelled_owned(accept_all(process, end)));
        }
        Ok(())
    }

    /// Ends at once. When it returns, the port refuses and every connection is reset.
    pub(crate) fn kill(&self) {
        let mut life = self.life();
        life.listener = None;
        life.end.cancel();
        life.cut_all();
    }

    /// Resets every connection, and goes on listening.
    pub(crate) fn cut_all(&self) {
        self.life().cut_all();
    }

    /// The next connection of the life that `end` ends. What is accepted is known to [`Process::kill`] at
    /// once, and a loop that outlives its listener never touches the next one.
    fn poll_accept(&self, end: &CancellationToken, cx: &mut Context<'_>) -> Poll<Option<Arc<Socket>>> {
        let mut life = self.life();
        let Some(listener) = life.listener.as_ref().filter(|_| !end.is_cancelled()) else {
            return Poll::Ready(None);
        };
        match listener.poll_accept(cx) {
            Poll::Ready(Ok((stream, _))) => {
                // Only speed is at stake.
                let _ = stream.set_nodelay(true);
                let socket = Socket::new(stream);
                life.sockets.retain(|it| it.strong_count() > 0);
                life.sockets.push(Arc::downgrade(&socket));
                Poll::Ready(Some(socket))
            }
            // A connection that ended before it was taken.
            Poll::Ready(Err(_)) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn connected(&self, socket: Arc<Socket>) {
        let wire = Wire { socket: socket.clone(), valve: self.valve.clone() };
        let (gate, tls, gone) = (self.gate.of(socket.clone()), self.tls.clone(), socket.gone.clone());
        tokio::spawn(gone.run_until_cancelled_owned(async move {
            match tls {
                Some(tls) => {
                    if let Ok(wire) = tls.accept(wire).await {
                        serve(wire, gate, socket).await;
                    }
                }
                None => serve(wire, gate, socket).await,
            }
        }));
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept_all(process: Weak<Process>, end: CancellationToken) {
    loop {
        let next = poll_fn(|cx| match process.upgrade() {
            Some(process) => process.poll_accept(&end, cx),
            None => Poll::Ready(None),
        });
        let (Some(socket), Some(process)) = (next.await, process.upgrade()) else { return };
        process.connected(socket);
    }
}

/// So many calls may be reset before a busy process has looked at them: as many as a stock service lets be reset at once.
const RESETS: usize = 1_000;

async fn serve(wire: impl AsyncRead + AsyncWrite + Unpin, gate: Gate, socket: Arc<Socket>) {
    let spawn = SpawnUntil(socket.gone.clone());
    let connection = http2::Builder::new(spawn)
        .timer(TokioTimer::new())
        .max_pending_accept_reset_streams(RESETS)
        .serve_connection(TokioIo::new(wire), TowerToHyperService::new(gate));
    // However a connection ends, its client knows; the others are not concerned.
    let _ = connection.await;
}

/// Spawns what serves single calls, so that it ends with the connection.
#[derive(Clone)]
struct SpawnUntil(CancellationToken);

impl<F> hyper::rt::Executor<F> for SpawnUntil
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, call: F) {
        tokio::spawn(self.0.clone().run_until_cancelled_owned(call));
    }
}

#[cfg(unix)]
fn reserve(addr: SocketAddr) -> io::Result<(Option<TcpSocket>, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(addr)?;
    let addr = socket.local_addr()?;
    Ok((Some(socket), addr))
}

#[cfg(not(unix))]
fn reserve(addr: SocketAddr) -> io::Result<(Option<TcpSocket>, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(addr)?;
    Ok((None, socket.local_addr()?))
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    socket.bind(addr)?;
    socket.listen(1024)
}
