//! DNS and TCP.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{DialError, STEP};

/// `host:port` as a person writes it.
pub(crate) fn place(host: &str, port: u16) -> String {
    match bare(host).parse() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]:{port}"),
        _ => format!("{host}:{port}"),
    }
}

/// Connects to the first address of the host that takes the connection.
pub(crate) async fn connect(host: &str, port: u16) -> Result<(TcpStream, SocketAddr), DialError> {
    connect_to(&resolve(host, port).await?, host, port).await
}

/// The same where the addresses of the host are known.
pub(super) async fn connect_to(
    addresses: &[SocketAddr],
    host: &str,
    port: u16,
) -> Result<(TcpStream, SocketAddr), DialError> {
    let at = place(host, port);
    let mut last = None;
    for address in addresses {
        match timeout(STEP, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => {
                prepare(&socket);
                return Ok((socket, *address));
            }
            Ok(Err(error)) => last = Some(explain(error, at.clone())),
            Err(_) => last = Some(DialError::Timeout { at: at.clone(), limit: STEP }),
        }
    }
    Err(last.unwrap_or_else(|| no_address(host)))
}

/// The addresses of a host.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
    let dns = |cause| DialError::Dns { host: host.to_owned(), cause };
    match timeout(STEP, lookup_host((bare(host), port))).await {
        Ok(found) => Ok(found.map_err(dns)?.collect()),
        Err(_) => Err(dns(io::ErrorKind::TimedOut.into())),
    }
}

/// An IPv6 address without its brackets; anything else as it is.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn no_address(host: &str) -> DialError {
    DialError::Dns { host: host.to_owned(), cause: io::Error::other("it has no address") }
}

fn explain(cause: io::Error, at: String) -> DialError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the system's list, of which two have words of their own"
    )]
    match cause.kind() {
        io::ErrorKind::ConnectionRefused => DialError::Refused { at },
        io::ErrorKind::TimedOut => DialError::Timeout { at, limit: STEP },
        _ => DialError::Unreachable { at, cause },
    }
}

/// Small calls leave at once; a peer that vanished is found even while HTTP/2 pings can't run.
pub(crate) fn prepare(socket: &TcpStream) {
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(10));
    let set =
        socket.set_nodelay(true).and_then(|()| socket2::SockRef::from(socket).set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "a socket option can't be set");
    }
}
