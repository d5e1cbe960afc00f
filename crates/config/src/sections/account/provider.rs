//! What drives an account: a puppet service that somebody runs, or a puppet that we run ourselves.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use ha_wechaty_core::Ids;
use ha_wechaty_wire::Token;

use crate::{AccountTls, Hosted};

/// What drives an account. Key `puppet`.
#[derive(Debug, Clone, PartialEq)]
pub enum Provider {
    /// A puppet service that somebody runs: we connect to it.
    Service(Service),
    /// A puppet from npm, or from a folder: we run it, and connect to it then.
    Hosted(Hosted),
}

impl Provider {
    /// The account's own secret; a hosted puppet may need none.
    pub fn token(&self) -> Option<&Token> {
        match self {
            Self::Service(service) => Some(&service.token),
            Self::Hosted(hosted) => hosted.token.as_ref(),
        }
    }

    /// Whether its contact and room ids are the same for every account, unless the operator says so.
    pub fn ids(&self) -> Ids {
        match self {
            Self::Service(_) => Ids::Shared,
            Self::Hosted(hosted) => hosted.ids(),
        }
    }
}

impl From<Service> for Provider {
    fn from(service: Service) -> Self {
        Self::Service(service)
    }
}

impl From<Hosted> for Provider {
    fn from(hosted: Hosted) -> Self {
        Self::Hosted(hosted)
    }
}

/// A puppet service that somebody runs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Service {
    /// By which of its names it is spoken.
    pub dialect: Dialect,
    /// What we show when we connect.
    pub token: Token,
    /// Where it is; without it, it is discovered by token.
    pub endpoint: Option<Endpoint>,
    /// Whom to ask for the endpoint, a host name or `host:port`.
    pub authority: String,
    /// How the connection is secured.
    pub tls: AccountTls,
}

/// The names of the one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// `wechaty-puppet-service`.
    #[default]
    Service,
    /// `wechaty-puppet-hostie`, its old name: the same protocol, on plaintext only.
    Hostie,
}

impl Service {
    /// A puppet service that is discovered by its token, with the defaults.
    pub fn new(token: Token) -> Self {
        Self {
            dialect: Dialect::Service,
            token,
            endpoint: None,
            authority: "api.chatie.io".to_owned(),
            tls: AccountTls::Community,
        }
    }

    /// The same at this place.
    #[must_use]
    pub fn at(self, endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..self }
    }

    /// The name that a TLS connection asks for; `None` on plaintext.
    pub fn server_name(&self) -> Option<&str> {
        match &self.tls {
            AccountTls::Off => None,
            AccountTls::Custom { server_name: Some(name), .. } => Some(name),
            AccountTls::Community | AccountTls::Custom { .. } => self.token.sni(),
        }
    }
}

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

    #[test]
    fn the_server_name_is_the_tokens_unless_told_otherwise() {
        let mut service = Service::new(Token::new("insecure_1"));
        assert_eq!(service.server_name(), Some("insecure"));
        service.tls = AccountTls::Custom { ca: None, server_name: Some("puppet.example.com".into()) };
        assert_eq!(service.server_name(), Some("puppet.example.com"));
        service.tls = AccountTls::Off;
        assert_eq!(service.server_name(), None);
    }
}
