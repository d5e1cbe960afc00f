//! Accounts, as all others know them: who is in the team, how each of them is reached now, and what it can be asked.

mod links;
mod order;
mod roster;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ha_wechaty_config::{Config, bytes};
use ha_wechaty_core::{AccountId, AccountSet, Draw, Round};
use ha_wechaty_host::Hosts;

pub use links::{Busy, Links, MAX_UNREAD, Unread, UnreadSort};
pub use order::Order;
pub use roster::Roster;

use super::limits::Limits;
use crate::schema::Schema;

/// Counters of tickets; sets of accounts share them by their bits.
const TICKETS: usize = 64;

/// The team's accounts. Who asks one of them something needs no more than this.
#[derive(Debug)]
pub struct AccountSide {
    /// Who is in the team.
    pub roster: Roster,
    /// Their connections.
    pub links: Links,
    /// Puppets that run here.
    pub hosts: Arc<Hosts>,
    /// What they can be asked.
    pub schema: Arc<Schema>,
    /// How long they have for it, and how much they may answer.
    pub limits: Arc<Limits>,
    tickets: [AtomicU64; TICKETS],
}

impl AccountSide {
    /// The accounts of a configuration, which are taken out of it: they come and go; in the places of these names, if
    /// there are any. None is connected.
    pub fn new(config: &mut Config, names: &[String], schema: Arc<Schema>, limits: Arc<Limits>) -> Self {
        Self {
            links: Links::new(bytes(config.memory.facts)),
            hosts: Arc::new(Hosts::new(config.host.clone())),
            roster: Roster::new(config, names),
            schema,
            limits,
            tickets: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// All accounts of the team.
    pub fn everybody(&self) -> AccountSet {
        self.roster.everybody()
    }

    /// An account's name, for people; that of one that has left, too.
    pub fn name(&self, account: AccountId) -> &str {
        self.roster.name(account).unwrap_or("?")
    }
}

impl Draw for AccountSide {
    fn ticket(&self, among: AccountSet, round: Round) -> u64 {
        let set = among.bits().wrapping_mul(2).wrapping_add(round as u64);
        let slot = set.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        self.tickets[slot as usize % TICKETS].fetch_add(1, Ordering::Relaxed)
    }

    fn random(&self) -> u64 {
        // A counter, stirred: spreading needs no secrets.
        let count = self.tickets[0].fetch_add(1, Ordering::Relaxed);
        fastrand::Rng::with_seed(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)).u64(..)
    }

    fn load(&self, account: AccountId) -> u64 {
        self.links.load(account)
    }
}
