//! Why the port can't be had.

use std::{io, net::SocketAddr};

use ha_wechaty_wire::tls::TlsError;

/// Why the port for bots can't be had; nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else has it.
    #[error(
        "{0} is in use: another program, perhaps another ha-wechaty, listens there; stop it, or set \
         `gateway.listen` to another port"
    )]
    InUse(SocketAddr),
    /// Not allowed to us.
    #[error(
        "{addr} is not allowed to this user: ports below 1024 need privileges; set `gateway.listen` to a \
         higher port{}", if addr.port() < 1024 { "" } else { ", or ask what forbids it" }
    )]
    Forbidden {
        /// The address.
        addr: SocketAddr,
    },
    /// Not ours.
    #[error(
        "{0} is not an address of this machine: set `gateway.listen` to one that is, to 127.0.0.1 for this \
         machine only, or to 0.0.0.0 for all of its addresses"
    )]
    NotHere(SocketAddr),
    /// Something else.
    #[error("{addr} can't be listened on ({cause}): check `gateway.listen`")]
    Other {
        /// The address.
        addr: SocketAddr,
        /// The system's words.
        #[source]
        cause: io::Error,
    },
    /// The certificate that ships with us is damaged.
    #[error("the community's TLS identity can't be used")]
    Identity(#[source] TlsError),
}

impl BindError {
    pub(super) fn of(addr: SocketAddr, cause: io::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the system's list, of which three have remedies")]
        match cause.kind() {
            io::ErrorKind::AddrInUse => Self::InUse(addr),
            io::ErrorKind::PermissionDenied => Self::Forbidden { addr },
            io::ErrorKind::AddrNotAvailable => Self::NotHere(addr),
            _ => Self::Other { addr, cause },
        }
    }
}
