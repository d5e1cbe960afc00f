//! What a message says: text, a file, a card, and so on.

use std::fmt;

use bytes::Bytes;
use ha_wechaty_wire::{
    MessageType,
    puppet::{
        CallRecordPayload, ChannelCardPayload, ChannelPayload, ChatHistoryPayload, LocationPayload,
        MiniProgramPayload, PostPayloadClient, UrlLinkPayload,
    },
};

/// The content of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file, an image, a video or a sound.
    File(Attachment),
    /// A contact card; the contact's id.
    Contact(String),
    /// A link.
    Url(UrlLinkPayload),
    /// A mini program.
    MiniProgram(MiniProgramPayload),
    /// A place.
    Location(LocationPayload),
    /// Something of a channel.
    Channel(ChannelPayload),
    /// A channel's card.
    ChannelCard(ChannelCardPayload),
    /// A call that was.
    CallRecord(CallRecordPayload),
    /// What others said to one another.
    ChatHistory(Vec<ChatHistoryPayload>),
    /// Something with many parts.
    Post(PostPayloadClient),
    /// An invitation into a room; the room's id.
    Invitation(String),
    /// The talker took back the message of this serial number.
    Recalled(u64),
    /// Any other type, with the text that a puppet shows for it.
    Other(MessageType, String),
}

impl Content {
    /// Its type, as it goes over the wire.
    pub fn kind(&self) -> MessageType {
        match self {
            Self::Text(_) => MessageType::Text,
            Self::File(file) => file.kind(),
            Self::Contact(_) => MessageType::Contact,
            Self::Url(_) | Self::Invitation(_) => MessageType::Url,
            Self::MiniProgram(_) => MessageType::MiniProgram,
            Self::Location(_) => MessageType::Location,
            Self::Channel(_) => MessageType::Channel,
            Self::ChannelCard(_) => MessageType::ChannelCard,
            Self::CallRecord(_) => MessageType::CallRecord,
            Self::ChatHistory(_) => MessageType::ChatHistory,
            Self::Post(_) => MessageType::Post,
            Self::Recalled(_) => MessageType::Recalled,
            Self::Other(kind, _) => *kind,
        }
    }

    /// The text, of a text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The file, of a file.
    pub fn file(&self) -> Option<&Attachment> {
        if let Self::File(file) = self { Some(file) } else { None }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Attachment> for Content {
    fn from(file: Attachment) -> Self {
        Self::File(file)
    }
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name; the ending decides whether it is an image, a video, a sound or an attachment.
    pub name: String,
    /// Where its bytes are.
    pub source: FileSource,
}

/// Where a file has its bytes.
#[derive(Clone, PartialEq, Eq)]
pub enum FileSource {
    /// Here.
    Bytes(Bytes),
    /// Behind a URL, which nobody here opens.
    Url(String),
    /// It is the picture of a QR code with this text.
    QrCode(String),
}

impl fmt::Debug for FileSource {
    /// The size of bytes, not the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Url(url) => write!(f, "Url({url})"),
            Self::QrCode(text) => write!(f, "QrCode({text})"),
        }
    }
}

impl Attachment {
    /// A file with its bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.into(), source: FileSource::Bytes(bytes.into()) }
    }

    /// Its bytes; of a QR code the text, of a URL none.
    pub fn bytes(&self) -> Bytes {
        match &self.source {
            FileSource::Bytes(bytes) => bytes.clone(),
            FileSource::Url(_) => Bytes::new(),
            FileSource::QrCode(text) => Bytes::from(text.clone()),
        }
    }

    fn kind(&self) -> MessageType {
        let ending = self.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("png" | "jpg" | "jpeg" | "bmp" | "webp") => MessageType::Image,
            Some("gif") => MessageType::Emoticon,
            Some("mp4" | "mov") => MessageType::Video,
            Some("sil" | "silk" | "amr" | "mp3") => MessageType::Audio,
            _ => MessageType::Attachment,
        }
    }
}
