//! The journal that an operator wants.

use std::{fs, path::Path, sync::Arc, time::SystemTime};

use ha_wechaty_config::{Config, StorePlace};
use ha_wechaty_journal::{Journal, JournalError, JournalPast, Line, Log, Position, SealKey};

/// Whether this program can keep a store in a file: it was built with SQLite.
pub const KEEPS_FILES: bool = cfg!(feature = "sqlite");

/// A journal that was read.
#[derive(Debug)]
pub struct Opened {
    /// Where to write on.
    pub log: Log,
    /// What it holds.
    pub past: JournalPast,
    /// The newest of what stands beside that, newest first.
    pub newest: Vec<Line>,
    /// What a right clock shows now: by this the team knows how long nobody wrote to it.
    pub now: SystemTime,
    /// When it showed that: to go through what is there takes a while.
    pub(crate) since: tokio::time::Instant,
}

impl Opened {
    /// Reads a journal, and so many of the lines that stand beside it.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn new(journal: Arc<dyn Journal>, key: SealKey, lines: usize) -> Result<Self, JournalError> {
        let (log, past) = Log::open(journal, key).await?;
        if let Some(damage) = damage(&past) {
            tracing::error!("{damage}");
        }
        let newest = log.lines().newest(None, lines).await?.into_iter().map(|(_, line)| line).collect();
        Ok(Self { log, past, newest, now: SystemTime::now(), since: tokio::time::Instant::now() })
    }

    /// The same, where another clock is right than this machine's.
    #[must_use]
    pub fn at(self, now: SystemTime) -> Self {
        Self { now, since: tokio::time::Instant::now(), ..self }
    }
}

/// Opens the journal that a configuration asks for, if it asks for one that outlives the process.
///
/// # Errors
/// It can't be used. Nothing is begun anew in its place.
pub async fn open(config: &Config) -> Result<Option<Opened>, JournalError> {
    match &config.store.path {
        StorePlace::Unset | StorePlace::Memory => Ok(None),
        StorePlace::File(path) => in_file(path, config).await.map(Some),
    }
}

async fn in_file(path: &Path, config: &Config) -> Result<Opened, JournalError> {
    make_folder(path)?;
    let journal = open_file(path)?;
    let is_new = journal.extent().await?.tip == Position::START;
    let at = config.store.key_of(path);
    let had_key = at.metadata().is_ok_and(|it| it.len() > 0);
    // Never a new key for what an old one has sealed.
    let key = SealKey::in_file(&at, is_new)?;
    if is_new && had_key {
        tracing::warn!(
            "{} holds nothing, though its key {} was there: if it held something before, it was emptied, or its log (the \
             file beside it that ends in -wal) is missing. Then stop the gateway, and put both back",
            path.display(),
            at.display()
        );
    } else if is_new {
        tracing::info!("a new store begins: {}, and its key {}", path.display(), at.display());
    }
    // The newest says where numbers go on.
    Opened::new(journal, key, config.admin.sends.max(1)).await
}

/// What is damaged of what was read, though nothing is lost of what was written down.
pub fn damage(past: &JournalPast) -> Option<String> {
    let newest = past.damaged.first()?;
    let read = match &past.snapshot {
        Some(older) => format!("the snapshot of record {}", older.position),
        None => String::from("the beginning"),
    };
    Some(format!(
        "the store is damaged: its snapshot of record {newest} can't be read. {read} was read in its place, and all records \
         behind that: nothing is lost yet. Look after the disk, and make a backup (ha-wechaty store backup FILE)"
    ))
}

/// The folder of a store is its user's alone, where we make it.
fn make_folder(path: &Path) -> Result<(), JournalError> {
    let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty() && !it.is_dir()) else {
        return Ok(());
    };
    let mut maker = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    let made = maker.recursive(true).create(folder);
    made.map_err(|cause| JournalError::ReadOnly {
        path: path.to_owned(),
        cause: format!("{}: {cause}", folder.display()),
    })
}

/// The journal in a file that is there already; it is this process's alone until it is dropped.
///
/// # Errors
/// It is not there, or can't be used.
pub fn open_existing(path: &Path) -> Result<Arc<dyn Journal>, JournalError> {
    if !path.exists() {
        let cause = format!(
            "{} is not there; ha-wechaty serve makes it when it starts with this [store] path",
            path.display()
        );
        return Err(JournalError::Unavailable { cause });
    }
    open_file(path)
}

#[cfg(feature = "sqlite")]
fn open_file(path: &Path) -> Result<Arc<dyn Journal>, JournalError> {
    Ok(Arc::new(ha_wechaty_journal::SqliteJournal::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn open_file(path: &Path) -> Result<Arc<dyn Journal>, JournalError> {
    let cause =
        format!("{} asks for SQLite, and this program was built without (feature store)", path.display());
    Err(JournalError::Unavailable { cause })
}
