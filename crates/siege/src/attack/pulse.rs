//! A bot that behaves well, and what it feels of an attack: each of its calls goes through the gateway to an account.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use ha_wechaty::transport::{Address, Connection, Security, Target, dial};
use ha_wechaty_wire::{Token, puppet::ContactPayloadRequest};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Between two calls.
const REST: Duration = Duration::from_millis(5);
/// A call that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bot while it calls.
pub(super) struct Pulse {
    stop: CancellationToken,
    calls: JoinHandle<Beat>,
}

/// What it felt.
#[derive(Debug, Clone, Default)]
pub(super) struct Beat {
    /// How long each call took, shortest first.
    took: Vec<Duration>,
    pub(super) failed: usize,
    pub(super) last_failure: String,
}

impl Pulse {
    /// It is connected when this returns.
    pub(super) async fn begin(gateway: SocketAddr, token: &str, contact: &str) -> Result<Self> {
        let (connection, stop) = (connect(gateway, token).await?, CancellationToken::new());
        let (contact, stopped) = (contact.to_owned(), stop.clone());
        let calls = tokio::spawn(async move {
            let mut beat = Beat::default();
            while !stopped.is_cancelled() {
                let begun = Instant::now();
                let request = ContactPayloadRequest { id: contact.clone() };
                match timeout(PATIENCE, connection.puppet().contact_payload(request)).await {
                    Ok(Ok(_)) => beat.took.push(begun.elapsed()),
                    Ok(Err(status)) => beat.fail(&status.to_string()),
                    Err(_) => beat.fail("no answer"),
                }
                sleep(REST).await;
            }
            beat.took.sort_unstable();
            beat
        });
        Ok(Self { stop, calls })
    }

    pub(super) async fn end(self) -> Result<Beat> {
        self.stop.cancel();
        Ok(self.calls.await?)
    }
}

impl Beat {
    fn fail(&mut self, why: &str) {
        self.failed += 1;
        why.clone_into(&mut self.last_failure);
    }

    /// So many of a hundred calls took no longer.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.took.len() * percent / 100).min(self.took.len().saturating_sub(1));
        self.took.get(place).copied().unwrap_or(PATIENCE)
    }
}

/// A bot's connection.
pub(super) async fn connect(gateway: SocketAddr, token: &str) -> Result<Connection> {
    let target = Target {
        token: Token::new(token),
        address: Address::Endpoint { host: gateway.ip().to_string(), port: gateway.port() },
        proxy: None,
        security: Security::Plaintext,
        keepalive: Duration::from_secs(20),
        max_message: 80 << 20,
    };
    timeout(PATIENCE, dial(&target)).await.context("a bot can't connect")?.context("a bot can't connect")
}
