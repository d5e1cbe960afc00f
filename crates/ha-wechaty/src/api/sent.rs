//! What became of something that was said.

use super::{client::Client, contact::some, error::Error, ha::load, message::Message};
use ha_wechaty_team::state::sends::{Done, How};

/// What became of something that was said: it is out.
///
/// ```
/// use ha_wechaty::{How, prelude::*};
/// # use ha_wechaty_sim::World;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let world = World::new(1);
/// # let person = world.person("alice");
/// # let north = world.phone("north").serve().await?;
/// # world.befriend(&person, &north);
/// # let sim_room = world.room("ding room", &[&person, &north]);
/// # let ha = HaWechaty::builder()
/// #     .account(Account::service("insecure_north").endpoint(north.addr()).name("north"))
/// #     .build()?;
/// # ha.start().await?;
/// # let room = ha.rooms().find(topic("ding room")).await?.expect("a room");
/// let sent = room.say("hello").await?;
/// assert_eq!((sent.account.as_str(), sent.how), ("north", How::Answered));
/// // Said too early: taken back.
/// assert!(sent.recall().await?);
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sent {
    /// Its id; none if the provider gives none for what was sent.
    pub id: Option<String>,
    /// The account that said it.
    pub account: String,
    /// How that is known.
    pub how: How,
    client: Client,
}

impl Sent {
    pub(super) fn new(client: &Client, id: String, done: Done) -> Self {
        let account = client.name(done.by).unwrap_or_default();
        Self { id: some(id), account, how: done.how, client: client.clone() }
    }

    /// The message that it became; none if the provider gives no id for it.
    ///
    /// # Errors
    /// The account that said it is away, and nobody else saw it.
    pub async fn message(&self) -> Result<Option<Message>, Error> {
        match &self.id {
            Some(id) => load(Message::read(&self.client, None, id).await),
            None => Ok(None),
        }
    }

    /// Takes it back; false if the account could not.
    ///
    /// # Errors
    /// The provider gives no id for it, or the account that said it is away.
    pub async fn recall(&self) -> Result<bool, Error> {
        let Some(id) = &self.id else {
            return Err(Error::invalid("what has no id can't be taken back: its provider gives none"));
        };
        super::message::recall(&self.client, id).await
    }
}
