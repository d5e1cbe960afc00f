//! A town, and a gateway in front of it.

use std::ops::{Deref, DerefMut};

use ha_wechaty_config::Config;
use ha_wechaty_core::AccountId;
use ha_wechaty_gateway::Gateway;
use ha_wechaty_sim::Fault;
use ha_wechaty_team::view::Status;

use crate::{Bot, SELF, Setup, TOKEN, Town, wait};

/// A gateway whose accounts are the phones of a [`Town`]. It ends with the test.
#[derive(Debug)]
pub struct House {
    town: Town,
    /// The gateway.
    pub gateway: Gateway,
    config: Config,
}

impl Deref for House {
    type Target = Town;

    fn deref(&self) -> &Town {
        &self.town
    }
}

impl DerefMut for House {
    fn deref_mut(&mut self) -> &mut Town {
        &mut self.town
    }
}

impl House {
    /// Three accounts that are in one room with alice, connected.
    pub async fn new() -> Self {
        Setup::new(SELF).start().await
    }

    /// The same, configured so.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Setup::new(SELF).config(change).start().await
    }

    /// A gateway with this configuration in front of a town.
    pub(crate) async fn open(town: Town, config: Config) -> Self {
        let gateway = Gateway::start(config.clone()).await.expect("a gateway");
        Self { town, gateway, config }
    }

    /// Waits until so many accounts are available and known to be in the room.
    pub async fn until_available(&self, count: usize) {
        let room = self.room.id().to_owned();
        self.until("accounts are available", || {
            let routing = self.gateway.routing();
            let known = routing.reach(&room).yes.and(routing.available());
            routing.available().len() == count && known.len() == count
        })
        .await;
    }

    /// Waits for a condition.
    ///
    /// # Panics
    /// It is not met in time; says how the accounts stand.
    pub async fn until(&self, what: &str, condition: impl FnMut() -> bool) {
        if !wait::comes(condition).await {
            panic!("in vain: {what}; {}", self.told().await);
        }
    }

    /// How the accounts stand, for people.
    async fn told(&self) -> String {
        if self.gateway.admin_addr().is_none() {
            return String::from(
                "and nobody can say how the accounts stand: this gateway has no admin's port",
            );
        }
        let accounts = self.status().await.accounts.into_iter();
        accounts.map(|it| format!("{} is {}: {}", it.name, it.phase, it.text)).collect::<Vec<_>>().join("; ")
    }

    /// A bot with an open stream.
    pub async fn bot(&self) -> Bot {
        Bot::connect(&self.gateway, TOKEN).await.expect("a bot")
    }

    /// The configuration that the gateway was started with.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// Ends the gateway and starts it anew on the same port.
    pub async fn restart_gateway(&mut self) {
        let mut config = self.config.clone();
        config.gateway.listen = self.gateway.local_addr();
        self.shut_down().await;
        self.gateway = Gateway::start(config).await.expect("a gateway");
        self.until_available(self.phones.len()).await;
    }

    /// Ends the gateway; the phones live on.
    pub async fn shut_down(&mut self) {
        std::mem::replace(&mut self.gateway, idle().await).shutdown().await;
    }

    /// Drops the gateway.
    pub async fn drop_gateway(&mut self) {
        drop(std::mem::replace(&mut self.gateway, idle().await));
    }

    /// What the admin's server answers: code and text.
    pub async fn admin(&self, path: &str, password: Option<&str>) -> (u16, String) {
        let addr = self.gateway.admin_addr().expect("an admin's port");
        ha_wechaty_admin::client::get(addr, path, password).await.expect("an answer")
    }

    /// How things stand.
    pub async fn status(&self) -> Status {
        crate::status(self.gateway.admin_addr().expect("an admin's port")).await
    }

    /// What its store holds, as the admin's server tells.
    pub async fn store(&self) -> serde_json::Value {
        let (code, text) = self.admin("/store", None).await;
        assert_eq!(code, 200, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Kills a phone, and waits until the team knows.
    pub async fn lose(&self, index: usize) {
        self.phones[index].fail(Fault::Drop);
        let account = AccountId::at(index);
        self.until("the account is missed", || !self.gateway.routing().available().contains(account)).await;
    }
}

/// A gateway without accounts, as a stand-in.
async fn idle() -> Gateway {
    let mut config = Config::new("idle");
    config.admin.listen = None;
    config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
    Gateway::start(config).await.expect("a gateway")
}
