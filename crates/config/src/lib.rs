//! What an operator can set: the types, their defaults, and how a file, the environment and flags become them.
//!
//! A [`Config`] is the whole of it, checked: a program that holds one need not look again. [`Config::load`] reads
//! a TOML file, a [`Draft`] lays the [`Environment`] and flags over it, [`Config::new`] serves programs that
//! want no file. The operator's own view of the same keys is `ha-wechaty.example.toml`; a test compares the two.
//!
//! | module | what it holds |
//! |---|---|
//! | `sections` | all keys: a file for each table of them |
//! | `between` | what must hold between tables |
//! | `read` | from values as they were written to a configuration, or to a part of one |
//! | `reader` | how anything is read, whatever keys there are |
//! | `environment` | variables, and what they come to |
//! | `tls`, `endpoint`, `secret` | types that keys of several tables have |
//! | [`catalogue`] | the puppets that are known, and what each needs |
//! | `door` | where a gateway is asked how it stands |
//! | `exposed` | files and folders that others can read, and should not |
//! | `folders` | where puppets that run here are kept |
//! | [`logging`] | how much is logged, which no file says |
//! | `written` | what was written where, for people |
//! | `warnings` | what works, though perhaps not as it was meant |
//!
//! A new key is a field, a default and a row, all in its table's file. A new table is such a file, and a line in the list
//! below, which [`Config`] is made of. The compiler asks for what is missing of these, and tests for the example file.

mod between;
pub mod catalogue;
mod door;
mod endpoint;
mod environment;
mod exposed;
mod folders;
pub mod logging;
mod read;
mod reader;
mod sections;
#[cfg(test)]
mod tests;
mod tls;
mod warnings;
mod written;

use std::path::{Path, PathBuf};

pub use bytesize::ByteSize;
pub use ha_wechaty_core::{
    Allowance, Backoff, BotMode, EjectionRule, Ids, Limit, Policy, Quiet, Recall, Severity, Vigil,
};

pub use door::AdminAddress;
pub use endpoint::{BadEndpoint, Endpoint};
pub use environment::{Environment, VEILED, Variable};
pub use folders::{Folders, NoFolder, ServedStore, file_name};
pub use ha_wechaty_dong::Secret;
pub use read::secret_keys;
#[cfg(feature = "fuzzing")]
pub use reader::resolve_no_names;
pub use reader::{ConfigError, Draft, PREFIX, Place, Problem, WITHHELD, resolve, secret_file};
pub use sections::{
    AccountConfig, AdminConfig, AlarmsConfig, BadNetwork, BadPackage, BotConfig, CallsConfig, Changed,
    Channel, DeliveryConfig, Dialect, DiscoveryConfig, Effect, Files, GatewayConfig, HealthConfig,
    HostConfig, Hosted, KeyConfig, KeyHash, Language, LibraryConfig, Live, Mailbox, MemoryConfig,
    NotifyConfig, PaceConfig, Package, Provider, PuppetOptions, ReconnectConfig, Right, Robot, Service,
    StoreConfig, StorePlace, TeamConfig, Tokenless, TraceConfig, WhenUnsure, bytes, written,
};
pub use written::{HIDDEN, Written, WrittenKey};

pub use tls::{AccountTls, AdminTls, GatewayTls, PemFile};

sections::sections! {
    /// A team and its gateway, as the operator wants them.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Config {
        tables {
            /// Where bots connect.
            gateway: GatewayConfig,
            /// How the team works together.
            team: TeamConfig,
            /// How long calls to accounts may take.
            calls: CallsConfig,
            /// How links to accounts are kept and regained.
            reconnect: ReconnectConfig,
            /// When an account counts as working.
            health: HealthConfig,
            /// How fast the team may work, and how sends wait.
            pace: PaceConfig,
            /// What becomes of a send when nobody knows whether it was sent.
            delivery: DeliveryConfig,
            /// What outlives the gateway's process.
            store: StoreConfig,
            /// How puppets are run, for accounts that have one of their own.
            host: HostConfig,
            /// How a program that holds the team itself is told of what happens.
            library: LibraryConfig,
            /// Where bots find the gateway by their tokens.
            discovery: DiscoveryConfig,
            /// How much is remembered, and for how long.
            memory: MemoryConfig,
            /// Where operators look.
            admin: AdminConfig,
            /// When people are told of alarms.
            alarms: AlarmsConfig,
            /// Where traces of calls go.
            trace: TraceConfig,
            /// The official account that answers `dong`, unchecked: [`Draft::finish_dong`] gives a checked one.
            dong: ha_wechaty_dong::Settings,
        }
        lists {
            /// Who may ask the admin's server with a key of their own.
            keys: Vec<KeyConfig> of key,
            /// Who may connect.
            bots: Vec<BotConfig> of bot,
            /// The team's accounts, in the order of the configuration.
            accounts: Vec<AccountConfig> of account,
            /// How people are told of alarms.
            notify: Vec<NotifyConfig> of notify,
        }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong with it, or that it can't be read.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Draft::load(path)?.finish()
    }

    /// Reads the text of a file; `path` is its name in errors, and what file names in it are relative to.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Draft::from_toml(path, text)?.finish()
    }

    /// Looks whether the rules hold that a file is held to, of a configuration that a program has made;
    /// `whole` is what to call it.
    pub fn check(&self, whole: &str) -> Result<(), ConfigError> {
        read::check(self, whole)
    }

    /// What works, though perhaps not as it was meant, with the remedy.
    pub fn warnings(&self) -> Vec<Problem> {
        warnings::warnings(self)
    }

    /// What it means that nothing outlives the gateway, if it is so.
    pub fn forgets(&self) -> Option<&'static str> {
        warnings::forgets(self)
    }

    /// Looks whether an account may join those that are in such a team.
    pub fn check_joins(
        &self,
        team: impl IntoIterator<Item = AccountConfig>,
        account: &AccountConfig,
        whole: &str,
    ) -> Result<(), ConfigError> {
        let mut config = self.clone();
        config.accounts = team.into_iter().chain([account.clone()]).collect();
        config.check(whole)
    }
}
