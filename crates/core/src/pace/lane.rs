//! A conversation's lane: what is to be done there, one after the other.

use alloc::{collections::VecDeque, string::String};

use super::{Meter, Paced};
use crate::{account::AccountId, account_set::AccountSet, bots::BotId, time::Time};

/// The caller's number for something that waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What is to be done, as far as waiting goes: what one bot wants done about one subject keeps its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// What it counts as.
    pub paced: Paced,
    /// The conversation, or whatever else must keep its order.
    pub subject: String,
    /// Who wants it.
    pub bot: BotId,
    /// What it keeps in memory while it waits, in bytes.
    pub weight: usize,
}

/// An account is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seek {
    /// Those that have been asked already.
    pub tried: AccountSet,
    /// The one that said the bot's last words there, if it was a moment ago: as long as it can, it goes on.
    pub speaker: Option<AccountId>,
}

/// What has the same lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) paced: Paced,
    pub(super) subject: String,
    /// Set where each bot has its own.
    pub(super) bot: Option<BotId>,
}

/// A lane's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u64);

/// A lane.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// Its name, unless it is for one ticket alone.
    pub(super) name: Option<Name>,
    pub(super) paced: Paced,
    /// Those who wait, and before them whoever is under way.
    pub(super) line: VecDeque<Ticket>,
    pub(super) meter: Meter,
    pub(super) spot: Spot,
}

impl Lane {
    /// Where its messages are said.
    pub(super) fn conversation(&self) -> Option<&str> {
        let name = self.name.as_ref().filter(|name| name.paced == Paced::Message)?;
        Some(&name.subject)
    }
}

/// What a lane waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// For an account. Lanes are served by this time, which is when its most urgent work was asked for.
    Ready(Time),
    /// For its own pace; or, with nobody in it, to be forgotten.
    Asleep(Time),
    /// For its front to end.
    Busy,
}

/// One who stands in a lane.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    pub(super) lane: LaneId,
    pub(super) bot: BotId,
    pub(super) weight: usize,
    pub(super) since: Time,
    pub(super) until: Time,
    /// When it was asked for, or later if it may wait for answers.
    pub(super) due: Time,
    /// Those that it has had.
    pub(super) tried: AccountSet,
    pub(super) stage: Stage,
    /// Whether it has taken a slot of its lane.
    pub(super) is_begun: bool,
    /// Whether any of its tries may have left.
    pub(super) is_done: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits.
    InLine,
    /// It has this account.
    Going(AccountId),
    /// It was told that nobody is left, and thinks about it.
    Thinking,
}
