//! A puppet service that somebody runs.

use ha_wechaty_wire::{Proxy, Token};

use super::{PuppetOptions, proxy};
use crate::{AccountTls, Endpoint, reader::Keys};

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
    /// Through what it is reached, and asked for its place, if not directly. Key `proxy`.
    pub proxy: Option<Proxy>,
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
            proxy: None,
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

    /// What must hold, and does not: the account's key, and why.
    pub(super) fn broken(&self) -> Vec<(&'static str, String)> {
        let mut broken = Vec::new();
        if self.dialect == Dialect::Hostie && self.tls != AccountTls::Off {
            let why = "must be \"off\", or left out: wechaty-puppet-hostie speaks plaintext only";
            broken.push(("tls", why.to_owned()));
        } else if self.tls != AccountTls::Off && self.server_name().is_none() {
            let why = "has no server name before a '_', which TLS asks for; set tls = { server_name = \"…\" }, or \
                       tls = \"off\" if the puppet service speaks plaintext";
            broken.push(("token", why.to_owned()));
        }
        let authority = &self.authority;
        let host_and_port = authority.parse::<http::uri::Authority>();
        if !host_and_port.is_ok_and(|it| !it.as_str().contains('@')) {
            let why = format!("{authority:?} is no host name; write it without https://");
            broken.push(("authority", why));
        }
        broken
    }
}

/// A puppet service that somebody runs, from the account's keys.
pub(super) fn read(keys: &mut Keys<'_>, dialect: Dialect) -> Service {
    let mut read = Service::new(Token::new(""));
    let Service { dialect: spoken, token, endpoint, authority, tls, proxy: through } = &mut read;
    *spoken = dialect;
    let remedy = "copy the token of the account's puppet service";
    keys.require_secret("token", "token_file", token, remedy);
    keys.set("endpoint", endpoint);
    keys.set("authority", authority);
    if dialect == Dialect::Hostie {
        *tls = AccountTls::Off;
    }
    keys.set("tls", tls);
    *through = proxy::read(keys);
    let options: PuppetOptions = keys.get("puppet_options").unwrap_or_default();
    if !options.as_map().is_empty() {
        keys.refuse(
            "puppet_options",
            "are for puppets that run here, but this one is a puppet service; leave them out",
        );
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

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
