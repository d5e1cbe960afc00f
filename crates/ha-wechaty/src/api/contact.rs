//! A person or an official account.

use std::{fmt, sync::Arc};

use ha_wechaty_core::{AccountId, Rpc, rpc};
use ha_wechaty_wire::puppet::{self, ContactGender, ContactType};
use prost::Message;

use super::{
    cache::{Cache, Shelf},
    client::Client,
    error::Error,
    file::File,
    handle::{Handle, Payload},
    sayable::Sayable,
    sent::Sent,
};

/// A person or an official account: a handle, which costs nothing until something is asked of it.
///
/// What it is asked for is read once, and kept until the provider says that it is stale
/// ([`Event::Dirty`](super::Event::Dirty)) or [`Contact::sync`] is called.
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
/// # let ha = HaWechaty::builder()
/// #     .account(Account::service("insecure_north").endpoint(north.addr()).name("north"))
/// #     .build()?;
/// # ha.start().await?;
/// if let Some(alice) = ha.contacts().find(name("alice")).await? {
///     alice.set_alias("Alice of accounting").await?;
///     assert_eq!(alice.alias().await?.as_deref(), Some("Alice of accounting"));
///     assert!(alice.is_friend().await?);
///     alice.say("hello").await?;
///     assert_eq!(alice.account().as_deref(), Some("north"));
/// }
/// # assert_eq!(person.seen().len(), 1);
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
///
/// The same id is the same contact, whichever account it came through.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Contact(Handle<ContactPayload>);

/// What a contact's card says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ContactPayload {
    /// Its id.
    pub id: String,
    /// Its own name.
    pub name: String,
    /// What the team calls it.
    pub alias: Option<String>,
    /// What it is.
    pub kind: ContactKind,
    /// Its gender, if it says.
    pub gender: Gender,
    /// Whether it is a friend of an account.
    pub is_friend: bool,
    /// Whether it is marked with a star.
    pub is_star: bool,
    /// Whether it is a colleague, in WeCom.
    pub is_coworker: bool,
    /// Its WeChat handle.
    pub handle: Option<String>,
    /// The URL of its picture.
    pub avatar: Option<String>,
    /// What it says of itself.
    pub signature: Option<String>,
    /// Where it lives.
    pub city: Option<String>,
    /// Where it lives.
    pub province: Option<String>,
    /// Where it lives.
    pub address: Option<String>,
    /// Its company.
    pub corporation: Option<String>,
    /// What it is there.
    pub title: Option<String>,
    /// What the team notes of it.
    pub description: Option<String>,
    /// Its phone numbers.
    pub phones: Vec<String>,
}

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ContactKind {
    /// The provider does not say.
    #[default]
    Unknown,
    /// A person.
    Individual,
    /// An official account.
    Official,
    /// A WeCom contact.
    Corporation,
    /// An application of WeCom's.
    Application,
}

/// A contact's gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Gender {
    /// It does not say.
    #[default]
    Unknown,
    /// Male.
    Male,
    /// Female.
    Female,
}

impl Contact {
    pub(super) fn new(client: Client, id: impl Into<Arc<str>>, via: Option<AccountId>) -> Self {
        Self(Handle::new(client, id, via))
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Its id, by which it can be loaded again.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The account that it came through, if it is known.
    pub fn account(&self) -> Option<String> {
        self.0.account()
    }

    /// The accounts of which it is known that they can reach it.
    pub fn accounts(&self) -> Vec<String> {
        self.0.accounts()
    }

    /// Whether it is the team itself.
    pub fn is_self(&self) -> bool {
        *self.0.id == *self.0.client.self_id()
    }

    /// What its card says.
    ///
    /// # Errors
    /// No account can see it, or none is there.
    pub async fn payload(&self) -> Result<Arc<ContactPayload>, Error> {
        self.0.payload().await
    }

    /// Reads it afresh: the accounts' puppets forget what they know of it too.
    ///
    /// # Errors
    /// No account did it.
    pub async fn sync(&self) -> Result<(), Error> {
        self.0.sync().await
    }

    /// What was read of it is stale.
    pub(super) fn forget(&self) {
        self.0.forget();
    }

    /// Its own name.
    ///
    /// # Errors
    /// See [`Contact::payload`].
    pub async fn name(&self) -> Result<String, Error> {
        Ok(self.payload().await?.name.clone())
    }

    /// Whether it is a friend of an account.
    ///
    /// # Errors
    /// See [`Contact::payload`].
    pub async fn is_friend(&self) -> Result<bool, Error> {
        Ok(self.payload().await?.is_friend)
    }

    /// What the team calls it.
    ///
    /// # Errors
    /// No account can see it, or none is there.
    pub async fn alias(&self) -> Result<Option<String>, Error> {
        let request = puppet::ContactAliasRequest { id: self.0.id.to_string(), ..Default::default() };
        let told: puppet::ContactAliasResponse = self.0.client.call(rpc::CONTACT_ALIAS, &request).await?;
        Ok(some(told.alias))
    }

    /// Calls it so, at every account that has it; an empty text takes the alias away.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_alias(&self, alias: impl Into<String>) -> Result<(), Error> {
        let request = puppet::ContactAliasRequest {
            id: self.0.id.to_string(),
            alias: Some(alias.into()),
            ..Default::default()
        };
        self.0.change::<puppet::ContactAliasResponse>(rpc::CONTACT_ALIAS, &request).await
    }

