//! Another configuration while the team works.

use std::time::Duration;

use ha_wechaty_config::{AccountConfig, Config};
use ha_wechaty_core::Input;

use super::{ChangeError, Ready, Runtime};
use crate::engine;

/// How long the core may take until it goes by it: one that takes nothing now, since nothing can be written down, does so
/// later.
const SOON: Duration = Duration::from_secs(1);

impl Runtime {
    /// Looks whether an account could run, as far as that can be known without connecting it.
    ///
    /// # Errors
    /// Its certificate authorities can't be used, or there is no place for it.
    pub fn could_run(&self, account: &AccountConfig) -> Result<(), ChangeError> {
        let shared = &self.shared;
        let place = shared.accounts.roster.place_for(&account.name).ok_or(ChangeError::NoPlace)?;
        Ready::new(shared, place, account, &self.stop)?;
        Ok(())
    }

    /// The team goes by another configuration from now on, which is what [`Config::follow`] has made of it: rules, pace,
    /// health, bots, alarms and who may look. `accounts` are those in the team of which something else is said that takes no
    /// new connection; who else is in the team stays, and nobody joins.
    pub async fn follow(&self, next: Config, accounts: Vec<AccountConfig>) {
        let shared = &self.shared;
        for account in accounts {
            if let Some(place) = shared.accounts.roster.find(&account.name) {
                shared.accounts.roster.put(place, account);
            }
        }
        let all = shared.accounts.roster.accounts().map(|(_, account)| (*account).clone());
        let whole = Config { accounts: all.collect(), ..next.clone() };
        let setup = Box::new(engine::setup(&whole, self.epoch));
        let places = shared.bots.places_of(&next.bots);
        let mut changes = shared.core.changes();
        // Before a bot that is new may connect.
        shared.core.tell(Input::Follows { setup, bots: places.setups() });
        for client in shared.follow(Config { accounts: Vec::new(), ..next }, places) {
            shared.core.tell(Input::BotDisconnected { client });
        }
        // It publishes what calls go by.
        let _ = tokio::time::timeout(SOON, changes.changed()).await;
        shared.core.tell_change();
    }
}
