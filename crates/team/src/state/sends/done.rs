//! Who did what a call asked for, and how that is known.

use ha_wechaty_core::AccountId;

/// What became of a call that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// The first account that did it.
    pub by: AccountId,
    /// How that is known.
    pub how: How,
}

/// How it is known that something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The account's puppet said so.
    Answered,
    /// The account was lost with it in its hands, and a teammate saw that it was done.
    Witness,
    /// The account was lost with it in its hands, and showed it itself when it was back.
    Echo,
}

impl How {
    /// This account saw it; `account` did it.
    pub(crate) fn seen_by(witness: AccountId, account: AccountId) -> Self {
        if witness == account { Self::Echo } else { Self::Witness }
    }
}
