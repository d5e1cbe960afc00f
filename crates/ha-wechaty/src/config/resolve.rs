//! Host names to listen on, like `localhost:8788`.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A name that one listens on is known to the machine itself; nothing waits for ever.
const WITHIN: Duration = Duration::from_secs(5);

/// The address of a host and a port: of version 4 if it has one, since that is what the other side mostly tries.
pub(crate) fn one(text: &str) -> io::Result<SocketAddr> {
    #[cfg(feature = "fuzzing")]
    if !crate::fuzzing::resolves_names() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let (tell, told) = mpsc::channel();
    let text = text.to_owned();
    // The system's resolver has no deadline of its own that one could set.
    thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = tell.send(text.to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    });
    let found = told.recv_timeout(WITHIN).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| io::ErrorKind::NotFound.into())
}
