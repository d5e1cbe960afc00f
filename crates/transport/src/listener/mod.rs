//! The port for bots: it finds out what a peer speaks, and explains itself to those that speak the wrong
//! thing.
//!
//! | the peer sends | on a TLS port | on a plaintext port |
//! |---|---|---|
//! | TLS | a bot | let through with [`Mismatch::TlsToPlaintext`] |
//! | HTTP/2 | let through with [`Mismatch::PlaintextToTls`] | a bot |
//! | HTTP/1 | a page that says what this is | the same |
//! | nothing, something else | closed quietly | the same |
//!
//! Those let through with a mismatch are to be told so in answer to every call.

mod arrivals;
mod error;
mod guests;
mod incoming;
mod line;
mod peer;
mod serve;
mod sniff;

use std::{io, net::SocketAddr, sync::Arc};

use futures_util::Stream;
use ha_wechaty_wire::tls::community_server;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::sockets::Sockets;
use incoming::Incoming;

pub use arrivals::Arrival;
pub use error::BindError;
pub use peer::{BotIo, ConnectionId, Mismatch, Peer};
pub use serve::{Ports, Routes, SEND_BUFFER, serve};

/// Whether the port speaks TLS.
#[derive(Debug, Clone)]
pub enum Tls {
    /// HTTP/2 without TLS.
    Off,
    /// TLS with this identity.
    On(Arc<ServerConfig>),
}

/// A bound port.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    local: SocketAddr,
    gate: Gate,
}

/// What is needed to receive a peer.
#[derive(Clone)]
struct Gate {
    /// The port's identity, or the community's to tell TLS peers that there is none.
    acceptor: TlsAcceptor,
    tls: bool,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("tls", &self.tls).finish_non_exhaustive()
    }
}

impl Gate {
    fn new(tls: Tls) -> Result<Self, BindError> {
        let (config, tls) = match tls {
            Tls::On(config) => (config, true),
            Tls::Off => (Arc::new(community_server().map_err(BindError::Identity)?), false),
        };
        let mut config = ServerConfig::clone(&config);
        // Offered last, so that an HTTP/1 client gets an answer it can show, rather than an alert.
        if !config.alpn_protocols.is_empty() {
            config.alpn_protocols.push(b"http/1.1".to_vec());
        }
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), tls })
    }
}

impl Listener {
    /// Takes the port.
    ///
    /// # Errors
    /// Says which address can't be had, why, and what to change.
    pub async fn bind(addr: SocketAddr, tls: Tls) -> Result<Self, BindError> {
        Self::bind_of(&Sockets::default(), addr, tls).await
    }

    /// As [`Listener::bind`], of the ports that this process was given.
    ///
    /// # Errors
    /// As [`Listener::bind`].
    pub async fn bind_of(sockets: &Sockets, addr: SocketAddr, tls: Tls) -> Result<Self, BindError> {
        let gate = Gate::new(tls)?;
        let socket =
            sockets.listen("gateway.listen", addr).await.map_err(|error| BindError::of(addr, error))?;
        let local = socket.local_addr().map_err(|error| BindError::of(addr, error))?;
        Ok(Self { socket, local, gate })
    }

    /// The address that was taken (with its port, if any port was asked for).
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The bots.
    ///
    /// It never ends and never fails; dropping it closes the port, and the sockets that have not yet said
    /// what they are.
    pub fn into_incoming(self) -> impl Stream<Item = io::Result<BotIo>> + Send + Unpin + 'static {
        Incoming::new(self.socket, self.gate)
    }
}
