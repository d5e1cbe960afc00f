//! Whom the team knows.

use std::sync::Arc;

use futures_util::FutureExt as _;
use ha_wechaty_core::rpc;
use ha_wechaty_wire::puppet;
use prost::Message as _;

use super::{
    client::Client,
    contact::{Contact, ContactPayload},
    error::Error,
    fan_out::FanOut,
    ha::load,
};

/// The people and official accounts that the team knows.
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
/// let alice = ha.contacts().find(name("alice")).await?.expect("she is a friend");
/// assert_eq!(ha.contacts().load(alice.id()).await?, Some(alice.clone()));
/// // Whatever a card says can be asked for.
/// let friends = ha.contacts().find_all(|card| card.is_friend && card.name.starts_with('a')).await?;
/// assert_eq!(friends, [alice]);
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Contacts {
    client: Client,
}

impl Contacts {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The contact of this id; none if every account that could see it says that there is none.
    ///
    /// # Errors
    /// No account is there.
    pub async fn load(&self, id: &str) -> Result<Option<Contact>, Error> {
        let request = puppet::ContactPayloadRequest { id: id.to_owned() };
        let told =
            self.client.call_by::<puppet::ContactPayloadResponse>(rpc::CONTACT_PAYLOAD, &request).await;
        let Some((told, via)) = load(told)? else { return Ok(None) };
        let size = told.encoded_len();
        self.client.cache().contacts.put(id, Arc::new(told.into()), size);
        Ok(Some(Contact::new(self.client.clone(), id, via)))
    }

    /// The first contact that is meant; every account is asked at once, and the first answer counts.
    ///
    /// # Errors
    /// No account answered.
    pub async fn find(
        &self,
        query: impl Fn(&ContactPayload) -> bool + Send + Sync + 'static,
    ) -> Result<Option<Contact>, Error> {
        self.find_all(query).first().await
    }

    /// All contacts that are meant, of all accounts, each once.
    pub fn find_all(
        &self,
        query: impl Fn(&ContactPayload) -> bool + Send + Sync + 'static,
    ) -> FanOut<Contact> {
        let query = Arc::new(query);
        let read = move |client: Client, account, id: String| {
            let query = query.clone();
            async move {
                let contact = Contact::new(client, id, Some(account));
                let payload = contact.payload().await?;
                Ok(query(&payload).then_some(contact))
            }
            .boxed()
        };
        FanOut::new(self.client.clone(), rpc::CONTACT_LIST, Arc::new(read))
    }

    /// All tags that contacts have.
    ///
    /// # Errors
    /// No account has tags, or none is there.
    pub async fn tags(&self) -> Result<Vec<String>, Error> {
        let request = puppet::TagContactListRequest::default();
        Ok(self.client.call::<puppet::TagContactListResponse>(rpc::TAG_CONTACT_LIST, &request).await?.ids)
    }

    /// Deletes a tag, from all contacts.
    ///
    /// # Errors
    /// No account did it.
    pub async fn delete_tag(&self, tag: impl Into<String>) -> Result<(), Error> {
        let request = puppet::TagContactDeleteRequest { id: tag.into() };
        self.client
            .call::<puppet::TagContactDeleteResponse>(rpc::TAG_CONTACT_DELETE, &request)
            .await
            .map(drop)
    }
}
