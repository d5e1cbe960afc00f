//! The transport against peers that follow a script, down to the single frame.

mod asking;
mod dialing;
mod discovering;
mod fates;
mod flood;
mod given_up;
mod listening;
mod proxied;
mod puppet;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ha_wechaty_wire::{
    Token,
    tls::{self, Trust},
};

use super::{Address, Security, Target};

const TOKEN: &str = "insecure_7bda5366-9e72-4876-bf1a-e7f44d50a616";

fn plaintext(at: SocketAddr) -> Target {
    Target {
        token: Token::new(TOKEN),
        address: Address::Endpoint { host: at.ip().to_string(), port: at.port() },
        proxy: None,
        security: Security::Plaintext,
        keepalive: Duration::from_secs(30),
        max_message: 1 << 20,
    }
}

fn secure(at: SocketAddr, trust: &Trust, server_name: &str) -> Target {
    let config = Arc::new(tls::client(trust).expect("a client"));
    Target { security: Security::Tls { config, server_name: server_name.into() }, ..plaintext(at) }
}

fn community(at: SocketAddr) -> Target {
    secure(at, &Trust::Community, "insecure")
}
