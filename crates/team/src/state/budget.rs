//! Bytes that all bots may hold together. Half of them are everybody's, in even parts that nobody else can take;
//! the other half is for whoever comes first. So one bot may have much, and none has nothing. The gateway itself has no
//! part of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ha_wechaty_core::BotId;

use crate::state::bounded::Load;

/// What may be held, and what is.
#[derive(Debug)]
pub struct Budget {
    /// What all may hold together.
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug)]
struct Taken {
    /// The part of each bot that is there.
    own: usize,
    /// Which are there, by place. One that was removed has no part of its own; it may hold something still.
    here: Vec<bool>,
    /// What any may hold beyond its own.
    may: usize,
    /// What each bot holds.
    bots: Vec<usize>,
    /// What the gateway itself holds.
    ours: usize,
    /// What all of them hold beyond their own.
    common: usize,
    /// How many things hold something.
    things: usize,
}

impl Budget {
    /// So much for so many bots. Nothing is held yet.
    pub fn new(most: usize, bots: usize) -> Arc<Self> {
        let taken =
            Taken { own: 0, here: Vec::new(), may: 0, bots: Vec::new(), ours: 0, common: 0, things: 0 };
        let budget = Arc::new(Self { most, taken: Mutex::new(taken) });
        budget.set_bots(&vec![true; bots]);
        budget
    }

    /// Which bots are there now, by place; places are never fewer than before. What is held counts on, against the parts that
    /// there are then.
    pub(crate) fn set_bots(&self, here: &[bool]) {
        let mut taken = self.locked();
        let places = here.len().max(taken.bots.len()).max(1);
        let bots = here.iter().filter(|it| **it).count().max(1);
        // As long as there is one for each, each has one.
        taken.own = (self.most / 2 / bots).max(usize::from(self.most >= bots));
        taken.may = self.most - taken.own * bots;
        taken.bots.resize(places, 0);
        // A team without a gateway has no bot, and acts as the first.
        taken.here = if here.is_empty() { vec![true] } else { here.to_vec() };
        let beyond = |(bot, held): (usize, &usize)| held.saturating_sub(taken.own_of(Some(bot)));
        taken.common = taken.bots.iter().enumerate().map(beyond).sum::<usize>() + taken.ours;
    }

    /// What a bot holds, or the gateway itself, if that is no bot. Nothing is held yet; what is taken is given back when
    /// this is dropped.
    pub fn held(self: &Arc<Self>, bot: BotId) -> Portion {
        let bot = Some(usize::from(bot.0)).filter(|bot| *bot < self.locked().bots.len());
        Portion { bot, budget: self.clone(), amount: Mutex::new(0) }
    }

    /// What all hold, and may hold.
    pub fn load(&self) -> Load {
        let taken = self.locked();
        Load { entries: taken.things, bytes: taken.all(), limit: self.most }
    }

    /// Something takes so much; whether it `begins` to take anything.
    fn take(&self, bot: Option<usize>, amount: usize, begins: bool) -> Result<(), Spent> {
        let mut taken = self.locked();
        let (before, own) = (*taken.of(bot), taken.own_of(bot));
        let beyond = before.saturating_add(amount).saturating_sub(own) - before.saturating_sub(own);
        if beyond > 0 && beyond > taken.may.saturating_sub(taken.common) {
            let (all, may) = (taken.all(), own + taken.may);
            return Err(Spent { amount, bot: before, all, most: self.most, own, may });
        }
        taken.count(bot, amount, begins);
        Ok(())
    }

    fn give(&self, bot: Option<usize>, amount: usize) {
        let mut taken = self.locked();
        let (before, own) = (*taken.of(bot), taken.own_of(bot));
        taken.common -= before.saturating_sub(own) - (before - amount).saturating_sub(own);
        *taken.of(bot) -= amount;
        taken.things -= usize::from(amount > 0);
    }

