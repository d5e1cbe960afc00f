//! Who would have to invite whom, so that a room has all of the team's accounts and outlives any of them.
//!
//! WeChat lets a member invite friends only. Which teammates are an account's friends is learnt from its
//! list of contacts; as long as that is not known, it may be tried.

use alloc::{collections::BTreeMap, vec::Vec};
use core::{cmp::Reverse, fmt};

use crate::{account::AccountId, account_set::AccountSet, directory::Reach};

/// An account that is not in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub account: AccountId,
    /// Who in the room would invite it, or why nobody would.
    pub by: Result<AccountId, Obstacle>,
}

/// Why nobody would invite an account into a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// It is away.
    Away,
    /// Its own rooms are not known yet: it may be there.
    Unlearnt,
    /// Ids are the accounts' own: nobody can name it, or the room.
    OwnIds,
    /// All accounts in the room are away.
    NobodyThere,
    /// None of those in the room that are available has it as a contact.
    Strangers,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "it is away",
            Self::Unlearnt => "it has not told its contacts and rooms yet",
            Self::OwnIds => "ids are the accounts' own, so that nobody can name it or the room",
            Self::NobodyThere => "no account in the room is available",
            Self::Strangers => "no available account in the room has it as a contact: let them be friends",
        })
    }
}

/// Which teammates each account has as contacts.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Acquaintances {
    by_account: BTreeMap<AccountId, Known>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Known {
    friends: AccountSet,
    strangers: AccountSet,
}

impl Acquaintances {
    /// An account has told its lists: of the `known` teammates, these are its friends.
    pub(crate) fn tells(&mut self, account: AccountId, friends: AccountSet, known: AccountSet) {
        let strangers = known.without(friends);
        self.by_account.insert(account, Known { friends, strangers });
    }

    /// An account is somebody else now.
    pub(crate) fn forget(&mut self, account: AccountId) {
        self.by_account.remove(&account);
        for known in self.by_account.values_mut() {
            known.friends.remove(account);
            known.strangers.remove(account);
        }
    }

    /// Who of `usable` in a room would invite an account that is not there: whoever has it as a contact for
    /// sure before whoever may have, and among these the owner before admins before the others.
    pub(crate) fn inviter(
        &self,
        reach: &Reach,
        account: AccountId,
        usable: AccountSet,
    ) -> Result<AccountId, Obstacle> {
        if !usable.contains(account) {
            return Err(Obstacle::Away);
        }
        if !self.by_account.contains_key(&account) && !reach.no.contains(account) {
            return Err(Obstacle::Unlearnt);
        }
        let there = reach.yes.and(usable);
        if there.is_empty() {
            return Err(Obstacle::NobodyThere);
        }
        let known = |it: AccountId| self.by_account.get(&it).copied().unwrap_or_default();
        let candidates = there.iter().filter(|it| !known(*it).strangers.contains(account));
        let rank = |it: &AccountId| {
            let (is_owner, is_admin) = (reach.owner == Some(*it), reach.admins.contains(*it));
            Reverse((known(*it).friends.contains(account), is_owner, is_admin))
        };
        candidates.min_by_key(rank).ok_or(Obstacle::Strangers)
    }

    /// All accounts that are not in a room; `teammates` are those that share its ids, of `all`.
    pub(crate) fn missing(
        &self,
        reach: &Reach,
        all: AccountSet,
        teammates: AccountSet,
        usable: AccountSet,
    ) -> Vec<Missing> {
        let missing = all.without(reach.yes).iter().map(|account| {
            let shares_ids = teammates.contains(account);
            let by = if shares_ids { self.inviter(reach, account, usable) } else { Err(Obstacle::OwnIds) };
            Missing { account, by }
        });
        missing.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);
    const C: AccountId = AccountId(2);
    const D: AccountId = AccountId(3);

    fn set(accounts: &[AccountId]) -> AccountSet {
        accounts.iter().copied().collect()
    }

    fn all() -> AccountSet {
        set(&[A, B, C, D])
    }

    /// All have told their lists, and all are friends but for these.
    fn acquaintances(strangers: &[(AccountId, AccountId)]) -> Acquaintances {
        let mut it = Acquaintances::default();
        for account in all().iter() {
            let is_stranger = |other: &AccountId| strangers.contains(&(account, *other));
            it.tells(account, all().iter().filter(|other| !is_stranger(other)).collect(), all());
        }
        it
    }

    fn room() -> Reach {
        let yes = set(&[A, B, C]);
        Reach { is_room: true, yes, owner: Some(C), admins: set(&[B]), ranks_known: true, ..Reach::default() }
    }

    #[test]
    fn the_owner_invites_before_admins_before_others() {
        let it = acquaintances(&[]);
        assert_eq!(it.inviter(&room(), D, all()), Ok(C));
        assert_eq!(it.inviter(&room(), D, set(&[A, B, D])), Ok(B));
        assert_eq!(it.inviter(&room(), D, set(&[A, D])), Ok(A));
    }

    #[test]
    fn a_friend_for_sure_invites_before_whoever_may_be_one_and_a_stranger_never() {
        let mut it = acquaintances(&[(C, D)]);
        assert_eq!(it.inviter(&room(), D, all()), Ok(B));
        it.by_account.remove(&B);
        assert_eq!(it.inviter(&room(), D, all()), Ok(A), "of B it is not known");
        assert_eq!(it.inviter(&room(), D, set(&[B, C, D])), Ok(B), "it may be tried");
    }

    #[test]
    fn what_stands_in_the_way_is_told() {
        let it = acquaintances(&[(A, D), (B, D), (C, D)]);
        assert_eq!(it.inviter(&room(), D, all()), Err(Obstacle::Strangers));
        assert_eq!(it.inviter(&room(), D, set(&[A, B, C])), Err(Obstacle::Away));
        assert_eq!(it.inviter(&room(), D, set(&[D])), Err(Obstacle::NobodyThere));
        let missing = it.missing(&room(), all(), set(&[A, B, C]), all());
        assert_eq!(missing, [Missing { account: D, by: Err(Obstacle::OwnIds) }]);
    }

    #[test]
    fn an_account_that_has_not_told_its_rooms_may_be_there() {
        let mut it = acquaintances(&[]);
        it.forget(D);
        assert_eq!(it.inviter(&room(), D, all()), Err(Obstacle::Unlearnt));
        let left = Reach { no: set(&[D]), ..room() };
        assert_eq!(it.inviter(&left, D, all()), Ok(C), "it is known to have left");
    }
}
