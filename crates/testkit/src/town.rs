//! Accounts in a simulated WeChat, one person and one room that all of them are in.

use std::io;

use ha_wechaty_sim::{GroupChat, Participant, Person, Phone, PhoneBuilder, World};

use crate::wait::within;

/// The town. All accounts are friends of alice, and in the room with her.
#[derive(Debug)]
pub struct Town {
    /// The WeChat.
    pub world: World,
    /// The person.
    pub alice: Person,
    /// The accounts, in the order of their names.
    pub phones: Vec<Phone>,
    /// The room, whose topic is `ding room`.
    pub room: GroupChat,
}

impl Town {
    /// A town of north, south and west.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn new() -> Self {
        Self::of(&["north", "south", "west"], |phone| phone).await.expect("ports")
    }

    /// A town of accounts with these names, whose phones are made so.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn of(names: &[&str], build: impl Fn(PhoneBuilder) -> PhoneBuilder) -> io::Result<Self> {
        let world = World::new(42);
        let alice = world.person("alice");
        let mut phones = Vec::new();
        for name in names {
            phones.push(build(world.phone(name)).serve().await?);
        }
        for phone in &phones {
            world.befriend(&alice, phone);
        }
        let accounts = phones.iter().map(|phone| phone as &dyn Participant);
        let all: Vec<_> = [&alice as &dyn Participant].into_iter().chain(accounts).collect();
        let room = world.room("ding room", &all);
        Ok(Self { world, alice, phones, room })
    }

    /// The accounts become one another's friends.
    pub(crate) fn befriend(&self) {
        for (index, phone) in self.phones.iter().enumerate() {
            self.phones[..index].iter().for_each(|other| self.world.befriend(phone, other));
        }
    }

    /// How often people saw the team say this in the room.
    #[must_use]
    pub fn times(&self, text: &str) -> usize {
        self.world.ledger().times(self.room.id(), text)
    }

    /// Waits until people have seen a text in the room, so often.
    ///
    /// # Panics
    /// It is not said, or more often.
    pub async fn until_said(&self, text: &str, times: usize) {
        within(&format!("{text:?} is said"), self.world.until(|| self.times(text) >= times)).await;
        assert_eq!(self.times(text), times);
    }

    /// How often each account was asked for an RPC.
    #[must_use]
    pub fn calls(&self, rpc: &str) -> Vec<u64> {
        self.phones.iter().map(|phone| phone.calls(rpc)).collect()
    }
}
