//! The book of messages: what bots may ask for, kept from when it was first read.
//!
//! It knows each message under all its ids, since copies of one message are one. It is bounded by what it weighs,
//! and by age:
//!
//! ```text
//!   read ─▶ payload and copies ─ payload_age ─▶ who has copies ─ message_age ─▶ nothing
//!             then its owner tells it again        then its owner alone is known, by its id
//! ```
//!
//! A payload is kept as it goes over the wire: as a message in memory it would be many times as large.

pub(super) mod written;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use ha_wechaty_core::{AccountId, Identity, MessageCopy};
use prost::Message as _;
use prost_reflect::DynamicMessage;
use tokio::time::Instant;

use crate::state::bounded::{Bounded, Load};
use ha_wechaty_config::{MemoryConfig, bytes};

/// What is known of one message. Payloads have the team's ids.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// As an account told it.
    pub payload: Option<Bytes>,
    /// As it was sent by a bot: the answer if nobody is left who could tell it better.
    pub draft: Option<Bytes>,
    /// Who has it, and under which id.
    pub copies: Vec<MessageCopy>,
    /// The account that said it, if it is the team's own.
    pub author: Option<AccountId>,
}

/// What a page costs besides what it holds: its place in the order, and the allocator's own.
const PAGE: usize = 192;
/// What a copy costs besides its id, which is kept twice: its place among the ids.
const COPY: usize = 128;
/// The share of strangers, and that of files that were offered, of what messages may weigh.
const SHARE: usize = 8;

/// The messages of the last while, the strangers that were found, and the files that were offered.
#[derive(Debug)]
pub struct Book {
    limit: usize,
    payload_age: Duration,
    message_age: Duration,
    kept: Mutex<Kept>,
    strangers: Bounded<AccountId>,
    offers: Bounded<()>,
}

/// Pages by their numbers, which follow their age.
#[derive(Debug, Default)]
struct Kept {
    pages: BTreeMap<u64, Entry>,
    /// The numbers of pages by all tagged ids of their messages.
    numbers: HashMap<Arc<str>, u64>,
    next: u64,
    /// No page before this has a payload any more.
    faded: u64,
    weight: Weight,
}

#[derive(Debug)]
struct Entry {
    since: Instant,
    ids: Vec<Arc<str>>,
    page: Arc<Page>,
}

/// What pages weigh, in bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    payloads: usize,
    copies: usize,
}

impl Book {
    /// An empty one.
    pub fn new(memory: &MemoryConfig) -> Self {
        let limit = bytes(memory.messages);
        Self {
            limit,
            payload_age: memory.payload_age,
            message_age: memory.message_age,
            kept: Mutex::default(),
            strangers: Bounded::new(limit / SHARE),
            offers: Bounded::new(limit / SHARE),
        }
    }

    /// A search by `account` found a stranger.
    pub fn found(&self, contact: &str, account: AccountId) {
        self.strangers.put(contact, account, 0);
    }

    /// Whose search found them.
    pub fn finder(&self, contact: &str) -> Option<AccountId> {
        self.strangers.get(contact)
    }

    /// An account's place is another one's from now on. Strangers are found again.
    pub fn forget_finder(&self, _account: AccountId) {
        self.strangers.clear();
    }

    /// An account offered a file to a bot, by its tagged id.
    pub fn offer(&self, file: &str) {
        self.offers.put(file, (), 0);
    }

    /// Whether an account offered this file. One that it did not must never be asked for: a stock service
    /// does not survive the question.
    pub fn is_offered(&self, file: &str) -> bool {
        self.offers.get(file).is_some()
    }

    /// What is known of a message, by any of its tagged ids.
    pub fn page(&self, id: &str) -> Option<Arc<Page>> {
        let kept = self.locked();
        kept.pages.get(kept.numbers.get(id)?).map(|entry| entry.page.clone())
    }

    /// The tagged id that a bot knows a message by, whichever of its copies `id` is.
    pub fn known_id(&self, identity: &Identity, id: &str) -> Option<String> {
        let page = self.page(id)?;
        page.copies.first().map(|copy| identity.tag(copy.account, &copy.id))
    }

    /// An account told a message's payload; `own` if it is the account's own message.
    pub fn put_payload(&self, identity: &Identity, copy: &MessageCopy, own: bool, payload: &DynamicMessage) {
        let (account, payload) = (copy.account, Bytes::from(payload.encode_to_vec()));
        self.change(identity, &[copy], |page| {
            page.payload = Some(payload);
            page.author = page.author.or(own.then_some(account));
        });
    }

    /// An account sent a bot's message.
    pub fn put_draft(&self, identity: &Identity, copy: &MessageCopy, draft: Bytes) {
        let account = copy.account;
        self.change(identity, &[copy], |page| {
            page.draft = Some(draft);
            page.author = Some(account);
        });
    }

    /// Two copies are of one message.
    pub fn join(&self, identity: &Identity, known: &MessageCopy, copy: &MessageCopy) {
        self.change(identity, &[known, copy], |_| {});
    }

    /// Forgets what is old, and gives back what that took.
    pub fn sweep(&self, now: Instant) {
        let mut kept = self.locked();
        let is_old = |entry: Option<&Entry>, age| entry.is_some_and(|it| now.duration_since(it.since) >= age);
        while is_old(kept.pages.values().next(), self.message_age) {
            kept.forget();
        }
        while is_old(kept.pages.range(kept.faded..).next().map(|(_, it)| it), self.payload_age) {
            kept.fade();
        }
        if kept.numbers.len() < kept.numbers.capacity() / 4 {
            kept.numbers.shrink_to_fit();
        }
    }

