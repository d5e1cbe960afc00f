//! All keys that there are: a file for each table of keys. Such a file holds the table's type, the defaults, a row for each
//! key with what must hold of its value, and when a change counts.
//!
//! Only what must hold between tables is elsewhere, in [`between`](crate::between). The variables of the environment, what
//! a new configuration changes in a gateway that serves, and what the example file must list come from the rows, and from
//! the list of tables in `lib.rs`.

// A field without a row is a variable that nobody uses: a key that nobody can set.
#![deny(unused_variables)]

mod account;
mod admin;
mod alarms;
mod bot;
mod calls;
mod delivery;
mod discovery;
pub(crate) mod dong;
mod gateway;
mod health;
mod host;
pub(crate) mod identity;
mod key;
mod library;
mod list;
mod memory;
mod notify;
mod pace;
mod reconnect;
mod store;
mod team;
mod tokenless;
mod trace;

pub use account::{AccountConfig, BadPackage, Dialect, Hosted, Package, Provider, PuppetOptions, Service};
pub use admin::AdminConfig;
pub use alarms::AlarmsConfig;
pub use bot::{BotConfig, Files};
pub use calls::CallsConfig;
pub use delivery::{DeliveryConfig, WhenUnsure};
pub use discovery::DiscoveryConfig;
pub use gateway::GatewayConfig;
pub use health::HealthConfig;
pub use host::HostConfig;
pub use key::{KeyConfig, KeyHash, Right};
pub use library::LibraryConfig;
pub use memory::{MemoryConfig, bytes};
pub use notify::{Channel, Language, Mailbox, NotifyConfig, Robot};
pub use pace::{PaceConfig, written};
pub use reconnect::ReconnectConfig;
pub use store::{StoreConfig, StorePlace};
pub use team::TeamConfig;
pub use tokenless::{BadNetwork, Tokenless};
pub use trace::TraceConfig;

pub(crate) use list::sections;

use crate::{
    Config,
    reader::{Keys, Rules},
};

/// A table of keys, like `[calls]`.
pub(crate) trait Section: Default + PartialEq + Clone {
    /// When a change counts.
    const EFFECT: Effect;

    /// Asks for each key: takes the value that is written, if one is, and says what must hold of the value, written or
    /// not. The fields are taken apart by name (`let Self { read, send } = self`), so that no field can be left without
    /// a key.
    fn keys(&mut self, keys: &mut Keys<'_>);

    /// Of a table that counts at once: those of its keys that don't stay as they were `before`. With the names of those that
    /// would have changed. The fields are taken apart by name, so that a new one must say when it counts.
    fn waits(&mut self, before: &Self) -> Vec<&'static str> {
        let _ = before;
        Vec::new()
    }
}

/// A key that counts at the next start stays as it was; its name, if it would have changed.
pub(crate) fn waits<T: PartialEq + Clone>(
    key: &'static str,
    now: &mut T,
    before: &T,
) -> Option<&'static str> {
    (now != before).then(|| {
        now.clone_from(before);
        key
    })
}

/// A table of a list, like `[[bot]]`.
pub(crate) trait Item: PartialEq + Clone {
    /// When a change of the list counts.
    const EFFECT: Effect;

    /// What is written in one table, for a team with these defaults for it.
    fn read(keys: &mut Keys<'_>, team: &Config) -> Self;

    /// What must hold of all of them together, written or made.
    fn judge(all: &[Self], rules: &Rules<'_>);
}

/// When a change of a configuration counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// At the next start of the gateway.
    AtNextStart,
    /// As soon as a gateway that serves has read the new configuration. The gateway's `reload.rs` brings it about.
    AtReload(Live),
}

/// What can change while a gateway serves. The list is closed, so that the compiler asks the gateway what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// Who is in the team.
    Accounts,
    /// How the team works together, how fast, and when an account counts as working.
    Rules,
    /// Who may connect, and how.
    Bots,
    /// When people are told of alarms, and by which ways.
    Alarms,
    /// Who may look, and see to the team.
    Entry,
}

/// Something that is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The key, the table of keys, or the list of such.
    pub key: &'static str,
    /// When that counts.
    pub effect: Effect,
}
