//! How the store is, as operators see it.

use std::{sync::Arc, time::SystemTime};

use arc_swap::ArcSwapOption;
use ha_wechaty_journal::JournalError;

/// How the store is.
#[derive(Debug, Default)]
pub struct StoreHealth(ArcSwapOption<StoreTrouble>);

/// Why nothing can be written down, and since when.
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
        self.0.load_full()
    }

    /// It can't be written. Returns whether that is news.
    pub(crate) fn is_in_trouble(&self, error: &JournalError) -> bool {
        let known = self.trouble();
        let since = known.as_ref().map_or_else(SystemTime::now, |it| it.since);
        let trouble = StoreTrouble { why: error.to_string(), since, is_final: !error.is_passing() };
        self.0.store(Some(Arc::new(trouble)));
        known.is_none()
    }

    /// It can be written. Returns whether that is news.
    pub(crate) fn is_well(&self) -> bool {
        self.0.swap(None).is_some()
    }
}
