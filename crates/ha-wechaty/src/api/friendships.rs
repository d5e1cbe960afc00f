//! Making friends.

use ha_wechaty_core::rpc;
use ha_wechaty_wire::puppet;

use super::{
    client::Client,
    contact::{Contact, some},
    error::Error,
    friendship::Friendship,
    ha::load,
    room::Room,
};

/// Making friends: looking for people, asking them, and what they asked.
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
/// # let bob = world.person("bob");
/// # let number = bob.phone_number();
/// # ha.start().await?;
/// if let Some(stranger) = ha.friendships().search_phone(number).await? {
///     ha.friendships().add(&stranger, "hello, this is ossbot").await?;
/// }
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Friendships {
    client: Client,
}

impl Friendships {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// A request of somebody by its id; none if no account has it (any more).
    ///
    /// # Errors
    /// The account that was asked is away.
    pub async fn load(&self, id: &str) -> Result<Option<Friendship>, Error> {
        load(Friendship::read(&self.client, None, id).await)
    }

    /// The stranger with this phone number. Whichever account finds them is the one to ask them.
    ///
    /// # Errors
    /// No account could look.
    pub async fn search_phone(&self, phone: impl Into<String>) -> Result<Option<Contact>, Error> {
        let request = puppet::FriendshipSearchPhoneRequest { phone: phone.into(), ..Default::default() };
        let rpc = rpc::FRIENDSHIP_SEARCH_PHONE;
        let found = self.client.call_by::<puppet::FriendshipSearchPhoneResponse>(rpc, &request).await;
        let Some((told, via)) = load(found)? else { return Ok(None) };
        Ok(some(told.contact_id).map(|id| Contact::new(self.client.clone(), id, via)))
    }

    /// The stranger with this WeChat handle. Whichever account finds them is the one to ask them.
    ///
    /// # Errors
    /// No account could look.
    pub async fn search_handle(&self, handle: impl Into<String>) -> Result<Option<Contact>, Error> {
        let request = puppet::FriendshipSearchHandleRequest { weixin: handle.into(), ..Default::default() };
        let rpc = rpc::FRIENDSHIP_SEARCH_HANDLE;
        let found = self.client.call_by::<puppet::FriendshipSearchHandleResponse>(rpc, &request).await;
        let Some((told, via)) = load(found)? else { return Ok(None) };
        Ok(some(told.contact_id).map(|id| Contact::new(self.client.clone(), id, via)))
    }

    /// Asks somebody to be a friend, by one account.
    ///
    /// # Errors
    /// No account could, or nobody knows whether one did ([`Error::was_sent`]).
    pub async fn add(&self, contact: &Contact, hello: impl Into<String>) -> Result<(), Error> {
        self.ask(contact, hello.into(), puppet::Referrer::default()).await
    }

    /// Asks a member of a room to be a friend.
    ///
    /// # Errors
    /// No account could, or nobody knows whether one did ([`Error::was_sent`]).
    pub async fn add_from_room(
        &self,
        contact: &Contact,
        room: &Room,
        hello: impl Into<String>,
    ) -> Result<(), Error> {
        let referrer = puppet::Referrer { room_id: room.id().to_owned(), ..Default::default() };
        self.ask(contact, hello.into(), referrer).await
    }

    async fn ask(&self, contact: &Contact, hello: String, referrer: puppet::Referrer) -> Result<(), Error> {
        let request = puppet::FriendshipAddRequest {
            contact_id: contact.id().to_owned(),
            hello,
            referrer: Some(referrer),
            ..Default::default()
        };
        self.client.call::<puppet::FriendshipAddResponse>(rpc::FRIENDSHIP_ADD, &request).await.map(drop)
    }
}
