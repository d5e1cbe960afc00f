//! What was tried to bring one teammate into one room.

use core::time::Duration;

use super::{Hold, InviteResult};
use crate::{account::AccountId, account_set::AccountSet, time::Time};

/// How long the puppet may take to invite somebody.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a teammate that was invited may take to join.
const TO_JOIN: Duration = Duration::from_secs(600);
/// How long it takes until an account is asked again that could do nothing.
const BRIEFLY: Duration = Duration::from_secs(60);
/// How long it takes to the second attempt; it doubles.
const BASE: Duration = Duration::from_secs(600);
/// The longest; and how long whoever left is left alone.
const CAP: Duration = Duration::from_secs(24 * 60 * 60);

/// What was tried, and when it may be tried again.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Attempt {
    /// How often it came to nothing.
    failures: u32,
    /// These could not invite it; they are asked again when all others were.
    refused: AccountSet,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Stage {
    /// Nothing is under way.
    #[default]
    Open,
    /// An account is being asked, since.
    Asked(AccountId, Time),
    /// It was invited, and may join until.
    Invited(AccountId, Time),
    /// Nothing came of it; again after.
    Failed(Time),
    /// It left, or was put out; left alone until.
    Left(Time),
}

impl Attempt {
    /// What is in the way.
    pub(super) fn hold(&self, now: Time) -> Option<Hold> {
        match self.stage {
            Stage::Asked(by, _) => Some(Hold::Asked(by)),
            Stage::Invited(by, until) if until > now => Some(Hold::Invited { by, until }),
            Stage::Failed(until) if until > now => Some(Hold::Failed { until }),
            Stage::Left(until) if until > now => Some(Hold::Left { until }),
            Stage::Open | Stage::Invited(..) | Stage::Failed(_) | Stage::Left(_) => None,
        }
    }

    /// Whom it waits for to answer.
    pub(super) fn asked(&self) -> Option<AccountId> {
        if let Stage::Asked(by, _) = self.stage { Some(by) } else { None }
    }

    /// These were refused already.
    pub(super) fn refused(&self) -> AccountSet {
        self.refused
    }

    /// An account is being asked.
    pub(super) fn begin(&mut self, now: Time, by: AccountId) {
        self.stage = Stage::Asked(by, now);
    }

    /// An account was asked. False if that is no news.
    pub(super) fn ended(&mut self, now: Time, by: AccountId, result: InviteResult) -> bool {
        if self.asked() != Some(by) {
            return false;
        }
        self.stage = match result {
            InviteResult::Done => Stage::Invited(by, now + TO_JOIN),
            // The next may be able to.
            InviteResult::Stranger => Stage::Open,
            InviteResult::Late => Stage::Failed(now + BRIEFLY),
            InviteResult::Refused => {
                self.refused.insert(by);
                Stage::Open
            }
            InviteResult::Throttled => self.fail(now),
        };
        true
    }

    /// All who could have invited it were refused: again after a while.
    pub(super) fn refused_by_all(&mut self, now: Time) {
        self.refused = AccountSet::EMPTY;
        self.stage = self.fail(now);
    }

    /// Nobody waits for this account any more, whatever it did; it may have invited the teammate.
    pub(super) fn forget(&mut self, now: Time, by: AccountId) {
        self.refused.remove(by);
        if self.asked() == Some(by) {
            self.stage = Stage::Failed(now + BRIEFLY);
        }
    }

    /// It is in the room no more.
    pub(super) fn left(&mut self, now: Time) {
        *self = Self { stage: Stage::Left(now + CAP), ..Self::default() };
    }

    /// Ends what has lasted too long. Returns whoever did not answer.
    pub(super) fn tidy(&mut self, now: Time) -> Option<AccountId> {
        match self.stage {
            Stage::Asked(by, since) if now - since >= PATIENCE => {
                self.stage = self.fail(now);
                Some(by)
            }
            Stage::Invited(_, until) if until <= now => {
                self.stage = self.fail(now);
                None
            }
            Stage::Left(until) if until <= now => {
                *self = Self::default();
                None
            }
            Stage::Open | Stage::Asked(..) | Stage::Invited(..) | Stage::Failed(_) | Stage::Left(_) => None,
        }
    }

    fn fail(&mut self, now: Time) -> Stage {
        let doubled = BASE.saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures += 1;
        Stage::Failed(now + doubled.min(CAP))
    }
}
