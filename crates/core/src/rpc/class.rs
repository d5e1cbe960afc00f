//! Where the calls of an RPC go, and how they are gone about.

use crate::{ejection::Work, pace::Paced};

/// Where the calls of an RPC go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Answered by the gateway itself; no account hears of it.
    Local(Local),
    /// Refused unless the configuration allows it; then to all accounts.
    Logout,
    /// To one account that can reach the conversation, then to the next.
    Send,
    /// To the account that owns the id, which the id tells: that of a message, a friendship, an invitation, a file. For a message,
    /// to any with a copy when the owner can't.
    Owner,
    /// To any account that can see it, a contact or a room, then to the next.
    Reach,
    /// To a member of the room: its owner first, then its admins.
    RoomAct,
    /// To all available accounts; the answers are merged. If an account's own id leads it, to that account.
    Union,
    /// To every account concerned.
    All,
    /// To one account, by policy; the next only if nothing was done. If an account's own id leads it, to that account.
    Create,
    /// Each of the ids that lead it goes to an account that can see that, then to the next; the answers are one list, in
    /// the order that was asked for. Of what nobody shows there is nothing.
    Batch,
    /// Kept here, until it is known which account sends the file.
    Upload,
}

impl Class {
    /// The class's name in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local(_) => "local",
            Self::Logout => "logout",
            Self::Send => "send",
            Self::Owner => "owner",
            Self::Reach => "reach",
            Self::RoomAct => "room-act",
            Self::Union => "union",
            Self::All => "all",
            Self::Create => "create",
            Self::Batch => "batch",
            Self::Upload => "upload",
        }
    }
}

/// What the gateway itself does at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Local {
    /// The bot wants to hear of everything from now on.
    Start,
    /// The bot's streams of events end.
    Stop,
    /// The bot asks for a sign of life.
    Ding,
    /// The gateway's own version.
    Version,
    /// A stream of events begins.
    Event,
    /// The bot asks as whom it is logged in.
    CurrentUser,
}

/// How a call is gone about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conduct {
    /// Where it goes.
    pub class: Class,
    /// The kind of work that WeChat throttles, if it is one.
    pub work: Option<Work>,
    /// What WeChat counts it as, if it is counted.
    pub paced: Option<Paced>,
    /// Whether doing it twice does no more than doing it once.
    pub again: bool,
}

impl Conduct {
    /// What is so of a class, unless a row says otherwise.
    pub(super) const fn of(class: Class) -> Self {
        let (work, paced) = match class {
            Class::Send => (Some(Work::Send), Some(Paced::Message)),
            Class::RoomAct => (Some(Work::Room), None),
            Class::Local(_)
            | Class::Logout
            | Class::Owner
            | Class::Reach
            | Class::Union
            | Class::All
            | Class::Create
            | Class::Batch
            | Class::Upload => (None, None),
        };
        let again = match class {
            Class::Local(_) | Class::Owner | Class::Reach | Class::Union | Class::Batch => true,
            Class::Logout | Class::Send | Class::RoomAct | Class::All | Class::Create | Class::Upload => {
                false
            }
        };
        Self { class, work, paced, again }
    }
}
