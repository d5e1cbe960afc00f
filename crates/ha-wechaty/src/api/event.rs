//! What happens: one type for all of it, and one for each sort.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ha_wechaty_core::{ChallengeProgress, Standing};

use super::{
    contact::Contact, current_user::ContactSelf, error::Error, friendship::Friendship, message::Message,
    room::Room, room_invitation::RoomInvitation,
};

/// Something that happened. Each sort has a stream of its own on [`HaWechaty`](super::HaWechaty), and a
/// callback; this is for whoever wants all of them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Somebody said something, once, however many accounts saw it.
    Message(Message),
    /// Somebody asks to be a friend, or has become one.
    Friendship(Friendship),
    /// Somebody invites an account into a room.
    RoomInvite(RoomInvitation),
    /// Somebody came into a room.
    RoomJoin(RoomJoin),
    /// Somebody left a room, or was removed.
    RoomLeave(RoomLeave),
    /// A room's topic changed.
    RoomTopic(RoomTopic),
    /// An account waits for a person with a phone.
    Scan(Scan),
    /// An account's login asks for a code, which its person was sent or is shown on the phone.
    VerifyCode(VerifyCode),
    /// An account's login asks for a slide puzzle, which a program of its provider's shows.
    VerifySlide(VerifySlide),
    /// A room's announcement changed.
    RoomAnnounce(RoomAnnounce),
    /// The team is there: its first account became available.
    Login(ContactSelf),
    /// The team is gone: its last account went away.
    Logout(Logout),
    /// The team is there, and everything can be asked for.
    Ready,
    /// The answer to [`HaWechaty::ding`](super::HaWechaty::ding).
    Dong(String),
    /// The team's event stream lives.
    Heartbeat(String),
    /// A post of the moments was published; the protocol has no way to read it yet.
    Post(Post),
    /// Something that was read before is stale; the library has forgotten it already.
    Dirty(Dirty),
    /// An account is somewhere else now.
    Account(AccountChange),
    /// Something failed that nobody waited for: an event that could not be read, or a handler.
    Error(Error),
    /// The team was started.
    Start,
    /// The team is about to stop.
    Stop,
}

impl Event {
    /// Its name, as Wechaty's.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Friendship(_) => "friendship",
            Self::RoomInvite(_) => "room-invite",
            Self::RoomJoin(_) => "room-join",
            Self::RoomLeave(_) => "room-leave",
            Self::RoomTopic(_) => "room-topic",
            Self::Scan(_) => "scan",
            Self::VerifyCode(_) => "verify-code",
            Self::VerifySlide(_) => "verify-slide",
            Self::RoomAnnounce(_) => "room-announce",
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
            Self::Ready => "ready",
            Self::Dong(_) => "dong",
            Self::Heartbeat(_) => "heartbeat",
            Self::Post(_) => "post",
            Self::Dirty(_) => "dirty",
            Self::Account(_) => "account",
            Self::Error(_) => "error",
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }
}

/// Somebody came into a room.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomJoin {
    /// Where.
    pub room: Room,
    /// Who came.
    pub invitees: Vec<Contact>,
    /// Who let them in; nobody if the provider does not know.
    pub inviter: Option<Contact>,
    /// When.
    pub at: Option<SystemTime>,
}

/// Somebody left a room, or was removed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomLeave {
    /// Where.
    pub room: Room,
    /// Who left.
    pub leavers: Vec<Contact>,
    /// Who removed them, if anybody did.
    pub remover: Option<Contact>,
    /// When.
    pub at: Option<SystemTime>,
}

/// A room's topic changed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomTopic {
    /// Where.
    pub room: Room,
    /// What it is called now.
    pub new: String,
    /// What it was called.
    pub old: String,
    /// Who changed it; nobody if the provider does not know.
    pub changer: Option<Contact>,
    /// When.
    pub at: Option<SystemTime>,
}

/// An account waits for a person with a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scan {
    /// The account that waits.
    pub account: String,
    /// How far it is.
    pub status: ScanStatus,
    /// The text of the QR code that is to be scanned.
    pub qrcode: Option<String>,
    /// The provider's own words.
    pub data: Option<String>,
}

/// An account's login asks for a code; [`HaWechaty::enter_code`](super::HaWechaty::enter_code) answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyCode {
    /// The account that waits.
    pub account: String,
    /// How far it is.
    pub status: ChallengeProgress,
    /// What the provider says to the person.
    pub message: Option<String>,
}

/// An account's login asks for a slide puzzle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifySlide {
    /// The account that waits.
    pub account: String,
    /// How far it is.
    pub status: ChallengeProgress,
    /// Where the program is that shows it.
    pub program: String,
    /// What that program needs.
    pub secret: String,
}

/// A room's announcement changed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomAnnounce {
    /// Where.
    pub room: Room,
    /// What it says now.
    pub new: String,
    /// What it said; empty if the provider does not know.
    pub old: String,
    /// Who changed it; nobody if the provider does not know.
    pub changer: Option<Contact>,
    /// When.
    pub at: Option<SystemTime>,
}

/// How far a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ScanStatus {
    /// The provider does not say.
    #[default]
    Unknown,
    /// It was refused on the phone.
    Cancel,
    /// The QR code waits to be scanned.
    Waiting,
    /// It was scanned, and waits to be confirmed on the phone.
    Scanned,
    /// It was confirmed.
    Confirmed,
    /// The QR code is too old.
    Timeout,
}

impl From<ha_wechaty_core::ScanProgress> for ScanStatus {
    fn from(status: ha_wechaty_core::ScanProgress) -> Self {
        use ha_wechaty_core::ScanProgress as Told;
        match status {
            Told::Unknown => Self::Unknown,
            Told::Cancel => Self::Cancel,
            Told::Waiting => Self::Waiting,
            Told::Scanned => Self::Scanned,
            Told::Confirmed => Self::Confirmed,
            Told::Timeout => Self::Timeout,
        }
    }
}

/// The team is gone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Logout {
    /// Who the team was.
    pub user: ContactSelf,
    /// Which accounts are down, and why.
    pub reason: String,
}

/// A post of the moments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Post {
    /// Its id.
    pub id: String,
}

/// Something that was read before is stale.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dirty {
    /// What sort of thing.
    pub kind: DirtyKind,
    /// Which.
    pub id: String,
}

/// What is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirtyKind {
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
    /// Something else.
    Other,
}

impl From<ha_wechaty_core::DirtyType> for DirtyKind {
    fn from(kind: ha_wechaty_core::DirtyType) -> Self {
        use ha_wechaty_core::DirtyType as Told;
        match kind {
            Told::Message => Self::Message,
            Told::Contact => Self::Contact,
            Told::Room => Self::Room,
            Told::RoomMember => Self::RoomMember,
            Told::Friendship => Self::Friendship,
            Told::Post | Told::Tag | Told::TagGroup | Told::Other(_) => Self::Other,
        }
    }
}

/// An account is somewhere else now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountChange {
    /// The account.
    pub account: String,
    /// Where it was.
    pub from: Standing,
    /// Where it is.
    pub to: Standing,
    /// Why, and what would help.
    pub why: String,
    /// How long it had been where it was.
    pub after: Duration,
}

/// A time of the protocol: seconds since 1970, of some providers milliseconds.
pub(super) fn time(number: i64) -> Option<SystemTime> {
    let number = u64::try_from(number).ok().filter(|number| *number > 0)?;
    let since =
        if number < 100_000_000_000 { Duration::from_secs(number) } else { Duration::from_millis(number) };
    Some(UNIX_EPOCH + since)
}
