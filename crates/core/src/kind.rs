//! What a message is, and what in a bot's cache is stale. Services newer than this may know others, which are told
//! apart and handed on by their numbers.

/// What a message is: those that the core treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum MessageKind {
    /// A file.
    Attachment,
    /// A sound.
    Audio,
    /// A sticker.
    Emoticon,
    /// A picture.
    Image,
    /// What somebody writes.
    Text,
    /// A card of a mini program.
    MiniProgram,
    /// A message is taken back: the text is the id that it has for one account.
    Recalled,
    /// A card of a link.
    Url,
    /// A film.
    Video,
    /// Another one, by the protocol's number; 0 if nobody knows.
    Other(i32),
}

impl MessageKind {
    /// The kind of the protocol's number.
    pub fn from_wire(number: i32) -> Self {
        match number {
            1 => Self::Attachment,
            2 => Self::Audio,
            5 => Self::Emoticon,
            6 => Self::Image,
            7 => Self::Text,
            9 => Self::MiniProgram,
            13 => Self::Recalled,
            14 => Self::Url,
            15 => Self::Video,
            other => Self::Other(other),
        }
    }

    /// The protocol's number.
    pub fn to_wire(self) -> i32 {
        match self {
            Self::Attachment => 1,
            Self::Audio => 2,
            Self::Emoticon => 5,
            Self::Image => 6,
            Self::Text => 7,
            Self::MiniProgram => 9,
            Self::Recalled => 13,
            Self::Url => 14,
            Self::Video => 15,
            Self::Other(number) => number,
        }
    }
}

impl Default for MessageKind {
    fn default() -> Self {
        Self::Other(0)
    }
}

/// What is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DirtyType {
    /// A message.
    Message,
    /// A contact.
    Contact,
    /// A room.
    Room,
    /// The members of a room.
    RoomMember,
    /// A friendship.
    Friendship,
    /// A post.
    Post,
    /// A tag.
    Tag,
    /// A group of tags.
    TagGroup,
    /// Something else, by the protocol's number.
    Other(i32),
}

impl DirtyType {
    /// The kind of the protocol's number.
    pub fn from_wire(number: i32) -> Self {
        match number {
            1 => Self::Message,
            2 => Self::Contact,
            3 => Self::Room,
            4 => Self::RoomMember,
            5 => Self::Friendship,
            6 => Self::Post,
            7 => Self::Tag,
            8 => Self::TagGroup,
            other => Self::Other(other),
        }
    }

    /// The protocol's number.
    pub fn to_wire(self) -> i32 {
        match self {
            Self::Message => 1,
            Self::Contact => 2,
            Self::Room => 3,
            Self::RoomMember => 4,
            Self::Friendship => 5,
            Self::Post => 6,
            Self::Tag => 7,
            Self::TagGroup => 8,
            Self::Other(number) => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back_also_those_of_the_future() {
        for number in -2..=40 {
            assert_eq!(MessageKind::from_wire(number).to_wire(), number);
            assert_eq!(DirtyType::from_wire(number).to_wire(), number);
        }
    }
}
