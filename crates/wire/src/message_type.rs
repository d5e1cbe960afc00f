//! Message types as they are on the wire.

/// The number in `MessagePayloadResponse.type`, by the list that TypeScript servers write.
///
/// The `.proto` names an enum there whose numbers no current server follows, so the field is passed on as
/// an integer and interpreted by this list only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum MessageType {
    Unknown,
    Attachment,
    Audio,
    Contact,
    ChatHistory,
    Emoticon,
    Image,
    Text,
    Location,
    MiniProgram,
    GroupNote,
    Transfer,
    RedEnvelope,
    Recalled,
    Url,
    Video,
    Post,
    Channel,
    System,
    Markdown,
    CallRecord,
    AppRaw,
    WeChatNote,
    ChannelCard,
    ConsultCard,
    AppointmentCard,
    ShopProduct,
    ShopOrder,
}

use MessageType as T;

/// Every known type with its number: `wechaty-puppet` 1.20, and what `@juzi/wechaty-puppet` 1.0 has besides. (The `.proto` of
/// `@juzi/wechaty-grpc` has a channel card at 21; what is written is the puppet's number.)
const NUMBERS: [(MessageType, i32); 28] = [
    (T::Unknown, 0),
    (T::Attachment, 1),
    (T::Audio, 2),
    (T::Contact, 3),
    (T::ChatHistory, 4),
    (T::Emoticon, 5),
    (T::Image, 6),
    (T::Text, 7),
    (T::Location, 8),
    (T::MiniProgram, 9),
    (T::GroupNote, 10),
    (T::Transfer, 11),
    (T::RedEnvelope, 12),
    (T::Recalled, 13),
    (T::Url, 14),
    (T::Video, 15),
    (T::Post, 16),
    (T::Channel, 17),
    (T::System, 18),
    (T::Markdown, 19),
    (T::CallRecord, 20),
    (T::AppRaw, 21),
    (T::WeChatNote, 22),
    (T::ChannelCard, 23),
    (T::ConsultCard, 24),
    (T::AppointmentCard, 25),
    (T::ShopProduct, 26),
    (T::ShopOrder, 27),
];

impl MessageType {
    /// The type of a wire number; an unknown number is [`MessageType::Unknown`].
    pub fn from_wire(number: i32) -> Self {
        NUMBERS.iter().find(|(_, n)| *n == number).map_or(T::Unknown, |(kind, _)| *kind)
    }

    /// The wire number of this type.
    pub fn to_wire(self) -> i32 {
        NUMBERS.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, n)| *n)
    }

    /// Whether a message of this type carries a file.
    pub fn has_file(self) -> bool {
        matches!(self, T::Attachment | T::Audio | T::Emoticon | T::Image | T::Video)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_keeps_its_number() {
        for (kind, number) in NUMBERS {
            assert_eq!(MessageType::from_wire(number), kind);
            assert_eq!(kind.to_wire(), number);
        }
        assert_eq!(MessageType::from_wire(28), MessageType::Unknown);
        assert_eq!(MessageType::from_wire(-1), MessageType::Unknown);
    }
}
