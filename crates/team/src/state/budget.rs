//! Bytes that all bots may hold together. Half of them are everybody's, in even parts that nobody else can take;
//! the other half is for whoever comes first. So one bot may have much, and none has nothing. The gateway itself has no
//! part of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ha_wechaty_core::BotId;

use crate::state::bounded::Load;

/// What may be held, and what is.
#[derive(Debug)]
pub struct Budget {
    /// The part of each bot.
    own: usize,
    /// What any may hold beyond its own.
    common: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug)]
struct Taken {
    /// What each bot holds, and last of all the gateway itself.
    bots: Box<[usize]>,
    /// What all of them hold beyond their own.
    common: usize,
    /// How many things hold something.
    things: usize,
}

impl Budget {
    /// So much for so many bots. Nothing is held yet.
    pub fn new(most: usize, bots: usize) -> Arc<Self> {
        let bots = bots.max(1);
        // As long as there is one for each, each has one.
        let own = (most / 2 / bots).max(usize::from(most >= bots));
        let taken = Taken { bots: vec![0; bots + 1].into(), common: 0, things: 0 };
        Arc::new(Self { own, common: most - own * bots, taken: Mutex::new(taken) })
    }

    /// What a bot holds, or the gateway itself, if that is no bot. Nothing is held yet; what is taken is given back when
    /// this is dropped.
    pub fn held(self: &Arc<Self>, bot: BotId) -> Portion {
        let bot = usize::from(bot.0).min(self.locked().bots.len() - 1);
        Portion { bot, budget: self.clone(), amount: Mutex::new(0) }
    }

    /// What all hold, and may hold.
    pub fn load(&self) -> Load {
        let taken = self.locked();
        let limit = self.most(&taken);
        Load { entries: taken.things, bytes: taken.bots.iter().sum(), limit }
    }

    /// Something takes so much; whether it `begins` to take anything.
    fn take(&self, bot: usize, amount: usize, begins: bool) -> Result<(), Spent> {
        let mut taken = self.locked();
        let before = taken.bots[bot];
        let own = self.own(&taken, bot);
        let beyond = before.saturating_add(amount).saturating_sub(own) - before.saturating_sub(own);
        if beyond > 0 && beyond > self.common.saturating_sub(taken.common) {
            let all = taken.bots.iter().sum();
            let most = self.most(&taken);
            return Err(Spent { amount, bot: before, all, most, own, may: own + self.common });
        }
        self.count(&mut taken, bot, amount, begins);
        Ok(())
    }

    fn count(&self, taken: &mut Taken, bot: usize, amount: usize, begins: bool) {
        let before = taken.bots[bot];
        taken.bots[bot] += amount;
        let own = self.own(taken, bot);
        taken.common += (before + amount).saturating_sub(own) - before.saturating_sub(own);
        taken.things += usize::from(begins && amount > 0);
    }

    fn give(&self, bot: usize, amount: usize) {
        let mut taken = self.locked();
        let before = taken.bots[bot];
        let own = self.own(&taken, bot);
        taken.common -= before.saturating_sub(own) - (before - amount).saturating_sub(own);
        taken.bots[bot] -= amount;
        taken.things -= usize::from(amount > 0);
    }

    /// What nobody else can take.
    fn own(&self, taken: &Taken, bot: usize) -> usize {
        if bot + 1 < taken.bots.len() { self.own } else { 0 }
    }

    /// What all may hold together.
    fn most(&self, taken: &Taken) -> usize {
        self.common + self.own * (taken.bots.len() - 1)
    }

    fn locked(&self) -> MutexGuard<'_, Taken> {
        // All of it changes together, without a panic between.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one thing of a bot holds.
#[derive(Debug)]
pub struct Portion {
    budget: Arc<Budget>,
    bot: usize,
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
        self.budget.count(&mut self.budget.locked(), self.bot, amount, *held == 0);
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
                prop_assert!(is_taken || own + bytes > budget.own, "its own part is its own");
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
