//! A new configuration while a gateway serves. All of it is looked at before anything is changed; then what counts at once
//! does, accounts come and go, and the rest waits for the next start.
//!
//! | what has changed | what becomes of it |
//! |---|---|
//! | rules, pace, health, bots, alarms, who may look | counts at once ([`Runtime::follow`]) |
//! | an account's weight, pace, times, domain | counts at once, on the connection that there is |
//! | how an account is reached, or its ids | it is removed and added again |
//! | accounts that are new, or missing | they join, before others leave |
//! | everything else | at the next start; it is named |

use std::collections::BTreeMap;

use ha_wechaty_config::{AccountConfig, Config, ConfigError, Effect, Live};
use ha_wechaty_team::runtime::{ChangeError, ReloadDone, ReloadFailure, Runtime};

/// What to call a configuration that was read again.
const PLACE: &str = "the new configuration";
/// The same, with what is as it was until the next start.
const MIXED: &str = "the new configuration, as far as it counts before the next start";

/// What became of a new configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reloaded {
    /// Accounts that were added.
    pub added: Vec<String>,
    /// Accounts that were removed.
    pub removed: Vec<String>,
    /// Accounts that are reached otherwise than before: removed, and added again, one after the other.
    pub changed: Vec<String>,
    /// Accounts of which something else is new, which counts at once, on the connection that there is.
    pub adjusted: Vec<String>,
    /// Accounts that could not be added, or changed, and why. If nothing else is told, nothing was changed.
    pub failed: Vec<(String, ChangeError)>,
    /// Tables of keys of which something counts at once.
    pub live: Vec<&'static str>,
    /// Keys, or tables of them, that changed too, and count from the next start on.
    pub later: Vec<&'static str>,
}

impl Reloaded {
    /// Whether nothing was changed, since accounts could not run.
    pub fn is_refused(&self) -> bool {
        !self.failed.is_empty() && *self == Self { failed: self.failed.clone(), ..Self::default() }
    }
}

impl From<&Reloaded> for ReloadDone {
    fn from(done: &Reloaded) -> Self {
        let Reloaded { added, removed, changed, adjusted, failed, live, later } = done;
        let failed = failed
            .iter()
            .map(|(account, why)| ReloadFailure { account: account.clone(), why: why.to_string() });
        Self {
            added: added.clone(),
            removed: removed.clone(),
            changed: changed.clone(),
            adjusted: adjusted.clone(),
            failed: failed.collect(),
            live: live.iter().map(ToString::to_string).collect(),
            later: later.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What is to be done about a new configuration, of which all is known that can be known before.
struct Plan {
    /// What counts from then on, without accounts.
    next: Config,
    /// Accounts by what is to become of them, in the order of the configuration.
    joins: Vec<AccountConfig>,
    anew: Vec<AccountConfig>,
    adjusted: Vec<AccountConfig>,
    leaves: Vec<String>,
    /// Those that can't run.
    failed: Vec<(String, ChangeError)>,
    live: Vec<&'static str>,
    later: Vec<&'static str>,
}

impl Plan {
    /// Nothing is changed, and nobody is connected.
    fn new(runtime: &Runtime, new: &Config) -> Result<Self, ConfigError> {
        let shared = runtime.shared();
        let (next, changes) = shared.settings().follow(new);
        // What is safe as the file has it need not be so with what it can't change now.
        next.check(MIXED)?;
        let (mut live, mut later) = (Vec::new(), Vec::new());
        for changed in changes {
            match changed.effect {
                Effect::AtNextStart => later.push(changed.key),
                Effect::AtReload(Live::Rules | Live::Bots | Live::Alarms | Live::Entry) => {
                    live.push(changed.key);
                }
                // Of accounts that are in the team by now, which need not be those of the start.
                Effect::AtReload(Live::Accounts) => {}
            }
        }
        let accounts = shared.accounts.roster.accounts();
        let mut old: BTreeMap<String, _> = accounts.map(|(_, it)| (it.name.clone(), it)).collect();
        let mut plan = Self {
            joins: Vec::new(),
            anew: Vec::new(),
            adjusted: Vec::new(),
            leaves: Vec::new(),
            failed: Vec::new(),
            next: Config { accounts: Vec::new(), ..next },
            live,
            later,
        };
        for account in &new.accounts {
            match old.remove(&account.name) {
                Some(before) if *before == *account => {}
                Some(before) if before.is_reached_as(account) => plan.adjusted.push(account.clone()),
                Some(_) => plan.anew.push(account.clone()),
                None => plan.joins.push(account.clone()),
            }
        }
        plan.leaves.extend(old.into_keys());
        for account in plan.joins.iter().chain(&plan.anew) {
            if let Err(why) = runtime.could_run(account) {
                plan.failed.push((account.name.clone(), why));
            }
        }
        Ok(plan)
    }

    /// What is known before anything is done.
    fn told(&self) -> Reloaded {
        let names = |accounts: &[AccountConfig]| accounts.iter().map(|it| it.name.clone()).collect();
        if !self.failed.is_empty() {
            return Reloaded { failed: self.failed.clone(), ..Reloaded::default() };
        }
        Reloaded {
            added: names(&self.joins),
            removed: self.leaves.clone(),
            changed: names(&self.anew),
            adjusted: names(&self.adjusted),
            failed: Vec::new(),
            live: self.live.clone(),
            later: self.later.clone(),
        }
    }
}

/// What would become of a new configuration: nothing is changed, and nobody is connected.
pub(crate) fn compare(runtime: &Runtime, new: &Config) -> Result<Reloaded, ConfigError> {
    Ok(Plan::new(runtime, new)?.told())
}

/// Brings a team to a new configuration. What can stay is not touched, and new accounts join before others go, so that bots
/// notice nothing if they need not. Dropped before its end, it is to be called again.
pub(crate) async fn reload(runtime: &mut Runtime, new: Config) -> Result<Reloaded, ConfigError> {
    let plan = Plan::new(runtime, &new)?;
    let told = plan.told();
    if !told.failed.is_empty() {
        return Ok(told);
    }
    let Plan { next, joins, anew, adjusted, leaves, .. } = plan;
    let mut done = Reloaded { added: Vec::new(), removed: Vec::new(), changed: Vec::new(), ..told };
    if !done.live.is_empty() || !adjusted.is_empty() {
        runtime.follow(next, adjusted).await;
    }
    let whole = new.accounts;
    let others = |name: &str| whole.iter().filter(|it| it.name != name).cloned().collect::<Vec<_>>();
    let mut late = Vec::new();
    for account in joins {
        let name = account.name.clone();
        match runtime.add(account.clone(), PLACE) {
            Ok(()) => done.added.push(name),
            // It may be one of those that go, under another name.
            Err(_) => late.push((account, true)),
        }
    }
    for name in &done.added {
        runtime.asking().until_settled(runtime.shared(), name).await;
    }
    for name in leaves {
        if runtime.remove(&name).await.is_ok() {
            done.removed.push(name);
        }
    }
    for account in anew {
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
            Err(_) => late.push((account, false)),
        }
    }
    for (account, is_new) in late {
        let name = account.name.clone();
        match runtime.add(account, PLACE) {
            Ok(()) if is_new => done.added.push(name),
            Ok(()) => done.changed.push(name),
            Err(error) => done.failed.push((name, error)),
        }
    }
    Ok(done)
}
