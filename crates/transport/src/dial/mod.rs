//! How an account is reached: discovery, a proxy, DNS, TCP, TLS, HTTP/2, each with a time limit and with words for
//! the operator when it fails.

mod discovery;
mod error;
mod probe;
mod proxy;
mod route;
mod tcp;
mod tls;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use ha_wechaty_wire::{Proxy, Token, tls::Trust};
use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::connection::{Closed, Connection, Greeting, HandshakeError, Manner};

pub use discovery::DiscoveryError;
#[cfg(feature = "fuzzing")]
pub use discovery::discover_by;
pub use error::DialError;
pub use probe::{Probe, ProbeError, ProbeStep, probe, probe_proxy};
pub use proxy::ProxyTrouble;
use route::Route;
pub(super) use tcp::{bare, connect, place, prepare};
pub(super) use tls::secure;

/// How long each step (DNS, TCP, TLS, HTTP/2) may take.
const STEP: Duration = Duration::from_secs(10);

/// Where an account is, and how to speak with it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The account's token.
    pub token: Token,
    /// Where its puppet service listens.
    pub address: Address,
    /// Through what it is reached, and asked for its place, if not directly.
    pub proxy: Option<Proxy>,
    /// Whether it speaks TLS.
    pub security: Security,
    /// The time without traffic after which a ping is sent; an account that does not answer it for the same
    /// time is lost.
    pub keepalive: Duration,
    /// The largest message, in bytes, that is sent or taken.
    pub max_message: usize,
}

/// Where a puppet service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A known place.
    Endpoint {
        /// A name or an address (IPv6 with or without brackets).
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// Asked of a directory by token: `GET https://<authority>/v0/hosties/<token>`.
    Discover {
        /// Host of the directory, with a port if it is not the usual one; the community's is
        /// `api.chatie.io`.
        authority: String,
        /// Whom to trust to be the directory; `None`: ask by `http`.
        https: Option<Trust>,
    },
}

/// Whether a puppet service speaks TLS.
#[derive(Debug, Clone)]
pub enum Security {
    /// HTTP/2 without TLS; the token travels in clear.
    Plaintext,
    /// TLS with the given trust.
    Tls {
        /// What to trust; see [`ha_wechaty_wire::tls::client`].
        config: Arc<ClientConfig>,
        /// The name to ask for, and to expect in the certificate.
        server_name: String,
    },
}

/// Connects to an account, and waits until it has said the first word of HTTP/2.
///
/// # Errors
/// Nothing of a call has left. The text says what is wrong where, and what to do.
pub fn dial(target: &Target) -> BoxFuture<'_, Result<Connection, DialError>> {
    Box::pin(reach(target))
}

async fn reach(target: &Target) -> Result<Connection, DialError> {
    target.token.check().map_err(DialError::Token)?;
    let (host, port) = match &target.address {
        Address::Endpoint { host, port } => (host.clone(), *port),
        Address::Discover { authority, https } => {
            discovery::discover(&target.token, authority, https.as_ref(), target.proxy.as_ref()).await?
        }
    };
    let route = Route { proxy: target.proxy.as_ref(), host: &host, port };
    let at = route.at();
    let (socket, peer) = route.connect().await?;
    let manner = manner_of(target);
    match &target.security {
        Security::Plaintext => match greet(socket, peer, &manner, at).await {
            Err(DialError::Closed { at, .. }) if tls::is_spoken_at(&route).await => {
                Err(DialError::SpeaksTls { at })
            }
            greeted => greeted,
        },
        Security::Tls { config, server_name } => {
            let socket = tls::secure(socket, config.clone(), server_name, &at).await?;
            greet(socket, peer, &manner, at).await
        }
    }
}

/// How to speak over a connection to it.
fn manner_of(target: &Target) -> Manner {
    Manner {
        token: target.token.clone(),
        tls: matches!(target.security, Security::Tls { .. }),
        keepalive: target.keepalive,
        max_message: target.max_message,
    }
}

/// Starts HTTP/2 and waits for the peer's SETTINGS: until then it may be anything.
async fn greet<S>(socket: S, peer: SocketAddr, manner: &Manner, at: String) -> Result<Connection, DialError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = match Connection::open(socket, peer, manner).await {
        Ok(connection) => connection,
        Err(HandshakeError::Token) => return Err(DialError::UnusableToken),
        Err(error) => return Err(DialError::Closed { at, tls: manner.tls, why: error.to_string() }),
    };
    let mut heard = connection.heard();
    let heard = timeout(STEP, heard.wait_for(|heard| heard.greeting.is_some() || heard.closed.is_some()));
    let (greeting, closed) = match heard.await {
        Ok(Ok(heard)) => (heard.greeting.clone(), heard.closed.clone()),
        Ok(Err(_)) => (None, None),
        Err(_) => return Err(DialError::Silent { at, tls: manner.tls, limit: STEP }),
    };
    match greeting {
        Some(Greeting::Http2) => Ok(connection),
        Some(Greeting::Http1(line)) => Err(DialError::Http1 { at, line }),
        Some(Greeting::Tls) => Err(DialError::SpeaksTls { at }),
        Some(Greeting::Foreign(bytes)) => {
            Err(DialError::Foreign { at, bytes: bytes.escape_ascii().to_string() })
        }
        None => {
            let why = closed.unwrap_or(Closed::Eof).to_string();
            Err(DialError::Closed { at, tls: manner.tls, why })
        }
    }
}
