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
