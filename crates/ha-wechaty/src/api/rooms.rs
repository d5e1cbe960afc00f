//! Where the team is.

use std::sync::Arc;

use futures_util::FutureExt as _;
use ha_wechaty_core::rpc;
use ha_wechaty_wire::puppet;
use prost::Message as _;

use super::{
    client::Client,
    contact::Contact,
    error::Error,
    fan_out::FanOut,
    ha::load,
    room::{Room, RoomPayload},
};

/// The rooms that the team is in.
///
/// ```
/// use ha_wechaty::prelude::*;
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
/// let room = ha.rooms().find(topic("ding room")).await?.expect("an account is in it");
/// assert_eq!(ha.rooms().find_all(|room| room.members.len() == 2).await?, [room]);
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Rooms {
    client: Client,
}

impl Rooms {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The room of this id; none if every account that could see it says that there is none.
    ///
    /// # Errors
    /// No account is there.
    pub async fn load(&self, id: &str) -> Result<Option<Room>, Error> {
        let request = puppet::RoomPayloadRequest { id: id.to_owned() };
        let told = self.client.call_by::<puppet::RoomPayloadResponse>(rpc::ROOM_PAYLOAD, &request).await;
        let Some((told, via)) = load(told)? else { return Ok(None) };
        let size = told.encoded_len();
        self.client.cache().rooms.put(id, Arc::new(told.into()), size);
        Ok(Some(Room::new(self.client.clone(), id, via)))
    }

    /// The first room that is meant; every account is asked at once, and the first answer counts.
    ///
    /// # Errors
    /// No account answered.
    pub async fn find(
        &self,
        query: impl Fn(&RoomPayload) -> bool + Send + Sync + 'static,
    ) -> Result<Option<Room>, Error> {
        self.find_all(query).first().await
    }

    /// All rooms that are meant, of all accounts, each once.
    pub fn find_all(&self, query: impl Fn(&RoomPayload) -> bool + Send + Sync + 'static) -> FanOut<Room> {
        let query = Arc::new(query);
        let read = move |client: Client, account, id: String| {
            let query = query.clone();
            async move {
                let room = Room::new(client, id, Some(account));
                let payload = room.payload().await?;
                Ok(query(&payload).then_some(room))
            }
            .boxed()
        };
        FanOut::new(self.client.clone(), rpc::ROOM_LIST, Arc::new(read))
    }

    /// Makes a room with these people in it, by one account that knows them.
    ///
    /// # Errors
    /// No account could, or nobody knows whether one did ([`Error::was_sent`]).
    pub async fn create(
        &self,
        people: impl IntoIterator<Item = &Contact>,
        topic: impl Into<String>,
    ) -> Result<Room, Error> {
        let contact_ids = people.into_iter().map(|contact| contact.id().to_owned()).collect();
        let request = puppet::RoomCreateRequest { contact_ids, topic: topic.into() };
        let (told, by) =
            self.client.call_by::<puppet::RoomCreateResponse>(rpc::ROOM_CREATE, &request).await?;
        Ok(Room::new(self.client.clone(), told.id, by))
    }
}
