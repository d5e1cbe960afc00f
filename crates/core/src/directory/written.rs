//! Who can reach whom, as it is read again: what that weighs is found again.

use alloc::{string::String, vec::Vec};

use rpds::RedBlackTreeMapSync;

use super::{Directory, Known, Sweep, weight};
use crate::account::AccountId;

#[derive(serde::Deserialize)]
pub(super) struct Read {
    conversations: RedBlackTreeMapSync<String, Known>,
    limit: usize,
    hand: String,
    era: u32,
    forgotten: Vec<(AccountId, u32)>,
    sweep: Option<Sweep>,
}

impl From<Read> for Directory {
    fn from(read: Read) -> Self {
        let Read { conversations, limit, hand, era, forgotten, sweep } = read;
        let bytes = conversations.keys().map(|id| weight(id)).sum();
        Self { conversations, bytes, limit, hand, era, forgotten, sweep }
    }
}
