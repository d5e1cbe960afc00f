//! Teammates' invitations that accounts were asked to accept. Nobody tells what came of it, and whoever is in the room
//! already loses nothing by accepting again: so a restart has it done once more.

use alloc::{collections::VecDeque, string::String, vec::Vec};
use core::time::Duration;

use crate::{account::AccountId, time::Time};

/// An invitation that was not accepted within so long is made anew by whoever made it.
const AGE: Duration = Duration::from_secs(600);
/// How many are remembered; beyond it the oldest are forgotten.
const MOST: usize = 256;

/// The invitations, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Accepting(VecDeque<Accept>);

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Accept {
    at: Time,
    account: AccountId,
    id: String,
    /// It may not have been done, and is to be done again.
    is_owed: bool,
}

impl Accepting {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// An account is asked to accept one.
    pub(super) fn put(&mut self, now: Time, account: AccountId, id: &str) {
        self.0.retain(|it| now < it.at + AGE && !(it.account == account && it.id == id));
        self.0.push_back(Accept { at: now, account, id: id.into(), is_owed: false });
        self.0.drain(..self.0.len().saturating_sub(MOST));
    }

    /// Whether any was accepted is not known any more.
    pub(super) fn restart(&mut self, now: Time) {
        self.0.retain(|it| now < it.at + AGE);
        self.0.iter_mut().for_each(|it| it.is_owed = true);
    }

    /// An account has come, and can accept what it may not have accepted.
    pub(super) fn take(&mut self, now: Time, account: AccountId) -> Vec<String> {
        let its = self.0.iter_mut().filter(|it| it.account == account && it.is_owed && now < it.at + AGE);
        its.map(|it| {
            it.is_owed = false;
            it.id.clone()
        })
        .collect()
    }

    /// An account has left.
    pub(super) fn forget(&mut self, account: AccountId) {
        self.0.retain(|it| it.account != account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};

    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn each_is_done_once_more_after_a_restart_unless_it_is_old_or_its_account_has_left() {
        let mut it = Accepting::default();
        it.put(at(0), A, "old");
        it.put(at(500), A, "new");
        it.put(at(500), B, "new");
        assert_eq!(it.take(at(501), A), vec![""; 0]);
        it.restart(at(600));
        it.forget(B);
        assert_eq!((it.take(at(601), A), it.take(at(602), B)), (vec!["new".into()], vec![]));
        assert_eq!(it.take(at(603), A), vec![""; 0], "once");
        it.restart(at(604));
        assert_eq!(it.take(at(1_100), A), vec![""; 0], "its teammate invites it anew");
    }

    #[test]
    fn it_is_bounded() {
        let mut it = Accepting::default();
        (0..2 * MOST).for_each(|n| it.put(at(0), A, &format!("{n}")));
        assert_eq!(it.len(), MOST);
        it.put(at(600), A, "new");
        assert_eq!(it.len(), 1);
    }
}
