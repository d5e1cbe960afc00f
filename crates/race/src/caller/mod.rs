//! Who calls: `h2load`, as many calls as it can, or callers of our own, which vary what they ask and who they are, or call
//! at a rate.

mod closed;
mod h2load;
mod one;
mod steady;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use bytes::Bytes;
use rustls::ClientConfig;

pub(crate) use one::{call, connect, event_stream, request};
pub(crate) use steady::{Steady, histogram, steady};

/// The call that is made again and again.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) rpc: &'static str,
    /// Whole bodies, each a frame's head and the message, of which each call has the next.
    pub(crate) bodies: Vec<Bytes>,
}

/// Where it goes, and what is shown there.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    /// Of which each connection has the next.
    pub(crate) tokens: Vec<String>,
    /// What trusts its certificate, where it has one.
    pub(crate) trust: Option<Arc<ClientConfig>>,
}

/// How many calls there are at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// On each connection.
    pub(crate) at_once: usize,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Flood {
    /// Calls that were answered, and well.
    pub(crate) calls: u64,
    pub(crate) per_second: f64,
}

impl Ask {
    /// The same call each time.
    pub(crate) fn of(rpc: &'static str, body: Bytes) -> Self {
        Self { rpc, bodies: vec![body] }
    }

    fn path(&self) -> String {
        format!("/{}/{}", ha_wechaty_wire::SERVICE, self.rpc)
    }
}

impl Door {
    fn scheme(&self) -> &'static str {
        if self.trust.is_some() { "https" } else { "http" }
    }

    fn token(&self, connection: usize) -> &str {
        self.tokens.get(connection % self.tokens.len().max(1)).map_or("", String::as_str)
    }
}

/// Calls for so many whole seconds, as often as answers come: by `h2load` where all calls are the same.
pub(crate) async fn flood(
    door: &Door,
    ask: &Ask,
    load: Load,
    lasts: Duration,
    folder: &Path,
) -> Result<Flood> {
    match (ask.bodies.as_slice(), door.tokens.as_slice()) {
        ([body], [token]) => h2load::flood(door, ask, (body, token), load, lasts, folder).await,
        _ => closed::flood(door, ask, load, lasts).await,
    }
}
