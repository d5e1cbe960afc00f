//! The link of each account: what it is told to do, the connection that it has at the moment, and how many calls
//! are under way on that.

use std::collections::BTreeMap;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwapOption;
use ha_wechaty_core::{AccountId, LastHeard, MAX_ACCOUNTS, MAX_OWED, Remedy};
use tokio::{sync::mpsc, time::Instant};

use super::Order;
use crate::state::backlog::Backlog;
use ha_wechaty_transport::Connection;

/// How many messages of an account that could not be read are kept for its next connection: all that the core says, after
/// a restart, are still to be read.
pub const MAX_UNREAD: usize = MAX_OWED;

/// All accounts' links, by place. Calls read it without waiting for anybody.
#[derive(Debug)]
pub struct Links {
    slots: [Slot; MAX_ACCOUNTS],
}

#[derive(Debug)]
struct Slot {
    orders: ArcSwapOption<mpsc::UnboundedSender<Order>>,
    unread: Mutex<Vec<Unread>>,
    connection: ArcSwapOption<Connection>,
    load: AtomicU64,
    backlog: Arc<Backlog>,
    hindrance: Mutex<Option<Remedy>>,
    /// The last number under which its service told something, and who was logged in then.
    heard: Mutex<Option<LastHeard>>,
    generation: Mutex<Generation>,
    labels: tokio::sync::Mutex<()>,
}

/// What the service behind a connection has.
#[derive(Debug, Default)]
struct Generation {
    connection: u64,
    has: BTreeMap<&'static str, bool>,
}

/// Something that an account told of, and that could not be read.
#[derive(Debug, Clone)]
pub struct Unread {
    /// What it is.
    pub sort: UnreadSort,
    /// By the account's own ids.
    pub id: String,
    /// When the account told of it.
    pub told: Instant,
}

/// What an account tells of by an id, and what has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadSort {
    /// A message: what it says.
    Message,
    /// An invitation into a room: who invites.
    Invitation,
}

impl Unread {
    /// A message of this id, told of then.
    pub fn message(id: &str, told: Instant) -> Self {
        Self { sort: UnreadSort::Message, id: id.to_owned(), told }
    }

    /// An invitation of this id, told of then.
    pub fn invitation(id: &str, told: Instant) -> Self {
        Self { sort: UnreadSort::Invitation, id: id.to_owned(), told }
    }
}

impl Links {
    /// Nobody has one. What an account has told may weigh `backlog` until the core takes it.
    pub fn new(backlog: usize) -> Self {
        let slot = |_| Slot {
            orders: ArcSwapOption::empty(),
            unread: Mutex::default(),
            connection: ArcSwapOption::empty(),
            load: AtomicU64::new(0),
            backlog: Arc::new(Backlog::new(backlog)),
            hindrance: Mutex::default(),
            heard: Mutex::default(),
            generation: Mutex::default(),
            labels: tokio::sync::Mutex::default(),
        };
        Self { slots: std::array::from_fn(slot) }
    }

    /// What an account has told that the core has not taken yet.
    pub fn backlog(&self, account: AccountId) -> Option<&Arc<Backlog>> {
        self.slots.get(account.index()).map(|slot| &slot.backlog)
    }

    /// The same of all accounts.
    pub fn backlogs(&self) -> impl Iterator<Item = &Backlog> {
        self.slots.iter().map(|slot| &*slot.backlog)
    }

    /// The account has a link from now on: it follows what comes through the receiver.
    pub fn begin(&self, account: AccountId) -> mpsc::UnboundedReceiver<Order> {
        let (order, orders) = mpsc::unbounded_channel();
        if let Some(slot) = self.slots.get(account.index()) {
            slot.orders.store(Some(Arc::new(order)));
        }
        orders
    }

    /// Tells the account's link to do something. One that has ended does not hear it.
    pub fn order(&self, account: AccountId, order: Order) {
        if let Some(orders) = self.slots.get(account.index()).and_then(|slot| slot.orders.load_full()) {
            let _ = orders.send(order);
        }
    }

    /// The account was told of something that could not be read before its connection was lost. It waits for the
    /// next one, also when the account leaves the team and comes back. False if too many wait.
    pub fn keep_unread(&self, account: AccountId, it: Unread) -> bool {
        let Some(mut unread) = self.unread(account).filter(|unread| unread.len() < MAX_UNREAD) else {
            return false;
        };
        unread.push(it);
        true
    }

