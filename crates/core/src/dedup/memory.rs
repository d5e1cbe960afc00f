//! Occurrences in the order in which they began, found by their keys and by the ids of their copies.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use core::time::Duration;

use super::{MessageCopy, Occurrence};
use crate::time::{Stamp, Time};

/// All that is remembered.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Memory {
    /// The number of the oldest.
    pub(super) first: u64,
    pub(super) all: VecDeque<Option<Occurrence>>,
    /// How many of them were removed before their time.
    pub(super) removed: usize,
    pub(super) by_key: BTreeSet<(u128, u64)>,
    /// Of several that have a copy, the last one that it was shown for.
    pub(super) by_copy: BTreeMap<u64, u64>,
    pub(super) bytes: usize,
}

impl Memory {
    pub(super) fn len(&self) -> usize {
        self.all.len() - self.removed
    }

    /// How many keys there are, and how many copies.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.by_key.len(), self.by_copy.len()]
    }

    /// What all of it weighs, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, number: u64) -> Option<&Occurrence> {
        self.all.get(self.index(number)?)?.as_ref()
    }

    pub(super) fn change<T>(&mut self, number: u64, change: impl FnOnce(&mut Occurrence) -> T) -> Option<T> {
        let index = self.index(number)?;
        let occurrence = self.all.get_mut(index)?.as_mut()?;
        self.bytes -= occurrence.weight();
        let changed = change(occurrence);
        self.bytes += occurrence.weight();
        Some(changed)
    }

    /// The oldest of all.
    pub(super) fn oldest(&self) -> Option<&Occurrence> {
        self.all.iter().flatten().next()
    }

    /// All of a key, oldest first.
    pub(super) fn of(&self, key: u128) -> impl DoubleEndedIterator<Item = (u64, &Occurrence)> {
        let numbers = self.by_key.range((key, 0)..=(key, u64::MAX));
        numbers.filter_map(|(_, number)| Some((*number, self.get(*number)?)))
    }

    /// Those of a key that began less than `window` ago, newest first.
    pub(super) fn recent(
        &self,
        key: u128,
        now: Time,
        window: Duration,
    ) -> impl Iterator<Item = (u64, &Occurrence)> {
        self.of(key).rev().take_while(move |(_, it)| now < it.at() + window)
    }

    /// The occurrence of this key that has this very copy.
    pub(super) fn holder(&self, key: u128, copy: &MessageCopy) -> Option<u64> {
        let number = *self.by_copy.get(&copy.digest())?;
        self.get(number).filter(|it| it.key() == key).map(|_| number)
    }

    /// The number of the occurrence that has this very copy, of whatever key.
    pub(super) fn number(&self, copy: &MessageCopy) -> Option<u64> {
        self.by_copy.get(&copy.digest()).copied()
    }

    /// Remembers one that began after all others; returns its number.
    pub(super) fn push(&mut self, occurrence: Occurrence) -> u64 {
        let number = self.first + self.all.len() as u64;
        self.by_key.insert((occurrence.key(), number));
        self.bytes += occurrence.weight();
        self.all.push_back(Some(occurrence));
        number
    }

    /// An account has shown it, and told of it at `told`.
    pub(super) fn show(&mut self, number: u64, told: Time, copy: &MessageCopy, stamp: Option<Stamp>) {
        if self.change(number, |it| it.add(told, copy, stamp)).is_some() {
            self.by_copy.insert(copy.digest(), number);
        }
    }

    /// Removes one, wherever it stands.
    pub(super) fn remove(&mut self, number: u64) -> Option<Occurrence> {
        let index = self.index(number)?;
        let gone = self.all.get_mut(index)?.take()?;
        self.removed += 1;
        self.bytes -= gone.weight();
        for id in gone.ids() {
            if self.by_copy.get(&id) == Some(&number) {
                self.by_copy.remove(&id);
            }
        }
        self.by_key.remove(&(gone.key(), number));
        // What was removed at the front leaves no gap.
        while let Some(None) = self.all.front() {
            self.all.pop_front();
            self.removed -= 1;
            self.first += 1;
        }
        Some(gone)
    }

    /// Forgets the oldest.
    pub(super) fn forget(&mut self) -> Option<Occurrence> {
        self.remove(self.first)
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }
}
