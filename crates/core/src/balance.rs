//! Who goes first: the policies that spread work over the accounts that could do it.
//!
//! A policy turns a set of candidates into the order in which they are tried; the first does the work
//! unless it fails. Whatever varies from call to call (tickets, dice, loads) comes in through [`Draw`].

use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::{account::AccountId, account_set::AccountSet, words::words};

words! {
    /// How work on a room is spread.
    #[derive(Default)]
    pub enum Policy {
        /// In turn, by weight.
        #[default]
        RoundRobin = "round-robin",
        /// By lot, by weight.
        Random = "random",
        /// The account with the fewest calls under way, relative to its weight.
        LeastLoad = "least-load",
        /// A conversation keeps its account as long as that is there.
        Sticky = "sticky",
        /// The first of the configuration that is there.
        Failover = "failover",
    }
}

/// Whose turns are counted together. What is read while a bot makes up its answer takes turns of its own, or who
/// says it would depend on how much was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Round {
    /// Something is said.
    Say,
    /// Anything else is asked.
    Ask,
}

/// What varies from call to call.
pub trait Draw {
    /// Counts up by one at each call, separately for each set and round. Separately, since conversations that take
    /// turns on one counter would each always meet the same account.
    fn ticket(&self, among: AccountSet, round: Round) -> u64;
    /// A random number.
    fn random(&self) -> u64;
    /// How many calls of this account are under way.
    fn load(&self, account: AccountId) -> u64;
}

/// The slots of a cycle that weights are scaled to, at most.
const MAX_SLOTS: u64 = 256;

/// The accounts' weights as a cycle of slots, spread evenly: weights 2 and 1 give `a b a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    slots: Vec<AccountId>,
    weights: Vec<u32>,
}

impl Cycle {
    /// The cycle of these weights, in the order of the configuration. A weight counts as one at least.
    pub(crate) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let weights: Vec<u32> = weights.into_iter().map(|weight| weight.max(1)).collect();
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let slots_of = |weight: u32| {
            let scaled =
                if total > MAX_SLOTS { u64::from(weight) * MAX_SLOTS / total } else { weight.into() };
            scaled.max(1)
        };
        // Each account's k-th slot stands at the middle of the k-th of its equal shares of the cycle.
        let mut places = Vec::new();
        for (index, weight) in weights.iter().enumerate() {
            let count = slots_of(*weight);
            places.extend((0..count).map(|k| ((2 * k + 1) * 1_000_000 / count, AccountId::at(index))));
        }
        places.sort_unstable();
        Self { slots: places.into_iter().map(|(_, account)| account).collect(), weights }
    }

    /// The candidates in the order in which `policy` tries them.
    pub(crate) fn order(
        &self,
        policy: Policy,
        among: AccountSet,
        conversation: &str,
        round: Round,
        draw: &impl Draw,
    ) -> Vec<AccountId> {
        match policy {
            _ if among.len() < 2 => among.iter().collect(),
            Policy::Failover => among.iter().collect(),
            Policy::RoundRobin => self.turn(among, draw.ticket(among, round)),
            Policy::Random => self.lot(among, draw.random()),
            Policy::LeastLoad => {
                // Loads change meanwhile, so each is read once. Equals take turns, or an idle team would always burden its first account.
                let mut order = self.turn(among, draw.ticket(among, round));
                order.sort_by_cached_key(|account| {
                    draw.load(*account) * 1_000 / u64::from(self.weight(*account))
                });
                order
            }
            Policy::Sticky => {
                let mut order: Vec<AccountId> = among.iter().collect();
                order.sort_by_cached_key(|account| Reverse(self.affinity(*account, conversation)));
                order
            }
        }
    }

    /// The candidates behind one of them, which goes first without a choice: nobody's turn is used up. Should it
    /// fail, the next one of the configuration follows, or whoever `policy` always puts first.
    pub(crate) fn behind(
        &self,
        lead: AccountId,
        policy: Policy,
        among: AccountSet,
        conversation: &str,
    ) -> Vec<AccountId> {
        let mut order: Vec<AccountId> = among.iter().collect();
        match policy {
            Policy::Failover => {}
            Policy::Sticky => order.sort_by_cached_key(|it| Reverse(self.affinity(*it, conversation))),
            Policy::RoundRobin | Policy::Random | Policy::LeastLoad => {
                order.sort_by_key(|account| (*account < lead, *account));
            }
        }
        order.sort_by_key(|account| *account != lead);
        order
    }

    /// The `ticket`th slot among the candidates' own, then the others as they follow.
    fn turn(&self, among: AccountSet, ticket: u64) -> Vec<AccountId> {
        let slots: Vec<AccountId> = self.slots.iter().copied().filter(|slot| among.contains(*slot)).collect();
        let start = if slots.is_empty() { 0 } else { (ticket % slots.len() as u64) as usize };
        let mut order = Vec::with_capacity(among.len());
        for account in slots.iter().cycle().skip(start).take(slots.len()) {
            if !order.contains(account) {
                order.push(*account);
            }
        }
        order
    }

    /// Drawn one after the other from the candidates' slots.
    fn lot(&self, among: AccountSet, random: u64) -> Vec<AccountId> {
        let mut dice = fastrand::Rng::with_seed(random);
        let mut slots: Vec<AccountId> =
            self.slots.iter().copied().filter(|slot| among.contains(*slot)).collect();
        let mut order = Vec::with_capacity(among.len());
        while !slots.is_empty() {
            let account = slots[dice.usize(..slots.len())];
            slots.retain(|slot| *slot != account);
            order.push(account);
        }
        order
    }

    /// Rendezvous hashing: each account draws a number per slot of its own, and its highest counts. When an
    /// account goes, only its conversations move; when it returns, only they come back.
    fn affinity(&self, account: AccountId, conversation: &str) -> u64 {
        let slots = self.slots.iter().filter(|slot| **slot == account).count();
        let mut dice = rendezvous(account.0.into(), fingerprint(conversation));
        (0..slots).map(|_| dice.u64(..)).max().unwrap_or(0)
    }

    fn weight(&self, account: AccountId) -> u32 {
        self.weights.get(account.index()).copied().unwrap_or(1)
    }
}

