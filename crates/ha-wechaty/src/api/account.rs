//! An account, as a program names it.

use std::{fmt, str::FromStr};

use ha_wechaty_config::{AccountTls, Config, ConfigError, Draft, Ids, Provider};

/// Where the library's own words stand in a configuration error.
pub(super) const PLACE: &str = "HaWechaty::builder()";
/// The same, of an account that joins later.
pub(super) const PLACE_OF_ADD: &str = "HaWechaty::add()";

/// An account of the team, and what drives it.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// // A puppet service that runs somewhere already: at an endpoint, or found by its token.
/// let one = Account::service("insecure_my-token").endpoint("127.0.0.1:18801").name("north");
/// // Any npm puppet, which is run here.
/// let other = Account::puppet("wechaty-puppet-padlocal").token("my-token").name("south");
/// # let _ = (one, other);
/// ```
#[derive(Clone)]
#[must_use = "an account is nothing until it is given to a builder"]
pub struct Account {
    puppet: String,
    name: Option<String>,
    token: String,
    endpoint: Option<String>,
    authority: Option<String>,
    options: toml::Table,
    ids: Option<Ids>,
    weight: Option<u32>,
    tls: Option<AccountTls>,
    proxy: Option<String>,
}

impl Account {
    /// An account behind a puppet service (`wechaty-puppet-service`).
    ///
    /// Without [`Account::endpoint`] it is found by its token. A token without a server name before a `_` is
    /// of the old form, whose services speak plaintext.
    pub fn service(token: impl Into<String>) -> Self {
        Self::puppet("wechaty-puppet-service").token(token)
    }

    /// An account that is driven by a puppet of this name.
    pub fn puppet(puppet: impl Into<String>) -> Self {
        Self {
            puppet: puppet.into(),
            name: None,
            token: String::new(),
            endpoint: None,
            authority: None,
            options: toml::Table::new(),
            ids: None,
            weight: None,
            tls: None,
            proxy: None,
        }
    }

    /// Its name: 1 to 32 characters of `a-z`, `0-9` and `-`. It is part of the ids that a bot may keep; the
    /// default is `account-1`, `account-2` and so on, in the order in which they were added.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The secret that its puppet wants.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// Where its puppet service is, as `host:port`.
    #[allow(clippy::needless_pass_by_value, reason = "an address or a number is written as it is")]
    pub fn endpoint(mut self, endpoint: impl ToString) -> Self {
        self.endpoint = Some(endpoint.to_string());
        self
    }

    /// Something that a puppet which is run here is made with, besides its token.
    pub fn option(mut self, key: impl Into<String>, value: impl Into<toml::Value>) -> Self {
        self.options.insert(key.into(), value.into());
        self
    }

    /// Whom to ask for the endpoint, a host name or `host:port`.
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = Some(authority.into());
        self
    }

    /// How the connection is secured.
    pub fn tls(mut self, tls: AccountTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Through what it goes out: `socks5://[USER:PASSWORD@]HOST:PORT`, or the same with `http://`. Its puppet service is reached so,
    /// and names are resolved there; a puppet that is run here is told of it.
    pub fn proxy(mut self, proxy: impl Into<String>) -> Self {
        self.proxy = Some(proxy.into());
        self
    }

    /// Its share of the work, relative to the others' (1 to 1000).
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = Some(weight);
        self
    }

    /// Whether its contact and room ids are the same for every account.
    pub fn ids(mut self, ids: Ids) -> Self {
        self.ids = Some(ids);
        self
    }

    /// Its name, given how many were added before.
    pub(super) fn name_at(&self, index: usize) -> String {
        self.name.clone().unwrap_or_else(|| format!("account-{}", index + 1))
    }

    /// Adds it to a configuration.
    pub(super) fn add_to(&self, draft: &mut Draft, place: &'static str, index: usize) {
        let mut keys = vec![("puppet", self.puppet.as_str())];
        keys.extend(Some(self.token.as_str()).filter(|it| !it.is_empty()).map(|it| ("token", it)));
        keys.extend(self.endpoint.as_deref().map(|it| ("endpoint", it)));
        keys.extend(self.authority.as_deref().map(|it| ("authority", it)));
        keys.extend(self.proxy.as_deref().map(|it| ("proxy", it)));
        keys.extend(self.ids.map(|it| ("ids", if it == Ids::Own { "own" } else { "shared" })));
        if self.is_plaintext() {
            keys.push(("tls", "off"));
        }
        let name = self.name_at(index);
        draft.set_member(place, "account", &name, &keys);
        if !self.options.is_empty() {
            let options = toml::Value::Table(self.options.clone()).to_string();
            draft.set_member_value(place, "account", &name, "puppet_options", &options);
        }
        if let Some(weight) = self.weight {
            draft.set_member_value(place, "account", &name, "weight", &weight.to_string());
        }
    }

    /// The same as a configuration has it, for a team with these defaults.
    ///
    /// # Errors
    /// All that is wrong with it by itself.
    pub(super) fn read(
        &self,
        team: &Config,
        index: usize,
    ) -> Result<ha_wechaty_config::AccountConfig, ConfigError> {
        let mut draft = Draft::new();
        self.add_to(&mut draft, PLACE_OF_ADD, index);
        let mut account = draft.finish_account(team)?;
        self.finish(&mut account);
        Ok(account)
    }

    /// Sets what has no text: after the rest was read.
    pub(super) fn finish(&self, account: &mut ha_wechaty_config::AccountConfig) {
        if let (Some(tls), Provider::Service(service)) = (&self.tls, &mut account.provider) {
            service.tls = tls.clone();
        }
    }

    /// Whether no TLS is to be expected: with any that was set, the rest is read as if there were none.
    fn is_plaintext(&self) -> bool {
        self.is_old_form() || self.tls.is_some()
    }

    /// Whether its token names no server: no TLS connection could ask for one.
    fn is_old_form(&self) -> bool {
        !self.token.contains('_') && self.puppet == "wechaty-puppet-service"
    }
}

impl fmt::Debug for Account {
    /// Without its token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { puppet, name, endpoint, .. } = self;
        f.debug_struct("Account")
            .field("puppet", puppet)
            .field("name", name)
            .field("endpoint", endpoint)
            .finish_non_exhaustive()
    }
}

impl FromStr for Account {
    type Err = BadAccount;

    /// Reads `NAME=TOKEN@HOST:PORT`, or `NAME=TOKEN` for one that is found by its token, as the flag
    /// `--account` of `ha-wechaty serve`.
    fn from_str(text: &str) -> Result<Self, BadAccount> {
        let (name, rest) = text.split_once('=').ok_or(BadAccount)?;
        Ok(match rest.rsplit_once('@') {
            Some((token, endpoint)) => Self::service(token).endpoint(endpoint),
            None => Self::service(rest),
        }
        .name(name))
    }
}

/// A text that names no account. It is not repeated: there may be a token in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write an account as NAME=TOKEN@HOST:PORT, or NAME=TOKEN to have it found by its token")]
pub struct BadAccount;
