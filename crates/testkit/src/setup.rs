//! A team as a test wants it.

use std::time::Duration;

use ha_wechaty_config::{AccountConfig, BotConfig, Config, Endpoint, GatewayTls, Service};
use ha_wechaty_sim::PhoneBuilder;
use ha_wechaty_wire::Token;

use crate::{House, Town};

/// The contact id that a team has for bots, if the test does not say another.
pub const SELF: &str = "ossbot";
/// The token of the bot that every team has.
pub const TOKEN: &str = "insecure_bot";

type Build<'a> = Box<dyn Fn(PhoneBuilder) -> PhoneBuilder + 'a>;
type Change<'a> = Box<dyn FnOnce(&mut Config) + 'a>;

/// What a team is made of: by default three accounts on phones with the community's TLS, one bot, and what
/// [`Setup::config`] says of it.
#[must_use = "nothing runs until it is started"]
pub struct Setup<'a> {
    team: &'a str,
    accounts: Vec<&'a str>,
    build: Build<'a>,
    befriended: bool,
    changes: Vec<Change<'a>>,
}

impl<'a> Setup<'a> {
    /// A team of this name, with accounts north, south and west.
    pub fn new(team: &'a str) -> Self {
        Self {
            team,
            accounts: vec!["north", "south", "west"],
            build: Box::new(|phone| phone),
            befriended: false,
            changes: Vec::new(),
        }
    }

    /// Of these accounts instead.
    pub fn accounts(mut self, names: &[&'a str]) -> Self {
        self.accounts = names.to_vec();
        self
    }

    /// How phones are made.
    pub fn phones(mut self, build: impl Fn(PhoneBuilder) -> PhoneBuilder + 'a) -> Self {
        self.build = Box::new(build);
        self
    }

    /// The accounts are one another's friends.
    pub fn befriended(mut self) -> Self {
        self.befriended = true;
        self
    }

    /// What its configuration says; the accounts are in it by then.
    pub fn config(mut self, change: impl FnOnce(&mut Config) + 'a) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// The team's gateway, without waiting for the accounts.
    ///
    /// # Panics
    /// There is no free port, or the configuration is none.
    pub async fn open(self) -> House {
        let town = Town::of(&self.accounts, self.build).await.expect("ports");
        if self.befriended {
            town.befriend();
        }
        let mut config = quick(self.team);
        // What is read in the background would be counted with what a test asks for.
        config.team.refresh = None;
        // Most tests are about single messages.
        config.team.burst = Duration::ZERO;
        for phone in &town.phones {
            let endpoint = Endpoint::new("127.0.0.1", phone.addr().port());
            let service = Service::new(phone.token().clone()).at(endpoint);
            config.accounts.push(AccountConfig::new(phone.name(), service));
        }
        for change in self.changes {
            change(&mut config);
        }
        House::open(town, config).await
    }

    /// The team's gateway; all accounts are available and known to be in the room.
    ///
    /// # Panics
    /// There is no free port, the configuration is none, or an account does not become available in time.
    pub async fn start(self) -> House {
        let house = self.open().await;
        house.until_available(house.phones.len()).await;
        house
    }
}

/// The configuration of a team without accounts: on ports that are free, in plaintext, with a bot; unpaced, and quick to
/// try again.
#[must_use]
pub fn quick(team: &str) -> Config {
    let mut config = Config::new(team);
    config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
    config.gateway.tls = GatewayTls::Off;
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    config.reconnect.backoff.base = Duration::from_millis(20);
    config.reconnect.backoff.cap = Duration::from_millis(100);
    // Most tests are not about the pace.
    config.pace.enabled = false;
    config.bots.push(BotConfig::new("main", Token::new(TOKEN)));
    config
}
