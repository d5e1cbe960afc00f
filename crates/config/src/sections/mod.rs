//! All keys that there are: a file for each table of keys. Such a file holds the table's type, the defaults, a row for each
//! key with what must hold of its value, and when a change counts.
//!
//! Only what must hold between tables is elsewhere, in [`between`](crate::between). The variables of the environment, what
//! a new configuration changes in a gateway that serves, and what the example file must list come from the rows, and from
//! the list of tables at the end of this file.

mod account;
mod admin;
mod bot;
mod calls;
mod delivery;
mod discovery;
pub(crate) mod dong;
mod gateway;
mod health;
mod host;
mod identity;
mod library;
mod memory;
mod pace;
mod reconnect;
mod team;

pub use account::{Account, BadPackage, Dialect, Hosted, Package, Provider, PuppetOptions, Service};
pub use admin::Admin;
pub use bot::{Bot, Files};
pub use calls::Calls;
pub use delivery::{Delivery, WhenUnsure};
pub use discovery::Discovery;
pub use gateway::Gateway;
pub use health::Health;
pub use host::Host;
pub use library::Library;
pub use memory::{Memory, bytes};
pub use pace::{Pace, written};
pub use reconnect::Reconnect;
pub use team::Team;

use crate::{
    Config,
    reader::{Keys, Rules},
};

/// A table of keys, like `[calls]`.
pub(crate) trait Section: PartialEq {
    /// When a change counts.
    const EFFECT: Effect;

    /// Asks for each key: takes the value that is written, if one is, and says what must hold of the value, written or
    /// not. The fields are taken apart by name (`let Self { read, send } = self`), so that no field can be left without
    /// a key.
    fn keys(&mut self, keys: &mut Keys<'_>);
}

/// A table of a list, like `[[bot]]`.
pub(crate) trait Item: PartialEq + Sized {
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
}

/// Something that is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The key, the table of keys, or the list of such.
    pub key: &'static str,
    /// When that counts.
    pub effect: Effect,
}

/// Makes, of the list of tables, what must be done with each. A field of [`Config`] that is not in the list does not
/// compile.
macro_rules! sections {
    (
        tables { $($table:ident: $Table:ty,)* }
        lists { $($list:ident in $items:ident: $Item:ty,)* }
    ) => {
        /// Lays what is written over a configuration, and judges the tables.
        pub(crate) fn read(top: &mut Keys<'_>, config: &mut Config) {
            identity::keys(top, &mut config.name, &mut config.self_id);
            $(top.inner(stringify!($table), |keys| <$Table as Section>::keys(&mut config.$table, keys));)*
            $(if let Some(read) = top.each(stringify!($list), |keys| <$Item as Item>::read(keys, config)) {
                config.$items = read;
            })*
        }

        /// All keys that stand in no table, in the order of the list.
        #[cfg(test)]
        pub(crate) const NAMES: &[&str] = &["name", "self_id", $(stringify!($table),)* $(stringify!($list),)*];

        /// Judges the lists.
        pub(crate) fn judge_lists(config: &Config, rules: &Rules<'_>) {
            $(<$Item as Item>::judge(&config.$items, rules);)*
        }

        /// What of a new configuration is not as it was, in the order of the list, and when that counts.
        pub fn changes(old: &Config, new: &Config) -> Vec<Changed> {
            // The file's name is no key.
            let Config { source: _, name, self_id, $($table,)* $($items,)* } = new;
            let all = [
                ("name", identity::EFFECT, *name != old.name),
                ("self_id", identity::EFFECT, *self_id != old.self_id),
                $((stringify!($table), <$Table as Section>::EFFECT, *$table != old.$table),)*
                $((stringify!($list), <$Item as Item>::EFFECT, *$items != old.$items),)*
            ];
            let changed = all.into_iter().filter(|(_, _, is_other)| *is_other);
            changed.map(|(key, effect, _)| Changed { key, effect }).collect()
        }
    };
}

sections! {
    tables {
        gateway: Gateway,
        team: Team,
        calls: Calls,
        reconnect: Reconnect,
        health: Health,
        pace: Pace,
        delivery: Delivery,
        host: Host,
        library: Library,
        discovery: Discovery,
        memory: Memory,
        admin: Admin,
        dong: ha_wechaty_dong::Settings,
    }
    lists {
        bot in bots: Bot,
        account in accounts: Account,
    }
}
