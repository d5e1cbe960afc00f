//! Pages as they are written down, and read again.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use ha_wechaty_core::{AccountId, Identity, MessageCopy};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Book, Page};

/// A page, for whoever reads it later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRecord {
    /// As an account told it.
    #[serde(default)]
    pub payload: Option<Bytes>,
    /// As it was sent by a bot.
    #[serde(default)]
    pub draft: Option<Bytes>,
    /// Who has it, and under which id.
    pub copies: Vec<MessageCopy>,
    /// The account that said it, if it is the team's own.
    #[serde(default)]
    pub author: Option<AccountId>,
    /// How old the page was then, in milliseconds.
    #[serde(default)]
    pub age: u64,
}

impl PageRecord {
    fn of(page: &Page, age: Duration) -> Self {
        let Page { payload, draft, copies, author } = page.clone();
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self { payload, draft, copies, author, age }
    }
}

impl Book {
    /// The page of a message, by any of its tagged ids, to be written down.
    pub fn written(&self, id: &str) -> Option<PageRecord> {
        let kept = self.locked();
        let entry = kept.pages.get(kept.numbers.get(id)?)?;
        Some(PageRecord::of(&entry.page, entry.since.elapsed()))
    }

    /// All pages, oldest first, to be written down. It is held for as long as it takes to count them: what is in them is
    /// shared.
    pub fn all_written(&self) -> Vec<PageRecord> {
        let now = Instant::now();
        let pages: Vec<(Arc<Page>, Instant)> =
            self.locked().pages.values().map(|entry| (entry.page.clone(), entry.since)).collect();
        pages.iter().map(|(page, since)| PageRecord::of(page, now - *since)).collect()
    }

    /// A page that was written `since` that long ago.
    pub fn restore(&self, identity: &Identity, record: PageRecord, since: Duration) {
        let PageRecord { payload, draft, copies, author, age } = record;
        let age = Duration::from_millis(age) + since;
        let copies: Vec<&MessageCopy> = copies.iter().collect();
        self.change_from(identity, &copies, age, |page| {
            page.payload = payload.or(page.payload.take());
            page.draft = draft.or(page.draft.take());
            page.author = author.or(page.author);
        });
    }
}
