//! Where bots find the gateway by their tokens: key `discovery`.

use std::net::SocketAddr;

use ha_wechaty_wire::tls::TlsError;

use super::{Effect, Section};
use crate::{
    Endpoint, GatewayTls,
    reader::{Keys, Listen},
};

/// Where bots find the gateway by their tokens, as they find any puppet service.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct DiscoveryConfig {
    /// Where they ask; `None` (`"off"`) for nowhere.
    pub listen: Option<SocketAddr>,
    /// What they are told. Without it, where the gateway listens; and if that is everywhere, the name or the
    /// address by which they asked.
    pub advertise: Option<Endpoint>,
    /// How it is secured, not by the community's certificate; without it, by the gateway's own.
    pub tls: Option<GatewayTls>,
}

impl DiscoveryConfig {
    /// The TLS that it has beside a gateway.
    pub fn tls<'a>(&'a self, gateway: &'a GatewayTls) -> Option<&'a GatewayTls> {
        match (&self.tls, gateway) {
            (Some(tls), _) => Some(tls),
            (None, GatewayTls::Certificate { .. }) => Some(gateway),
            // What suits a gateway would suit no client here: they ask over HTTPS like browsers.
            (None, GatewayTls::Community | GatewayTls::Off) => None,
        }
    }

    /// What the server presents beside a gateway; `None` on plaintext.
    ///
    /// # Errors
    /// The files are not what they should be, see [`GatewayTls::server_config`].
    pub fn server_config(&self, gateway: &GatewayTls) -> Result<Option<rustls::ServerConfig>, TlsError> {
        let config = self.tls(gateway).unwrap_or(&GatewayTls::Off).server_config()?;
        Ok(config.map(|mut config| {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            config
        }))
    }
}

/// What must hold of it depends on where the gateway is: `between.rs`.
impl Section for DiscoveryConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { listen, advertise, tls } = self;
        keys.set_as("listen", listen, |Listen(listen)| listen);
        keys.set("advertise", advertise);
        keys.set("tls", tls);
    }
}
