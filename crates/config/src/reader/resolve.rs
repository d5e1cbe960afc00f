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

#[cfg(feature = "fuzzing")]
static KNOWS_NO_NAMES: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// From now on this process knows no host's name: a fuzzer that guesses some must not ask for them.
#[cfg(feature = "fuzzing")]
pub fn resolve_no_names() {
    KNOWS_NO_NAMES.store(true, std::sync::atomic::Ordering::Relaxed);
}

/// The address of a host and a port: of version 4 if it has one, since that is what the other side mostly tries.
pub fn one(text: &str) -> io::Result<SocketAddr> {
    #[cfg(feature = "fuzzing")]
    if KNOWS_NO_NAMES.load(std::sync::atomic::Ordering::Relaxed) {
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
