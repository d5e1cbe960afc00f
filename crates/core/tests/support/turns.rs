//! What an order is drawn by.

use std::{cell::RefCell, collections::BTreeMap};

use ha_wechaty_core::{AccountId, AccountSet, Draw, Round};

/// Tickets that count up, dice with a seed, and loads as they are set.
#[derive(Default)]
pub(crate) struct Turns {
    tickets: RefCell<BTreeMap<(u64, Round), u64>>,
    dice: RefCell<Option<fastrand::Rng>>,
    pub(crate) loads: RefCell<BTreeMap<AccountId, u64>>,
}

impl Draw for Turns {
    fn ticket(&self, among: AccountSet, round: Round) -> u64 {
        let mut tickets = self.tickets.borrow_mut();
        let ticket = tickets.entry((among.bits(), round)).or_default();
        *ticket += 1;
        *ticket - 1
    }

    fn random(&self) -> u64 {
        self.dice.borrow_mut().get_or_insert_with(|| fastrand::Rng::with_seed(7)).u64(..)
    }

    fn load(&self, account: AccountId) -> u64 {
        self.loads.borrow().get(&account).copied().unwrap_or(0)
    }
}
