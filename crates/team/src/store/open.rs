//! The journal that an operator wants.

use std::{sync::Arc, time::SystemTime};

use ha_wechaty_config::{StoreConfig, StorePlace};
use ha_wechaty_journal::{Journal, JournalError, Key, Log, Past};

/// A journal that was read.
#[derive(Debug)]
pub struct Opened {
    /// Where to write on.
    pub log: Log,
    /// What it holds.
    pub past: Past,
    /// What a right clock shows now: by this the team knows how long nobody wrote to it.
    pub now: SystemTime,
}

impl Opened {
    /// Reads a journal.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn new(journal: Arc<dyn Journal>, key: Key) -> Result<Self, JournalError> {
        let (log, past) = Log::open(journal, key).await?;
        Ok(Self { log, past, now: SystemTime::now() })
    }

    /// The same, where another clock is right than this machine's.
    #[must_use]
    pub fn at(self, now: SystemTime) -> Self {
        Self { now, ..self }
    }
}

/// Opens the journal that a configuration asks for, if it asks for one that outlives the process.
///
/// # Errors
/// It can't be used. Nothing is begun anew in its place.
pub async fn open(config: &StoreConfig) -> Result<Option<Opened>, JournalError> {
    match &config.path {
        StorePlace::Memory => Ok(None),
        StorePlace::File(path) => in_file(path, config).await.map(Some),
    }
}

#[cfg(feature = "sqlite")]
async fn in_file(path: &std::path::Path, config: &StoreConfig) -> Result<Opened, JournalError> {
    let journal = ha_wechaty_journal::SqliteJournal::open(path)?;
    let is_new = journal.extent().await?.tip == ha_wechaty_journal::Position::START;
    // Never a new key for what an old one has sealed.
    let key = Key::in_file(&config.key_of(path), is_new)?;
    Opened::new(Arc::new(journal), key).await
}

#[cfg(not(feature = "sqlite"))]
async fn in_file(path: &std::path::Path, _: &StoreConfig) -> Result<Opened, JournalError> {
    let cause =
        format!("{} asks for SQLite, and this program was built without (feature sqlite)", path.display());
    Err(JournalError::Unavailable { cause })
}
