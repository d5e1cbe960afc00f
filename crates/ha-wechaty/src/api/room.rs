//! A group chat.

use std::{fmt, sync::Arc};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ha_wechaty_core::{AccountId, AccountSet, Rpc, rpc};
use ha_wechaty_wire::puppet;
use prost::Message;

use super::{
    cache::{Cache, Shelf},
    client::Client,
    contact::{Contact, some},
    error::Error,
    file::File,
    ha::load,
    handle::{Handle, Payload},
    sayable::Sayable,
    sent::Sent,
};

/// Of how many members is read at once.
const READING: usize = 16;

/// A group chat: a handle, which costs nothing until something is asked of it.
///
/// What it is asked for is read once, and kept until the provider says that it is stale, somebody comes or
/// goes, or [`Room::sync`] is called.
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
/// # let alice = ha.contacts().find(name("alice")).await?.expect("a friend");
/// let room = ha.rooms().create([&alice], "ding room").await?;
/// room.set_topic("dong room").await?;
/// room.announce("be kind").await?;
/// room.say(text("welcome!").mentioning(&alice)).await?;
/// assert_eq!(room.topic().await?, "dong room");
/// assert!(room.has(&alice).await?);
/// room.remove(&alice).await?;
/// # assert_eq!(person.seen().last().and_then(|it| it.text().map(str::to_owned)).as_deref(), Some("@alice\u{2005}welcome!"));
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
///
/// The same id is the same room, whichever account it came through.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Room(Handle<RoomPayload>);

/// What is known of a room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RoomPayload {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub topic: String,
    /// The contact id of its owner.
    pub owner: Option<String>,
    /// The contact ids of its admins.
    pub admins: Vec<String>,
    /// The contact ids of its members; the team is one, however many of its accounts are in it.
    pub members: Vec<String>,
    /// The URL of its picture.
    pub avatar: Option<String>,
    /// Its handle.
    pub handle: Option<String>,
}

/// A contact as it is in a room.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomMember {
    /// Who it is.
    pub contact: Contact,
    /// Its own name.
    pub name: String,
    /// What it is called in here.
    pub alias: Option<String>,
    /// Who let it in, if it is known.
    pub inviter: Option<Contact>,
    /// The URL of its picture.
    pub avatar: Option<String>,
}

impl Room {
    pub(super) fn new(client: Client, id: impl Into<Arc<str>>, via: Option<AccountId>) -> Self {
        Self(Handle::new(client, id, via))
    }

    /// Its id, by which it can be loaded again.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The account that it came through, if it is known.
    pub fn account(&self) -> Option<String> {
        self.0.account()
    }

    /// The accounts of which it is known that they are in it.
    pub fn accounts(&self) -> Vec<String> {
        self.0.accounts()
    }

