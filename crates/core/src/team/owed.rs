//! Messages that accounts were told of, and that are being read: after a restart they are to be asked for again, since
//! nobody else knows of them.
//!
//! ```text
//!   Heard ─▶ owed ─▶ Message, OldMessage: it was read
//!                 └▶ Unshown: there is none
//! ```

use alloc::{collections::VecDeque, string::String, vec::Vec};

use super::Team;
use crate::{account::AccountId, input::Input, time::Time};

/// How many messages an account may owe; beyond it the first are given up.
pub const MAX_OWED: usize = 2_000;

/// What each account owes, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Owed(Vec<VecDeque<(String, Time)>>);

impl Owed {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(VecDeque::len).sum()
    }

    /// An account's place is another one's.
    pub(super) fn renew(&mut self, account: AccountId) {
        if let Some(its) = self.0.get_mut(account.index()) {
            its.clear();
        }
    }

    fn begins(&mut self, now: Time, account: AccountId, id: &str) {
        self.0.resize(self.0.len().max(account.index() + 1), VecDeque::new());
        let its = &mut self.0[account.index()];
        // Told of again, it is still owed since the first time.
        if !its.iter().any(|(known, _)| known == id) {
            its.push_back((id.into(), now));
            its.drain(..its.len().saturating_sub(MAX_OWED));
        }
    }

    fn ends(&mut self, account: AccountId, id: &str) {
        let Some(its) = self.0.get_mut(account.index()) else { return };
        // It is mostly among the first: accounts are read in order.
        if let Some(place) = its.iter().position(|(known, _)| known == id) {
            its.remove(place);
        }
    }
}

impl Team {
    /// The messages that an account was told of and that were not read, by its own ids, and when that was: the oldest
    /// first. It is to be asked for them once it is logged in after a restart.
    pub fn owed(&self, account: AccountId) -> impl Iterator<Item = (&str, Time)> {
        let its = self.owed.0.get(account.index());
        its.into_iter().flatten().map(|(id, at)| (id.as_str(), *at))
    }

    /// Takes from a fact what it says of messages that are being read.
    pub(super) fn owes(&mut self, now: Time, input: &Input) {
        if let Input::Heard { account, id } = input {
            if self.is_member(*account) {
                self.owed.begins(now, *account, id);
            }
        } else if let Input::Message { account, message } | Input::OldMessage { account, message } = input {
            self.owed.ends(*account, &message.id);
        } else if let Input::Unshown { account, id } = input {
            self.owed.ends(*account, id);
        }
    }
}
