//! Ports that a process was given by the one before it, or by systemd, and those that it leaves for the next one.
//!
//! A port that is handed over is never closed: whoever connects while nobody serves waits in its line.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::net::{TcpListener, TcpSocket};

/// Connections that the system may hold for us between two looks.
const BACKLOG: u32 = 1024;

/// Where ports are had from.
#[derive(Debug, Clone, Default)]
pub struct Sockets(Arc<Mutex<Stock>>);

#[derive(Debug, Default)]
struct Stock {
    given: Vec<std::net::TcpListener>,
    /// What was had, if it is to be left to the next process, by the key that asks for it.
    kept: Option<Vec<(&'static str, std::net::TcpListener)>>,
}

impl Sockets {
    /// Those that this process was given; what it has of them, and besides, is [kept](Self::kept).
    pub fn handed_over(given: Vec<std::net::TcpListener>) -> Self {
        Self(Arc::new(Mutex::new(Stock { given, kept: Some(Vec::new()) })))
    }

    /// Takes a port: the one of this address that was given, else a new one. `key` says which port of the configuration it
    /// is.
    ///
    /// # Errors
    /// The system's own.
    #[allow(clippy::unused_async, reason = "needs a runtime, and says so")]
    pub async fn listen(&self, key: &'static str, addr: SocketAddr) -> io::Result<TcpListener> {
        let mut stock = self.lock();
        let is_it = |it: &std::net::TcpListener| it.local_addr().is_ok_and(|it| it == addr);
        let listener = match stock.given.iter().position(is_it) {
            Some(place) => {
                let given = stock.given.swap_remove(place);
                given.set_nonblocking(true)?;
                TcpListener::from_std(given)?
            }
            None => listen(addr)?,
        };
        if let Some(kept) = &mut stock.kept {
            let listener = listener.into_std()?;
            kept.push((key, listener.try_clone()?));
            return TcpListener::from_std(listener);
        }
        Ok(listener)
    }

    /// The ports that were had, for the next process, each with the key of the configuration that it is of.
    ///
    /// # Errors
    /// The system gives no more descriptors.
    pub fn kept(&self) -> io::Result<Vec<(&'static str, std::net::TcpListener)>> {
        let stock = self.lock();
        stock.kept.iter().flatten().map(|(key, it)| Ok((*key, it.try_clone()?))).collect()
    }

    /// Closes what was given and is not wanted; where that was.
    pub fn close_others(&self, is_wanted: impl Fn(SocketAddr) -> bool) -> Vec<SocketAddr> {
        let mut closed = Vec::new();
        self.lock().given.retain(|it| {
            let address = it.local_addr().ok();
            let is_kept = address.is_some_and(&is_wanted);
            closed.extend(address.filter(|_| !is_kept));
            is_kept
        });
        closed
    }

    fn lock(&self) -> MutexGuard<'_, Stock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A gateway that restarts must not wait for the connections of the last one to fade.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    #[tokio::test]
    async fn who_connects_while_nobody_serves_is_served_by_the_next() {
        let any = "127.0.0.1:0".parse().unwrap();
        let first = Sockets::handed_over(Vec::new());
        let listener = first.listen("gateway.listen", any).await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = first.kept().unwrap();
        assert_eq!(kept.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["gateway.listen"]);
        drop((listener, first));
        let mut caller = TcpStream::connect(address).await.expect("it waits in line");
        let next = Sockets::handed_over(kept.into_iter().map(|(_, it)| it).collect());
        let listener = next.listen("gateway.listen", address).await.expect("it is the one that was given");
        let (mut heard, _) = listener.accept().await.unwrap();
        heard.write_all(b"welcome").await.unwrap();
        drop(heard);
        let mut said = String::new();
        caller.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "welcome");
        assert_eq!(next.close_others(|_| false), []);
    }

    #[tokio::test]
    async fn what_nobody_wants_is_closed_and_without_a_next_one_nothing_is_kept() {
        let given = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = given.local_addr().unwrap();
        let sockets = Sockets::handed_over(vec![given]);
        let other = sockets.listen("admin.listen", "127.0.0.1:0".parse().unwrap()).await.unwrap();
        assert_ne!(other.local_addr().unwrap(), address);
        assert_eq!(sockets.close_others(|it| it != address), [address]);
        std::net::TcpListener::bind(address).expect("it is free");

        let alone = Sockets::default();
        let listener = alone.listen("gateway.listen", "127.0.0.1:0".parse().unwrap()).await.unwrap();
        assert_eq!(alone.kept().unwrap().len(), 0);
        let address = listener.local_addr().unwrap();
        drop(listener);
        std::net::TcpListener::bind(address).expect("nobody else has it");
    }
}
