//! A set of accounts, small enough to copy.

use crate::account::AccountId;

/// How many accounts a team can have at most.
pub const MAX_ACCOUNTS: usize = 64;

/// A set of accounts, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccountSet(u64);

impl AccountSet {
    /// Nobody.
    pub const EMPTY: Self = Self(0);

    /// The bits, lowest account first.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether nobody is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many are in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether this account is in it.
    pub fn contains(self, account: AccountId) -> bool {
        self.0 & bit(account) != 0
    }

    /// Puts an account in.
    pub fn insert(&mut self, account: AccountId) {
        self.0 |= bit(account);
    }

    /// Takes an account out.
    pub fn remove(&mut self, account: AccountId) {
        self.0 &= !bit(account);
    }

    /// Those in both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in this one only.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The accounts in the order of the configuration.
    pub fn iter(self) -> impl Iterator<Item = AccountId> {
        AccountId::first(MAX_ACCOUNTS).filter(move |account| self.contains(*account))
    }
}

impl FromIterator<AccountId> for AccountSet {
    fn from_iter<I: IntoIterator<Item = AccountId>>(accounts: I) -> Self {
        let mut set = Self::EMPTY;
        accounts.into_iter().for_each(|account| set.insert(account));
        set
    }
}

fn bit(account: AccountId) -> u64 {
    1u64.checked_shl(u32::from(account.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn it_holds_what_was_put_in() {
        let mut set: AccountSet = [AccountId(5), AccountId(0), AccountId(63)].into_iter().collect();
        assert_eq!((set.len(), set.contains(AccountId(5)), set.contains(AccountId(4))), (3, true, false));
        set.remove(AccountId(5));
        assert_eq!(set.iter().collect::<Vec<_>>(), [AccountId(0), AccountId(63)]);
        assert!(!set.contains(AccountId(64)));
    }
}
