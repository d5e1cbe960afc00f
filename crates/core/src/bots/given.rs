//! What one stream was given and has not acknowledged, in the order in which it was given.
//!
//! Since a stream keeps its order, whoever acknowledges a message has got all that came before it. Of that,
//! what has no payload to ask for is done with.

use alloc::{collections::VecDeque, vec::Vec};

use super::Entry;
use crate::time::Time;

/// The list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Given(VecDeque<Entry>);

impl Given {
    pub(super) fn push(&mut self, entry: Entry) {
        self.0.push_back(entry);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What was given first, of what is left.
    pub(super) fn first(&self) -> Option<&Entry> {
        self.0.front()
    }

    pub(super) fn drop_first(&mut self) {
        self.0.pop_front();
    }

    /// The bot asked for it.
    pub(super) fn acknowledge(&mut self, id: &str) {
        let is_it = |entry: &Entry| entry.event.asked_by() == Some(id);
        let Some(place) = self.0.iter().position(is_it) else { return };
        let mut places = 0..;
        self.0.retain(|entry| {
            let before = places.next().is_some_and(|it| it < place);
            let is_covered = before && entry.event.asked_by().is_none();
            !(is_it(entry) || is_covered)
        });
    }

    /// Drops what happened before `end`; what was inherited may stay until what it stands behind goes.
    pub(super) fn expire(&mut self, end: impl Fn(&Entry) -> bool) {
        while self.0.pop_front_if(|entry| end(entry)).is_some() {}
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        self.0.front().map(|entry| entry.at)
    }

    /// The stream broke: it is as if nothing of this had been given. In the order in which it happened,
    /// together with what is `kept` already.
    pub(super) fn take_back(self, kept: &mut VecDeque<Entry>) {
        if self.0.is_empty() {
            return;
        }
        let mut all: Vec<Entry> = self.0.into_iter().chain(kept.drain(..)).collect();
        all.sort_by_key(|entry| entry.number);
        kept.extend(all);
    }
}