    /// What is known of it.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn payload(&self) -> Result<Arc<RoomPayload>, Error> {
        self.0.payload().await
    }

    /// Reads it afresh: the accounts' puppets forget what they know of it too.
    ///
    /// # Errors
    /// No account did it.
    pub async fn sync(&self) -> Result<(), Error> {
        self.0.sync().await
    }

    /// What it is called.
    ///
    /// # Errors
    /// See [`Room::payload`].
    pub async fn topic(&self) -> Result<String, Error> {
        Ok(self.payload().await?.topic.clone())
    }

    /// Calls it so.
    ///
    /// # Errors
    /// No account may, or none is there.
    pub async fn set_topic(&self, topic: impl Into<String>) -> Result<(), Error> {
        let request = puppet::RoomTopicRequest {
            id: self.0.id.to_string(),
            topic: Some(topic.into()),
            ..Default::default()
        };
        self.0.change::<puppet::RoomTopicResponse>(rpc::ROOM_TOPIC, &request).await
    }

    /// Its announcement.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn announcement(&self) -> Result<String, Error> {
        let request = puppet::RoomAnnounceRequest { id: self.0.id.to_string(), ..Default::default() };
        Ok(self.0.client.call::<puppet::RoomAnnounceResponse>(rpc::ROOM_ANNOUNCE, &request).await?.text)
    }

    /// Announces something to all members.
    ///
    /// # Errors
    /// No account may, or none is there.
    pub async fn announce(&self, text: impl Into<String>) -> Result<(), Error> {
        let request = puppet::RoomAnnounceRequest {
            id: self.0.id.to_string(),
            text: Some(text.into()),
            ..Default::default()
        };
        self.0.change::<puppet::RoomAnnounceResponse>(rpc::ROOM_ANNOUNCE, &request).await
    }

    /// Its owner, if the provider knows.
    ///
    /// # Errors
    /// See [`Room::payload`].
    pub async fn owner(&self) -> Result<Option<Contact>, Error> {
        Ok(self.payload().await?.owner.as_deref().map(|id| self.contact(id)))
    }

    /// Its members.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn members(&self) -> Result<Vec<Contact>, Error> {
        let request = puppet::RoomMemberListRequest { id: self.0.id.to_string() };
        let told: puppet::RoomMemberListResponse =
            self.0.client.call(rpc::ROOM_MEMBER_LIST, &request).await?;
        Ok(told.member_ids.iter().map(|id| self.contact(id)).collect())
    }

    /// The members of this name or alias, in the order of [`Room::members`]; some are asked at once.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn find_members(&self, name: &str) -> Result<Vec<RoomMember>, Error> {
        let members = stream::iter(self.members().await?);
        let mut told = members.map(async |contact| load(self.member(&contact).await)).buffered(READING);
        let mut found = Vec::new();
        while let Some(member) = told.try_next().await? {
            // Somebody may have left since the members were named.
            let meant = member.filter(|it| it.name == name || it.alias.as_deref() == Some(name));
            found.extend(meant);
        }
        Ok(found)
    }

    /// What a member is in here.
    ///
    /// # Errors
    /// It is no member, or no account can see it.
    pub async fn member(&self, contact: &Contact) -> Result<RoomMember, Error> {
        let request = self.member_request(contact);
        let told: puppet::RoomMemberPayloadResponse =
            self.0.client.call(rpc::ROOM_MEMBER_PAYLOAD, &request).await?;
        Ok(RoomMember {
            contact: contact.clone(),
            name: told.name,
            alias: some(told.room_alias),
            inviter: some(told.inviter_id).map(|id| self.contact(&id)),
            avatar: some(told.avatar),
        })
    }

    /// All names that a member goes by in here. The team has those of each of its accounts.
    pub(super) async fn names_of(&self, contact: &Contact) -> Result<Vec<String>, Error> {
        let (shared, request) = (self.0.client.shared()?, self.member_request(contact));
        let among =
            if contact.is_self() { shared.core.routing().concerned(&self.0.id) } else { AccountSet::EMPTY };
        let mut members: Vec<puppet::RoomMemberPayloadResponse> = Vec::new();
        for account in among.iter() {
            members.extend(load(self.0.client.ask(account, rpc::ROOM_MEMBER_PAYLOAD, &request).await)?);
        }
        if among.is_empty() {
            members.extend(load(self.0.client.call(rpc::ROOM_MEMBER_PAYLOAD, &request).await)?);
        }
        let names = members.into_iter().flat_map(|it| [it.room_alias, it.name]);
        Ok(names.filter(|name| !name.is_empty()).collect())
    }

    fn member_request(&self, contact: &Contact) -> puppet::RoomMemberPayloadRequest {
        puppet::RoomMemberPayloadRequest { id: self.0.id.to_string(), member_id: contact.id().to_owned() }
    }

    /// What a member is called in here.
    ///
    /// # Errors
    /// It is no member, or no account can see it.
    pub async fn alias(&self, contact: &Contact) -> Result<Option<String>, Error> {
        Ok(self.member(contact).await?.alias)
    }

    /// Whether somebody is in it.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn has(&self, contact: &Contact) -> Result<bool, Error> {
        Ok(self.members().await?.contains(contact))
    }

    /// Takes somebody in; rooms of more than 40 members take [`Room::invite`] only.
    ///
    /// # Errors
    /// No account may, or nobody knows whether one did ([`Error::was_sent`]).
    pub async fn add(&self, contact: &Contact) -> Result<(), Error> {
        self.let_in(contact, false).await
    }

    /// Invites somebody, who has to accept.
    ///
    /// # Errors
    /// No account may, or nobody knows whether one did ([`Error::was_sent`]).
    pub async fn invite(&self, contact: &Contact) -> Result<(), Error> {
        self.let_in(contact, true).await
    }

    /// Puts somebody out.
    ///
    /// # Errors
    /// No account may, or nobody knows whether one did ([`Error::was_sent`]).
    pub async fn remove(&self, contact: &Contact) -> Result<(), Error> {
        let request = puppet::RoomDelRequest {
            id: self.0.id.to_string(),
            contact_id: contact.id().to_owned(),
            ..Default::default()
        };
        self.0.change::<puppet::RoomDelResponse>(rpc::ROOM_DEL, &request).await
    }

    /// Leaves it, with every account.
    ///
    /// # Errors
    /// No account did it.
    pub async fn quit(&self) -> Result<(), Error> {
        let request = puppet::RoomQuitRequest { id: self.0.id.to_string() };
        self.0.change::<puppet::RoomQuitResponse>(rpc::ROOM_QUIT, &request).await
    }

    /// The text of its QR code.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn qr_code(&self) -> Result<String, Error> {
        let request = puppet::RoomQrCodeRequest { id: self.0.id.to_string() };
        Ok(self.0.client.call::<puppet::RoomQrCodeResponse>(rpc::ROOM_QR_CODE, &request).await?.qrcode)
    }

    /// Its picture.
    ///
    /// # Errors
    /// No account is in it, or none is there.
    pub async fn avatar(&self) -> Result<File, Error> {
        let request = puppet::RoomAvatarRequest { id: self.0.id.to_string() };
        let told: puppet::RoomAvatarResponse = self.0.client.call(rpc::ROOM_AVATAR, &request).await?;
        File::received(&self.0.client, &told.file_box)
    }

    /// Says something in it. Whom a text mentions ([`text`](super::text)) is named in front of it.
    ///
    /// # Errors
    /// It was not said, or nobody knows ([`Error::was_sent`]).
    pub async fn say(&self, sayable: impl Into<Sayable>) -> Result<Sent, Error> {
        let mut sayable = sayable.into();
        if let Sayable::Text(text) = &sayable
            && !text.mentions.is_empty()
        {
            sayable = Sayable::Text(text.clone().named_in(self).await?);
        }
        self.0.client.say(&self.0.id, sayable).await
    }

    async fn let_in(&self, contact: &Contact, invite_only: bool) -> Result<(), Error> {
        let (id, contact_id) = (self.0.id.to_string(), contact.id().to_owned());
        let request = puppet::RoomAddRequest { id, contact_id, invite_only, ..Default::default() };
        self.0.change::<puppet::RoomAddResponse>(rpc::ROOM_ADD, &request).await
    }

    fn contact(&self, id: &str) -> Contact {
        Contact::new(self.0.client.clone(), id, self.0.via)
    }
}

impl Payload for RoomPayload {
    const RPC: &'static Rpc = rpc::ROOM_PAYLOAD;
    const SORT: puppet::PayloadType = puppet::PayloadType::Room;
    type Told = puppet::RoomPayloadResponse;

    fn request(id: String) -> impl Message {
        puppet::RoomPayloadRequest { id }
    }

    fn shelf(cache: &Cache) -> &Shelf<Self> {
        &cache.rooms
    }
}

impl From<puppet::RoomPayloadResponse> for RoomPayload {
    fn from(told: puppet::RoomPayloadResponse) -> Self {
        Self {
            id: told.id,
            topic: told.topic,
            owner: some(told.owner_id),
            admins: told.admin_ids,
            members: told.member_ids,
            avatar: some(told.avatar),
            handle: some(told.handle),
        }
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Room({})", self.0.id)
    }
}
