//! How the store is, as operators see it.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwapOption;
use ha_wechaty_journal::{Journal, JournalError, JournalReader, Log, Position};
use tokio::time::Instant;

/// How the store is.
#[derive(Debug, Default)]
pub struct StoreHealth {
    trouble: ArcSwapOption<StoreTrouble>,
    /// Why no snapshot can be kept.
    unkept: ArcSwapOption<StoreTrouble>,
    kept: OnceLock<Kept>,
    tip: AtomicU64,
    /// When a record was written last, in milliseconds since 1970; 0 for never.
    written: AtomicU64,
    /// Since when the oldest fact waits that is not durable.
    waits: Mutex<Option<Instant>>,
}

/// Where it is written down what must not be forgotten.
#[derive(Debug, Clone)]
pub struct Kept {
    /// In this.
    pub journal: Arc<dyn Journal>,
    /// Whoever wants to know what stands in it.
    pub reader: JournalReader,
    /// Where the key is from that it is sealed with.
    pub key: String,
    /// How much room it may need, in bytes.
    pub max_bytes: u64,
}

/// Why nothing can be written down, or no snapshot be kept, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTrouble {
    /// Why, and what helps.
    pub why: String,
    /// Since when.
    pub since: SystemTime,
    /// Whether it can't get well by itself.
    pub is_final: bool,
}

impl StoreHealth {
    /// Why nothing can be written down now, if it is so.
    pub fn trouble(&self) -> Option<Arc<StoreTrouble>> {
        self.trouble.load_full()
    }

    /// Why no snapshot can be kept now, if it is so: a start takes longer then, and the store grows.
    pub fn unkept(&self) -> Option<Arc<StoreTrouble>> {
        self.unkept.load_full()
    }

    /// Where it is written down what must not be forgotten, if anywhere.
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.get()
    }

    /// The last record that is known to be durable.
    pub fn tip(&self) -> Position {
        Position(self.tip.load(Relaxed))
    }

    /// When that was written, if this process has written any.
    pub fn written(&self) -> Option<SystemTime> {
        let written = self.written.load(Relaxed);
        (written > 0).then(|| UNIX_EPOCH + Duration::from_millis(written))
    }

    /// How old the oldest fact is that is not durable; nothing when all are.
    pub fn lag(&self) -> Duration {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The oldest fact that is not durable waits since then.
    pub(crate) fn waits_since(&self, since: Option<Instant>) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// It is written down there from now on; it may need so much room, in bytes.
    pub(crate) fn begins(&self, log: &Log, max_bytes: u64) {
        self.tip.store(log.tip().0, Relaxed);
        let (journal, key) = (log.journal().clone(), log.key_source().to_owned());
        let kept = Kept { journal, reader: log.reader(), key, max_bytes };
        // A team has one, for as long as it runs.
        let _ = self.kept.set(kept);
    }

    /// It can't be written. Returns whether that is news.
    pub(crate) fn is_in_trouble(&self, error: &JournalError) -> bool {
        worsen(&self.trouble, error.while_serving(), !error.is_passing())
    }

    /// A snapshot could not be kept. Returns whether that is news.
    pub(crate) fn has_not_kept(&self, why: String) -> bool {
        worsen(&self.unkept, why, false)
    }

    /// A snapshot was kept. Returns whether it is news that this can be done.
    pub(crate) fn has_kept(&self) -> bool {
        self.unkept.swap(None).is_some()
    }

    /// A record was written. Returns whether it is news that this can be done.
    pub(crate) fn has_written(&self, tip: Position) -> bool {
        self.tip.store(tip.0, Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.written.store(u64::try_from(now).unwrap_or(u64::MAX), Relaxed);
        self.trouble.swap(None).is_some()
    }
}

/// It is so from now on, unless it was before. Returns whether it was not.
fn worsen(known: &ArcSwapOption<StoreTrouble>, why: String, is_final: bool) -> bool {
    let before = known.load_full();
    let since = before.as_ref().map_or_else(SystemTime::now, |it| it.since);
    known.store(Some(Arc::new(StoreTrouble { why, since, is_final })));
    before.is_none()
}
