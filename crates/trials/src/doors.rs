//! Doors between a process and the rest of the world: once one is shut, nothing passes it any more, whatever the process
//! does behind it. So a process that shares this one with the trial is killed: what it has said is said, and nobody hears
//! what it says afterwards.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// Where a door leads, until it is shut.
type Way = Option<(SocketAddr, CancellationToken)>;

/// A port on the loopback that leads to another one. Dropped, it is shut.
#[derive(Debug)]
pub(crate) struct Door {
    addr: SocketAddr,
    way: Arc<Mutex<Way>>,
    porter: AbortHandle,
}

impl Door {
    /// A door that leads nowhere yet: a connection to it is closed at once.
    pub(crate) async fn new() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (addr, way) = (listener.local_addr()?, Arc::<Mutex<Way>>::default());
        let porter = tokio::spawn(admit(listener, way.clone())).abort_handle();
        Ok(Self { addr, way, porter })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// It leads there from now on.
    pub(crate) fn leads(&self, to: SocketAddr) {
        self.change(Some((to, CancellationToken::new())));
    }

    /// It leads nowhere any more, and all connections through it are cut.
    pub(crate) fn shut(&self) {
        self.change(None);
    }

    fn change(&self, way: Way) {
        let before = std::mem::replace(&mut *self.way.lock().unwrap_or_else(PoisonError::into_inner), way);
        if let Some((_, cut)) = before {
            cut.cancel();
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shut();
        self.porter.abort();
    }
}

async fn admit(listener: TcpListener, way: Arc<Mutex<Way>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((near, _)) = accepted else { continue };
                let way = way.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some((to, cut)) = way {
                    connections.spawn(async move {
                        tokio::select! {
                            biased;
                            () = cut.cancelled() => {}
                            () = pass(near, to) => {}
                        }
                    });
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Hands on what either side says, until both have ended.
async fn pass(mut near: TcpStream, to: SocketAddr) {
    if let Ok(mut far) = TcpStream::connect(to).await {
        // Small things are said at once, and how it ended both ends have seen.
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    }
}
