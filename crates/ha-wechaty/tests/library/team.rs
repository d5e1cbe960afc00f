//! The accounts of a town as a team of this process.

use ha_wechaty::{Builder, prelude::*};
use ha_wechaty_sim::Phone;
use ha_wechaty_testkit::Town;

pub(crate) trait TeamOf {
    /// A team of all accounts, to be built.
    fn team(&self) -> Builder;

    /// A team of these phones, to be built.
    fn team_of(&self, phones: &[Phone]) -> Builder;

    /// A team of all accounts, started.
    async fn started(&self) -> HaWechaty;
}

impl TeamOf for Town {
    fn team(&self) -> Builder {
        self.team_of(&self.phones)
    }

    fn team_of(&self, phones: &[Phone]) -> Builder {
        let accounts = phones
            .iter()
            .map(|phone| Account::service(phone.token().reveal()).endpoint(phone.addr()).name(phone.name()));
        HaWechaty::builder()
            .name("ossbot")
            .accounts(accounts)
            .set("pace.enabled", false)
            // Each message has a speaker of its own: the account that gets work is seen at once.
            .set("team.burst", "0s")
            .set("reconnect.base", "20ms")
            .set("reconnect.cap", "100ms")
    }

    async fn started(&self) -> HaWechaty {
        let ha = self.team().build().expect("a team");
        ha.start().await.expect("started");
        ha
    }
}
