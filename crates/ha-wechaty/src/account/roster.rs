//! Who is in the team now, by place.
//!
//! A place is a name, as long as the team runs. Whoever leaves may come back to it under the same name, and ids
//! that end in that name are understood again. Another name never gets it: what is still told of the one that
//! left would be believed of the new one.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use ha_wechaty_core::{AccountId, AccountSet, MAX_ACCOUNTS};

use crate::config::Account;

/// The accounts of the team. Calls read it without waiting for anybody; one at a time changes it.
#[derive(Debug)]
pub(crate) struct Roster {
    places: [Place; MAX_ACCOUNTS],
}

/// Empty until somebody takes it.
#[derive(Debug, Default)]
struct Place {
    name: OnceLock<String>,
    /// None once it has left.
    account: ArcSwapOption<Account>,
}

impl Roster {
    /// These, in this order, as far as there is a place for them.
    pub(crate) fn new(accounts: Vec<Account>) -> Self {
        let roster = Self { places: std::array::from_fn(|_| Place::default()) };
        for (index, account) in accounts.into_iter().take(MAX_ACCOUNTS).enumerate() {
            roster.put(AccountId(index as u8), account);
        }
        roster
    }

    /// All that are in the team, in order of place.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (AccountId, Arc<Account>)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| Some((AccountId(index as u8), place.account.load_full()?)))
    }

    /// The same, as a set.
    pub(crate) fn everybody(&self) -> AccountSet {
        self.accounts().map(|(account, _)| account).collect()
    }

    /// The names of all that are in the team.
    pub(crate) fn names(&self) -> Vec<String> {
        self.accounts().map(|(_, account)| account.name.clone()).collect()
    }

    /// The name of whoever is, or was, in this place.
    pub(crate) fn name(&self, account: AccountId) -> Option<&str> {
        self.places.get(account.index())?.name.get().map(String::as_str)
    }

    /// The place of an account that is in the team.
    pub(crate) fn find(&self, name: &str) -> Option<AccountId> {
        self.accounts().find(|(_, account)| account.name == name).map(|(place, _)| place)
    }

    /// The place for an account of this name: the one that it had, or the next. `None` if all are taken.
    pub(crate) fn place_for(&self, name: &str) -> Option<AccountId> {
        let is_its = |place: &Place| place.name.get().is_none_or(|taken| taken == name);
        self.places.iter().position(is_its).map(|index| AccountId(index as u8))
    }

    /// An account joins, in the place for its name.
    pub(crate) fn put(&self, place: AccountId, account: Account) {
        if let Some(place) = self.places.get(place.index())
            && *place.name.get_or_init(|| account.name.clone()) == account.name
        {
            place.account.store(Some(Arc::new(account)));
        }
    }

    /// An account has left.
    pub(crate) fn clear(&self, account: AccountId) {
        if let Some(place) = self.places.get(account.index()) {
            place.account.store(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_wire::Token;

    use super::*;
    use crate::config::Service;

    fn account(name: &str) -> Account {
        Account::new(name, Service::new(Token::new("insecure_x")))
    }

    #[test]
    fn whoever_comes_back_gets_its_place_and_nobody_else_does() {
        let roster = Roster::new(vec![account("north"), account("south")]);
        let north = roster.find("north").expect("it is there");
        roster.clear(north);
        assert_eq!((roster.find("north"), roster.name(north)), (None, Some("north")));
        assert_eq!(roster.everybody().len(), 1);
        assert_eq!(roster.place_for("west"), Some(AccountId(2)));
        assert_eq!(roster.place_for("north"), Some(north));
        roster.put(north, account("west"));
        assert_eq!(roster.names(), ["south"], "that is north's");
        roster.put(north, account("north"));
        assert_eq!(roster.names(), ["north", "south"]);
    }

    #[test]
    fn when_all_places_are_taken_only_old_names_have_one() {
        let roster = Roster::new((0..MAX_ACCOUNTS).map(|n| account(&format!("n{n}"))).collect());
        roster.clear(AccountId(3));
        assert_eq!(roster.place_for("new"), None);
        assert_eq!(roster.place_for("n3"), Some(AccountId(3)));
    }
}