    /// How much is held of messages, of strangers and of offers, each with its name.
    pub fn loads(&self) -> [(&'static str, Load); 3] {
        let kept = self.locked();
        let bytes = kept.weight.payloads + kept.weight.copies;
        let messages = Load { entries: kept.pages.len(), bytes, limit: self.limit };
        [("messages", messages), ("strangers", self.strangers.load()), ("offered_files", self.offers.load())]
    }

    /// Changes the page of these copies, which is one from now on.
    fn change(&self, identity: &Identity, copies: &[&MessageCopy], change: impl FnOnce(&mut Page)) {
        self.change_from(identity, copies, Duration::ZERO, change);
    }

    /// The same; a page that begins with it is so old.
    fn change_from(
        &self,
        identity: &Identity,
        copies: &[&MessageCopy],
        age: Duration,
        change: impl FnOnce(&mut Page),
    ) {
        let mut kept = self.locked();
        let mut all: Option<(u64, Entry)> = None;
        for copy in copies {
            let id = identity.tag(copy.account, &copy.id);
            let found = kept.take(&id);
            let (_, entry) = match (&mut all, found) {
                (Some(all), Some(found)) => {
                    merge(all, found);
                    all
                }
                (Some(all), None) => all,
                (none, Some(found)) => none.insert(found),
                (none, None) => none.insert(kept.begin(age)),
            };
            entry.add(&id, copy);
        }
        let Some((number, mut entry)) = all else { return };
        change(Arc::make_mut(&mut entry.page));
        kept.put(number, entry);
        // As long as there is room for what is said now, it is known who has what was said before.
        while kept.weight.payloads > self.limit / 4 * 3 && kept.faded < kept.next - 1 {
            kept.fade();
        }
        while kept.weight.payloads + kept.weight.copies > self.limit && kept.pages.len() > 1 {
            kept.forget();
        }
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        // What was taken out is put back by the same call, without a panic between.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The page of a message, to be put back; its ids stay where they are.
    fn take(&mut self, id: &str) -> Option<(u64, Entry)> {
        let number = *self.numbers.get(id)?;
        let entry = self.pages.remove(&number)?;
        self.weight.remove(entry.weight());
        Some((number, entry))
    }

    /// A page that knows nothing yet, to be put.
    fn begin(&mut self, age: Duration) -> (u64, Entry) {
        let number = self.next;
        self.next += 1;
        let now = Instant::now();
        // No clock need reach back to before its machine began.
        let since = now.checked_sub(age).unwrap_or(now);
        (number, Entry { since, ids: Vec::new(), page: Arc::default() })
    }

    fn put(&mut self, number: u64, entry: Entry) {
        self.weight.add(entry.weight());
        self.faded = self.faded.min(number);
        for id in &entry.ids {
            self.numbers.insert(id.clone(), number);
        }
        self.pages.insert(number, entry);
    }

    /// The oldest page that has a payload has none any more.
    fn fade(&mut self) {
        let Some((number, entry)) = self.pages.range_mut(self.faded..).next() else {
            self.faded = self.next;
            return;
        };
        self.faded = *number + 1;
        if entry.page.payload.is_some() || entry.page.draft.is_some() {
            self.weight.payloads -= entry.weight().payloads;
            let page = Arc::make_mut(&mut entry.page);
            (page.payload, page.draft) = (None, None);
        }
    }

    /// Forgets the oldest page.
    fn forget(&mut self) {
        let Some((_, entry)) = self.pages.pop_first() else { return };
        self.weight.remove(entry.weight());
        for id in &entry.ids {
            self.numbers.remove(id);
        }
    }
}

impl Entry {
    fn weight(&self) -> Weight {
        let size = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let copies = self.page.copies.iter().map(|copy| copy.id.len() + COPY).sum::<usize>();
        let ids = self.ids.iter().map(|id| id.len()).sum::<usize>();
        Weight { payloads: size(&self.page.payload) + size(&self.page.draft), copies: PAGE + copies + ids }
    }

    fn add(&mut self, id: &str, copy: &MessageCopy) {
        // Most have one copy, or one of each account: a list that grows by doubling would be mostly room.
        if !self.ids.iter().any(|known| **known == *id) {
            self.ids.reserve_exact(1);
            self.ids.push(id.into());
        }
        if !self.page.copies.contains(copy) {
            let copies = &mut Arc::make_mut(&mut self.page).copies;
            copies.reserve_exact(1);
            copies.push(copy.clone());
        }
    }
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.payloads += other.payloads;
        self.copies += other.copies;
    }

    fn remove(&mut self, other: Self) {
        self.payloads -= other.payloads;
        self.copies -= other.copies;
    }
}

/// Of two pages of one message: the older one learns what the other knows.
fn merge(all: &mut (u64, Entry), other: (u64, Entry)) {
    let (number, entry) = all;
    let (other_number, other) = other;
    *number = other_number.min(*number);
    entry.since = other.since.min(entry.since);
    for id in other.ids {
        if !entry.ids.contains(&id) {
            entry.ids.push(id);
        }
    }
    let page = Arc::make_mut(&mut entry.page);
    page.payload = page.payload.take().or_else(|| other.page.payload.clone());
    page.draft = page.draft.take().or_else(|| other.page.draft.clone());
    page.author = page.author.or(other.page.author);
    for copy in &other.page.copies {
        if !page.copies.contains(copy) {
            page.copies.push(copy.clone());
        }
    }
}

#[cfg(test)]
mod tests;
