//! What becomes of a turn before it is over: its account is asked, fails, or may have done it all the same.

use super::Queue;
use crate::{
    account_set::AccountSet,
    pace::{Ticket, lane::Stage},
    time::Time,
};

/// A try that came to nothing, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryEnd {
    /// It never left: it is as if it had never begun.
    NeverLeft,
    /// The account said no: WeChat may have counted that against it, and nobody was told anything.
    Refused,
    /// It may have left.
    Unsure,
}

impl Queue {
    /// The account of its turn is asked from now on: what is to be done next can't overtake it there, however long that
    /// takes. Until then it waits.
    pub fn asks(&mut self, now: Time, ticket: Ticket) {
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return };
        waiter.handed = Some(now);
        let lane = waiter.lane;
        self.touch(now, lane);
    }

    /// The account could not do it: the next one is to. What `end` says counts.
    pub fn failed(&mut self, now: Time, ticket: Ticket, end: TryEnd) {
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return };
        let Stage::Going(account) = waiter.stage else { return };
        waiter.stage = Stage::InLine;
        waiter.tried.insert(account);
        waiter.is_done |= end == TryEnd::Unsure;
        waiter.is_in_doubt = false;
        let lane = waiter.lane;
        self.waiting.insert(ticket, waiter);
        self.comes_back(lane, ticket);
        self.end(now, account, lane, end != TryEnd::NeverLeft);
        self.touch(now, lane);
    }

    /// The account has failed, and it is being found out whether it did it all the same: what comes after it waits, as
    /// long as it has not been let go.
    pub fn is_in_doubt(&mut self, now: Time, ticket: Ticket) {
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return };
        waiter.is_in_doubt = true;
        let lane = waiter.lane;
        self.touch(now, lane);
    }

    /// Begins anew with all who could do it.
    pub fn retry(&mut self, now: Time, ticket: Ticket) {
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return };
        if waiter.stage != Stage::Thinking {
            return;
        }
        waiter.stage = Stage::InLine;
        waiter.tried = AccountSet::EMPTY;
        let lane = waiter.lane;
        self.waiting.insert(ticket, waiter);
        self.touch(now, lane);
    }
}
