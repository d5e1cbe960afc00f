//! Events that a stream has not taken yet. All streams share one log: each has its place in it for every event, and no
//! copy. What is counted is what they would weigh if none were shared, so that what is held is less.

use std::{
    collections::VecDeque,
    mem::size_of,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use ha_wechaty_core::WeChatEvent;
use tokio::sync::Notify;

/// What all streams together have not taken, in events and in bytes.
#[derive(Debug, Default)]
pub(super) struct Held {
    events: AtomicUsize,
    bytes: AtomicUsize,
}

/// A stream's place in the log; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Unread(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    line: Mutex<Line>,
    news: Notify,
    held: Arc<Held>,
}

#[derive(Debug, Default)]
struct Line {
    events: VecDeque<Numbered>,
    bytes: usize,
    is_closed: bool,
}

/// What a stream is given, with its number; 0 of what has none.
pub(crate) type Numbered = (u64, Arc<WeChatEvent>);

/// A stream has as many events as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Held {
    pub(super) fn events(&self) -> usize {
        self.events.load(Ordering::Relaxed)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    fn gives(&self, events: usize, bytes: usize) {
        self.events.fetch_sub(events, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Unread {
    /// Nothing yet, and never more than so many events.
    pub(super) fn new(most: usize, held: Arc<Held>) -> Self {
        Self(Arc::new(Inner { most, line: Mutex::default(), news: Notify::new(), held }))
    }

    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Once it is closed it takes no more, without a word.
    pub(super) fn push(&self, number: u64, event: Arc<WeChatEvent>) -> Result<(), Full> {
        let mut line = self.lock();
        if line.is_closed {
            return Ok(());
        }
        if line.events.len() >= self.0.most {
            return Err(Full);
        }
        let bytes = weight(&event);
        line.bytes += bytes;
        line.events.push_back((number, event));
        self.0.held.events.fetch_add(1, Ordering::Relaxed);
        self.0.held.bytes.fetch_add(bytes, Ordering::Relaxed);
        drop(line);
        self.0.news.notify_one();
        Ok(())
    }

    /// The next one; `None` once it is closed, and all was taken. Dropped before its end, nothing is lost.
    pub(crate) async fn next(&self) -> Option<Numbered> {
        loop {
            let news = self.0.news.notified();
            if let Some(taken) = self.take() {
                return taken;
            }
            news.await;
        }
    }

    /// Takes no more; what it has may still be taken.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.0.news.notify_one();
    }

    /// Takes no more, and what it has is gone at once: whoever does not read never lets go of it.
    pub(super) fn clear(&self) {
        let mut line = self.lock();
        let Line { events, bytes, .. } =
            std::mem::replace(&mut *line, Line { is_closed: true, ..Line::default() });
        drop(line);
        self.0.held.gives(events.len(), bytes);
        self.0.news.notify_one();
    }

    fn take(&self) -> Option<Option<Numbered>> {
        let mut line = self.lock();
        let Some(event) = line.events.pop_front() else { return line.is_closed.then_some(None) };
        let bytes = weight(&event.1);
        line.bytes -= bytes;
        if line.events.is_empty() {
            // A backlog that was taken is no reason to keep room for the next.
            line.events.shrink_to(64);
        }
        self.0.held.gives(1, bytes);
        Some(Some(event))
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // It is whole between any two statements here.
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.held.gives(line.events.len(), line.bytes);
    }
}

fn weight(event: &WeChatEvent) -> usize {
    size_of::<Numbered>() + event.weight()
}
