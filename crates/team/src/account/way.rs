//! How an account's puppet service is found: where it always is, or where its host says that it is.

use std::{sync::Arc, time::Duration};

use ha_wechaty_core::{AccountId, Input, LinkFact, fingerprint};
use ha_wechaty_host::HostState;
use ha_wechaty_wire::tls;
use tokio::{sync::watch, time::timeout};

use crate::state::{accounts::AccountSide, facts::CoreHandle};
use ha_wechaty_config::{AccountTls, Provider, Service};
use ha_wechaty_transport::{Address, Security, Target};

/// How much later than its connection a host that ended is known to have ended, at most.
const HEARSAY: Duration = Duration::from_millis(250);

/// How an account's puppet service is found.
#[derive(Debug)]
pub(super) enum Way {
    /// It is always there.
    Fixed(Target),
    /// It is one of our own, and somewhere else whenever it starts.
    Host {
        /// Where that is.
        state: watch::Receiver<HostState>,
        /// What else is to be known to dial it.
        manner: Manner,
    },
}

/// How a puppet service is dialled, wherever it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    keepalive: Duration,
    max_message: usize,
}

impl Way {
    /// # Errors
    /// The account's certificate authorities can't be used.
    pub(super) fn new(
        accounts: &AccountSide,
        account: AccountId,
        provider: &Provider,
        keepalive: Duration,
    ) -> Result<Self, tls::TlsError> {
        let manner = Manner { keepalive, max_message: accounts.limits.max_message };
        match provider {
            Provider::Service(service) => {
                target_of(service, manner.keepalive, manner.max_message).map(Self::Fixed)
            }
            Provider::Hosted(_) => Ok(Self::Host { state: accounts.hosts.watch(account), manner }),
        }
    }

    /// Which service it is, as a fingerprint: another one counts what it tells for itself. Ours is somewhere else whenever it
    /// starts.
    pub(super) fn service(&self) -> u64 {
        match self {
            Self::Fixed(Target { token, address, .. }) => {
                fingerprint(&format!("{address:?} {}", token.reveal())) | 1
            }
            Self::Host { .. } => 2,
        }
    }

    /// Where to dial. It waits until the account's own host serves, and tells the core for what it waits.
    pub(super) async fn target(&mut self, core: &CoreHandle, account: AccountId) -> Target {
        let (host, Manner { keepalive, max_message }) = match self {
            Self::Fixed(target) => return target.clone(),
            Self::Host { state, manner } => (state, *manner),
        };
        let mut told = None;
        loop {
            let state = host.borrow_and_update().clone();
            if let HostState::Serving { port, token } = state {
                return Target {
                    token,
                    address: Address::Endpoint { host: "127.0.0.1".to_owned(), port },
                    // Its own host is on this machine; what the puppet reaches, it reaches through the proxy.
                    proxy: None,
                    security: Security::Plaintext,
                    keepalive,
                    max_message,
                };
            }
            let step = state.step();
            if told.as_ref() != Some(&step) {
                told = Some(step.clone());
                core.tell(Input::Link { account, fact: LinkFact::Preparing { step } });
            }
            if host.changed().await.is_err() {
                // Hosts end after links; whoever waits here is told to stop.
                return std::future::pending().await;
            }
        }
    }

    /// Why a connection was lost: if the account's own host is gone, the host knows better.
    pub(super) async fn explain(&mut self, cause: String) -> String {
        let Self::Host { state: host, .. } = self else { return cause };
        let is_down = |state: &HostState| matches!(state, HostState::Down { .. });
        match timeout(HEARSAY, host.wait_for(is_down)).await {
            Ok(Ok(state)) => state.cause().map_or(cause, str::to_owned),
            _ => cause,
        }
    }
}

/// How an account's service is dialled that somebody runs: pinged after so long without traffic, and with messages of so many
/// bytes at most.
///
/// # Errors
/// The account's certificate authorities can't be used.
pub fn target_of(
    service: &Service,
    keepalive: Duration,
    max_message: usize,
) -> Result<Target, tls::TlsError> {
    let security = match service.tls.client_config()? {
        Some(config) => Security::Tls {
            config: Arc::new(config),
            server_name: service.server_name().unwrap_or(tls::COMMUNITY_NAME).to_owned(),
        },
        None => Security::Plaintext,
    };
    debug_assert!(matches!(
        (&service.tls, &security),
        (AccountTls::Off, Security::Plaintext) | (_, Security::Tls { .. })
    ));
    let address = match &service.endpoint {
        Some(endpoint) => Address::Endpoint { host: endpoint.host.clone(), port: endpoint.port },
        None => Address::Discover {
            authority: service.authority.clone(),
            https: Some(service.tls.directory_trust()),
        },
    };
    let (token, proxy) = (service.token.clone(), service.proxy.clone());
    Ok(Target { token, address, proxy, security, keepalive, max_message })
}
