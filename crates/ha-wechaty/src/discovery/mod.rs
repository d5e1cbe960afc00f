//! Where bots find the gateway by their tokens: `GET /v0/hosties/<token>`, answered as the community's
//! directory answers it for puppet services.

mod desk;

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub(crate) use desk::Desk;

/// How long a TLS handshake, and the head of a request, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections there may be at once; one more, and the oldest goes.
const MOST_CONNECTIONS: usize = 256;
/// The pause after an accept that failed for want of something that others may give back.
const PAUSE: Duration = Duration::from_millis(100);

/// The port where bots ask.
#[derive(Debug)]
pub(crate) struct Directory {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
}

impl Directory {
    /// Takes the port; connections wait until [`serve`](Self::serve).
    ///
    /// # Errors
    /// The port can't be had.
    pub(crate) async fn bind(listen: SocketAddr, tls: Option<ServerConfig>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, tls: tls.map(Arc::new) })
    }

    /// Where it listens.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is told to stop.
    pub(crate) async fn serve(self, desk: Desk, stop: CancellationToken) {
        let (desk, mut connections) = (Arc::new(desk), JoinSet::new());
        let mut open: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            let socket = tokio::select! {
                socket = accept(&self.listener) => socket,
                // Answers are a line long: whoever has not got his will ask again.
                () = stop.cancelled() => return,
            };
            open.retain(|connection| !connection.is_finished());
            if open.len() >= MOST_CONNECTIONS
                && let Some(oldest) = open.pop_front()
            {
                tracing::debug!("too many connections at discovery.listen, dropping the oldest");
                oldest.abort();
            }
            open.push_back(connections.spawn(receive(socket, self.tls.clone(), desk.clone())));
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return socket,
            Err(error) => {
                tracing::warn!(%error, "nobody can ask at discovery.listen now, trying on");
                sleep(PAUSE).await;
            }
        }
    }
}

/// One connection. If it breaks, that is its peer's business.
async fn receive(socket: TcpStream, tls: Option<Arc<ServerConfig>>, desk: Arc<Desk>) {
    let Ok(local) = socket.local_addr() else { return };
    let Some(tls) = tls else { return answer(socket, local.ip(), desk).await };
    match timeout(PATIENCE, TlsAcceptor::from(tls).accept(socket)).await {
        Ok(Ok(socket)) => answer(socket, local.ip(), desk).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS failed at discovery.listen"),
        Err(_) => tracing::debug!("TLS took too long at discovery.listen"),
    }
}

async fn answer<S>(socket: S, local: IpAddr, desk: Arc<Desk>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(move |request| {
        let answer = desk.answer(&request, local);
        async { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(socket), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection broke at discovery.listen");
    }
}
