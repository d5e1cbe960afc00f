//! The journal that an operator wants.

use std::sync::Arc;

use ha_wechaty_config::{Config, StorePlace};
use ha_wechaty_journal::{Journal, JournalError, Key, Line, Log, Past};

/// A journal that was read.
#[derive(Debug)]
pub struct Opened {
    /// Where to write on.
    pub log: Log,
    /// What it holds.
    pub past: Past,
    /// The newest of what stands beside that, newest first.
    pub newest: Vec<Line>,
}

impl Opened {
    /// Reads a journal, and so many of the lines that stand beside it.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn new(journal: Arc<dyn Journal>, key: Key, lines: usize) -> Result<Self, JournalError> {
        let (log, past) = Log::open(journal, key).await?;
        let newest = log.lines().newest(0, lines).await?;
        Ok(Self { log, past, newest })
    }
}

/// Opens the journal that a configuration asks for, if it asks for one that outlives the process.
///
/// # Errors
/// It can't be used. Nothing is begun anew in its place.
pub async fn open(config: &Config) -> Result<Option<Opened>, JournalError> {
    match &config.store.path {
        StorePlace::Memory => Ok(None),
        StorePlace::File(path) => in_file(path, config).await.map(Some),
    }
}

#[cfg(feature = "sqlite")]
async fn in_file(path: &std::path::Path, config: &Config) -> Result<Opened, JournalError> {
    let journal = ha_wechaty_journal::SqliteJournal::open(path)?;
    let is_new = journal.extent().await?.tip == ha_wechaty_journal::Position::START;
    // Never a new key for what an old one has sealed.
    let key = Key::in_file(&config.store.key_of(path), is_new)?;
    Opened::new(Arc::new(journal), key, config.admin.sends).await
}

#[cfg(not(feature = "sqlite"))]
async fn in_file(path: &std::path::Path, _: &Config) -> Result<Opened, JournalError> {
    let cause =
        format!("{} asks for SQLite, and this program was built without (feature sqlite)", path.display());
    Err(JournalError::Unavailable { cause })
}
