//! Where bots find the gateway by their tokens: `GET /v0/hosties/<token>`, answered as the community's
//! directory answers it for puppet services.

mod desk;

use std::{io, net::SocketAddr, sync::Arc};

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use ha_wechaty_transport::{
    Sockets,
    http1::{self, Endpoints, Port},
};

pub(crate) use desk::Desk;

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
    pub(crate) async fn bind(
        sockets: &Sockets,
        listen: SocketAddr,
        tls: Option<ServerConfig>,
    ) -> io::Result<Self> {
        let listener = sockets.listen("discovery.listen", listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, tls: tls.map(Arc::new) })
    }

    /// Where it listens.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is told to stop.
    pub(crate) async fn serve(self, desk: Desk, stop: CancellationToken) {
        let (desk, port) =
            (Arc::new(desk), Port { name: "discovery.listen", listener: self.listener, tls: self.tls });
        let answer =
            move |request, ends: Endpoints| std::future::ready(desk.answer(&request, ends.local.ip()));
        http1::serve(port, stop, answer).await;
    }
}
