//! Bytes that all bots may hold together. Half of them are everybody's, in even parts that nobody else can take;
//! the other half is for whoever comes first. So one bot may have much, and none has nothing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytesize::ByteSize;
use ha_wechaty_core::BotId;

use crate::bounded::Load;

/// What may be held, and what is.
#[derive(Debug)]
pub(crate) struct Budget {
    /// The part of each bot.
    own: usize,
    /// What any may hold beyond its own.
    common: usize,
    /// What is held of that.
    shared: AtomicUsize,
    /// What each bot holds.
    bots: Box<[AtomicUsize]>,
}

impl Budget {
    /// So many bytes for so many bots. Nothing is held yet.
    pub(crate) fn new(most: usize, bots: usize) -> Arc<Self> {
        let bots = bots.max(1);
        let own = most / 2 / bots;
        let held = (0..bots).map(|_| AtomicUsize::new(0)).collect();
        Arc::new(Self { own, common: most - own * bots, shared: AtomicUsize::new(0), bots: held })
    }

    /// Nothing is held by it yet. It is given back when this is dropped.
    pub(crate) fn held(self: &Arc<Self>, bot: BotId) -> Held {
        let bot = usize::from(bot.0).min(self.bots.len() - 1);
        Held { budget: self.clone(), bot, bytes: AtomicUsize::new(0) }
    }

    /// What all hold.
    pub(crate) fn taken(&self) -> usize {
        self.bots.iter().map(|it| it.load(Ordering::Relaxed)).sum()
    }

    /// What all hold, and may hold; how many things that is nobody counts.
    pub(crate) fn load(&self) -> Load {
        Load { entries: 0, bytes: self.taken(), limit: self.most() }
    }

    /// What all may hold.
    pub(crate) fn most(&self) -> usize {
        self.common + self.own * self.bots.len()
    }

    fn take(&self, bot: usize, bytes: usize) -> Result<(), Spent> {
        let before = self.bots[bot].fetch_add(bytes, Ordering::Relaxed);
        let beyond = self.beyond(before + bytes) - self.beyond(before);
        let shared = self.shared.fetch_add(beyond, Ordering::Relaxed) + beyond;
        if beyond == 0 || shared <= self.common {
            return Ok(());
        }
        self.give(bot, bytes);
        Err(Spent { bot: before, all: self.taken(), most: self.most() })
    }

    fn give(&self, bot: usize, bytes: usize) {
        let before = self.bots[bot].fetch_sub(bytes, Ordering::Relaxed);
        let beyond = self.beyond(before) - self.beyond(before - bytes);
        self.shared.fetch_sub(beyond, Ordering::Relaxed);
    }

    /// What a bot that holds so much holds of what is everybody's.
    fn beyond(&self, held: usize) -> usize {
        held.saturating_sub(self.own)
    }
}

/// What one thing of a bot holds.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bot: usize,
    bytes: AtomicUsize,
}

impl Held {
    /// Holds so much more.
    ///
    /// # Errors
    /// That is more than the bot may have now. Nothing was taken.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Spent> {
        self.budget.take(self.bot, bytes)?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// How much it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.give(self.bot, self.bytes());
    }
}

/// There is not so much left for this bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    /// What the bot held, in bytes.
    pub(crate) bot: usize,
    /// What all bots held.
    pub(crate) all: usize,
    /// What they may hold.
    pub(crate) most: usize,
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [bot, all, most] = [self.bot, self.all, self.most].map(|bytes| ByteSize::b(bytes as u64));
        write!(f, "{bot} of this bot and {all} of all bots are there already, of {most} at the most")
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
        assert_eq!(a.take(1), Err(Spent { bot: 750, all: 750, most: 1_000 }));
        assert!(b.take(250).is_ok() && b.take(1).is_err());
        drop(a);
        assert!(b.take(500).is_ok() && b.take(1).is_err());
        drop(b);
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn one_alone_may_have_all() {
        let budget = Budget::new(1_001, 1);
        let held = budget.held(BotId(7));
        assert!(held.take(1_001).is_ok() && held.take(1).is_err());
        assert_eq!((held.bytes(), budget.most()), (1_001, 1_001));
    }

    proptest! {
        #[test]
        fn never_more_is_held_than_may_be_and_all_of_it_comes_back(
            acts in prop::collection::vec((0_u16..3, 0_usize..600, any::<bool>()), 1..60),
        ) {
            let budget = Budget::new(1_000, 3);
            let mut all = Vec::new();
            for (bot, bytes, ends) in acts {
                let own: usize = budget.bots[usize::from(bot)].load(Ordering::Relaxed);
                let held = budget.held(BotId(bot));
                let is_taken = held.take(bytes).is_ok();
                prop_assert!(is_taken || own + bytes > budget.own, "its own part is its own");
                prop_assert!(budget.taken() <= 1_000);
                if is_taken && !ends {
                    all.push(held);
                }
            }
            drop(all);
            prop_assert_eq!((budget.taken(), budget.shared.load(Ordering::Relaxed)), (0, 0));
        }
    }
}
