//! A conversation's lane: what is to be done there, one after the other.

use alloc::{collections::VecDeque, string::String};

use super::{Meter, Paced};
use crate::{account::AccountId, account_set::AccountSet, time::Time};

/// The caller's number for something that waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What is to be done, as far as waiting goes: what has the same errand keeps its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// What it counts as.
    pub paced: Paced,
    /// The conversation, or whatever else must keep its order.
    pub subject: String,
}

/// A lane's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u64);

/// A lane.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// Its errand, unless it is for one ticket alone.
    pub(super) errand: Option<Errand>,
    pub(super) paced: Paced,
    /// Those who wait, and before them whoever is under way.
    pub(super) line: VecDeque<Ticket>,
    pub(super) meter: Meter,
    pub(super) spot: Spot,
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
