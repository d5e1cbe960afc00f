//! A connection through a proxy: asked for in its words, and its refusals in words for the operator.
//!
//! Both protocols end before the first byte of the peer behind, and puppet services on Node speak first. So no byte is read
//! here beyond a proxy's own answer: the socket that is given on is as if it had been connected directly.

mod socks;
mod tunnel;

use std::{io, net::SocketAddr, time::Duration};

use ha_wechaty_wire::{Proxy, proxy::ProxyKind};
use tokio::{net::TcpStream, time::timeout};

use super::{DialError, tcp};

/// So much of what is no proxy's answer is shown, in bytes.
const SHOWN: usize = 64;

/// What is in the way at a proxy. The texts go on behind its address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyTrouble {
    /// It can't be reached itself.
    #[error("can't be reached ({0}): is it running, and are host and port in `proxy` right?")]
    Unreachable(String),
    /// It does not take everybody.
    #[error("wants a user and a password: write them into `proxy`, before the host, as USER:PASSWORD@")]
    WantsLogin,
    /// It does not take us.
    #[error("refuses the user and password in `proxy`: correct them")]
    Login,
    /// It makes no such connection.
    #[error("does not let us through to {at} ({why}): allow it there")]
    Forbidden {
        /// Where to.
        at: String,
        /// Its words.
        why: String,
    },
    /// It reaches nobody there.
    #[error(
        "can't reach {at} ({why}): is it running, and is `endpoint` right as seen from the proxy, where its name is resolved?"
    )]
    Behind {
        /// Where to.
        at: String,
        /// Its words.
        why: String,
    },
    /// It takes its time.
    #[error(
        "took the connection and did not say in {} s whether it reaches {at}: does it hang, is it no proxy of this kind, or is nobody there?",
        limit.as_secs()
    )]
    Silent {
        /// Where to.
        at: String,
        /// How long it had.
        limit: Duration,
    },
    /// It took the connection and closed it.
    #[error(
        "took the connection and closed it without an answer ({0}): is it a proxy, of which kind, and does it want a user and a password?"
    )]
    Closed(String),
    /// It is something else.
    #[error(
        "does not answer as an {kind} proxy (it began with {bytes:?}): check what `proxy` begins with, and its port"
    )]
    Foreign {
        /// What it should be.
        kind: &'static str,
        /// Its first bytes, escaped.
        bytes: String,
    },
}

impl ProxyTrouble {
    /// Whether the proxy is well, and what is behind it is not.
    pub(super) fn is_behind(&self) -> bool {
        match self {
            Self::Behind { .. } => true,
            Self::Unreachable(_)
            | Self::WantsLogin
            | Self::Login
            | Self::Forbidden { .. }
            | Self::Silent { .. }
            | Self::Closed(_)
            | Self::Foreign { .. } => false,
        }
    }

    /// What the proxy answered, where that is not what a proxy of its kind does.
    fn foreign(kind: ProxyKind, bytes: &[u8]) -> Self {
        let shown = &bytes[..bytes.len().min(SHOWN)];
        Self::Foreign { kind: kind.name(), bytes: shown.escape_ascii().to_string() }
    }
}

impl From<io::Error> for ProxyTrouble {
    fn from(error: io::Error) -> Self {
        Self::Closed(match error.kind() == io::ErrorKind::UnexpectedEof {
            true => String::from("end of file"),
            false => error.to_string(),
        })
    }
}

/// Connects to the proxy itself.
pub(super) async fn reach(proxy: &Proxy) -> Result<(TcpStream, SocketAddr), DialError> {
    let reached = tcp::connect(proxy.host(), proxy.port()).await;
    reached.map_err(|error| error_of(proxy, ProxyTrouble::Unreachable(said(&error))))
}

/// Asks the proxy at the other end for a connection, for which it has as long as `limit`; the socket leads there then.
pub(super) async fn ask(
    mut socket: TcpStream,
    proxy: &Proxy,
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<TcpStream, DialError> {
    let at = tcp::place(host, port);
    let asked = async {
        match proxy.kind() {
            ProxyKind::Socks5 => socks::ask(&mut socket, proxy.login(), host, port).await,
            ProxyKind::Http => tunnel::ask(&mut socket, proxy.login(), host, port).await,
        }
    };
    let asked = timeout(limit, asked).await.unwrap_or(Err(ProxyTrouble::Silent { at, limit }));
    asked.map(|()| socket).map_err(|trouble| error_of(proxy, trouble))
}

fn error_of(proxy: &Proxy, trouble: ProxyTrouble) -> DialError {
    DialError::Proxy { proxy: proxy.to_string(), trouble }
}

/// Why there is no connection to the proxy, without remedies, which speak of puppet services.
fn said(error: &DialError) -> String {
    match error {
        DialError::Refused { .. } => String::from("connection refused"),
        DialError::Timeout { limit, .. } => format!("no answer in {} s", limit.as_secs()),
        DialError::Dns { cause, .. } => format!("its name can't be resolved: {cause}"),
        DialError::Unreachable { cause, .. } => cause.to_string(),
        // Of what comes after a connection.
        DialError::Token(_)
        | DialError::UnusableToken
        | DialError::Discovery(_)
        | DialError::Proxy { .. }
        | DialError::NoTls { .. }
        | DialError::SpeaksTls { .. }
        | DialError::Certificate { .. }
        | DialError::CertificateName { .. }
        | DialError::ServerName { .. }
        | DialError::Tls { .. }
        | DialError::Http1 { .. }
        | DialError::Foreign { .. }
        | DialError::Closed { .. }
        | DialError::Silent { .. } => error.to_string(),
    }
}
