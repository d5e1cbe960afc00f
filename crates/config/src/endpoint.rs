//! Where a server listens.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use crate::reader::{Field, FromField};

/// Where a server listens: a host name or address, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Endpoint {
    /// A host name, an IPv4 address, or an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// Whether it means something else on another machine or in another network: the loopback, a private or link-local
    /// address, a name without a dot.
    pub(crate) fn is_near(&self) -> bool {
        match self.host.parse() {
            Ok(IpAddr::V4(it)) => it.is_loopback() || it.is_private() || it.is_link_local(),
            Ok(IpAddr::V6(it)) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
            Err(_) => !self.host.trim_end_matches('.').contains('.'),
        }
    }

    /// An endpoint of these parts.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        if text.contains("://") {
            return Err(BadEndpoint::Scheme);
        }
        let (host, port) = text.rsplit_once(':').ok_or(BadEndpoint::NoPort)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(BadEndpoint::Port)?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) if address.parse::<Ipv6Addr>().is_ok() => address,
            None if is_host_name(host) => host,
            _ => return Err(BadEndpoint::Host),
        };
        Ok(Self::new(host, port))
    }
}

/// Host names and IPv4 addresses; what is wrong beyond its characters, the resolver says.
fn is_host_name(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// It is a URL.
    #[error("has a scheme; write host:port alone, and say with tls whether it is TLS")]
    Scheme,
    /// There is no `:`.
    #[error("has no port; write host:port")]
    NoPort,
    /// What follows the last `:` is no port.
    #[error("has no port from 1 to 65535 after its last ':'; write host:port, an IPv6 address in [ ]")]
    Port,
    /// What stands before the port is no host.
    #[error("has no host name or address before its port; write host:port, an IPv6 address in [ ]")]
    Host,
}

impl FromField for Endpoint {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("127.0.0.1:18801")?;
        match text.parse() {
            Ok(endpoint) => Some(endpoint),
            Err(error) => field.refuse(format!("{text:?} {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_port() {
        for text in ["127.0.0.1:18801", "puppet.example.com:8788", "[::1]:8788", "my_service:1"] {
            assert_eq!(text.parse::<Endpoint>().map(|endpoint| endpoint.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_endpoint_says_why() {
        for (text, why) in [
            ("https://example.com:8788", BadEndpoint::Scheme),
            ("example.com", BadEndpoint::NoPort),
            ("example.com:0", BadEndpoint::Port),
            ("example.com:70000", BadEndpoint::Port),
            (":8788", BadEndpoint::Host),
            ("::1:8788", BadEndpoint::Host),
            ("a b:8788", BadEndpoint::Host),
            ("[a]:8788", BadEndpoint::Host),
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(why), "{text}");
        }
    }
}