    /// Its phone numbers, as the team noted them.
    ///
    /// # Errors
    /// See [`Contact::payload`].
    pub async fn phones(&self) -> Result<Vec<String>, Error> {
        Ok(self.payload().await?.phones.clone())
    }

    /// Notes its phone numbers.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_phones(&self, phones: impl IntoIterator<Item = impl Into<String>>) -> Result<(), Error> {
        let phones = phones.into_iter().map(Into::into).collect();
        let request = puppet::ContactPhoneRequest { contact_id: self.0.id.to_string(), phones };
        self.0.change::<puppet::ContactPhoneResponse>(rpc::CONTACT_PHONE, &request).await
    }

    /// Notes which company it belongs to.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_corporation(&self, remark: impl Into<String>) -> Result<(), Error> {
        let request = puppet::ContactCorporationRemarkRequest {
            contact_id: self.0.id.to_string(),
            corporation_remark: remark.into(),
            ..Default::default()
        };
        let rpc = rpc::CONTACT_CORPORATION_REMARK;
        self.0.change::<puppet::ContactCorporationRemarkResponse>(rpc, &request).await
    }

    /// Notes something of it.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_description(&self, description: impl Into<String>) -> Result<(), Error> {
        let request = puppet::ContactDescriptionRequest {
            contact_id: self.0.id.to_string(),
            description: description.into(),
            ..Default::default()
        };
        self.0.change::<puppet::ContactDescriptionResponse>(rpc::CONTACT_DESCRIPTION, &request).await
    }

    /// Its picture.
    ///
    /// # Errors
    /// No account can see it, or none is there.
    pub async fn avatar(&self) -> Result<File, Error> {
        let request = puppet::ContactAvatarRequest { id: self.0.id.to_string(), ..Default::default() };
        let told: puppet::ContactAvatarResponse = self.0.client.call(rpc::CONTACT_AVATAR, &request).await?;
        File::received(&self.0.client, &told.file_box)
    }

    /// Its tags.
    ///
    /// # Errors
    /// No account has tags, or none is there.
    pub async fn tags(&self) -> Result<Vec<String>, Error> {
        let request =
            puppet::TagContactListRequest { contact_id: self.0.id.to_string(), ..Default::default() };
        Ok(self.0.client.call::<puppet::TagContactListResponse>(rpc::TAG_CONTACT_LIST, &request).await?.ids)
    }

    /// Tags it.
    ///
    /// # Errors
    /// No account did it.
    pub async fn add_tag(&self, tag: impl Into<String>) -> Result<(), Error> {
        let request = puppet::TagContactAddRequest { id: tag.into(), contact_id: self.0.id.to_string() };
        self.0.client.call::<puppet::TagContactAddResponse>(rpc::TAG_CONTACT_ADD, &request).await.map(drop)
    }

    /// Takes a tag from it.
    ///
    /// # Errors
    /// No account did it.
    pub async fn remove_tag(&self, tag: impl Into<String>) -> Result<(), Error> {
        let request = puppet::TagContactRemoveRequest { id: tag.into(), contact_id: self.0.id.to_string() };
        self.0
            .client
            .call::<puppet::TagContactRemoveResponse>(rpc::TAG_CONTACT_REMOVE, &request)
            .await
            .map(drop)
    }

    /// Says something to it.
    ///
    /// # Errors
    /// It was not said, or nobody knows ([`Error::was_sent`]).
    pub async fn say(&self, sayable: impl Into<Sayable>) -> Result<Sent, Error> {
        self.0.client.say(&self.0.id, sayable.into()).await
    }
}

/// An empty field of the protocol means "none".
pub(super) fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl Payload for ContactPayload {
    const RPC: &'static Rpc = rpc::CONTACT_PAYLOAD;
    const SORT: puppet::PayloadType = puppet::PayloadType::Contact;
    type Told = puppet::ContactPayloadResponse;

    fn request(id: String) -> impl Message {
        puppet::ContactPayloadRequest { id }
    }

    fn shelf(cache: &Cache) -> &Shelf<Self> {
        &cache.contacts
    }
}

impl From<puppet::ContactPayloadResponse> for ContactPayload {
    fn from(told: puppet::ContactPayloadResponse) -> Self {
        let (kind, gender) = (told.r#type(), told.gender());
        Self {
            id: told.id,
            name: told.name,
            alias: some(told.alias),
            kind: match kind {
                ContactType::Unspecified => ContactKind::Unknown,
                ContactType::Personal => ContactKind::Individual,
                ContactType::Official => ContactKind::Official,
                ContactType::Corporation => ContactKind::Corporation,
                ContactType::Application => ContactKind::Application,
            },
            gender: match gender {
                ContactGender::Unspecified => Gender::Unknown,
                ContactGender::Male => Gender::Male,
                ContactGender::Female => Gender::Female,
            },
            is_friend: told.friend,
            is_star: told.star,
            is_coworker: told.coworker,
            handle: some(told.weixin),
            avatar: some(told.avatar),
            signature: some(told.signature),
            city: some(told.city),
            province: some(told.province),
            address: some(told.address),
            corporation: some(told.corporation),
            title: some(told.title),
            description: some(told.description),
            phones: told.phones,
        }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({})", self.0.id)
    }
}
