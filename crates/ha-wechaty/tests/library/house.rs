//! Three simulated phones in one room with alice, and a team of them.

use std::time::Duration;

use ha_wechaty::{Builder, prelude::*};
use ha_wechaty_sim::{Person, Phone, Room as SimRoom, World};

/// Nothing here takes this long unless it is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) alice: Person,
    pub(crate) phones: Vec<Phone>,
    pub(crate) room: SimRoom,
}

impl House {
    pub(crate) async fn new() -> Self {
        let world = World::new(42);
        let alice = world.person("alice");
        let mut phones = Vec::new();
        for name in ["north", "south", "west"] {
            phones.push(world.phone(name).serve().await.expect("a port"));
        }
        for phone in &phones {
            world.befriend(&alice, phone);
        }
        let room = world.room("ding room", &[&alice, &phones[0], &phones[1], &phones[2]]);
        Self { world, alice, phones, room }
    }

    /// A team of all phones, to be built.
    pub(crate) fn team(&self) -> Builder {
        self.team_of(&self.phones)
    }

    /// A team of these phones, to be built.
    pub(crate) fn team_of(&self, phones: &[Phone]) -> Builder {
        let accounts = phones
            .iter()
            .map(|phone| Account::service(phone.token().reveal()).endpoint(phone.addr()).name(phone.name()));
        HaWechaty::builder()
            .name("ossbot")
            .accounts(accounts)
            .set("pace.enabled", false)
            // Each message has a speaker of its own: who gets work is seen at once.
            .set("team.burst", "0s")
            .set("reconnect.base", "20ms")
            .set("reconnect.cap", "100ms")
    }

    /// A team of all phones, started.
    pub(crate) async fn started(&self) -> HaWechaty {
        let ha = self.team().build().expect("a team");
        ha.start().await.expect("started");
        ha
    }

    /// Waits until people have seen a text in the room, so often.
    pub(crate) async fn until_said(&self, text: &str, times: usize) {
        let said = || self.world.ledger().times(self.room.id(), text) >= times;
        within(&format!("{text:?} is said"), self.world.until(said)).await;
        assert_eq!(self.world.ledger().times(self.room.id(), text), times);
    }
}

/// Waits for something that must come.
pub(crate) async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"))
}
