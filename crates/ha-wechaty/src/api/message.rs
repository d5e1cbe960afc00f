//! Something that somebody said.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_core::{AccountId, ClientId, rpc};
use ha_wechaty_wire::{MessageType, puppet};

use super::{
    card::{Location, MiniProgram, UrlLink},
    client::Client,
    contact::Contact,
    error::Error,
    file::File,
    ha::load,
    room::Room,
    sayable::{Sayable, text},
    sent::Sent,
};

/// Something that somebody said, to an account or in a room: once, however many accounts saw it.
///
/// What it says is here already; what it carries (a file, a card, a link) is read when it is asked for, from
/// any account that saw it.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// async fn answer(message: Message) -> Result<(), Error> {
///     if message.is_self() {
///         return Ok(());
///     }
///     match message.kind() {
///         MessageType::Text if message.mentions_self() => {
///             message.reply(format!("you said {:?}", message.text_without_mentions().await?)).await?;
///         }
///         MessageType::Image => {
///             let image = message.file().await?;
///             println!("{}: {} bytes", image.name(), image.bytes().await?.len());
///         }
///         _ => {}
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Message {
    client: Client,
    told: Arc<puppet::MessagePayloadResponse>,
    /// The account that its id belongs to.
    owner: Option<AccountId>,
}

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Conversation {
    /// In a room.
    Room(Room),
    /// Between a contact and the team.
    Contact(Contact),
}

/// How large an image is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ImageSize {
    /// Small, for a list.
    Thumbnail,
    /// As phones show it.
    #[default]
    Hd,
    /// As it was taken.
    Artwork,
}

impl Message {
    /// Reads a message by its id.
    pub(super) async fn read(client: &Client, stream: Option<ClientId>, id: &str) -> Result<Self, Error> {
        let request = puppet::MessagePayloadRequest { id: id.to_owned() };
        let (told, _) = client
            .call_from::<puppet::MessagePayloadResponse>(stream, rpc::MESSAGE_PAYLOAD, &request)
            .await?;
        Ok(Self { owner: client.owner_of(id), client: client.clone(), told: Arc::new(told) })
    }

    /// Its id, by which it can be loaded again, after a restart too.
    pub fn id(&self) -> &str {
        &self.told.id
    }

    /// The account that it came through first, if it is still one of the team.
    pub fn account(&self) -> Option<String> {
        self.owner.and_then(|account| self.client.name(account))
    }

    /// The accounts that have seen it so far.
    pub fn accounts(&self) -> Vec<String> {
        let Ok(shared) = self.client.shared() else { return Vec::new() };
        match shared.knowledge.book.page(self.id()) {
            Some(page) => {
                page.copies.iter().map(|copy| shared.accounts.name(copy.account).to_owned()).collect()
            }
            None => self.account().into_iter().collect(),
        }
    }

    /// What it is.
    pub fn kind(&self) -> MessageType {
        MessageType::from_wire(self.told.r#type)
    }

    /// What it says; of what is no text, what the provider shows for it.
    pub fn text(&self) -> &str {
        &self.told.text
    }

    /// Who said it.
    pub fn talker(&self) -> Contact {
        self.contact(&self.told.talker_id)
    }

    /// To whom it was said; nobody in a room.
    pub fn listener(&self) -> Option<Contact> {
        (self.told.room_id.is_empty() && !self.told.listener_id.is_empty())
            .then(|| self.contact(&self.told.listener_id))
    }

    /// The room that it was said in, if it was in one.
    pub fn room(&self) -> Option<Room> {
        (!self.told.room_id.is_empty())
            .then(|| Room::new(self.client.clone(), self.told.room_id.as_str(), self.owner))
    }

    /// Where it was said: in a room, or between the team and somebody, whoever of them said it.
    pub fn conversation(&self) -> Conversation {
        match (self.room(), self.listener()) {
            (Some(room), _) => Conversation::Room(room),
            (None, Some(listener)) if self.is_self() => Conversation::Contact(listener),
            _ => Conversation::Contact(self.talker()),
        }
    }

    /// Whether the team itself said it, through whichever account.
    pub fn is_self(&self) -> bool {
        self.told.talker_id == self.client.self_id()
    }

    /// Whom it mentions.
    pub fn mentions(&self) -> Vec<Contact> {
        self.told.mention_ids.iter().map(|id| self.contact(id)).collect()
    }

    /// Whether it mentions the team, by whichever account's name.
    pub fn mentions_self(&self) -> bool {
        self.told.mention_ids.iter().any(|id| id == self.client.self_id())
    }

    /// What it says without the names of those whom it mentions.
    ///
    /// # Errors
    /// The names can't be read: no account is in the room, or none is there.
    pub async fn text_without_mentions(&self) -> Result<String, Error> {
        let mut names = Vec::new();
        let Some(room) = self.room() else { return Ok(self.text().to_owned()) };
        for contact in self.mentions() {
            names.extend(room.names_of(&contact).await?);
        }
        Ok(without_mentions(self.text(), names))
    }

    /// When it was received.
    pub fn at(&self) -> SystemTime {
        let time = self.told.receive_time.unwrap_or_default();
        let (seconds, nanos) = (u64::try_from(time.seconds), u32::try_from(time.nanos));
        let since = Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default());
        UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
    }

