//! The team's accounts: a table `[[account]]` for each.
//!
//! | file | what it holds |
//! |---|---|
//! | `provider` | what drives an account: one of the two |
//! | `service` | a puppet service that somebody runs |
//! | `hosted` | a puppet that we run |
//! | `package` | where such a puppet's code is |
//! | `proxy` | through what either goes out |

mod hosted;
mod package;
mod provider;
mod proxy;
mod service;

use ha_wechaty_core::{Allowance, Ids, MAX_ACCOUNTS, Vigil};

pub use hosted::{Hosted, PuppetOptions};
pub use package::{BadPackage, Package};
pub use provider::Provider;
pub use service::{Dialect, Service};

use super::{
    Effect, Item, Live, health,
    pace::{self, PaceConfig},
};
use crate::{
    Config,
    reader::{Field, FromField, Keys, Rules},
};

/// What accounts share is told in so many bytes at most.
const DOMAIN: usize = 64;

/// An account of the team. Key `account`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccountConfig {
    /// Its name: 1 to 32 characters of `a-z`, `0-9` and `-`. It is part of the ids that bots keep.
    pub name: String,
    /// What drives it.
    pub provider: Provider,
    /// Its share of the work, relative to the others' (1 to 1000).
    pub weight: u32,
    /// Whether its contact and room ids are the same for every account; its provider knows, unless it is set.
    pub ids: Ids,
    /// When its silence means something, if not as for the others (keys `ding_after`, `fail_after`,
    /// `jitter` of the account).
    pub vigil: Option<Vigil>,
    /// What it may do, if not as much as the others (keys `messages`, `friend_adds`, `room_creations`,
    /// `room_invitations` of the account).
    pub allowance: Option<Allowance>,
    /// What it shares with others of the same word that then fail together: a provider, a house, a line. Its address and
    /// its puppet are known besides.
    pub domain: Option<String>,
}

impl AccountConfig {
    /// An account with the defaults.
    pub fn new(name: impl Into<String>, provider: impl Into<Provider>) -> Self {
        let provider = provider.into();
        Self {
            name: name.into(),
            weight: 1,
            ids: provider.ids(),
            vigil: None,
            allowance: None,
            domain: None,
            provider,
        }
    }

    /// Whether both are the same account, reached in the same way: what else is said of it counts without connecting it
    /// anew.
    pub fn is_reached_as(&self, other: &Self) -> bool {
        let Self { name, provider, ids, weight: _, vigil: _, allowance: _, domain: _ } = self;
        (name, provider, ids) == (&other.name, &other.provider, &other.ids)
    }

    /// The puppet that we run for it, if we do.
    pub fn hosted(&self) -> Option<&Hosted> {
        match &self.provider {
            Provider::Hosted(hosted) => Some(hosted),
            Provider::Service(_) => None,
        }
    }
}

impl PaceConfig {
    /// What an account may do: limits of its own, or those of all.
    pub fn of<'a>(&'a self, account: &'a AccountConfig) -> &'a Allowance {
        account.allowance.as_ref().unwrap_or(&self.allowance)
    }
}

impl Item for AccountConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Accounts);

    fn read(keys: &mut Keys<'_>, team: &Config) -> Self {
        let mut named = String::new();
        keys.require("name", &mut named, "give each account a name of its own");
        let mut account = Self::new(named, provider::read(keys));
        let Self { name: _, provider: _, weight, ids, vigil, allowance, domain } = &mut account;
        keys.set("weight", weight);
        keys.set("ids", ids);
        let shared = team.health.vigil;
        let mut own = shared;
        health::vigil_keys(keys, &mut own);
        *vigil = (own != shared).then_some(own);
        let shared = &team.pace.allowance;
        let mut own = shared.clone();
        pace::allowance_keys(keys, &mut own);
        *allowance = (own != *shared).then_some(own);
        keys.set("domain", domain);
        account
    }

    fn judge(accounts: &[Self], rules: &Rules<'_>) {
        if accounts.is_empty() {
            let remedy = "add [[account]] with a name and a token, --account NAME=TOKEN@HOST:PORT or HA_WECHATY_PUPPET";
            rules.report("account", format!("there is none; {remedy}"));
        }
        if accounts.len() > MAX_ACCOUNTS {
            let count = accounts.len();
            rules.report(
                &format!("account[{MAX_ACCOUNTS}]"),
                format!(
                    "there are {count} accounts, but a team has at most {MAX_ACCOUNTS}; make a second team"
                ),
            );
        }
        for (index, account) in accounts.iter().enumerate() {
            let before = &accounts[..index];
            rules.name(&format!("account[{index}].name"), &account.name);
            if let Some(twin) = before.iter().position(|other| other.name == account.name) {
                rules.twin("account", "name", index, twin, "choose another name");
            }
            let provider = &account.provider;
            if let Some(twin) = before.iter().position(|other| provider.is_same(&other.provider)) {
                rules.twin("account", "token", index, twin, provider.how_to_differ());
            }
            for (key, message) in provider.broken() {
                rules.report(&format!("account[{index}].{key}"), message);
            }
            if account.domain.as_deref().is_some_and(|it| it.trim().is_empty() || it.len() > DOMAIN) {
                let why = format!("must be a word of 1 to {DOMAIN} bytes, like \"office\"; or leave it out");
                rules.report(&format!("account[{index}].domain"), why);
            }
            for (key, message) in account.vigil.into_iter().flat_map(health::broken) {
                rules.report(&format!("account[{index}].{key}"), message);
            }
        }
    }
}

impl FromField for Ids {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[("shared", Self::Shared), ("own", Self::Own)])
    }
}