/// The dice by which one of several places gets a thing: the place that throws the highest. They are its own
/// for each pair, and forked, since seeds that look alike begin alike.
pub(crate) fn rendezvous(place: u64, thing: u64) -> fastrand::Rng {
    let own = fastrand::Rng::with_seed(place).u64(..);
    fastrand::Rng::with_seed(thing ^ own).fork()
}

/// A number for a text, the same on every machine and in every version (FNV-1a, 64 bit).
pub fn fingerprint(text: &str) -> u64 {
    let mut whole = Fingerprint::default();
    whole.add(text);
    whole.finish()
}

/// A [`fingerprint`] of a text that comes in pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// The next piece.
    pub(crate) fn add(&mut self, piece: &str) {
        let add = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        self.0 = piece.bytes().fold(self.0, add);
    }

    /// That was all.
    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{collections::BTreeMap, format, vec};
    use core::cell::{Cell, RefCell};

    #[derive(Default)]
    struct Fixed {
        tickets: RefCell<BTreeMap<u64, u64>>,
        random: Cell<u64>,
        loads: Vec<u64>,
    }

    impl Draw for Fixed {
        fn ticket(&self, among: AccountSet, _: Round) -> u64 {
            let mut tickets = self.tickets.borrow_mut();
            let ticket = tickets.entry(among.bits()).or_default();
            *ticket += 1;
            *ticket - 1
        }
        fn random(&self) -> u64 {
            self.random.set(self.random.get() + 1);
            self.random.get()
        }
        fn load(&self, account: AccountId) -> u64 {
            self.loads.get(account.index()).copied().unwrap_or(0)
        }
    }

    fn set(accounts: &[u8]) -> AccountSet {
        accounts.iter().map(|account| AccountId(*account)).collect()
    }

    fn firsts(cycle: &Cycle, policy: Policy, among: AccountSet, draw: &Fixed, calls: usize) -> Vec<u8> {
        (0..calls).map(|_| cycle.order(policy, among, "room", Round::Say, draw)[0].0).collect()
    }

    #[test]
    fn round_robin_takes_turns_and_weights_are_spread() {
        let draw = Fixed::default();
        let even = Cycle::new([1, 1, 1]);
        assert_eq!(firsts(&even, Policy::RoundRobin, set(&[0, 1, 2]), &draw, 6), [0, 1, 2, 0, 1, 2]);
        assert_eq!(firsts(&even, Policy::RoundRobin, set(&[0, 2]), &draw, 4), [0, 2, 0, 2]);
        let uneven = Cycle::new([2, 1]);
        let first = firsts(&uneven, Policy::RoundRobin, set(&[0, 1]), &Fixed::default(), 6);
        assert_eq!(first, [0, 1, 0, 0, 1, 0]);
    }

    #[test]
    fn conversations_that_alternate_do_not_starve_an_account() {
        let (draw, cycle) = (Fixed::default(), Cycle::new([1, 1, 1]));
        let mut met = vec![];
        for _ in 0..4 {
            met.push(cycle.order(Policy::RoundRobin, set(&[0, 1]), "x", Round::Say, &draw)[0].0);
            cycle.order(Policy::RoundRobin, set(&[0, 1, 2]), "y", Round::Say, &draw);
        }
        assert_eq!(met, [0, 1, 0, 1]);
    }

    #[test]
    fn random_follows_the_weights() {
        let (draw, cycle) = (Fixed::default(), Cycle::new([3, 1]));
        let first = firsts(&cycle, Policy::Random, set(&[0, 1]), &draw, 4000);
        let heavy = first.iter().filter(|account| **account == 0).count();
        assert!((2850..3150).contains(&heavy), "{heavy} of 4000");
    }

    #[test]
    fn least_load_prefers_the_idle_and_heeds_the_weight() {
        let draw = Fixed { loads: vec![3, 4, 9], ..Default::default() };
        let order =
            Cycle::new([1, 2, 1]).order(Policy::LeastLoad, set(&[0, 1, 2]), "room", Round::Say, &draw);
        assert_eq!(order, [AccountId(1), AccountId(0), AccountId(2)]);
        let idle = firsts(&Cycle::new([1, 1]), Policy::LeastLoad, set(&[0, 1]), &Fixed::default(), 4);
        assert_eq!(idle, [0, 1, 0, 1]);
    }

    #[test]
    fn sticky_moves_only_the_conversations_of_the_account_that_went() {
        let (draw, cycle) = (Fixed::default(), Cycle::new([1, 1, 1]));
        let mut counts = [0; 3];
        for n in 0..300 {
            let room = format!("room {n}");
            let order = cycle.order(Policy::Sticky, set(&[0, 1, 2]), &room, Round::Say, &draw);
            counts[order[0].index()] += 1;
            let without = cycle.order(Policy::Sticky, set(&[0, 1]), &room, Round::Say, &draw)[0];
            assert!(order[0] == AccountId(2) || without == order[0]);
        }
        assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
    }

    #[test]
    fn a_burst_is_one_choice_and_whoever_fails_in_it_is_followed_by_the_next() {
        let (draw, cycle, all) = (Fixed::default(), Cycle::new([1, 1, 1]), set(&[0, 1, 2]));
        assert_eq!(firsts(&cycle, Policy::RoundRobin, all, &draw, 1), [0]);
        let behind = cycle.behind(AccountId(1), Policy::RoundRobin, all, "room");
        assert_eq!(behind, [AccountId(1), AccountId(2), AccountId(0)]);
        assert_eq!(firsts(&cycle, Policy::RoundRobin, all, &draw, 2), [1, 2], "no turn was used up");
        let failover = cycle.behind(AccountId(1), Policy::Failover, all, "room");
        assert_eq!(failover, [AccountId(1), AccountId(0), AccountId(2)]);
    }

    #[test]
    fn every_policy_tries_everybody_once() {
        let (draw, cycle) = (Fixed::default(), Cycle::new([5, 1, 300]));
        for policy in
            [Policy::RoundRobin, Policy::Random, Policy::LeastLoad, Policy::Sticky, Policy::Failover]
        {
            let mut order = cycle.order(policy, set(&[0, 1, 2]), "room", Round::Say, &draw);
            order.sort_unstable();
            assert_eq!(order, [AccountId(0), AccountId(1), AccountId(2)], "{policy:?}");
        }
    }
}
