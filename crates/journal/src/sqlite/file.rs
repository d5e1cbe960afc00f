//! The file: opened, and what is written to it and read from it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::failure;
use crate::{Extent, JournalError, Line, Position, Record, Snapshot};

/// By this number in its header `file` and others know that it is ours: `HAWc`.
const APPLICATION: i32 = 0x4841_5763;

/// The form of its tables.
pub(super) const FORMAT: u32 = 1;

/// How long another process that holds it may take to let go.
const PATIENCE: Duration = Duration::from_secs(2);

/// A snapshot lies in parts of this size: no row is larger.
const PART: usize = 1 << 20;

/// How many pages go to the write-ahead log before they are moved to their places.
const CHECKPOINT: u32 = 1_000;

const TABLES: &str = "
    CREATE TABLE record (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE snapshot (position INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (position, part)) WITHOUT ROWID;
    CREATE TABLE line (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, bytes BLOB NOT NULL);
    CREATE TABLE extent (only INTEGER PRIMARY KEY CHECK (only = 1), head INTEGER NOT NULL, tip INTEGER NOT NULL,
        record_bytes INTEGER NOT NULL);
    INSERT INTO extent VALUES (1, 0, 0, 0);
";

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
}

impl File {
    /// Opens it, or begins one.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let fails = |error: rusqlite::Error| failure::of(path, &error);
        guard_mode(path)?;
        let connection = Connection::open(path).map_err(fails)?;
        // SQLite opens what it may not write all the same, and fails at its first lock.
        if connection.is_readonly(rusqlite::MAIN_DB).map_err(fails)? {
            let cause = String::from("it may only be read");
            return Err(JournalError::ReadOnly { path: path.to_owned(), cause });
        }
        connection.busy_timeout(PATIENCE).map_err(fails)?;
        // Before anything is read: so no other process ever sees its pages, and its log needs no shared memory.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fails)?;
        let mut file = Self { path: path.to_owned(), connection };
        file.is_ours()?;
        file.pragma("journal_mode", "WAL")?;
        file.pragma("synchronous", "FULL")?;
        file.pragma("wal_autocheckpoint", &CHECKPOINT.to_string())?;
        file.begin_tables()?;
        Ok(file)
    }

    /// Refuses what another program, or a newer version, has written.
    fn is_ours(&mut self) -> Result<(), JournalError> {
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
            (APPLICATION, FORMAT) => Ok(()),
            (APPLICATION, found) if found > FORMAT => Err(JournalError::Newer { path, found, known: FORMAT }),
            (0, 0) if tables == 0 => Ok(()),
            _ => Err(JournalError::Foreign { path, cause: String::from("another program's SQLite file") }),
        }
    }

    fn begin_tables(&mut self) -> Result<(), JournalError> {
        let is_new = self.change(|change| {
            let tables: u32 = change.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if tables == 0 {
                change.execute_batch(TABLES)?;
                change.pragma_update(None, "application_id", APPLICATION)?;
                change.pragma_update(None, "user_version", FORMAT)?;
            }
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

    pub(super) fn extent(&mut self) -> Result<Extent, JournalError> {
        let snapshots: i64 = self.ask("SELECT count(DISTINCT position) FROM snapshot")?;
        let snapshot_bytes: i64 = self.ask("SELECT coalesce(sum(length(bytes)), 0) FROM snapshot")?;
        let lines: i64 = self.ask("SELECT count(*) FROM line")?;
        let row = self.connection.query_row("SELECT head, tip, record_bytes FROM extent", [], |row| {
            Ok(Extent {
                head: Position(number(row.get(0)?)),
                tip: Position(number(row.get(1)?)),
                record_bytes: number(row.get(2)?),
                snapshots: number(snapshots),
                snapshot_bytes: number(snapshot_bytes),
                lines: number(lines),
            })
        });
        row.map_err(|error| self.fails(&error))
    }

    /// In one transaction: who is fenced has changed nothing.
    pub(super) fn append(
        &mut self,
        after: Position,
        record: &Bytes,
        lines: &[Line],
    ) -> Result<(), JournalError> {
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
            None => Ok(()),
            Some(tip) => Err(JournalError::Fenced { after, tip: Position(number(tip)) }),
        }
    }

    pub(super) fn read(&mut self, after: Position, most: usize) -> Result<Vec<Record>, JournalError> {
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

    pub(super) fn snapshot(&mut self) -> Result<Option<Snapshot>, JournalError> {
        let read = || -> rusqlite::Result<Option<Snapshot>> {
            let newest: Option<i64> = self
                .connection
                .query_row("SELECT max(position) FROM snapshot", [], |row| row.get(0))
                .optional()?
                .flatten();
            let Some(position) = newest else { return Ok(None) };
            let mut select =
                self.connection.prepare("SELECT bytes FROM snapshot WHERE position = ?1 ORDER BY part")?;
            let mut rows = select.query([position])?;
            let mut bytes = Vec::new();
            while let Some(row) = rows.next()? {
                bytes.extend_from_slice(row.get_ref(0)?.as_blob()?);
            }
            Ok(Some(Snapshot { position: Position(number(position)), bytes: bytes.into() }))
        };
        read().map_err(|error| self.fails(&error))
    }

    pub(super) fn keep(&mut self, snapshot: &Snapshot) -> Result<(), JournalError> {
        let position = signed(snapshot.position.0);
        self.change(|change| {
            change.execute("DELETE FROM snapshot WHERE position = ?1", [position])?;
            for (part, bytes) in (0_i64..).zip(snapshot.bytes.chunks(PART)) {
                change.execute("INSERT INTO snapshot VALUES (?1, ?2, ?3)", params![position, part, bytes])?;
            }
            // The one before stays, and all that it has not in it: should this one be damaged, that one helps.
            let before: Option<i64> = change
                .query_row("SELECT max(position) FROM snapshot WHERE position < ?1", [position], |row| {
                    row.get(0)
                })
                .optional()?
                .flatten();
            let Some(before) = before else { return Ok(()) };
            change.execute("DELETE FROM snapshot WHERE position < ?1", [before])?;
            let gone: i64 = change.query_row(
                "SELECT coalesce(sum(length(bytes)), 0) FROM record WHERE position <= ?1",
                [before],
                |row| row.get(0),
            )?;
            change.execute("DELETE FROM record WHERE position <= ?1", [before])?;
            change.execute(
                "UPDATE extent SET head = max(head, ?1), record_bytes = record_bytes - ?2",
                [before, gone],
            )?;
            Ok(())
        })
    }

    /// Changes it wholly or not at all; durable once this has returned.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let Self { path, connection } = self;
        let act = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changed = change(&transaction)?;
            transaction.commit()?;
            Ok(changed)
        };
        act().map_err(|error: rusqlite::Error| failure::of(path, &error))
    }

    pub(super) fn ask<T: rusqlite::types::FromSql>(&self, query: &str) -> Result<T, JournalError> {
        self.connection.query_row(query, [], |row| row.get(0)).map_err(|error| self.fails(&error))
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

/// SQLite's numbers have a sign; ours never need the last bit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(signed: i64) -> u64 {
    u64::try_from(signed).unwrap_or(0)
}

/// What the file and its write-ahead log take on the disk, in bytes.
pub(super) fn on_disk(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |it| it.len());
    size(path) + size(Path::new(&log))
}
