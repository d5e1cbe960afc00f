//! What one stream was given and has not acknowledged, in the order in which it was given.
//!
//! Since a stream keeps its order, whoever acknowledges a message has got all that came before it. Of that,
//! what has no payload to ask for is done with.
//!
//! Ten thousands may stand here while a bot is behind, and it may ask in any order, and for what it was never given: nothing
//! of that is to walk over all of them.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::pile::{Entry, Pile};
use crate::{balance::fingerprint, time::Time};

/// The list.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// By their place in the order.
    pub(super) entries: BTreeMap<u64, Entry>,
    next: u64,
    bytes: usize,
    /// Places of what is asked for, behind the fingerprints of its ids.
    asked: BTreeSet<(u64, u64)>,
    /// Places of what has no payload to ask for.
    told: BTreeSet<u64>,
}

impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        self.entries.values().eq(other.entries.values())
    }
}

impl Given {
    /// What its bot knows already it needs not acknowledge.
    pub(super) fn push(&mut self, entry: Entry) {
        if entry.known {
            return;
        }
        let place = self.next;
        self.next += 1;
        self.bytes += entry.bytes();
        match entry.event.asked_by() {
            Some(id) => self.asked.insert((fingerprint(id), place)),
            None => self.told.insert(place),
        };
        self.entries.insert(place, entry);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What was given first, of what is left.
    pub(super) fn first(&self) -> Option<&Entry> {
        self.entries.values().next()
    }

    pub(super) fn drop_first(&mut self) {
        if let Some((&place, _)) = self.entries.first_key_value() {
            self.remove(place);
        }
    }

    /// The bot asked for it. Returns whether it was here.
    pub(super) fn acknowledge(&mut self, id: &str) -> bool {
        let print = fingerprint(id);
        let mut places = self.asked.range((print, 0)..=(print, u64::MAX)).map(|(_, place)| *place);
        let is_it = |place: &u64| self.entries.get(place).is_some_and(|entry| entry.is(id));
        let Some(place) = places.find(is_it) else { return false };
        self.remove(place);
        let behind = self.told.split_off(&place);
        for told in core::mem::replace(&mut self.told, behind) {
            self.remove(told);
        }
        true
    }

    /// Its bot says that it has all that is so.
    pub(super) fn has_taken(&mut self, is_taken: impl Fn(&Entry) -> bool) {
        let taken = self.entries.iter().filter(|(_, entry)| is_taken(entry));
        let taken: Vec<u64> = taken.map(|(place, _)| *place).collect();
        taken.into_iter().for_each(|place| self.remove(place));
    }

    /// Drops what happened before `end`; what was inherited may stay until what it stands behind goes.
    pub(super) fn expire(&mut self, end: impl Fn(&Entry) -> bool) {
        while self.first().is_some_and(&end) {
            self.drop_first();
        }
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        self.first().map(|entry| entry.at)
    }

    /// The stream broke: it is as if nothing of this had been given. In the order in which it happened,
    /// together with what is `kept` already.
    pub(super) fn take_back(&mut self, kept: &mut Pile) {
        let entries = core::mem::take(self).entries;
        kept.merge(entries.into_values().map(|entry| Entry { again: true, ..entry }));
    }

    fn remove(&mut self, place: u64) {
        let Some(entry) = self.entries.remove(&place) else { return };
        self.bytes -= entry.bytes();
        match entry.event.asked_by() {
            Some(id) => self.asked.remove(&(fingerprint(id), place)),
            None => self.told.remove(&place),
        };
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, sync::Arc};

    use proptest::prelude::*;

    use super::*;
    use crate::event::WeChatEvent;

    fn entry(number: u64, event: WeChatEvent) -> Entry {
        Entry {
            number,
            at: Time::ZERO,
            about: 0,
            event: Arc::new(event),
            again: false,
            known: false,
            told: None,
        }
    }

    fn message(id: String) -> WeChatEvent {
        WeChatEvent::Message { id }
    }

    /// What stands there, by the plain rule.
    #[derive(Default)]
    struct Plain(Vec<Entry>);

    impl Plain {
        fn acknowledge(&mut self, id: &str) -> bool {
            let Some(place) = self.0.iter().position(|entry| entry.is(id)) else { return false };
            let behind = self.0.split_off(place + 1);
            self.0.pop();
            self.0.retain(|entry| entry.event.asked_by().is_some());
            self.0.extend(behind);
            true
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_in_whatever_order_the_rest_stays_in_order(
            steps in prop::collection::vec((0_u8..4, 0_u64..8), 0..60),
        ) {
            let (mut given, mut plain) = (Given::default(), Plain::default());
            for (number, (step, id)) in (0..).zip(steps) {
                match step {
                    0 => prop_assert_eq!(
                        given.acknowledge(&format!("{id}")),
                        plain.acknowledge(&format!("{id}"))
                    ),
                    1 | 2 => {
                        let told = if step == 1 { message(format!("{id}")) } else { WeChatEvent::Ready };
                        given.push(entry(number, told.clone()));
                        plain.0.push(entry(number, told));
                    }
                    _ => {
                        given.drop_first();
                        plain.0.drain(..plain.0.len().min(1));
                    }
                }
                prop_assert_eq!(given.bytes(), plain.0.iter().map(Entry::bytes).sum::<usize>());
                prop_assert!(given.entries.values().eq(&plain.0));
                prop_assert_eq!(given.asked.len() + given.told.len(), given.len());
            }
        }
    }
}
