//! The file: opened, and what is written to it and read from it.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{
    failure,
    place::{Life, Place, new_life},
};
use crate::{Extent, JournalError, Line, Position, Record};

/// By this number in its header `file` and others know that it is ours: `HAWc`.
const APPLICATION: i32 = 0x4841_5763;

/// The form of its tables.
pub(super) const FORMAT: u32 = 3;

/// How long another process that holds it may take to let go, and how long one attempt waits for that at most.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPT: Duration = Duration::from_millis(500);

/// For how long at least it is let go of between two attempts: whoever waits for it looks ten times a second.
const LETS_GO: Duration = Duration::from_millis(150);

/// How many pages go to the write-ahead log before they are moved to their places.
const CHECKPOINT: u32 = 1_000;

const TABLES: &str = "
    CREATE TABLE record (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE piece (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE whole (position INTEGER PRIMARY KEY);
    CREATE TABLE mark (only INTEGER PRIMARY KEY CHECK (only = 1), bytes BLOB NOT NULL);
    CREATE TABLE line (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, bytes BLOB NOT NULL);
    CREATE TABLE extent (only INTEGER PRIMARY KEY CHECK (only = 1), head INTEGER NOT NULL, tip INTEGER NOT NULL,
        record_bytes INTEGER NOT NULL);
    INSERT INTO extent VALUES (1, 0, 0, 0);
";

/// What came to this format later; who does not know of it does no harm. Snapshots that could not be removed, and the life of
/// the file that the note beside it is about.
const BESIDES: &str = "
    CREATE TABLE IF NOT EXISTS damaged (position INTEGER PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS life (only INTEGER PRIMARY KEY CHECK (only = 1), bytes BLOB NOT NULL);
";

/// How many lines there are: the oldest go first, so none is missing between.
pub(super) const LINES: &str =
    "SELECT coalesce((SELECT max(number) FROM line) - (SELECT min(number) FROM line) + 1, 0)";

/// What the first format lacks.
const FROM_1: &str = "
    CREATE TABLE whole (position INTEGER PRIMARY KEY);
    INSERT INTO whole SELECT DISTINCT position FROM snapshot;
    CREATE TABLE mark (only INTEGER PRIMARY KEY CHECK (only = 1), bytes BLOB NOT NULL);
";

/// What the second one has otherwise: parts of snapshots lay in a tree that compares all of them to find one, so that none could
/// be read or written beside one that was damaged.
const FROM_2: &str = "
    CREATE TABLE piece (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    INSERT INTO piece SELECT (position << 20) | part, bytes FROM snapshot;
    DROP TABLE snapshot;
    PRAGMA user_version = 3;
";

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) place: Place,
    /// Snapshots that stay, however many come.
    pub(super) spared: RefCell<Vec<i64>>,
}

impl File {
    /// Opens it, or begins one.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let began = Instant::now();
        loop {
            match Self::attempt(path) {
                // Two that begin at once each hold what the other one needs: both let go, and one comes back first.
                Err(JournalError::Locked { .. }) if began.elapsed() < PATIENCE => {
                    thread::sleep(LETS_GO + some_of(LETS_GO));
                }
                done => return done,
            }
        }
    }

    fn attempt(path: &Path) -> Result<Self, JournalError> {
        let fails = |error: rusqlite::Error| failure::of(path, &error);
        guard_mode(path)?;
        let connection = connect(path).map_err(fails)?;
        // SQLite opens what it may not write all the same, and fails at its first lock.
        if connection.is_readonly(rusqlite::MAIN_DB).map_err(fails)? {
            let cause = String::from("it may only be read");
            return Err(JournalError::ReadOnly { path: path.to_owned(), cause });
        }
        connection.busy_timeout(some_of(ATTEMPT)).map_err(fails)?;
        // Before anything is read: so no other process ever sees its pages, and its log needs no shared memory.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fails)?;
        let file =
            Self { path: path.to_owned(), connection, place: Place::of(path), spared: RefCell::default() };
        file.is_ours()?;
        file.pragma("journal_mode", "WAL")?;
        file.pragma("synchronous", "FULL")?;
        file.pragma("wal_autocheckpoint", &CHECKPOINT.to_string())?;
        file.begin_tables()?;
        file.place.tidy();
        file.is_up_to_date()?;
        file.measure();
        Ok(file)
    }

    /// Refuses what ends before the last record that was written to it.
    fn is_up_to_date(&self) -> Result<(), JournalError> {
        let life = self.connection.query_row("SELECT bytes FROM life", [], |row| row.get::<_, Life>(0));
        let life = life.optional().map_err(|error| self.fails(&error))?;
        let (tip, noted) = (self.tip()?, life.and_then(|life| self.place.noted(&life)));
        match noted {
            Some(noted) if noted > tip => {
                let cause = format!(
                    "its last record is {tip}, where {noted} was written: {} are missing, as when the file beside it that ends \
                     in -wal was removed or cut off. Put that one back; or, to go on without what is missing, remove {}",
                    noted.0 - tip.0,
                    self.place.note_path().display()
                );
                Err(JournalError::Corrupt { path: self.path.clone(), cause })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What is written from now on is noted beside the file.
    fn begin_life(&self) -> Result<(), JournalError> {
        let life = new_life()?;
        self.change(|change| change.execute("INSERT OR REPLACE INTO life VALUES (1, ?1)", [&life[..]]))?;
        // In the file itself: without its log it is known what there was.
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .map_err(|error| self.fails(&error))?;
        self.place.begins(life, self.tip()?);
        Ok(())
    }

    /// Refuses what another program, or a newer version, has written.
    fn is_ours(&self) -> Result<(), JournalError> {
        let number =
            |pragma: &str| self.connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0));
        let (application, format): (i32, u32) = (
            number("application_id").map_err(|error| self.fails(&error))?,
            self.connection
                .query_row("PRAGMA user_version", [], |row| row.get(0))
                .map_err(|error| self.fails(&error))?,
        );
        let tables: u32 = self.ask("SELECT count(*) FROM sqlite_schema")?;
        let path = self.path.clone();
        match (application, format) {
            (APPLICATION, 1..=FORMAT) => Ok(()),
            (APPLICATION, found) if found > FORMAT => Err(JournalError::Newer { path, found, known: FORMAT }),
            (0, 0) if tables == 0 => Ok(()),
            _ => Err(JournalError::Foreign { path, cause: String::from("another program's SQLite file") }),
        }
    }

    fn begin_tables(&self) -> Result<(), JournalError> {
        let is_new = self.change(|change| {
            let tables: u32 = change.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if tables == 0 {
                change.execute_batch(TABLES)?;
                change.pragma_update(None, "application_id", APPLICATION)?;
                change.pragma_update(None, "user_version", FORMAT)?;
            } else {
                let format: u32 = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
                for (from, steps) in [(1, FROM_1), (2, FROM_2)] {
                    if format <= from {
                        change.execute_batch(steps)?;
                    }
                }
            }
            change.execute_batch(BESIDES)?;
            Ok(tables == 0)
        })?;
        if is_new {
            // A file whose log gets lost is still known as ours.
            self.connection
                .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
                .map_err(|error| self.fails(&error))?;
        }
        Ok(())
    }

    pub(super) fn extent(&self) -> Result<Extent, JournalError> {
        let snapshots: i64 = self.ask("SELECT count(*) FROM whole")?;
        let snapshot_bytes = match self.ask("SELECT coalesce(sum(length(bytes)), 0) FROM piece") {
            Ok(bytes) => bytes,
            // What they weigh is no reason to end, or not to begin: what needs them finds out.
            Err(error) if error.is_damage() => 0,
            Err(error) => return Err(error),
        };
        let lines: i64 = self.ask(LINES)?;
        let bytes = self.needed()?;
        let row = self.connection.query_row("SELECT head, tip, record_bytes FROM extent", [], |row| {
            Ok(Extent {
                head: Position(number(row.get(0)?)),
                tip: Position(number(row.get(1)?)),
                record_bytes: number(row.get(2)?),
                snapshots: number(snapshots),
                snapshot_bytes: number(snapshot_bytes),
                lines: number(lines),
                bytes,
            })
        });
        row.map_err(|error| self.fails(&error))
    }

    pub(super) fn tip(&self) -> Result<Position, JournalError> {
        self.ask("SELECT tip FROM extent").map(|tip| Position(number(tip)))
    }

    /// The room that it needs, in bytes, without what is free in it, or set aside.
    pub(super) fn needed(&self) -> Result<u64, JournalError> {
        let ask = |pragma: &str| self.ask::<i64>(&format!("PRAGMA {pragma}")).map(number);
        let used = ask("page_count")?.saturating_sub(ask("freelist_count")?) * ask("page_size")?;
        Ok(used.saturating_sub(self.bytes_aside()?))
    }

    /// In one transaction: who is fenced has changed nothing.
    pub(super) fn append(&self, after: Position, record: &Bytes, lines: &[Line]) -> Result<(), JournalError> {
        if self.place.is_replaced() {
            let replaced = Some(self.path.clone());
            return Err(JournalError::Fenced { after, tip: after, replaced });
        }
        if self.place.life().is_none() {
            self.begin_life()?;
        }
        let tip = self.change(|change| {
            let moved = change
                .prepare_cached(
                    "UPDATE extent SET tip = tip + 1, record_bytes = record_bytes + ?2 WHERE tip = ?1",
                )?
                .execute(params![signed(after.0), signed(record.len() as u64)])?;
            if moved == 1 {
                change
                    .prepare_cached("INSERT INTO record VALUES (?1, ?2)")?
                    .execute(params![signed(after.next().0), &record[..]])?;
                let mut insert = change.prepare_cached("INSERT INTO line (at, bytes) VALUES (?1, ?2)")?;
                for Line { at, bytes } in lines {
                    insert.execute(params![signed(*at), &bytes[..]])?;
                }
                return Ok(None);
            }
            change.query_row("SELECT tip FROM extent", [], |row| row.get(0)).map(Some)
        })?;
        match tip {
            None => {
                self.place.note(after.next());
                Ok(())
            }
            Some(tip) => Err(JournalError::Fenced { after, tip: Position(number(tip)), replaced: None }),
        }
    }

    pub(super) fn read(&self, after: Position, most: usize) -> Result<Vec<Record>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Record>> {
            let mut select = self
                .connection
                .prepare_cached("SELECT position, bytes FROM record WHERE position > ?1 ORDER BY position")?;
            let mut rows = select.query([signed(after.0)])?;
            let (mut found, mut weight) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let bytes: Vec<u8> = row.get(1)?;
                weight += bytes.len();
                if weight > most && !found.is_empty() {
                    break;
                }
                found.push(Record { position: Position(number(row.get(0)?)), bytes: bytes.into() });
            }
            Ok(found)
        };
        let found = read().map_err(|error| self.fails(&error))?;
        let head: i64 = self.ask("SELECT head FROM extent")?;
        let mut expected = after.max(Position(number(head)));
        for record in &found {
            expected = expected.next();
            if record.position != expected {
                let cause = format!("record {expected} is missing; {} follows", record.position);
                return Err(JournalError::Corrupt { path: self.path.clone(), cause });
            }
        }
        Ok(found)
    }

    pub(super) fn mark(&self) -> Result<Option<Bytes>, JournalError> {
        let mark = self.connection.query_row("SELECT bytes FROM mark", [], |row| row.get::<_, Vec<u8>>(0));
        mark.optional().map(|mark| mark.map(Bytes::from)).map_err(|error| self.fails(&error))
    }

    pub(super) fn set_mark(&self, mark: &Bytes) -> Result<(), JournalError> {
        self.change(|change| {
            change.execute("INSERT OR REPLACE INTO mark VALUES (1, ?1)", [&mark[..]]).map(drop)
        })
    }

    /// Changes it wholly or not at all; durable once this has returned.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let Self { path, connection, place: _, spared: _ } = self;
        let act = || {
            // One thread has it, which begins nothing within another one.
            let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            let changed = change(&transaction)?;
            transaction.commit()?;
            Ok(changed)
        };
        act().map_err(|error: rusqlite::Error| failure::of(path, &error))
    }

    pub(super) fn ask<T: rusqlite::types::FromSql>(&self, query: &str) -> Result<T, JournalError> {
        self.connection.query_row(query, [], |row| row.get(0)).map_err(|error| self.fails(&error))
    }

    /// What it comes to when something was done in it.
    pub(super) fn measure(&self) {
        self.place.measure();
    }

    fn pragma(&self, name: &str, value: &str) -> Result<(), JournalError> {
        self.connection.pragma_update(None, name, value).map_err(|error| self.fails(&error))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn fails(&self, error: &rusqlite::Error) -> JournalError {
        failure::of(&self.path, error)
    }
}

/// A file that is not there yet is made for its owner alone: SQLite gives the files beside it the same mode.
pub(super) fn guard_mode(path: &Path) -> Result<(), JournalError> {
    #[cfg(unix)]
    if !path.exists() {
        use std::os::unix::fs::OpenOptionsExt as _;
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        if let Err(error) = made.as_ref()
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(JournalError::ReadOnly { path: path.to_owned(), cause: error.to_string() });
        }
    }
    Ok(())
}

/// Some part of it, drawn.
fn some_of(whole: Duration) -> Duration {
    let mut draw = [0];
    // Without randomness those that contend wait alike, and one is told that the other has it.
    let _ = getrandom::fill(&mut draw);
    whole * u32::from(draw[0]) / 255
}

/// SQLite's numbers have a sign; ours never need the last bit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(signed: i64) -> u64 {
    u64::try_from(signed).unwrap_or(0)
}

/// Opens a file by its name: one that begins with `file:` is no address.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}
