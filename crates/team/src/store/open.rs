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
    /// After so many notes another snapshot is made.
    pub(crate) every: u64,
}

/// Who writes: what another version did with a note, this one may do otherwise.
const VERSION: &str = concat!("ha-wechaty ", env!("CARGO_PKG_VERSION"));

/// After so many notes another snapshot is made, unless [`Opened::snapshot_every`] says otherwise.
const NOTES: u64 = 100_000;

impl Opened {
    /// Reads a journal, and so many of the lines that stand beside it.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn new(journal: Arc<dyn Journal>, key: SealKey, lines: usize) -> Result<Self, JournalError> {
        let (log, past) = Log::write_as(VERSION, journal, key).await?;
        if let Some(damage) = damage(&past) {
            tracing::error!("{damage}");
        }
        let newest = ledger(&log, lines).await?;
        let (now, since) = (SystemTime::now(), tokio::time::Instant::now());
        Ok(Self { log, past, newest, now, since, every: NOTES })
    }

    /// The same, where a snapshot is made after so many notes: the fewer, the less a start has to go through, and the more
    /// is written. It is made earlier if they weigh much, or stand there for an hour.
    #[must_use]
    pub fn snapshot_every(self, notes: u64) -> Self {
        Self { every: notes.max(1), ..self }
    }

    /// The same, where another clock is right than this machine's.
    #[must_use]
    pub fn at(self, now: SystemTime) -> Self {
        Self { now, since: tokio::time::Instant::now(), ..self }
    }
}

/// So many lines of the ledger are read at the least, if there are so many.
pub const LINES: usize = 1_000;

/// The newest lines, newest first, without those that are damaged: of a team nothing stands there.
async fn ledger(log: &Log, lines: usize) -> Result<Vec<Line>, JournalError> {
    let (found, damage) = match log.lines().legible(None, lines).await {
        Ok((found, damaged)) => {
            let newest = damaged.first().map(|newest| {
                format!("{} sends of it can't be read, the newest is line {newest}", damaged.len())
            });
            (found, newest)
        }
        Err(error) if error.is_damage() => (Vec::new(), Some(error.to_string())),
        Err(error) => return Err(error),
    };
    if let Some(damage) = damage {
        tracing::error!(
            "the ledger of sends is damaged: {damage}. They are left out; what the team knows is not touched by it. Look after \
             the disk, and make a backup (ha-wechaty store backup FILE)"
        );
    }
    Ok(found.into_iter().map(|(_, line)| line).collect())
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
    // The newest says where numbers go on; and what is among them is not entered again.
    Opened::new(journal, key, config.admin.sends.max(LINES)).await
}

/// What is damaged of what was read, though nothing is lost of what was written down.
pub fn damage(past: &JournalPast) -> Option<String> {
    let Some(newest) = past.damaged.first() else {
        return past.stuck.last().copied().map(stuck);
    };
    let read = match &past.snapshot {
        Some(older) => format!("the snapshot of record {}", older.position),
        None => String::from("the beginning"),
    };
    Some(format!(
        "the store is damaged: its snapshot of record {newest} can't be read. {read} was read in its place, and all records \
         behind that: nothing is lost yet. Look after the disk, and make a backup (ha-wechaty store backup FILE)"
    ))
}

/// What is damaged of a store that needs nothing of it: the newest snapshot that can be neither read nor removed.
pub fn stuck(newest: Position) -> String {
    format!(
        "the store is damaged: its old snapshot of record {newest} can be neither read nor removed. Nothing needs it, and \
         nothing is lost; but what lies in the same file may be damaged next. Look after the disk; end the gateway and have the \
         file written anew (ha-wechaty store vacuum), or put back a backup of before, when you can"
    )
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

#[cfg(test)]
mod tests {
    use ha_wechaty_journal::sim::SimJournal;

    use super::*;

    #[tokio::test]
    async fn a_line_of_the_ledger_that_is_damaged_costs_itself_alone() {
        let key = SealKey::from_bytes(&[7; 32], "a test");
        let journal = SimJournal::new(1);
        let (mut log, _) = Log::open(Arc::new(journal.clone()), key.clone()).await.expect("it is empty");
        let line = |at| Line { at, bytes: format!("send {at}").into() };
        log.prepare(b"a record", &[line(0), line(1), line(2)]).expect("sealed");
        log.append().await.expect("appended");
        journal.damage_line(2);
        let opened =
            Opened::new(Arc::new(journal.clone()), key, 2).await.expect("a start is no matter of it");
        assert_eq!((opened.newest, opened.past.records.len()), (vec![line(1), line(0)], 1));
        let why = opened.log.lines().newest(None, 2).await.expect_err("who looks it over is told");
        assert!(why.to_string().contains("line 2 was changed"), "{why}");
    }
}
