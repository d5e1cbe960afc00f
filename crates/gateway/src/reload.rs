//! A new configuration while a gateway serves: accounts come and go; the rest waits for the next start.

use std::collections::{BTreeMap, BTreeSet};

use ha_wechaty_config::{AccountConfig, Config, Effect, Live, changes};
use ha_wechaty_team::runtime::{ChangeError, ReloadDone, ReloadFailure, Runtime};

/// What to call a configuration that was read again.
const PLACE: &str = "the new configuration";

/// What became of a new configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reloaded {
    /// Accounts that were added.
    pub added: Vec<String>,
    /// Accounts that were removed.
    pub removed: Vec<String>,
    /// Accounts with other keys than before: removed, and added again, one after the other.
    pub changed: Vec<String>,
    /// Accounts that could not be added, or changed, and why.
    pub failed: Vec<(String, ChangeError)>,
    /// Keys, or tables of them, that changed too, and count from the next start on.
    pub later: Vec<&'static str>,
}

impl From<&Reloaded> for ReloadDone {
    fn from(done: &Reloaded) -> Self {
        let Reloaded { added, removed, changed, failed, later } = done;
        let failed = failed
            .iter()
            .map(|(account, why)| ReloadFailure { account: account.clone(), why: why.to_string() });
        Self {
            added: added.clone(),
            removed: removed.clone(),
            changed: changed.clone(),
            failed: failed.collect(),
            later: later.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What would become of a new configuration: nothing is changed, and nobody is connected.
pub(crate) fn compare(runtime: &Runtime, new: &Config) -> Reloaded {
    let mut done = Reloaded::default();
    for changed in changes(&runtime.shared().config, new) {
        match changed.effect {
            Effect::AtNextStart => done.later.push(changed.key),
            Effect::AtReload(Live::Accounts) => {}
        }
    }
    let accounts = runtime.shared().accounts.roster.accounts();
    let mut old: BTreeMap<String, _> = accounts.map(|(_, it)| (it.name.clone(), it)).collect();
    for account in &new.accounts {
        match old.remove(&account.name) {
            Some(before) if *before == *account => {}
            Some(_) => done.changed.push(account.name.clone()),
            None => done.added.push(account.name.clone()),
        }
    }
    done.removed.extend(old.into_keys());
    done
}

/// Brings a team to the accounts of a new configuration. What can stay is not touched, and new ones join before
/// others go, so that bots notice nothing if they need not. Dropped before its end, it is to be called again.
pub(crate) async fn reload(runtime: &mut Runtime, new: Config) -> Reloaded {
    let mut done = Reloaded::default();
    for changed in changes(&runtime.shared().config, &new) {
        match changed.effect {
            Effect::AtNextStart => done.later.push(changed.key),
            // That is done below, of accounts that are in the team by now, which need not be those of the start.
            Effect::AtReload(Live::Accounts) => {}
        }
    }
    let accounts = runtime.shared().accounts.roster.accounts();
    let mut old: BTreeMap<String, AccountConfig> =
        accounts.map(|(_, account)| (account.name.clone(), (*account).clone())).collect();
    let names: BTreeSet<String> = old.keys().cloned().collect();
    let is_new = |name: &str| !names.contains(name);
    let whole = new.accounts.clone();
    let others = |name: &str| whole.iter().filter(|it| it.name != name).cloned().collect::<Vec<_>>();
    let (mut changed, mut late) = (Vec::new(), Vec::new());
    for account in new.accounts {
        match old.remove(&account.name) {
            Some(before) if before == account => {}
            Some(_) => changed.push(account),
            None => match runtime.add(account.clone(), PLACE) {
                Ok(()) => done.added.push(account.name),
                // It may be one of those that go, under another name.
                Err(_) => late.push(account),
            },
        }
    }
    for name in &done.added {
        runtime.asking().until_settled(runtime.shared(), name).await;
    }
    for name in old.into_keys() {
        if runtime.remove(&name).await.is_ok() {
            done.removed.push(name);
        }
    }
    for account in changed {
        let name = account.name.clone();
        // Whoever works is not taken out for what can't.
        if let Err(error) = runtime.prepare(others(&name), &account, PLACE) {
            done.failed.push((name, error));
            continue;
        }
        // It is there: that was looked up a moment ago.
        let _ = runtime.remove(&name).await;
        match runtime.add(account.clone(), PLACE) {
            Ok(()) => {
                runtime.asking().until_settled(runtime.shared(), &name).await;
                done.changed.push(name);
            }
            // It may be the next one's that it is now.
            Err(_) => late.push(account),
        }
    }
    for account in late {
        let name = account.name.clone();
        match runtime.add(account, PLACE) {
            Ok(()) if is_new(&name) => done.added.push(name),
            Ok(()) => done.changed.push(name),
            Err(error) => done.failed.push((name, error)),
        }
    }
    done
}