    fn locked(&self) -> MutexGuard<'_, Taken> {
        // All of it changes together, without a panic between.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// What a bot holds, or the gateway itself.
    fn of(&mut self, bot: Option<usize>) -> &mut usize {
        bot.and_then(|bot| self.bots.get_mut(bot)).unwrap_or(&mut self.ours)
    }

    /// What nobody else can take.
    fn own_of(&self, bot: Option<usize>) -> usize {
        let is_here = bot.and_then(|bot| self.here.get(bot)).copied().unwrap_or(false);
        if is_here { self.own } else { 0 }
    }

    fn all(&self) -> usize {
        self.bots.iter().sum::<usize>() + self.ours
    }

    fn count(&mut self, bot: Option<usize>, amount: usize, begins: bool) {
        let (before, own) = (*self.of(bot), self.own_of(bot));
        *self.of(bot) += amount;
        self.common += (before + amount).saturating_sub(own) - before.saturating_sub(own);
        self.things += usize::from(begins && amount > 0);
    }
}

/// What one thing of a bot holds.
#[derive(Debug)]
pub struct Portion {
    budget: Arc<Budget>,
    /// None for the gateway itself.
    bot: Option<usize>,
    amount: Mutex<usize>,
}

impl Portion {
    /// Holds so much more.
    ///
    /// # Errors
    /// That is more than the bot may have now. Nothing was taken.
    pub fn take(&self, amount: usize) -> Result<(), Spent> {
        let mut held = self.amount.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.take(self.bot, amount, *held == 0)?;
        *held += amount;
        Ok(())
    }

    /// Holds so much more, though that may be too much: it is there already. No more is let in until there is room again.
    pub fn take_anyway(&self, amount: usize) {
        let mut held = self.amount.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.locked().count(self.bot, amount, *held == 0);
        *held += amount;
    }

    /// Holds nothing any more.
    pub fn give_back(&self) {
        let mut held = self.amount.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.give(self.bot, std::mem::take(&mut *held));
    }

