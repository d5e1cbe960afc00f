//! Every RPC of the puppet protocol: where its calls go, and which of its fields hold ids of what.
//!
//! This table is the only place that says so. Routing, tagging and the docs follow it, and a test holds it
//! against the protocol's own descriptors. To teach the gateway a new RPC, add its row.

mod table;

pub use table::RPCS;

/// Where the calls of an RPC go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Answered by the gateway itself; no account hears of it.
    Local,
    /// Refused unless the configuration allows it; then to all accounts.
    Logout,
    /// To one account that can reach the conversation, then to the next.
    Send,
    /// To the account that owns the id; for a message, to any with a copy when the owner can't.
    Owner,
    /// To any account that can see it, then to the next.
    Reach,
    /// To a member of the room: its owner first, then its admins.
    RoomAct,
    /// To all available accounts; the answers are merged.
    Union,
    /// To every account concerned.
    All,
    /// To one account, by policy; the next only if nothing was done.
    Create,
    /// Kept here, until it is known which account sends the file.
    Upload,
}

impl Class {
    /// The class's name in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Logout => "logout",
            Self::Send => "send",
            Self::Owner => "owner",
            Self::Reach => "reach",
            Self::RoomAct => "room-act",
            Self::Union => "union",
            Self::All => "all",
            Self::Create => "create",
            Self::Upload => "upload",
        }
    }

    /// Whether doing a call of this class twice does no more than doing it once.
    pub fn is_idempotent(self) -> bool {
        matches!(self, Self::Local | Self::Owner | Self::Reach | Self::Union)
    }
}

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
    /// FileBox JSON, which may hold the id of a file.
    FileBox,
    /// What the field `type` beside it says, as in `DirtyPayload`.
    Payload,
}

impl Id {
    /// Whether such an id belongs to one account.
    pub fn is_owned(self) -> bool {
        matches!(self, Self::Message | Self::Friendship | Self::Invitation | Self::File)
    }
}

/// A field with ids: a text or a list of texts. `path` leads through messages by dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
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

/// What one RPC is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rpc {
    /// Its name in the service.
    pub name: &'static str,
    /// Where its calls go.
    pub class: Class,
    /// The fields of the request whose presence makes the call a change, and the class it then has.
    pub change: Option<(&'static str, Class)>,
    /// The request's fields with ids. The first one leads the call to its account.
    pub takes: &'static [Field],
    /// The answer's fields with ids.
    pub gives: &'static [Field],
    /// The request's fields with two spellings: `old` is copied into an absent `new`.
    pub takes_twins: &'static [Twin],
    /// The answer's fields with two spellings: each fills the other, if that is absent.
    pub gives_twins: &'static [Twin],
}

impl Rpc {
    /// The RPC of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RPCS.iter().find(|rpc| rpc.name == name)
    }

    /// The sort of questions that it is, if its answers keep their order among those of that sort: what a bot asks
    /// as it hears of something, and what needs no account. Files, and whatever changes something, are answered
    /// when they are done.
    pub fn sort(&self) -> Option<&'static str> {
        let is_file = self.gives.iter().any(|field| field.id == Id::FileBox);
        match (self.class, self.name) {
            (Class::Local, "Event") => None,
            (Class::Local, _) | (_, "MessagePayload") => Some("MessagePayload"),
            (Class::Reach | Class::Union, name) if !is_file => Some(name),
            (Class::Owner, "FriendshipPayload" | "RoomInvitationPayload") => Some(self.name),
            (Class::Owner, "MessageContact" | "MessageUrl" | "MessageMiniProgram" | "MessageLocation") => {
                Some(self.name)
            }
            _ => None,
        }
    }

    /// Its place in [`RPCS`].
    pub fn index(&self) -> usize {
        RPCS.iter().position(|rpc| rpc.name == self.name).unwrap_or(RPCS.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_61_and_each_is_there_once() {
        assert_eq!(RPCS.len(), 61);
        for (index, rpc) in RPCS.iter().enumerate() {
            assert_eq!((rpc.index(), Rpc::named(rpc.name)), (index, Some(rpc)));
        }
    }

    #[test]
    fn what_only_looks_is_answered_in_order_but_for_files() {
        let sort = |name| Rpc::named(name).and_then(Rpc::sort);
        assert_eq!((sort("Ding"), sort("MessagePayload")), (Some("MessagePayload"), Some("MessagePayload")));
        assert_eq!(
            (sort("RoomPayload"), sort("RoomMemberList")),
            (Some("RoomPayload"), Some("RoomMemberList"))
        );
        for name in
            ["Event", "MessageFile", "RoomAvatar", "Download", "MessageSendText", "MessageForward", "RoomAdd"]
        {
            assert_eq!(sort(name), None, "{name}");
        }
    }

    #[test]
    fn what_an_owner_answers_is_found_by_an_owned_id() {
        for rpc in RPCS.iter().filter(|rpc| rpc.class == Class::Owner) {
            assert!(rpc.takes.first().is_some_and(|field| field.id.is_owned()), "{}", rpc.name);
        }
    }

    #[test]
    fn what_is_sent_goes_to_a_conversation() {
        for rpc in RPCS.iter().filter(|rpc| rpc.class == Class::Send) {
            assert_eq!(rpc.takes[0].id, Id::Conversation, "{}", rpc.name);
            assert!(rpc.gives.iter().all(|field| field.id == Id::Message), "{}", rpc.name);
        }
    }
}
