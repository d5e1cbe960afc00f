//! Those who wait: by when their time is up, by bot, and what they weigh. Who has to go if it is too much.
//!
//! There is one queue for all bots, and a bot may fill what the others leave free. Where that is too much, whoever has
//! more than its share (the queue, divided among the bots that wait in it) gives way: the newest of what is no answer,
//! and then the newest answer. So a bot within its share is never refused, and neither is an answer of one whose own
//! broadcast has filled the queue.

use alloc::{
    collections::{BTreeMap, BTreeSet, btree_map},
    vec,
    vec::Vec,
};
use core::cmp::Reverse;

use super::{Ticket, lane::Waiter};
use crate::{bots::BotId, time::Time};

/// So much waits already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// No more than so many may wait.
    Calls(usize),
    /// What waits may weigh no more bytes than this.
    Bytes(usize),
}

/// Those who wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    expiries: BTreeSet<(Time, Ticket)>,
    weight: usize,
    /// Those bots only that have something here.
    bots: BTreeMap<BotId, Load>,
}

/// What waits for one bot.
#[derive(Debug, Clone, Default)]
struct Load {
    /// Whether each is an answer, and its weight: whoever has to go first stands first.
    tickets: BTreeMap<(bool, Reverse<Ticket>), usize>,
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

    /// How many wait for a bot.
    pub(super) fn of(&self, bot: BotId) -> usize {
        self.bots.get(&bot).map_or(0, |load| load.tickets.len())
    }

    /// The one whose time is up first, and when.
    pub(super) fn first(&self) -> Option<(Time, Ticket)> {
        self.expiries.first().copied()
    }

    pub(super) fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.expiries.iter().map(|(_, ticket)| *ticket)
    }

    pub(super) fn insert(&mut self, ticket: Ticket, it: &Waiter) {
        if self.expiries.insert((it.until, ticket)) {
            self.weight = self.weight.saturating_add(it.weight);
            let load = self.bots.entry(it.bot).or_default();
            load.weight = load.weight.saturating_add(it.weight);
            load.tickets.insert((it.is_answer, Reverse(ticket)), it.weight);
        }
    }

    pub(super) fn remove(&mut self, ticket: Ticket, it: &Waiter) {
        if self.expiries.remove(&(it.until, ticket)) {
            self.weight = self.weight.saturating_sub(it.weight);
            if let Some(load) = self.bots.get_mut(&it.bot) {
                load.weight = load.weight.saturating_sub(it.weight);
                load.tickets.remove(&(it.is_answer, Reverse(ticket)));
            }
            self.bots.retain(|_, load| !load.tickets.is_empty());
        }
    }

    /// Who has to go, and why, since one has come. Whoever came goes alone if others that have to go would not be enough.
    pub(super) fn crowded(
        &self,
        ticket: Ticket,
        newcomer: &Waiter,
        most: usize,
        most_bytes: usize,
    ) -> Option<(Vec<Ticket>, Full)> {
        if !self.expiries.contains(&(newcomer.until, ticket)) {
            return None;
        }
        let first = full(self.len(), self.weight, most, most_bytes)?;
        let (mut calls, mut weight, mut gone) = (self.len(), self.weight, Vec::new());
        let mut loads: BTreeMap<BotId, Left<'_>> =
            self.bots.iter().map(|(bot, load)| (*bot, Left::new(load))).collect();
        while let Some(full) = full(calls, weight, most, most_bytes) {
            let share = full.most() / self.bots.len().max(1);
            let is_over = |left: &Left<'_>| left.has(full) > share.max(1);
            let from = if loads.get(&newcomer.bot).is_some_and(is_over) {
                loads.get_mut(&newcomer.bot)
            } else {
                loads.values_mut().filter(|left| is_over(left)).max_by_key(|left| left.has(full))
            };
            match from.and_then(Left::pop).filter(|(it, _)| *it != ticket) {
                Some((it, bytes)) => {
                    (calls, weight) = (calls - 1, weight.saturating_sub(bytes));
                    gone.push(it);
                }
                None => return Some((vec![ticket], first)),
            }
        }
        Some((gone, first))
    }
}

/// What is left of a bot's load while it is looked who has to go.
struct Left<'a> {
    calls: usize,
    weight: usize,
    next: btree_map::Iter<'a, (bool, Reverse<Ticket>), usize>,
}

impl<'a> Left<'a> {
    fn new(load: &'a Load) -> Self {
        Self { calls: load.tickets.len(), weight: load.weight, next: load.tickets.iter() }
    }

    fn has(&self, full: Full) -> usize {
        match full {
            Full::Calls(_) => self.calls,
            Full::Bytes(_) => self.weight,
        }
    }

    fn pop(&mut self) -> Option<(Ticket, usize)> {
        let ((_, Reverse(ticket)), bytes) = self.next.next()?;
        self.calls -= 1;
        self.weight = self.weight.saturating_sub(*bytes);
        Some((*ticket, *bytes))
    }
}

impl Full {
    fn most(self) -> usize {
        match self {
            Self::Calls(most) | Self::Bytes(most) => most,
        }
    }
}

/// Why so much is too much, if it is. However much it weighs, one alone may wait: it would be refused for ever.
fn full(calls: usize, weight: usize, most: usize, most_bytes: usize) -> Option<Full> {
    if calls > most {
        return Some(Full::Calls(most));
    }
    (calls > 1 && weight > most_bytes).then_some(Full::Bytes(most_bytes))
}
