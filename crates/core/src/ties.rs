//! Which accounts are one another's friends: in WeChat only a friend can be invited into a room.

use alloc::vec::Vec;

use crate::{account::AccountId, account_set::AccountSet};

/// What each account knows of its teammates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Ties(Vec<Tie>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Tie {
    friends: AccountSet,
    strangers: AccountSet,
}

impl Ties {
    /// An account joins.
    pub(crate) fn admit(&mut self, account: AccountId) {
        self.0.resize(self.0.len().max(account.index() + 1), Tie::default());
    }

    /// Whether an account has a teammate among its contacts; `None` if that is not known.
    pub(crate) fn knows(&self, account: AccountId, teammate: AccountId) -> Option<bool> {
        let tie = self.0.get(account.index())?;
        match (tie.friends.contains(teammate), tie.strangers.contains(teammate)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// An account has a teammate among its contacts, or has not.
    pub(crate) fn learn(&mut self, account: AccountId, teammate: AccountId, is_friend: bool) {
        if let Some(tie) = self.0.get_mut(account.index()) {
            let (to, from) = match is_friend {
                true => (&mut tie.friends, &mut tie.strangers),
                false => (&mut tie.strangers, &mut tie.friends),
            };
            to.insert(teammate);
            from.remove(teammate);
        }
    }

    /// An account has left, or is somebody else now.
    pub(crate) fn forget(&mut self, account: AccountId) {
        if let Some(tie) = self.0.get_mut(account.index()) {
            *tie = Tie::default();
        }
        for tie in &mut self.0 {
            tie.friends.remove(account);
            tie.strangers.remove(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learnt_last_counts_and_somebody_else_is_a_stranger_to_nobody() {
        let (a, b) = (AccountId(0), AccountId(1));
        let mut ties = Ties::default();
        [a, b].into_iter().for_each(|account| ties.admit(account));
        assert_eq!(ties.knows(a, b), None);
        ties.learn(a, b, true);
        assert_eq!((ties.knows(a, b), ties.knows(b, a)), (Some(true), None));
        ties.learn(a, b, false);
        ties.learn(b, a, true);
        assert_eq!((ties.knows(a, b), ties.knows(b, a)), (Some(false), Some(true)));
        ties.forget(b);
        assert_eq!((ties.knows(a, b), ties.knows(b, a)), (None, None));
    }
}
