//! What can be said, and saying it.

use ha_wechaty_core::{Rpc, rpc};
use ha_wechaty_wire::puppet;

use super::{
    card::{Location, MiniProgram, UrlLink},
    client::Client,
    contact::Contact,
    error::Error,
    file::File,
    message::Message,
    room::Room,
    sent::Sent,
};

/// What can be said to a contact or in a room. Whatever is one becomes one: a text, a [`File`], a
/// [`Contact`], a [`UrlLink`], a [`MiniProgram`], a [`Location`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Sayable {
    /// A text.
    Text(Text),
    /// A file, an image, a video or a sound.
    File(File),
    /// A contact's card.
    Contact(Contact),
    /// A link.
    UrlLink(UrlLink),
    /// A mini program.
    MiniProgram(MiniProgram),
    /// A place.
    Location(Location),
    /// A message that was said before, said again.
    Message(Message),
}

/// A text, and whom it mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub(super) text: String,
    pub(super) mentions: Vec<Contact>,
}

/// A text that may mention somebody.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// async fn welcome(room: &Room, newcomer: &Contact) -> Result<Sent, Error> {
///     // Says "@their-name welcome!", and their phone tells them.
///     room.say(text("welcome!").mentioning(newcomer)).await
/// }
/// ```
pub fn text(text: impl Into<String>) -> Text {
    Text { text: text.into(), mentions: Vec::new() }
}

/// What parts a mention from what follows, in WeChat's own clients.
const AFTER_MENTION: char = '\u{2005}';

impl Text {
    /// Mentions somebody: in a room, their phone tells them.
    pub fn mentioning(mut self, contact: &Contact) -> Self {
        self.mentions.push(contact.clone());
        self
    }

    /// With those that it mentions named in front, as they are called in the room.
    pub(super) async fn named_in(mut self, room: &Room) -> Result<Self, Error> {
        let mut named = String::new();
        for contact in &self.mentions {
            let member = room.member(contact).await?;
            named.extend(['@']);
            named.push_str(member.alias.as_deref().unwrap_or(&member.name));
            named.push(AFTER_MENTION);
        }
        self.text.insert_str(0, &named);
        Ok(self)
    }
}

impl Client {
    /// Says something in a conversation.
    pub(super) async fn say(&self, conversation: &str, sayable: Sayable) -> Result<Sent, Error> {
        let conversation_id = conversation.to_owned();
        match sayable {
            Sayable::Text(Text { text, mentions }) => {
                let mentional_ids = mentions.iter().map(|contact| contact.id().to_owned()).collect();
                let request = puppet::MessageSendTextRequest {
                    conversation_id,
                    text,
                    mentional_ids,
                    ..Default::default()
                };
                self.send::<puppet::MessageSendTextResponse>(rpc::MESSAGE_SEND_TEXT, &request, |it| it.id)
                    .await
            }
            Sayable::File(file) => {
                let shared = self.shared()?;
                // Held until the file is sent: nobody else is told its id.
                let lent = file.lend(&shared.transit.spool).await?;
                let request = puppet::MessageSendFileRequest { conversation_id, file_box: lent.json() };
                self.send::<puppet::MessageSendFileResponse>(rpc::MESSAGE_SEND_FILE, &request, |it| it.id)
                    .await
            }
            Sayable::Contact(contact) => {
                let contact_id = contact.id().to_owned();
                let request = puppet::MessageSendContactRequest { conversation_id, contact_id };
                let rpc = rpc::MESSAGE_SEND_CONTACT;
                self.send::<puppet::MessageSendContactResponse>(rpc, &request, |it| it.id).await
            }
            Sayable::UrlLink(link) => {
                let request = puppet::MessageSendUrlRequest {
                    conversation_id,
                    url_link: Some(link.into()),
                    ..Default::default()
                };
                self.send::<puppet::MessageSendUrlResponse>(rpc::MESSAGE_SEND_URL, &request, |it| it.id).await
            }
            Sayable::MiniProgram(program) => {
                let request = puppet::MessageSendMiniProgramRequest {
                    conversation_id,
                    mini_program: Some(program.into()),
                    ..Default::default()
                };
                let rpc = rpc::MESSAGE_SEND_MINI_PROGRAM;
                self.send::<puppet::MessageSendMiniProgramResponse>(rpc, &request, |it| it.id).await
            }
            Sayable::Location(location) => {
                let location = Some(location.into());
                let request = puppet::MessageSendLocationRequest { conversation_id, location };
                let rpc = rpc::MESSAGE_SEND_LOCATION;
                self.send::<puppet::MessageSendLocationResponse>(rpc, &request, |it| it.id).await
            }
            Sayable::Message(message) => message.forward_to(conversation).await,
        }
    }

    /// Calls an RPC that sends; the answer has the id of what was sent.
    pub(super) async fn send<A: prost::Message + Default>(
        &self,
        rpc: &'static Rpc,
        request: &impl prost::Message,
        id: impl FnOnce(A) -> String,
    ) -> Result<Sent, Error> {
        let (answer, done) = self.call_from::<A>(None, rpc, request).await?;
        // What was sent was sent by somebody.
        let done = done.ok_or_else(|| Error::defect(rpc.name))?;
        Ok(Sent::new(self, id(answer), done))
    }
}

macro_rules! sayable {
    ($($from:ty, $it:ident => $sayable:expr;)*) => {
        $(
            impl From<$from> for Sayable {
                fn from($it: $from) -> Self {
                    $sayable
                }
            }
        )*
    };
}

sayable! {
    &str, it => Self::Text(text(it));
    String, it => Self::Text(text(it));
    &String, it => Self::Text(text(it));
    Text, it => Self::Text(it);
    File, it => Self::File(it);
    Contact, it => Self::Contact(it);
    &Contact, it => Self::Contact(it.clone());
    UrlLink, it => Self::UrlLink(it);
    MiniProgram, it => Self::MiniProgram(it);
    Location, it => Self::Location(it);
    Message, it => Self::Message(it);
    &Message, it => Self::Message(it.clone());
}
