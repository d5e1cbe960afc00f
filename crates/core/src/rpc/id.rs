//! Which fields hold ids of what.

/// What an id in a field names, and so how it is translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Id {
    /// A contact: an account's own is the virtual self.
    Contact,
    /// A room.
    Room,
    /// A room or a contact.
    Conversation,
    /// A message: tagged with its owner.
    Message,
    /// A friendship: tagged with its owner.
    Friendship,
    /// A room invitation: tagged with its owner.
    Invitation,
    /// A file in a service's registry: tagged with its owner.
    File,
    /// A message that is quoted: as a message, but left out where the account has no copy of it.
    Quote,
    /// A label for contacts: tagged with its owner.
    Tag,
    /// A group of labels: tagged with its owner.
    TagGroup,
    /// A moment, or another post: tagged with its owner.
    Post,
    /// One thing said to many: tagged with its owner.
    Broadcast,
    /// A code that a login asks for: tagged with its owner.
    Verify,
    /// What a company does about spam in rooms: tagged with its owner.
    Strategy,
    /// FileBox JSON, which may hold the id of a file.
    FileBox,
    /// What the field `type` beside it says, as in `DirtyPayload`.
    Payload,
}

impl Id {
    /// Whether such an id belongs to one account.
    pub fn is_owned(self) -> bool {
        match self {
            Self::Message
            | Self::Friendship
            | Self::Invitation
            | Self::File
            | Self::Quote
            | Self::Tag
            | Self::TagGroup
            | Self::Post
            | Self::Broadcast
            | Self::Verify
            | Self::Strategy => true,
            Self::Contact | Self::Room | Self::Conversation | Self::FileBox | Self::Payload => false,
        }
    }

    /// Whether an account is asked without those of a list that are others', rather than not at all.
    pub fn may_be_left_out(self) -> bool {
        match self {
            Self::Quote | Self::Tag | Self::TagGroup => true,
            Self::Message
            | Self::Friendship
            | Self::Invitation
            | Self::File
            | Self::Post
            | Self::Broadcast
            | Self::Verify
            | Self::Strategy
            | Self::Contact
            | Self::Room
            | Self::Conversation
            | Self::FileBox
            | Self::Payload => false,
        }
    }
}

/// A field with ids: a text or a list of texts. `path` leads by dots through messages, and through each of a list of them;
/// `**` before its last name leads to fields of that name however deep below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdField {
    /// The names of the fields that lead to it.
    pub path: &'static str,
    /// What its ids name.
    pub id: Id,
}

/// A field that has two spellings: `new`, which current servers and clients use, and the deprecated `old`,
/// which some clients still use alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// The field as it is spelt now.
    pub new: &'static str,
    /// The deprecated spelling.
    pub old: &'static str,
}

/// The field at this path, whose ids name such a thing.
pub const fn field(path: &'static str, id: Id) -> IdField {
    IdField { path, id }
}

/// A field and its deprecated spelling.
pub const fn twin(new: &'static str, old: &'static str) -> Twin {
    Twin { new, old }
}
