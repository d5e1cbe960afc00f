//! Why an account can't be reached, in words for the person who has to mend it.

use std::{io, time::Duration};

use ha_wechaty_core::Remedy;
use ha_wechaty_wire::token::BadToken;
use tonic::Status;

use super::{discovery::DiscoveryError, proxy::ProxyTrouble};

/// Why an account can't be reached; nothing of a call has left.
///
/// The texts name the place (`host:port`), the cause and the remedy; who prints one puts the account's
/// name before it. `tls`, `endpoint`, `proxy` and `token` are the account's config keys.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The token can't travel.
    #[error("{0}: check `token`")]
    Token(#[source] BadToken),
    /// The token can't stand as `:authority`.
    #[error("the token can't stand in an HTTP/2 request: check `token`")]
    UnusableToken,
    /// Discovery failed.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The proxy before the account is in the way, or what is behind it.
    #[error("the proxy {proxy} {trouble}")]
    Proxy {
        /// The proxy, without its user and password.
        proxy: String,
        /// What is in the way.
        trouble: ProxyTrouble,
    },
    /// The host's name is unknown.
    #[error("the name {host:?} can't be resolved ({cause}): check `endpoint` and this machine's DNS")]
    Dns {
        /// The name.
        host: String,
        /// The resolver's words.
        #[source]
        cause: io::Error,
    },
    /// Nobody listens there.
    #[error("connection refused at {at}: is the puppet service running, and is `endpoint` right?")]
    Refused {
        /// Where.
        at: String,
    },
    /// No answer at all.
    #[error(
        "{at} did not answer in {} s: is the machine up, and does a firewall let this port through?",
        limit.as_secs()
    )]
    Timeout {
        /// Where.
        at: String,
        /// How long it had.
        limit: Duration,
    },
    /// Another network error.
    #[error("{at} can't be reached ({cause}): check `endpoint` and the network between")]
    Unreachable {
        /// Where.
        at: String,
        /// The system's words.
        #[source]
        cause: io::Error,
    },
    /// The server does not speak TLS.
    #[error(
        "{at} does not speak TLS: set `tls = \"off\"` for this account (in Rust: `.tls(AccountTls::Off)`), or start its \
             service with TLS"
    )]
    NoTls {
        /// Where.
        at: String,
    },
    /// The server speaks TLS, we did not.
    #[error(
        "{at} speaks TLS: set `tls = \"community\"` for this account (in Rust: `.tls(AccountTls::Community)`), or give \
             its `tls.ca`"
    )]
    SpeaksTls {
        /// Where.
        at: String,
    },
    /// The certificate is not trusted.
    #[error(
        "{at} presents a certificate that is not trusted ({why}): set `tls.ca` to the authority that signed \
         it, and `tls.server_name` to the name in it"
    )]
    Certificate {
        /// Where.
        at: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The certificate is for another name.
    #[error(
        "the certificate of {at} is not for {name:?} ({why}): set `tls.server_name` to a name that it has"
    )]
    CertificateName {
        /// Where.
        at: String,
        /// The name that was asked for.
        name: String,
        /// What it is for.
        why: String,
    },
    /// The name to ask for is no server name.
    #[error("{name:?} is not a server name: check `tls.server_name`")]
    ServerName {
        /// The name.
        name: String,
    },
    /// The TLS handshake failed otherwise.
    #[error(
        "TLS with {at} failed ({why}): check `endpoint`, and set `tls = \"off\"` if this service has no TLS"
    )]
    Tls {
        /// Where.
        at: String,
        /// What TLS says.
        why: String,
    },
    /// The server speaks HTTP/1.
    #[error(
        "{at} answered {line:?}, that is HTTP/1, not gRPC: is this a web server? `endpoint` must be the \
         port of the puppet service"
    )]
    Http1 {
        /// Where.
        at: String,
        /// Its status line.
        line: String,
    },
    /// The server speaks something else.
    #[error(
        "{at} does not speak HTTP/2 (it began with {bytes:?}): `endpoint` must be the port of the puppet service"
    )]
    Foreign {
        /// Where.
        at: String,
        /// Its first bytes, escaped.
        bytes: String,
    },
    /// The server closed the connection before its first word.
    #[error(
        "{at} took the connection and closed it without a word ({why}): {}",
        if *tls { "does it speak gRPC at all?" } else { "does it speak gRPC, and no TLS?" }
    )]
    Closed {
        /// Where.
        at: String,
        /// Whether TLS was spoken.
        tls: bool,
        /// How it closed.
        why: String,
    },
    /// The server says nothing.
    #[error(
        "{at} took the connection but said nothing in {} s: {}",
        limit.as_secs(),
        if *tls { "it hangs, or does not speak gRPC" }
        else { "it hangs, or does not speak gRPC, or expects TLS (`tls = \"community\"`; in Rust: `.tls(AccountTls::Community)`)" }
    )]
    Silent {
        /// Where.
        at: String,
        /// Whether TLS was spoken.
        tls: bool,
        /// How long it had.
        limit: Duration,
    },
}

impl DialError {
    /// What a person can do about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Token(_) | Self::UnusableToken => Remedy::Token,
            Self::Discovery(_) => Remedy::Discovery,
            Self::Proxy { .. } => Remedy::Proxy,
            Self::Dns { .. } => Remedy::Dns,
            Self::Refused { .. } => Remedy::Refused,
            Self::Timeout { .. } | Self::Silent { .. } => Remedy::Timeout,
            Self::Unreachable { .. } => Remedy::Unreachable,
            Self::NoTls { .. }
            | Self::SpeaksTls { .. }
            | Self::Certificate { .. }
            | Self::CertificateName { .. }
            | Self::ServerName { .. }
            | Self::Tls { .. } => Remedy::Tls,
            Self::Http1 { .. } | Self::Foreign { .. } | Self::Closed { .. } => Remedy::NotAPuppet,
        }
    }
}

impl DialError {
    /// Whether a proxy is well, and what is behind it is not.
    pub(super) fn is_behind_proxy(&self) -> bool {
        matches!(self, Self::Proxy { trouble, .. } if trouble.is_behind())
    }
}

impl From<DialError> for Status {
    /// `UNAVAILABLE`, of which [`super::super::fate`] knows that nothing was sent.
    fn from(error: DialError) -> Self {
        let mut status = Self::unavailable(error.to_string());
        status.set_source(std::sync::Arc::new(error));
        status
    }
}
