//! Who calls: `h2load`, as many calls as it can, or callers of our own, so many calls a second.

mod h2load;
mod steady;

use std::net::SocketAddr;

use bytes::Bytes;

pub(crate) use h2load::{Flood, flood};
pub(crate) use steady::{Steady, steady};

/// The call that is made again and again.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) rpc: &'static str,
    /// The whole body: a frame's head, and the message.
    pub(crate) body: Bytes,
}

/// Where it goes, and what is shown there.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl Ask {
    fn path(&self) -> String {
        format!("/{}/{}", ha_wechaty_wire::SERVICE, self.rpc)
    }
}
