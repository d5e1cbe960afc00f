//! Why a team can't start, or be changed.

use std::{io, net::SocketAddr};

use ha_wechaty_config::ConfigError;
use ha_wechaty_core::MAX_ACCOUNTS;
use ha_wechaty_journal::JournalError;
use ha_wechaty_transport::BindError;
use ha_wechaty_wire::tls::TlsError;

/// Why an account can't be added to a team, or removed from it. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Something is wrong with it, or it is in the team already.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its certificate authorities can't be used.
    #[error("{0}")]
    Tls(String),
    /// There is no place for one more.
    #[error(
        "accounts of {MAX_ACCOUNTS} names are, or were lately, in this team, and ids end in those names: add it under \
         the name of one that was removed, wait until one was removed team.dedup_age ago, or stop the team and start \
         it again"
    )]
    NoPlace,
    /// The team has no such account.
    #[error("the team has no account {name:?}; it has {}", if .known.is_empty() { "none".to_owned() } else { .known.join(", ") })]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
}

impl ChangeError {
    /// There is no account of this name.
    pub fn unknown(name: &str, known: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let known = known.into_iter().map(Into::into).collect();
        Self::Unknown { name: name.to_owned(), known }
    }
}

impl From<TlsError> for ChangeError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error.to_string())
    }
}

/// Why a gateway, or a team without one, can't start. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port can't be had.
    #[error(transparent)]
    Bind(BindError),
    /// The admin's port can't be had.
    #[error(
        "can't listen on {0} (admin.listen): {1}; perhaps another gateway has it: stop that one, choose another port, \
         or set admin.required to false to serve without status, health and metrics"
    )]
    Admin(SocketAddr, io::Error),
    /// The port where bots find the gateway can't be had.
    #[error("can't listen on {0} (discovery.listen): {1}; choose another port")]
    Discovery(SocketAddr, io::Error),
    /// A certificate can't be used.
    #[error("{0}")]
    Tls(TlsError),
    /// The folder for uploads can't be used.
    #[error("the folder for uploads (gateway.spool_dir) can't be used: {0}")]
    Spool(io::Error),
    /// What must not be forgotten can't be read, or not be written.
    #[error(transparent)]
    Store(#[from] JournalError),
    /// The signals that end a process can't be heard.
    #[error("can't listen for the signals that end the process: {0}")]
    Signals(io::Error),
    /// The program disagrees with itself.
    #[error("this is a defect of ha-wechaty, please report it: {0}")]
    Defect(String),
}
