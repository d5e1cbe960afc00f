//! Where operators look: key `admin`.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

/// Where operators look.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Admin {
    /// Where status, health and metrics are served; `None` (`"off"`) for nowhere.
    pub listen: Option<SocketAddr>,
    /// What the user `admin` must show. Needed to listen beyond this machine.
    pub password: Option<Secret>,
    /// Whether the gateway must not serve without it: a gateway that nobody can look at is of little use.
    pub required: bool,
    /// How many sends are remembered, for `ha-wechaty sends`.
    pub sends: usize,
    /// How many lines of one kind about one account are logged in a minute; the others are counted.
    pub log_lines: usize,
}

impl Admin {
    /// The address unless it is set.
    pub const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8790);
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: Some(Self::DEFAULT), password: None, required: true, sends: 10_000, log_lines: 20 }
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An address to listen on, or `off`.
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);
