//! Another configuration while the team works: what of it counts at once, and what was before stays where it is.

use std::sync::Arc;

use ha_wechaty_config::Config;
use ha_wechaty_core::ClientId;

use super::{Shared, bots::Places};

impl Shared {
    /// The configuration as far as it counts now. What can't change while a process is there is as in
    /// [`config`](Shared::config).
    pub fn settings(&self) -> Arc<Config> {
        self.settings.load_full()
    }

    /// From now on this counts, and these are the bots; accounts are those of the roster. Returns the streams that have ended.
    /// The core is to know of it before, since a new bot may connect at once.
    pub(crate) fn follow(&self, next: Config, bots: Places) -> Vec<ClientId> {
        self.limits.follow(&next);
        self.accounts.roster.follow(&next);
        let here = bots.here();
        self.sending.asked.set_bots(&here);
        self.transit.set_bots(&here);
        self.underway.aside.set_bots(bots.len());
        let accounts = self.accounts.roster.accounts();
        let allowances: Vec<_> = accounts.map(|(place, it)| (place, next.pace.of(&it).clone())).collect();
        self.sending.pacer.follow(&next, &allowances);
        self.settings.store(Arc::new(next));
        self.bots.follow(bots)
    }
}
