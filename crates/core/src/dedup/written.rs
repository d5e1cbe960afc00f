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
