//! The connection that each account has at the moment, and how many calls are under way on it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwapOption;
use ha_wechaty_core::AccountId;

use crate::transport::Connection;

/// All accounts' connections. Calls read it without waiting for anybody.
#[derive(Debug)]
pub(crate) struct Links {
    slots: Vec<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    connection: ArcSwapOption<Connection>,
    load: AtomicU64,
}

impl Links {
    pub(crate) fn new(accounts: usize) -> Self {
        Self { slots: (0..accounts).map(|_| Slot::default()).collect() }
    }

    /// The account's connection, if it has one.
    pub(crate) fn connection(&self, account: AccountId) -> Option<Connection> {
        self.slots.get(account.index())?.connection.load().as_deref().cloned()
    }

    /// How many calls of the account are under way.
    pub(crate) fn load(&self, account: AccountId) -> u64 {
        self.slots.get(account.index()).map_or(0, |slot| slot.load.load(Ordering::Relaxed))
    }

    /// Counts a call until the guard is dropped.
    pub(crate) fn enter(&self, account: AccountId) -> Option<Busy<'_>> {
        let load = &self.slots.get(account.index())?.load;
        load.fetch_add(1, Ordering::Relaxed);
        Some(Busy(load))
    }

    pub(crate) fn set(&self, account: AccountId, connection: Option<Connection>) {
        if let Some(slot) = self.slots.get(account.index()) {
            slot.connection.store(connection.map(Arc::new));
        }
    }
}

/// A call under way.
#[derive(Debug)]
pub(crate) struct Busy<'a>(&'a AtomicU64);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