    /// How long ago that was.
    pub fn age(&self) -> Duration {
        self.at().elapsed().unwrap_or_default()
    }

    /// Answers where it was said.
    ///
    /// # Errors
    /// It was not said, or nobody knows ([`Error::was_sent`]).
    pub async fn reply(&self, sayable: impl Into<Sayable>) -> Result<Sent, Error> {
        self.conversation().say(sayable).await
    }

    /// Passes it on, from an account that has it.
    ///
    /// # Errors
    /// It was not said, or nobody knows ([`Error::was_sent`]).
    pub async fn forward(&self, to: impl Into<Conversation>) -> Result<Sent, Error> {
        self.forward_to(to.into().id()).await
    }

    pub(super) async fn forward_to(&self, conversation: &str) -> Result<Sent, Error> {
        let request = puppet::MessageForwardRequest {
            message_id: self.id().to_owned(),
            conversation_id: conversation.to_owned(),
            ..Default::default()
        };
        self.client.send::<puppet::MessageForwardResponse>(rpc::MESSAGE_FORWARD, &request, |it| it.id).await
    }

    /// Takes it back; false if the account could not. Only what the team said itself can be.
    ///
    /// # Errors
    /// The account that said it is away, or nobody knows ([`Error::was_sent`]).
    pub async fn recall(&self) -> Result<bool, Error> {
        recall(&self.client, self.id()).await
    }

    /// The message that this one took back ([`MessageType::Recalled`]); none if nobody has it any more.
    ///
    /// # Errors
    /// This took nothing back, or the account that it belongs to is away.
    pub async fn recalled(&self) -> Result<Option<Self>, Error> {
        self.expect(MessageType::Recalled, self.kind() == MessageType::Recalled)?;
        load(Self::read(&self.client, None, self.text()).await)
    }

    /// Its file, image, video or sound.
    ///
    /// # Errors
    /// It carries none, or everybody who has it is away.
    pub async fn file(&self) -> Result<File, Error> {
        self.expect("a file", self.kind().has_file())?;
        let request = puppet::MessageFileRequest { id: self.id().to_owned() };
        let told: puppet::MessageFileResponse = self.client.call(rpc::MESSAGE_FILE, &request).await?;
        File::received(&self.client, &told.file_box)
    }

