//! Sends that may have been sent: who could have seen them, and how long it is worth waiting for that.
//!
//! A teammate that is in the room and well sees what was said there within the window. One that is away sees
//! it when it is back: so while none is there but one might come, the window has not begun yet. Where there is
//! no teammate at all, as in a private conversation or when the last one has left the team, only the account's
//! own echo can tell.

use alloc::string::String;
use core::time::Duration;

use super::Team;
use crate::{account::AccountId, account_set::AccountSet, command::Command, dedup::SendId, time::Time};

/// For how many windows it is worth waiting for a teammate to come back.
const PATIENCE: u32 = 10;

/// A send that may have been sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unsure {
    account: AccountId,
    conversation: String,
    watch: Watch,
    /// When it is settled though nobody saw it.
    pub(super) until: Time,
    /// When at the latest, whoever may be back by then.
    latest: Time,
}

/// Who could see what an account said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watch {
    /// A teammate that is there, and well.
    Kept,
    /// Teammates, but none before it is back.
    Away,
    /// No teammate.
    Nobody,
}

impl Watch {
    /// Until when it is worth waiting, from now on.
    fn until(self, now: Time, window: Duration, latest: Time) -> Time {
        match self {
            Self::Kept | Self::Nobody => latest.min(now + window),
            Self::Away => latest,
        }
    }
}

impl Team {
    /// A teammate may see it, or the account itself show it when it is back.
    pub(super) fn wait_for_witness(
        &mut self,
        now: Time,
        send: SendId,
        account: AccountId,
        conversation: &str,
    ) {
        let (watch, window) = (self.watch(conversation, account), self.witness_window);
        let latest = now + window.saturating_mul(PATIENCE);
        let until = watch.until(now, window, latest);
        let conversation = String::from(conversation);
        self.unsure.insert(send, Unsure { account, conversation, watch, until, latest });
        self.settle(now);
    }

    /// Teammates came or went: with the first to come the window of what nobody watched begins, and ends
    /// unused when the last one goes.
    pub(super) fn look_who_watches(&mut self, now: Time) {
        let mut unsure = core::mem::take(&mut self.unsure);
        for it in unsure.values_mut() {
            let watch = self.watch(&it.conversation, it.account);
            if watch != core::mem::replace(&mut it.watch, watch) {
                it.until = watch.until(now, self.witness_window, it.latest);
            }
        }
        self.unsure = unsure;
    }

    /// Tells those who wait what became of their sends: somebody saw it, or nobody did in time.
    pub(super) fn settle(&mut self, now: Time) {
        let (dedup, commands) = (&mut self.dedup, &mut self.commands);
        self.unsure.retain(|send, it| {
            let seen = dedup.witness(*send).cloned();
            if seen.is_none() && now < it.until {
                return true;
            }
            dedup.settle(*send);
            commands.push_back(Command::Settle { send: *send, seen });
            false
        });
    }

    /// Whether a teammate should see what `account` says there.
    pub(super) fn has_witness(&self, conversation: &str, account: AccountId) -> bool {
        self.watch(conversation, account) == Watch::Kept
    }

    fn watch(&self, conversation: &str, account: AccountId) -> Watch {
        let reach = self.directory.reach(conversation);
        let mut there = if reach.is_room { reach.yes } else { AccountSet::EMPTY };
        there.remove(account);
        if there.is_empty() {
            Watch::Nobody
        } else if there.and(self.usable()).is_empty() {
            Watch::Away
        } else {
            Watch::Kept
        }
    }
}