    /// How many messages of all accounts wait to be read.
    pub fn unread_messages(&self) -> usize {
        let len = |slot: &Slot| slot.unread.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.slots.iter().map(len).sum()
    }

    /// What was told of and could not be read, oldest first; it waits no more.
    pub fn take_unread(&self, account: AccountId) -> Vec<Unread> {
        self.unread(account).map(|mut unread| std::mem::take(&mut *unread)).unwrap_or_default()
    }

    /// Whether there is any of that.
    pub fn has_unread(&self, account: AccountId) -> bool {
        self.unread(account).is_some_and(|unread| !unread.is_empty())
    }

    /// An account's service told something under a number: what came behind it is asked for when its stream is opened anew.
    pub fn hears(&self, account: AccountId, heard: LastHeard) {
        if let Some(slot) = self.slots.get(account.index()) {
            *slot.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
        }
    }

    /// Up to where an account's service was heard, if it counts what it tells.
    pub fn last_heard(&self, account: AccountId) -> Option<LastHeard> {
        self.slots.get(account.index())?.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn unread(&self, account: AccountId) -> Option<MutexGuard<'_, Vec<Unread>>> {
        // A list is whole between any two statements.
        Some(self.slots.get(account.index())?.unread.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The account has no link any more.
    pub fn end(&self, account: AccountId) {
        if let Some(slot) = self.slots.get(account.index()) {
            slot.orders.store(None);
            slot.connection.store(None);
            // Whoever joins in its place begins with what happens then.
            *slot.heard.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// The account's connection, if it has one.
    pub fn connection(&self, account: AccountId) -> Option<Connection> {
        self.slots.get(account.index())?.connection.load().as_deref().cloned()
    }

    /// What kept the last attempt from the account's event stream; nothing once it has one.
    pub fn hindered(&self, account: AccountId, by: Option<Remedy>) {
        if let Some(slot) = self.slots.get(account.index()) {
            *slot.hindrance.lock().unwrap_or_else(PoisonError::into_inner) = by;
        }
    }

    /// What a person can do about that, as far as its link knows.
    pub fn hindrance(&self, account: AccountId) -> Option<Remedy> {
        *self.slots.get(account.index())?.hindrance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls of the account are under way.
    pub fn load(&self, account: AccountId) -> u64 {
        self.slots.get(account.index()).map_or(0, |slot| slot.load.load(Ordering::Relaxed))
    }

    /// Counts a call until the guard is dropped.
    pub fn enter(&self, account: AccountId) -> Option<Busy<'_>> {
        let load = &self.slots.get(account.index())?.load;
        load.fetch_add(1, Ordering::Relaxed);
        Some(Busy(load))
    }

    /// The account's connection from now on, if it has one.
    pub fn set(&self, account: AccountId, connection: Option<Connection>) {
        if let Some(slot) = self.slots.get(account.index()) {
            let mut generation = slot.generation();
            if connection.is_some() {
                // Another process may answer now, of another generation.
                *generation = Generation { connection: generation.connection + 1, ..Generation::default() };
            }
            slot.connection.store(connection.map(Arc::new));
        }
    }

    /// Looks for an account's tags, and makes those that are missing: one at a time, until the guard is dropped.
    pub async fn labels(&self, account: AccountId) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        Some(self.slots.get(account.index())?.labels.lock().await)
    }

    /// Whether the account's puppet service has this RPC, if its present connection has told, or its last one.
    pub fn has(&self, account: AccountId, rpc: &'static str) -> Option<bool> {
        self.slots.get(account.index())?.generation().has.get(rpc).copied()
    }

    /// The number of the account's connection, before it is asked for something: for [`tells`](Self::tells).
    pub fn asking(&self, account: AccountId) -> u64 {
        self.slots.get(account.index()).map_or(0, |slot| slot.generation().connection)
    }

    /// The account's puppet service has told whether it has this RPC, when it was asked by the connection of this number: known
    /// for as long as that lives. There are no more entries than RPCs.
    pub fn tells(&self, account: AccountId, connection: u64, rpc: &'static str, has: bool) {
        if let Some(slot) = self.slots.get(account.index()) {
            let mut generation = slot.generation();
            if generation.connection == connection {
                generation.has.insert(rpc, has);
            }
        }
    }
}

impl Slot {
    fn generation(&self) -> MutexGuard<'_, Generation> {
        // A map is whole between any two statements.
        self.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
#[derive(Debug)]
pub struct Busy<'a>(&'a AtomicU64);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
