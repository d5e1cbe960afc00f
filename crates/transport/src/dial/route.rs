//! The way to one place: directly, or through a proxy.

use std::net::SocketAddr;

use ha_wechaty_wire::Proxy;
use tokio::net::TcpStream;

use super::{DialError, STEP, proxy, tcp};

/// The way to one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'a> {
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) host: &'a str,
    pub(super) port: u16,
}

impl Route<'_> {
    /// The place, and the proxy before it, as a person is told of them.
    pub(super) fn at(&self) -> String {
        let at = tcp::place(self.host, self.port);
        match self.proxy {
            Some(proxy) => format!("{at} (through {proxy})"),
            None => at,
        }
    }

    /// Connects; the address is that of whoever is next on the way.
    pub(super) async fn connect(&self) -> Result<(TcpStream, SocketAddr), DialError> {
        let Some(proxy) = self.proxy else { return tcp::connect(self.host, self.port).await };
        let (socket, peer) = proxy::reach(proxy).await?;
        Ok((proxy::ask(socket, proxy, self.host, self.port, STEP).await?, peer))
    }
}
