//! What a row may say besides where its calls go and which ids they have.

/// What flows which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One request, one answer.
    Unary,
    /// Events to the bot, for as long as it listens.
    Events,
    /// The pieces of a file to the bot.
    Down(Down),
    /// The pieces of a file from the bot.
    Up(Up),
}

/// Which file flows to a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down {
    /// The file that the leading id names, here or in its owner's registry.
    Registered,
    /// The file in the message that leads the call, from an account that has a copy.
    OfMessage,
}

/// What for a file flows from a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Up {
    /// It is kept here until it is sent.
    Kept,
    /// It is sent.
    Sent,
}

/// Whether answers keep the order in which a connection asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Each is given when it is done.
    WhenDone,
    /// In order, among those of the same RPC.
    InOrder,
    /// In order, among those that tell what a message says.
    AmongMessages,
}

/// What a call says to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// A text, which may mention people.
    Text,
    /// A file.
    File,
    /// Somebody's card.
    Contact,
    /// A mini program.
    MiniProgram,
    /// A link.
    Url,
    /// A place.
    Location,
    /// Something of a channel.
    Channel,
    /// A channel's card.
    ChannelCard,
    /// Something with many parts.
    Post,
    /// What the message that leads the call says.
    Same,
}

/// What an account's answer teaches about that account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teaches {
    /// These are its contacts.
    Contacts,
    /// These are its rooms.
    Rooms,
    /// Whether the contact is its friend.
    Friend,
    /// The room is one of its own: who is in it, whose it is, who else may change it.
    Room,
    /// The room was made by it.
    RoomMade,
    /// The stranger was found by it, and so is to be befriended by it.
    Stranger,
    /// It is called otherwise than before.
    OwnName,
}

/// Who is named by an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The contact that leads the call.
    Contact,
    /// The contact that the request names, as a member of the room that leads the call.
    Member,
}

/// Who leaves the room that leads a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaver {
    /// The account that does it.
    Doer,
    /// The contact that the request names.
    Named,
}

/// What is asked of an account whose generation of the protocol lacks an RPC. RPCs stand here by their names, since some
/// stand in for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandIn {
    /// Another one, once for each of many.
    Each(Each),
    /// The same by its other name: requests and answers have the same fields.
    Same(&'static str),
    /// One that answers with the whole file, where this one streams it.
    Whole(&'static str),
    /// Those that know tags by ids of their own, where this one goes by their names.
    ById(LabelAct),
    /// Those that know tags by their names, where this one goes by ids: then a tag's name is its id.
    ByName(LabelAct),
}

/// An RPC that does for one what another does for many. Fields of the same name have the same in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Each {
    /// The RPC for one.
    pub rpc: &'static str,
    /// The field of the request with many ids.
    pub many: &'static str,
    /// The field of the other request with one of them.
    pub one: &'static str,
    /// What becomes of the answers.
    pub answers: EachAnswers,
}

impl Each {
    /// Whether it is the RPC itself that does it for one, in another field.
    pub fn is_itself(&self, rpc: &super::Rpc) -> bool {
        self.rpc == rpc.name
    }
}

/// What becomes of the answers for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EachAnswers {
    /// They are the members of this list; what is refused is left out.
    Into(&'static str),
    /// Each id stands in a list of those that were done, or in one of those that were not, with why in a third.
    Parted {
        /// Those that were done.
        done: &'static str,
        /// Those that were not.
        failed: &'static str,
        /// Why not, each.
        why: &'static str,
    },
    /// The last one is the answer, and the first refusal ends it. The older generation has the RPC, but not the field.
    Last {
        /// An RPC that only those accounts have which read the field, and that does nothing: they are asked for all at once.
        /// Without one nobody is asked so.
        told_by: Option<&'static str>,
    },
}

/// What is done with tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelAct {
    /// Contacts are given them.
    Put,
    /// They are taken from contacts.
    Take,
    /// They are no more.
    Delete,
    /// Which there are, or which a contact has.
    List,
    /// They are made.
    Make,
    /// What one is called.
    Show,
}

/// Which generation of the protocol has an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Both.
    Both,
    /// The community's, `wechaty-grpc` 1.5, alone.
    Older,
    /// The fork's that lives, `@juzi/wechaty-grpc` 1.0, alone.
    Newer,
}