    /// Its image, so large.
    ///
    /// # Errors
    /// It carries none, or everybody who has it is away.
    pub async fn image(&self, size: ImageSize) -> Result<File, Error> {
        self.expect(MessageType::Image, self.kind() == MessageType::Image)?;
        let size = match size {
            ImageSize::Thumbnail => puppet::ImageType::Thumbnail,
            ImageSize::Hd => puppet::ImageType::Hd,
            ImageSize::Artwork => puppet::ImageType::Artwork,
        };
        let request = puppet::MessageImageRequest { id: self.id().to_owned(), r#type: size.into() };
        let told: puppet::MessageImageResponse = self.client.call(rpc::MESSAGE_IMAGE, &request).await?;
        File::received(&self.client, &told.file_box)
    }

    /// The contact whose card it is.
    ///
    /// # Errors
    /// It is none, or everybody who has it is away.
    pub async fn contact_card(&self) -> Result<Contact, Error> {
        self.expect(MessageType::Contact, self.kind() == MessageType::Contact)?;
        let request = puppet::MessageContactRequest { id: self.id().to_owned() };
        let told: puppet::MessageContactResponse = self.client.call(rpc::MESSAGE_CONTACT, &request).await?;
        Ok(self.contact(&told.id))
    }

    /// The link that it is.
    ///
    /// # Errors
    /// It is none, or everybody who has it is away.
    pub async fn url_link(&self) -> Result<UrlLink, Error> {
        self.expect(MessageType::Url, self.kind() == MessageType::Url)?;
        let request = puppet::MessageUrlRequest { id: self.id().to_owned() };
        let told: puppet::MessageUrlResponse = self.client.call(rpc::MESSAGE_URL, &request).await?;
        Ok(told.url_link.unwrap_or_default().into())
    }

    /// The mini program that it is.
    ///
    /// # Errors
    /// It is none, or everybody who has it is away.
    pub async fn mini_program(&self) -> Result<MiniProgram, Error> {
        self.expect(MessageType::MiniProgram, self.kind() == MessageType::MiniProgram)?;
        let request = puppet::MessageMiniProgramRequest { id: self.id().to_owned() };
        let told: puppet::MessageMiniProgramResponse =
            self.client.call(rpc::MESSAGE_MINI_PROGRAM, &request).await?;
        Ok(told.mini_program.unwrap_or_default().into())
    }

    /// The place that it is.
    ///
    /// # Errors
    /// It is none, or everybody who has it is away.
    pub async fn location(&self) -> Result<Location, Error> {
        self.expect(MessageType::Location, self.kind() == MessageType::Location)?;
        let request = puppet::MessageLocationRequest { id: self.id().to_owned() };
        let told: puppet::MessageLocationResponse = self.client.call(rpc::MESSAGE_LOCATION, &request).await?;
        Ok(told.location.unwrap_or_default().into())
    }

    /// What would say the same again; none for what nobody can say, like a transfer.
    ///
    /// # Errors
    /// Everybody who has it is away.
    pub async fn to_sayable(&self) -> Result<Option<Sayable>, Error> {
        Ok(Some(match self.kind() {
            MessageType::Text => text(self.text()).into(),
            MessageType::Contact => self.contact_card().await?.into(),
            MessageType::Url => self.url_link().await?.into(),
            MessageType::MiniProgram => self.mini_program().await?.into(),
            MessageType::Location => self.location().await?.into(),
            MessageType::Unknown
            | MessageType::ChatHistory
            | MessageType::GroupNote
            | MessageType::Transfer
            | MessageType::RedEnvelope
            | MessageType::Recalled
            | MessageType::Post
            | MessageType::Channel
            | MessageType::System
            | MessageType::Markdown
            | MessageType::CallRecord
            | MessageType::AppRaw
            | MessageType::WeChatNote
            | MessageType::ChannelCard
            | MessageType::ConsultCard
            | MessageType::AppointmentCard
            | MessageType::ShopProduct
            | MessageType::ShopOrder => return Ok(None),
            MessageType::Attachment
            | MessageType::Audio
            | MessageType::Emoticon
            | MessageType::Image
            | MessageType::Video => self.file().await?.into(),
        }))
    }

    fn expect(&self, what: impl fmt::Debug, is_it: bool) -> Result<(), Error> {
        match is_it {
            true => Ok(()),
            false => Err(Error::invalid(format!("the message is {:?}, not {what:?}", self.kind()))),
        }
    }

    fn contact(&self, id: &str) -> Contact {
        Contact::new(self.client.clone(), id, self.owner)
    }
}

/// A text without these names where they are mentioned: after an `@`, and as a word of their own.
fn without_mentions(text: &str, mut names: Vec<String>) -> String {
    // Of "@Al" and "@Al Smith" the longer one is meant.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let (mut rest, mut left) = (text, String::new());
    while let Some((before, after)) = rest.split_once('@') {
        left.push_str(before);
        let named = names.iter().filter_map(|name| after.strip_prefix(name.as_str()));
        let parted = |after: &&str| after.chars().next().is_none_or(char::is_whitespace);
        rest = named.into_iter().find(parted).unwrap_or_else(|| {
            left.push('@');
            after
        });
    }
    left.push_str(rest);
    left.trim().to_owned()
}

/// Takes a message back.
pub(super) async fn recall(client: &Client, id: &str) -> Result<bool, Error> {
    let request = puppet::MessageRecallRequest { id: id.to_owned() };
    Ok(client.call::<puppet::MessageRecallResponse>(rpc::MESSAGE_RECALL, &request).await?.success)
}

impl Conversation {
    /// The id of the room or contact.
    pub fn id(&self) -> &str {
        match self {
            Self::Room(room) => room.id(),
            Self::Contact(contact) => contact.id(),
        }
    }

    /// Says something there.
    ///
    /// # Errors
    /// It was not said, or nobody knows ([`Error::was_sent`]).
    pub async fn say(&self, sayable: impl Into<Sayable>) -> Result<Sent, Error> {
        match self {
            Self::Room(room) => room.say(sayable).await,
            Self::Contact(contact) => contact.say(sayable).await,
        }
    }
}

impl From<&Room> for Conversation {
    fn from(room: &Room) -> Self {
        Self::Room(room.clone())
    }
}

impl From<&Contact> for Conversation {
    fn from(contact: &Contact) -> Self {
        Self::Contact(contact.clone())
    }
}

impl From<Room> for Conversation {
    fn from(room: Room) -> Self {
        Self::Room(room)
    }
}

impl From<Contact> for Conversation {
    fn from(contact: Contact) -> Self {
        Self::Contact(contact)
    }
}

impl fmt::Debug for Message {
    /// Not what it says: that is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {:?})", self.id(), self.kind())
    }
}
