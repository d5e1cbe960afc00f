//! Whether an account hears: what it was not shown was not said.
//!
//! Not being shown something proves little: the account may be deaf, or late, or its stream may have been closed
//! for a moment. It proves something of an account that has listened without a break since before it was said,
//! that owes nothing, and that has heard since of something later, for WeChat shows an account things in the order
//! in which they happened. *When* it hears of something says nothing: what was said long before may come late.
//! Later for sure is what came of something that the team itself did later: the dong to a ding, and what another
//! account was made to say.

use alloc::vec::Vec;
use core::time::Duration;

use super::Team;
use crate::{account::AccountId, health::Evidence, input::Input, time::Time};

/// A ding that was not answered for so long is not any more.
const ANSWERED: Duration = Duration::from_secs(60);

/// What is known of one account's hearing.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Hearing {
    /// Since when it listens without a break.
    since: Time,
    /// It has heard of something that the team did then.
    heard_of: Option<Time>,
    /// When the dings were sent that were not answered yet, oldest first.
    dings: Vec<Time>,
    /// When it was last told of a message that could not be read yet, as long as there is any.
    behind: Option<Time>,
    /// When it was last asked for a sign that it hears.
    asked: Option<Time>,
}

impl Hearing {
    /// Whether it would have been shown what was said after `begun`, and before `from`.
    pub(super) fn proves(&self, begun: Time, from: Time) -> bool {
        self.listened(begun) && self.heard_of.is_some_and(|at| at >= from)
    }

    /// Whether it was told of a message that could not be read yet.
    pub(super) fn is_behind(&self) -> bool {
        self.behind.is_some()
    }

    /// Since when it listens without a break.
    pub(super) fn since(&self) -> Time {
        self.since
    }

    /// Whether it might have been shown what was said after `begun`. What it was told of before, though it could not
    /// be read, is nothing of that.
    pub(super) fn listened(&self, begun: Time) -> bool {
        self.since < begun && self.behind.is_none_or(|told| told < begun)
    }
}

impl Team {
    /// Takes from a fact what it says of an account's hearing.
    pub(super) fn listen(&mut self, now: Time, input: &Input) {
        if let Input::Link { account, .. } = input {
            // Whatever happens to a link or a login, something may have been missed.
            self.misses(now, *account);
        } else if let Input::Behind { account, is_behind } = input {
            let hearing = self.hearing_mut(*account);
            (hearing.behind, hearing.heard_of) = (is_behind.then_some(now), None);
        } else if let Input::DingFailed { account, .. } = input {
            self.hearing_mut(*account).dings.pop();
        } else if let Input::Message { account, message } = input
            && self.evidence_of(message) == Evidence::Dong
        {
            // Should the answer to an older one be lost, this one's is taken for that: it proves less, not more.
            let dings = &mut self.hearing_mut(*account).dings;
            let answered = (!dings.is_empty()).then(|| dings.remove(0));
            answered.into_iter().for_each(|at| self.hears_of(*account, at));
        }
    }

    /// An account may have missed something.
    pub(super) fn misses(&mut self, now: Time, account: AccountId) {
        *self.hearing_mut(account) = Hearing { since: now, ..Hearing::default() };
    }

    /// A ding goes out.
    pub(super) fn dings(&mut self, now: Time, account: AccountId) {
        let dings = &mut self.hearing_mut(account).dings;
        dings.retain(|at| now - *at < ANSWERED);
        dings.push(now);
    }

    /// An account hears of something that the team did at `at`.
    pub(super) fn hears_of(&mut self, account: AccountId, at: Time) {
        let hearing = self.hearing_mut(account);
        hearing.heard_of = hearing.heard_of.max(Some(at));
    }

    /// What is known of an account's hearing.
    pub(super) fn hearing(&self, account: AccountId) -> Hearing {
        self.hearing.get(account.index()).cloned().unwrap_or_default()
    }

    /// Asks an account for a sign that it hears, unless that was done a moment ago.
    pub(super) fn ask_to_hear(&mut self, now: Time, account: AccountId, moment: Duration) {
        let hearing = self.hearing_mut(account);
        if hearing.asked.is_none_or(|at| now - at >= moment) {
            hearing.asked = Some(now);
            self.ding(now, account);
        }
    }

    fn hearing_mut(&mut self, account: AccountId) -> &mut Hearing {
        let all: &mut Vec<Hearing> = &mut self.hearing;
        if all.len() <= account.index() {
            all.resize(account.index() + 1, Hearing::default());
        }
        &mut all[account.index()]
    }
}
