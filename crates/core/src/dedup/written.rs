//! What was seen lately, as it is written down: the occurrences alone. Both indexes, what was removed, and what all of
//! it weighs are found again on reading.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Occurrence, memory::Memory};

#[derive(Serialize)]
struct Writes<'a> {
    first: u64,
    all: &'a VecDeque<Option<Occurrence>>,
    unlinked: Vec<(u64, u64)>,
}

#[derive(Deserialize)]
struct Reads {
    first: u64,
    all: VecDeque<Option<Occurrence>>,
    /// Numbers and copies of which the index names another occurrence, or none: hardly any.
    #[serde(default)]
    unlinked: BTreeSet<(u64, u64)>,
}

impl Serialize for Memory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_unlinked = |link: &(u64, u64)| self.by_copy.get(&link.1) != Some(&link.0);
        let unlinked = links(self.first, &self.all).filter(is_unlinked).collect();
        Writes { first: self.first, all: &self.all, unlinked }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Reads { first, all, unlinked } = Reads::deserialize(deserializer)?;
        let by_copy = links(first, &all).filter(|link| !unlinked.contains(link));
        let by_copy: BTreeMap<u64, u64> = by_copy.map(|(number, copy)| (copy, number)).collect();
        let by_key = numbered(first, &all).map(|(number, it)| (it.key(), number)).collect();
        let bytes = all.iter().flatten().map(Occurrence::weight).sum();
        let removed = all.iter().filter(|it| it.is_none()).count();
        Ok(Self { first, all, removed, by_key, by_copy, bytes })
    }
}

fn numbered(first: u64, all: &VecDeque<Option<Occurrence>>) -> impl Iterator<Item = (u64, &Occurrence)> {
    (first..).zip(all).filter_map(|(number, it)| Some((number, it.as_ref()?)))
}

/// Which occurrences have which copies.
fn links(first: u64, all: &VecDeque<Option<Occurrence>>) -> impl Iterator<Item = (u64, u64)> {
    numbered(first, all).flat_map(|(number, it)| it.ids().map(move |copy| (number, copy)))
}

#[cfg(test)]
mod tests {
    use crate::{
        account::AccountId,
        dedup::{Dedup, Key, MessageCopy, Recall, SendId, Sort},
        kind::MessageKind,
        time::{Stamp, Time},
    };
    use alloc::string::ToString;

    #[test]
    fn a_copy_that_two_have_is_found_where_it_was_shown_last() {
        let now = Time::ZERO;
        let key = |content| {
            let (room, talker) = ("tea".to_string(), "bot".to_string());
            Key { room, talker, sort: Sort::Said(MessageKind::Text), content }
        };
        let copy = MessageCopy::new(AccountId(0), "x");
        let mut dedup = Dedup::new(Recall::default(), Stamp::DAWN);
        dedup.begin(now, SendId(1), &key(1), AccountId(0));
        // The account changes what it says on its way.
        assert!(dedup.observe(now, &key(2), &copy, None).is_new());
        dedup.finish(now, SendId(1), &copy);
        let written = rmp_serde::to_vec_named(&dedup).expect("it can be written");
        let read: Dedup = rmp_serde::from_slice(&written).expect("it can be read");
        assert_eq!((&read, read.number(&copy)), (&dedup, dedup.number(&copy)));
        assert!(read.sent_at(&key(1), &copy).is_some() && read.sent_at(&key(2), &copy).is_none());
    }
}
