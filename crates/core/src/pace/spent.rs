//! What was done of what WeChat counts, by whom and where, as the core was told: a queue that begins anew goes on behind
//! it, so that nobody gets a second allowance by a restart.
//!
//! Everything counts from when its account is about to be asked until one window after it has ended. Where nobody knows
//! whether it was done, it was.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use super::{Allowance, Limit, Meter, Paced};
use crate::{account::AccountId, time::Time};

/// So many conversations are not worth tidying up.
const FEW: usize = 64;
/// In how many conversations it is remembered how much was said. Where it is not, a restart forgets it.
const MOST: usize = 100_000;

/// How much of their limits accounts and conversations have used.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpentPace {
    accounts: Vec<BTreeMap<Paced, Meter>>,
    per_conversation: Vec<Limit>,
    conversations: BTreeMap<String, Meter>,
    /// How many there were after the last tidying up.
    tidied: usize,
}

impl SpentPace {
    /// Nothing was done. So much one conversation may get.
    pub(crate) fn new(per_conversation: &[Limit]) -> Self {
        Self { per_conversation: per_conversation.to_vec(), ..Self::default() }
    }

    /// An account may do so much from now on. What it did counts on.
    pub(crate) fn admit(&mut self, account: AccountId, allowance: &Allowance) {
        self.accounts.resize_with(self.accounts.len().max(account.index() + 1), BTreeMap::new);
        for paced in Paced::ALL {
            self.accounts[account.index()].entry(paced).or_default().set_limits(allowance.of(paced));
        }
    }

    /// An account's place is another one's from now on, which has done nothing yet.
    pub(crate) fn renew(&mut self, account: AccountId) {
        if let Some(meters) = self.accounts.get_mut(account.index()) {
            meters.clear();
        }
    }

    /// One conversation may get so much from now on.
    pub(crate) fn set_per_conversation(&mut self, limits: &[Limit]) {
        self.per_conversation = limits.to_vec();
        self.conversations.values_mut().for_each(|meter| meter.set_limits(limits));
    }

    /// An account is about to be asked for something.
    pub(crate) fn begins(&mut self, now: Time, account: AccountId, paced: Paced) {
        if let Some(meter) = self.meter_mut(account, paced) {
            meter.tidy(now);
            meter.take();
        }
    }

    /// It has ended; unless it `is_done`, it is as if it had never begun.
    pub(crate) fn ends(&mut self, now: Time, account: AccountId, paced: Paced, is_done: bool) {
        if let Some(meter) = self.meter_mut(account, paced) {
            meter.end(now, is_done);
        }
    }

    /// Something is about to be said in a conversation.
    pub(crate) fn says(&mut self, now: Time, conversation: &str) {
        if self.per_conversation.is_empty() {
            return;
        }
        if self.conversations.len() > FEW.max(2 * self.tidied) || self.conversations.len() >= MOST {
            self.tidy(now);
        }
        let new = || Meter::new(&self.per_conversation);
        self.conversations.entry(conversation.to_string()).or_insert_with(new).take();
    }

    /// It was said; unless it `is_done`, it was not.
    pub(crate) fn said(&mut self, now: Time, conversation: &str, is_done: bool) {
        let Some(meter) = self.conversations.get_mut(conversation) else { return };
        meter.end(now, is_done);
        if meter.is_idle(now) {
            self.conversations.remove(conversation);
        }
    }

    /// Nothing that is under way will ever be known to have ended: it may have been done, until now.
    pub(crate) fn restart(&mut self, now: Time) {
        let accounts = self.accounts.iter_mut().flat_map(BTreeMap::values_mut);
        accounts.chain(self.conversations.values_mut()).for_each(|meter| meter.end_all(now));
        self.tidy(now);
    }

    /// How many entries it has: what was done, and where something was said.
    pub(crate) fn len(&self) -> usize {
        let done = self.accounts.iter().flat_map(BTreeMap::values).map(Meter::len).sum::<usize>();
        done + self.conversations.len()
    }

    /// What accounts have done of each.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (AccountId, Paced, &Meter)> {
        let all = self.accounts.iter().enumerate();
        all.flat_map(|(index, of)| of.iter().map(move |(paced, meter)| (AccountId::at(index), *paced, meter)))
    }

    /// What conversations were told.
    pub(super) fn conversations(&self) -> impl Iterator<Item = (&str, &Meter)> {
        self.conversations.iter().map(|(conversation, meter)| (conversation.as_str(), meter))
    }

    fn meter_mut(&mut self, account: AccountId, paced: Paced) -> Option<&mut Meter> {
        self.accounts.get_mut(account.index())?.get_mut(&paced)
    }

    fn tidy(&mut self, now: Time) {
        self.conversations.retain(|_, meter| !meter.is_idle(now));
        // A good part at a time, since it takes a while.
        let too_many = if self.conversations.len() >= MOST { MOST / 2 } else { 0 };
        (0..too_many).for_each(|_| drop(self.conversations.pop_first()));
        self.tidied = self.conversations.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};
    use core::time::Duration;

    const A: AccountId = AccountId(0);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn what_is_under_way_counts_from_the_restart_and_who_comes_anew_has_done_nothing() {
        let mut spent = SpentPace::new(&[Limit::new(1, 10)]);
        spent.admit(A, &Allowance::default());
        let used = |spent: &SpentPace, now| {
            let meter = &spent.accounts[0][&Paced::FriendAdd];
            meter.limits().iter().map(|limit| meter.used(at(now), *limit)).collect::<Vec<_>>()
        };
        spent.begins(at(0), A, Paced::FriendAdd);
        spent.ends(at(1), A, Paced::FriendAdd, true);
        spent.begins(at(2), A, Paced::FriendAdd);
        spent.says(at(2), "tea");
        spent.restart(at(100));
        assert_eq!(used(&spent, 100), [1, 2]);
        assert_eq!(
            spent.conversations().map(|(it, meter)| (it, meter.len())).collect::<Vec<_>>(),
            [("tea", 1)]
        );
        spent.restart(at(110));
        assert_eq!((used(&spent, 160), spent.conversations().count()), (vec![0, 2], 0));
        spent.renew(A);
        spent.admit(A, &Allowance::default());
        assert_eq!(used(&spent, 160), [0, 0]);
    }

    #[test]
    fn what_never_left_leaves_nothing_behind_and_conversations_are_bounded_by_their_windows() {
        let mut spent = SpentPace::new(&[Limit::new(3, 10)]);
        spent.says(at(0), "tea");
        spent.said(at(1), "tea", false);
        assert_eq!(spent.len(), 0);
        for n in 0..10_000 {
            let conversation = format!("{n}");
            spent.says(at(n), &conversation);
            spent.said(at(n), &conversation, true);
        }
        assert!(spent.len() <= FEW + 12, "{}", spent.len());
        let mut unlimited = SpentPace::new(&[]);
        unlimited.says(at(0), "tea");
        assert_eq!(unlimited.len(), 0);
    }
}
