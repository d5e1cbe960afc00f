//! What is kept fresh, as it is read again: what the rooms weigh is found again.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::time::Duration;

use super::{CARD, Card, Reader, Refresh};

#[derive(serde::Deserialize)]
pub(super) struct Read {
    #[serde(with = "crate::written::nanoseconds_or_none")]
    every: Option<Duration>,
    rooms: BTreeMap<String, Card>,
    readers: Vec<Reader>,
    first: usize,
}

impl From<Read> for Refresh {
    fn from(read: Read) -> Self {
        let Read { every, rooms, readers, first } = read;
        let bytes = rooms.iter().map(|(room, card)| CARD + room.len() + card.topic.len()).sum();
        Self { every, rooms, bytes, readers, first }
    }
}
