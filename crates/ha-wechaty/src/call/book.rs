//! The book of messages: what bots may ask for, kept from when it was first read.
//!
//! It knows each message under all its ids, since copies of one message are one. Bounded: what was not
//! asked for in a long time is forgotten, and then only its owner can tell.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ha_wechaty_core::{AccountId, Copy, Identity};
use lru::LruCache;
use prost_reflect::DynamicMessage;

/// What is known of one message. Payloads have the team's ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    /// As an account told it.
    pub(crate) payload: Option<DynamicMessage>,
    /// As it was sent by a bot: the answer if nobody is left who could tell it better.
    pub(crate) draft: Option<DynamicMessage>,
    /// Who has it, and under which id.
    pub(crate) copies: Vec<Copy>,
    /// The account that said it, if it is the team's own.
    pub(crate) author: Option<AccountId>,
}

/// How many ids of messages are remembered. A page weighs about half a KiB.
const IDS: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
/// How many strangers that were searched for are remembered.
const STRANGERS: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// How many files that accounts offered are remembered.
const OFFERS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The messages of the last while, the strangers that were found, and the files that were offered.
#[derive(Debug)]
pub(crate) struct Book {
    pages: Mutex<LruCache<String, Arc<Page>>>,
    strangers: Mutex<LruCache<String, AccountId>>,
    offers: Mutex<LruCache<String, ()>>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            pages: Mutex::new(LruCache::new(IDS)),
            strangers: Mutex::new(LruCache::new(STRANGERS)),
            offers: Mutex::new(LruCache::new(OFFERS)),
        }
    }
}

impl Book {
    /// A search by `account` found a stranger.
    pub(crate) fn found(&self, contact: &str, account: AccountId) {
        locked(&self.strangers).put(contact.to_owned(), account);
    }

    /// Whose search found them.
    pub(crate) fn finder(&self, contact: &str) -> Option<AccountId> {
        locked(&self.strangers).get(contact).copied()
    }

    /// An account offered a file to a bot, by its tagged id.
    pub(crate) fn offer(&self, file: &str) {
        locked(&self.offers).put(file.to_owned(), ());
    }

    /// Whether an account offered this file. One that it did not must never be asked for: a stock service
    /// does not survive the question.
    pub(crate) fn is_offered(&self, file: &str) -> bool {
        locked(&self.offers).get(file).is_some()
    }

    /// What is known of a message, by any of its tagged ids.
    pub(crate) fn page(&self, id: &str) -> Option<Arc<Page>> {
        locked(&self.pages).get(id).cloned()
    }

    /// The tagged id that a bot knows a message by, whichever of its copies `id` is.
    pub(crate) fn known_id(&self, identity: &Identity, id: &str) -> Option<String> {
        let page = self.page(id)?;
        page.copies.first().map(|copy| identity.tag(copy.account, &copy.id))
    }

    /// An account told a message's payload; `own` if it is the account's own message.
    pub(crate) fn put_payload(&self, identity: &Identity, copy: Copy, own: bool, payload: DynamicMessage) {
        let account = copy.account;
        self.change(identity, copy, |page| {
            page.payload = Some(payload);
            page.author = page.author.or(own.then_some(account));
        });
    }

    /// An account sent a bot's message.
    pub(crate) fn put_draft(&self, identity: &Identity, copy: Copy, draft: DynamicMessage) {
        let account = copy.account;
        self.change(identity, copy, |page| {
            page.draft = Some(draft);
            page.author = Some(account);
        });
    }

    /// Two copies are of one message.
    pub(crate) fn join(&self, identity: &Identity, known: &Copy, copy: &Copy) {
        let (known_id, id) = (identity.tag(known.account, &known.id), identity.tag(copy.account, &copy.id));
        let mut pages = locked(&self.pages);
        let mut page = pages.get(&known_id).map(|page| Page::clone(page)).unwrap_or_default();
        if let Some(other) = pages.get(&id) {
            page.payload = page.payload.or_else(|| other.payload.clone());
            page.draft = page.draft.or_else(|| other.draft.clone());
            page.author = page.author.or(other.author);
            page.add(&other.copies);
        }
        page.add(&[known.clone(), copy.clone()]);
        Self::store(&mut pages, identity, page);
    }

    fn change(&self, identity: &Identity, copy: Copy, change: impl FnOnce(&mut Page)) {
        let id = identity.tag(copy.account, &copy.id);
        let mut pages = locked(&self.pages);
        let mut page = pages.get(&id).map(|page| Page::clone(page)).unwrap_or_default();
        page.add(&[copy]);
        change(&mut page);
        Self::store(&mut pages, identity, page);
    }

    fn store(pages: &mut LruCache<String, Arc<Page>>, identity: &Identity, page: Page) {
        let page = Arc::new(page);
        for copy in &page.copies {
            pages.put(identity.tag(copy.account, &copy.id), page.clone());
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Entries are replaced whole: a panic elsewhere can't leave half of one.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Page {
    fn add(&mut self, copies: &[Copy]) {
        for copy in copies {
            if !self.copies.contains(copy) {
                self.copies.push(copy.clone());
            }
        }
    }
}
