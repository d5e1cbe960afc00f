//! What one stream was given and has not acknowledged, in the order in which it was given.
//!
//! Since a stream keeps its order, whoever acknowledges a message has got all that came before it. Of that,
//! what has no payload to ask for is done with.

use super::pile::{Entry, Pile};
use crate::time::Time;

/// The list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Given(Pile);

impl Given {
    /// What its bot knows already it needs not acknowledge.
    pub(super) fn push(&mut self, entry: Entry) {
        if !entry.known {
            self.0.push(entry);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// What was given first, of what is left.
    pub(super) fn first(&self) -> Option<&Entry> {
        self.0.first()
    }

    pub(super) fn drop_first(&mut self) {
        self.0.pop();
    }

    /// The bot asked for it. Returns whether it was here.
    pub(super) fn acknowledge(&mut self, id: &str) -> bool {
        let Some(place) = self.0.iter().position(|entry| entry.is(id)) else { return false };
        // Most ask in the order in which they were told: what stands behind it needs no look.
        self.0.retain_first(place + 1, |entry| !entry.is(id) && entry.event.asked_by().is_some());
        true
    }

    /// Drops what happened before `end`; what was inherited may stay until what it stands behind goes.
    pub(super) fn expire(&mut self, end: impl Fn(&Entry) -> bool) {
        while self.0.pop_if(&end).is_some() {}
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        self.0.first().map(|entry| entry.at)
    }

    /// The stream broke: it is as if nothing of this had been given. In the order in which it happened,
    /// together with what is `kept` already.
    pub(super) fn take_back(&mut self, kept: &mut Pile) {
        kept.merge(self.0.take().into_iter().map(|entry| Entry { again: true, ..entry }));
    }
}