    /// How much it holds.
    pub fn amount(&self) -> usize {
        *self.amount.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Portion {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// There is not so much left for this bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// What was to be taken.
    pub amount: usize,
    /// What the bot held, and what all bots held.
    pub bot: usize,
    /// What all bots held.
    pub all: usize,
    /// What all may hold, and what of it is each bot's own.
    pub most: usize,
    /// What of it is each bot's own.
    pub own: usize,
    /// What one bot may hold at the most.
    pub may: usize,
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [amount, bot, all, most, own] = [self.amount, self.bot, self.all, self.most, self.own]
            .map(|bytes| bytesize::ByteSize::b(bytes as u64));
        write!(
            f,
            "{amount} more would be too much: this bot has {bot} there, and all bots {all}, of {most}, of which {own} \
             are kept for each"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: BotId = BotId(0);
    const B: BotId = BotId(1);

    #[test]
    fn one_may_have_much_and_none_has_nothing() {
        let budget = Budget::new(1_000, 2);
        let (a, b) = (budget.held(A), budget.held(B));
        assert!(a.take(750).is_ok(), "its own quarter, and the common half");
        assert_eq!(a.take(1), Err(Spent { amount: 1, bot: 750, all: 750, most: 1_000, own: 250, may: 750 }));
        assert!(b.take(250).is_ok() && b.take(1).is_err());
        drop(a);
        assert!(b.take(500).is_ok() && b.take(1).is_err());
        drop(b);
        assert_eq!(budget.load(), Load { entries: 0, bytes: 0, limit: 1_000 });
        assert!(budget.held(A).take(usize::MAX).is_err());
    }

    #[test]
    fn one_alone_may_have_all() {
        let budget = Budget::new(1_001, 1);
        let held = budget.held(BotId(0));
        assert!(held.take(1_001).is_ok() && held.take(1).is_err());
        assert_eq!((held.amount(), budget.load().limit), (1_001, 1_001));
    }

    #[test]
    fn what_the_gateway_itself_holds_is_nobodys_and_takes_no_bot_its_own() {
        let budget = Budget::new(1_000, 2);
        let (ours, a, b) = (budget.held(BotId(u16::MAX)), budget.held(A), budget.held(B));
        assert!(ours.take(500).is_ok() && ours.take(1).is_err());
        assert!(a.take(250).is_ok() && a.take(1).is_err() && b.take(250).is_ok());
        drop(ours);
        assert!(b.take(500).is_ok());
        drop((a, b));
        assert_eq!(budget.load(), Load { entries: 0, bytes: 0, limit: 1_000 });
    }

    #[test]
    fn what_is_there_already_counts_though_it_is_too_much_and_takes_from_nobody_what_is_its_own() {
        let budget = Budget::new(1_000, 2);
        let (a, b) = (budget.held(A), budget.held(B));
        a.take_anyway(2_000);
        assert_eq!((a.amount(), budget.load().bytes, budget.load().entries), (2_000, 2_000, 1));
        assert!(budget.held(A).take(1).is_err() && b.take(250).is_ok() && b.take(1).is_err());
        a.give_back();
        assert!(a.amount() == 0 && b.take(500).is_ok() && a.take(250).is_ok());
        drop((a, b));
        assert_eq!(budget.load(), Load { entries: 0, bytes: 0, limit: 1_000 });
    }

    #[test]
    fn a_bot_that_comes_has_its_own_part_and_what_others_hold_counts_on() {
        let budget = Budget::new(1_000, 1);
        let (a, ours) = (budget.held(A), budget.held(BotId(u16::MAX)));
        assert!(a.take(800).is_ok() && ours.take(100).is_ok());
        budget.set_bots(&[true; 2]);
        let b = budget.held(B);
        assert!(b.take(250).is_ok(), "its own quarter");
        assert!(b.take(1).is_err() && a.take(1).is_err(), "all that is everybody's is taken");
        drop(a);
        assert!(b.take(400).is_ok() && b.take(1).is_err());
        budget.set_bots(&[true]);
        drop((b, ours));
        assert_eq!(budget.load(), Load { entries: 0, bytes: 0, limit: 1_000 });
        let taken = budget.locked();
        assert_eq!((taken.bots.len(), taken.common), (2, 0), "there are never fewer");
    }

    #[test]
    fn a_bot_that_is_removed_keeps_no_part_from_the_others_and_what_it_holds_still_counts() {
        let budget = Budget::new(1_000, 2);
        let (a, b) = (budget.held(A), budget.held(B));
        assert!(a.take(250).is_ok());
        budget.set_bots(&[false, true]);
        assert!(b.take(750).is_ok(), "its own half, and what the other one leaves");
        assert!(b.take(1).is_err() && a.take(1).is_err() && budget.load().bytes == 1_000);
        drop(a);
        assert!(b.take(250).is_ok() && b.take(1).is_err());
        drop(b);
        assert_eq!((budget.load().bytes, budget.locked().common), (0, 0));
        // It is there again.
        budget.set_bots(&[true; 2]);
        assert!(budget.held(A).take(751).is_err() && budget.held(A).take(750).is_ok());
    }

    proptest! {
        #[test]
        fn never_more_is_held_than_may_be_and_all_of_it_comes_back(
            acts in prop::collection::vec((0_u16..3, 0_usize..600, any::<bool>()), 1..60),
        ) {
            let budget = Budget::new(1_000, 3);
            let mut all = Vec::new();
            for (bot, bytes, ends) in acts {
                let own: usize = budget.locked().bots[usize::from(bot)];
                let held = budget.held(BotId(bot));
                let is_taken = held.take(bytes).is_ok();
                prop_assert!(is_taken || own + bytes > budget.locked().own, "its own part is its own");
                prop_assert!(budget.load().bytes <= 1_000);
                if is_taken && !ends {
                    all.push(held);
                }
            }
            drop(all);
            let (load, common) = (budget.load(), budget.locked().common);
            prop_assert_eq!((load.bytes, load.entries, common), (0, 0, 0));
        }
    }
}
