//! Why the server can't start.

use std::{io, net::SocketAddr};

use crate::settings::SettingsError;

/// Why the server can't start; nothing has been changed, and nobody listens.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings don't work.
    #[error("dong.{}: {}", .0.key(), .0)]
    Settings(#[from] SettingsError),
    /// The address can't be listened on.
    #[error("dong.listen: {address} can't be listened on: {}", remedy(source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// The cause, and what to do about it.
fn remedy(error: &io::Error) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the system's list, of which three have remedies")]
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there already; stop it, or choose another port".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; use 127.0.0.1 for this machine alone, or 0.0.0.0 for everybody"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "the system does not allow it; choose a port from 1024 up, behind a reverse proxy".to_owned()
        }
        _ => error.to_string(),
    }
}
