//! Who is in the team now, by place.
//!
//! A place is a name. Whoever leaves may come back to it under the same name, and ids that end in that name are
//! understood again. Another name gets it only when nothing can refer to the first one any more: what is still
//! told of the one that left would be believed of the new one.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use ha_wechaty_core::{AccountId, AccountSet, MAX_ACCOUNTS};
use tokio::time::Instant;

use ha_wechaty_config::{AccountConfig, Config, Provider};

/// The accounts of the team. Calls read it without waiting for anybody; one at a time changes it.
#[derive(Debug)]
pub struct Roster {
    places: [Place; MAX_ACCOUNTS],
    /// How long something may refer to an account that has left, in milliseconds.
    age: AtomicU64,
}

/// Empty until somebody takes it.
#[derive(Debug, Default)]
struct Place {
    names: OnceLock<Name>,
    /// None once it has left.
    account: ArcSwapOption<AccountConfig>,
    left: Mutex<Option<Instant>>,
}

/// A name that a place has, or had: whoever reads one may do so for as long as the team runs. They are as many as
/// an operator thinks of.
#[derive(Debug)]
struct Name {
    text: String,
    next: OnceLock<Box<Name>>,
}

impl Roster {
    /// The accounts of a configuration, as far as there is a place for them: each where its name is among these, which
    /// the places have, or had; without names in this order.
    pub fn new(config: &mut Config, names: &[String]) -> Self {
        let roster = Self { places: std::array::from_fn(|_| Place::default()), age: AtomicU64::default() };
        roster.follow(config);
        let accounts = std::mem::take(&mut config.accounts);
        for (place, name) in roster.places.iter().zip(names) {
            place.rename(name);
            *place.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        for account in accounts {
            if let Some(place) = roster.place_for(&account.name) {
                roster.put(place, account);
            }
        }
        roster
    }

    /// From now on what refers to accounts is remembered for as long as this says.
    pub(crate) fn follow(&self, config: &Config) {
        let ages = [
            config.team.recall.age,
            config.memory.message_age,
            config.gateway.replay_age,
            config.gateway.spool_age,
        ];
        let age = ages.into_iter().max().unwrap_or_default();
        self.age.store(u64::try_from(age.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// All that are in the team, in order of place.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, Arc<AccountConfig>)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| Some((AccountId::at(index), place.account.load_full()?)))
    }

    /// The same, as a set.
    pub fn everybody(&self) -> AccountSet {
        self.accounts().map(|(account, _)| account).collect()
    }

    /// The names of all that are in the team.
    pub fn names(&self) -> Vec<String> {
        self.accounts().map(|(_, account)| account.name.clone()).collect()
    }

    /// The name of whoever is, or was, in this place.
    pub fn name(&self, account: AccountId) -> Option<&str> {
        self.places.get(account.index())?.name()
    }

    /// Whether the account's puppet runs here.
    pub fn is_hosted(&self, account: AccountId) -> bool {
        let place = self.places.get(account.index());
        let account = place.and_then(|place| place.account.load_full());
        account.is_some_and(|account| matches!(account.provider, Provider::Hosted(_)))
    }

    /// The place of an account that is in the team.
    pub fn find(&self, name: &str) -> Option<AccountId> {
        self.accounts().find(|(_, account)| account.name == name).map(|(place, _)| place)
    }

    /// The place for an account of this name: the one that it had, the next, or the one that was left first, so
    /// long ago that nothing refers to that account any more. `None` if all are taken.
    pub fn place_for(&self, name: &str) -> Option<AccountId> {
        let (now, age) = (Instant::now(), Duration::from_millis(self.age.load(Ordering::Relaxed)));
        let its = |place: &Place| place.name() == Some(name);
        let free = |place: &Place| place.name().is_none();
        let first = |is: &dyn Fn(&Place) -> bool| self.places.iter().position(is);
        let left = self.places.iter().enumerate().filter_map(|(index, place)| Some((place.left()?, index)));
        let old = || left.min().filter(|(left, _)| now.duration_since(*left) >= age).map(|(_, index)| index);
        first(&its).or_else(|| first(&free)).or_else(old).map(AccountId::at)
    }

    /// An account joins, in the place for its name. True if another one had it before, of which nothing may be
    /// left there.
    pub fn put(&self, place: AccountId, account: AccountConfig) -> bool {
        let is_its = self.place_for(&account.name) == Some(place);
        let Some(place) = self.places.get(place.index()).filter(|_| is_its) else { return false };
        let is_heir = place.name().is_some_and(|name| name != account.name);
        place.rename(&account.name);
        *place.left.lock().unwrap_or_else(PoisonError::into_inner) = None;
        place.account.store(Some(Arc::new(account)));
        is_heir
    }

    /// An account has left.
    pub fn clear(&self, account: AccountId) {
        if let Some(place) = self.places.get(account.index()) {
            place.account.store(None);
            *place.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }
}

impl Place {
    /// The name of whoever is, or was last, here.
    fn name(&self) -> Option<&str> {
        let mut name = self.names.get()?;
        while let Some(next) = name.next.get() {
            name = next;
        }
        Some(&name.text)
    }

    fn rename(&self, text: &str) {
        let new = || Name { text: text.to_owned(), next: OnceLock::new() };
        let mut name = self.names.get_or_init(new);
        while let Some(next) = name.next.get() {
            name = next;
        }
        if name.text != text {
            name.next.get_or_init(|| Box::new(new()));
        }
    }

    /// Since when nobody is here who was.
    fn left(&self) -> Option<Instant> {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_wire::Token;

    use super::*;
    use ha_wechaty_config::Service;

    fn account(name: &str) -> AccountConfig {
        AccountConfig::new(name, Service::new(Token::new("insecure_x")))
    }

    fn roster(accounts: Vec<AccountConfig>) -> Roster {
        let mut config = Config::new("ossbot");
        config.accounts = accounts;
        Roster::new(&mut config, &[])
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_was_left_long_ago_is_given_again_and_the_first_to_leave_goes_first() {
        let roster = roster((0..MAX_ACCOUNTS).map(|n| account(&format!("n{n}"))).collect());
        roster.clear(AccountId(9));
        tokio::time::advance(Duration::from_secs(3_600)).await;
        roster.clear(AccountId(3));
        let old = roster.name(AccountId(9));
        tokio::time::advance(Duration::from_secs(23 * 3_600 - 1)).await;
        assert_eq!(roster.place_for("new"), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(roster.place_for("new"), Some(AccountId(9)));
        assert!(roster.put(AccountId(9), account("new")));
        assert_eq!((roster.name(AccountId(9)), old), (Some("new"), Some("n9")));
        assert_eq!((roster.find("new"), roster.find("n9")), (Some(AccountId(9)), None));
        // Its old name has none any more, and waits for the next as any other.
        assert_eq!(roster.place_for("n9"), None);
        roster.clear(AccountId(9));
        assert_eq!((roster.place_for("n9"), roster.place_for("new")), (None, Some(AccountId(9))));
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(roster.place_for("n9"), Some(AccountId(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn how_long_a_place_waits_is_as_the_configuration_says_now() {
        let roster = roster((0..MAX_ACCOUNTS).map(|n| account(&format!("n{n}"))).collect());
        let mut config = Config::new("ossbot");
        config.team.recall.age = Duration::from_secs(48 * 3_600);
        roster.follow(&config);
        roster.clear(AccountId(9));
        tokio::time::advance(Duration::from_secs(48 * 3_600 - 1)).await;
        assert_eq!(roster.place_for("new"), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(roster.place_for("new"), Some(AccountId(9)));
    }

    #[test]
    fn whoever_comes_back_gets_its_place_and_nobody_else_does() {
        let roster = roster(vec![account("north"), account("south")]);
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
    fn after_a_restart_each_has_the_place_that_its_name_had() {
        let mut config = Config::new("ossbot");
        config.accounts = ["west", "north", "south"].map(account).into();
        let names = ["north", "east", "south", "west"].map(String::from);
        let roster = Roster::new(&mut config, &names);
        let places = |name| roster.find(name).map(|it| it.0);
        assert_eq!(["north", "south", "west", "east"].map(places), [Some(0), Some(2), Some(3), None]);
        assert_eq!(roster.name(AccountId(1)), Some("east"), "what it left is still called so");
        assert_eq!(roster.place_for("new"), Some(AccountId(4)));
    }

    #[test]
    fn when_all_places_are_taken_only_old_names_have_one() {
        let roster = roster((0..MAX_ACCOUNTS).map(|n| account(&format!("n{n}"))).collect());
        roster.clear(AccountId(3));
        assert_eq!(roster.place_for("new"), None);
        assert_eq!(roster.place_for("n3"), Some(AccountId(3)));
    }
}
