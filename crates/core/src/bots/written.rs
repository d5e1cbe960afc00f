//! What is kept for bots, as it is written down: what may be given, in order. How much that is, what it weighs, and by
//! what it is found, is found again on reading.

use alloc::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    flow::{Conversation, Flow, Slots},
    given::Given,
    pile::{Entry, Pile},
};
use crate::time::Time;

impl Serialize for Pile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Pile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = VecDeque::<Entry>::deserialize(deserializer)?;
        let bytes = entries.iter().map(Entry::bytes).sum();
        Ok(Self { entries, bytes })
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries.values())
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut given = Self::default();
        VecDeque::<Entry>::deserialize(deserializer)?.into_iter().for_each(|entry| given.push(entry));
        Ok(given)
    }
}

#[derive(Serialize)]
struct Writes<'a> {
    conversations: &'a BTreeMap<u64, Conversation>,
    since: Option<Time>,
    open: &'a VecDeque<(Time, u64)>,
    all: &'a Slots,
    served: u64,
}

#[derive(Deserialize)]
struct Reads {
    conversations: BTreeMap<u64, Conversation>,
    since: Option<Time>,
    open: VecDeque<(Time, u64)>,
    all: Slots,
    served: u64,
}

impl Serialize for Flow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { conversations, since, open, all, served, .. } = self;
        Writes { conversations, since: *since, open, all, served: *served }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Flow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Reads { conversations, since, open, all, served } = Reads::deserialize(deserializer)?;
        let len = conversations.values().map(|it| it.line.len()).sum();
        let bytes = conversations.values().map(|it| it.line.bytes()).sum();
        Ok(Self { conversations, since, open, all, served, len, bytes })
    }
}
