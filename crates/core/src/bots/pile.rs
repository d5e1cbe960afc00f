//! Events that are kept, in order, and what they weigh.

use alloc::{collections::VecDeque, sync::Arc};
use core::{mem::size_of, time::Duration};

use super::numbers::ToldAs;
use crate::{event::WeChatEvent, time::Time};

/// Something that happened, as it is kept for one stream.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Entry {
    /// Its place among all that happened.
    pub(super) number: u64,
    pub(super) at: Time,
    /// A fingerprint of the conversation, or of whatever else it is about.
    pub(super) about: u64,
    /// Shared by all for whom it is kept.
    pub(super) event: Arc<WeChatEvent>,
    /// A stream was given it that broke: its bot may have it.
    pub(super) again: bool,
    /// Its bot asked for it before it was given: it knows it, and needs not acknowledge it.
    pub(super) known: bool,
    /// To which stream it was given last, and as which number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) told: Option<ToldAs>,
}

impl Entry {
    pub(super) fn new(number: u64, at: Time, about: u64, event: &WeChatEvent) -> Self {
        Self { number, at, about, event: Arc::new(event.clone()), again: false, known: false, told: None }
    }

    /// Its size in memory, as if nobody else had it.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.event.weight()
    }

    pub(super) fn is(&self, id: &str) -> bool {
        self.event.asked_by() == Some(id)
    }
}

/// The entries.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pile {
    pub(super) entries: VecDeque<Entry>,
    pub(super) bytes: usize,
}

impl Pile {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn first(&self) -> Option<&Entry> {
        self.entries.front()
    }

    pub(super) fn last(&self) -> Option<&Entry> {
        self.entries.back()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front();
        self.bytes -= entry.as_ref().map_or(0, Entry::bytes);
        entry
    }

    pub(super) fn pop_if(&mut self, condition: impl Fn(&Entry) -> bool) -> Option<Entry> {
        if self.entries.front().is_some_and(condition) { self.pop() } else { None }
    }

    /// So long nobody could be given anything: it grew no older.
    pub(super) fn rejuvenate(&mut self, now: Time, by: Duration) {
        self.entries.iter_mut().for_each(|entry| entry.at = now.min(entry.at + by));
    }

    /// All of it; nothing is left.
    pub(super) fn take(&mut self) -> VecDeque<Entry> {
        core::mem::take(self).entries
    }

    /// What came here from several piles, in the order in which it happened.
    pub(super) fn merge(&mut self, others: impl IntoIterator<Item = Entry>) {
        others.into_iter().for_each(|entry| self.push(entry));
        self.entries.make_contiguous().sort_by_key(|entry| entry.number);
    }

    pub(super) fn retain(&mut self, mut condition: impl FnMut(&Entry) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|entry| {
            let stays = condition(entry);
            if !stays {
                *bytes -= entry.bytes();
            }
            stays
        });
        self.give_back();
    }

    /// A bot asked for this, which it is still to be given: it has it if it was given it before; else it knows it.
    /// Returns whether it is here.
    pub(super) fn acknowledge(&mut self, id: &str) -> bool {
        let Some(index) = self.entries.iter().position(|entry| entry.is(id)) else { return false };
        match self.entries.get_mut(index) {
            Some(entry) if !entry.again => entry.known = true,
            _ => self.bytes -= self.entries.remove(index).as_ref().map_or(0, Entry::bytes),
        }
        true
    }

    /// Memory of what is no more.
    fn give_back(&mut self) {
        if self.entries.capacity() > 64 && self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }
}
