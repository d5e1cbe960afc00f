//! Those who wait, by when their time is up, and what they weigh.

use alloc::collections::BTreeSet;

use super::Ticket;
use crate::time::Time;

/// So much waits already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// No more than so many may wait.
    Calls(usize),
    /// What waits may weigh no more bytes than this.
    Bytes(usize),
}

/// Those who wait, by when their time is up.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    expiries: BTreeSet<(Time, Ticket)>,
    weight: usize,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.expiries.len()
    }

    /// What they weigh, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn contains(&self, until: Time, ticket: Ticket) -> bool {
        self.expiries.contains(&(until, ticket))
    }

    /// The one whose time is up first, and when.
    pub(super) fn first(&self) -> Option<(Time, Ticket)> {
        self.expiries.first().copied()
    }

    pub(super) fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.expiries.iter().map(|(_, ticket)| *ticket)
    }

    pub(super) fn insert(&mut self, until: Time, ticket: Ticket, weight: usize) {
        if self.expiries.insert((until, ticket)) {
            self.weight = self.weight.saturating_add(weight);
        }
    }

    pub(super) fn remove(&mut self, until: Time, ticket: Ticket, weight: usize) {
        if self.expiries.remove(&(until, ticket)) {
            self.weight = self.weight.saturating_sub(weight);
        }
    }

    /// Why the last one is too many, if it is. However much it weighs, one alone may wait: it would be refused for
    /// ever.
    pub(super) fn overflow(&self, most: usize, most_bytes: usize) -> Option<Full> {
        if self.len() > most {
            return Some(Full::Calls(most));
        }
        (self.len() > 1 && self.weight > most_bytes).then_some(Full::Bytes(most_bytes))
    }
}
