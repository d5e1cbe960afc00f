//! What all records up to one come to, in the file: written and forgotten piece by piece, with appends between.
//!
//! It lies in parts under its position, and is one only while `whole` names it: so what was broken off is none.

use bytes::Bytes;
use rusqlite::params;

use super::{
    file::{File, number, signed},
    line::Pauses,
};
use crate::{JournalError, Position, Snapshot};

/// A snapshot lies in parts of this size: no row is larger, and no append waits for more.
const PART: usize = 256 << 10;

/// So many records are forgotten at once.
const RECORDS: i64 = 500;

impl File {
    pub(super) fn snapshots(&self) -> Result<Vec<Position>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Position>> {
            let mut select =
                self.connection().prepare("SELECT position FROM whole ORDER BY position DESC")?;
            let found = select.query_map([], |row| Ok(Position(number(row.get(0)?))))?;
            found.collect()
        };
        read().map_err(|error| self.fails(&error))
    }

    pub(super) fn snapshot(&self, at: Position) -> Result<Bytes, JournalError> {
        let read = || -> rusqlite::Result<Vec<u8>> {
            let mut select =
                self.connection().prepare("SELECT bytes FROM snapshot WHERE position = ?1 ORDER BY part")?;
            let mut rows = select.query([signed(at.0)])?;
            let mut bytes = Vec::new();
            while let Some(row) = rows.next()? {
                bytes.extend_from_slice(row.get_ref(0)?.as_blob()?);
            }
            Ok(bytes)
        };
        read().map(Bytes::from).map_err(|error| self.fails(&error))
    }

    pub(super) fn keep(&self, snapshot: &Snapshot, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let position = signed(snapshot.position.0);
        self.change(|change| change.execute("DELETE FROM whole WHERE position = ?1", [position]))?;
        self.clear(pauses)?;
        for (part, bytes) in (0_i64..).zip(snapshot.bytes.chunks(PART)) {
            self.change(|change| {
                change
                    .prepare_cached("INSERT INTO snapshot VALUES (?1, ?2, ?3)")?
                    .execute(params![position, part, bytes])
            })?;
            pauses.pause(self)?;
        }
        // The one before stays, and all that it has not in it: should this one be damaged, that one helps.
        let before: Option<i64> = self.change(|change| {
            change.execute("INSERT INTO whole VALUES (?1)", [position])?;
            let before = change.query_row(
                "SELECT max(position) FROM whole WHERE position < ?1",
                [position],
                |row| row.get(0),
            )?;
            change.execute("DELETE FROM whole WHERE position < ?1", [before])?;
            Ok(before)
        })?;
        self.clear(pauses)?;
        let Some(before) = before else { return Ok(()) };
        while self.forget_records(before)? {
            pauses.pause(self)?;
        }
        Ok(())
    }

    pub(super) fn forget_snapshot(&self, at: Position, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        self.change(|change| change.execute("DELETE FROM whole WHERE position = ?1", [signed(at.0)]))?;
        self.clear(pauses)
    }

    /// Removes the parts of what is no snapshot: it was broken off, or is forgotten.
    fn clear(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let some = "DELETE FROM snapshot WHERE (position, part) IN (SELECT position, part FROM snapshot WHERE position NOT \
                    IN (SELECT position FROM whole) LIMIT 4)";
        while self.change(|change| change.prepare_cached(some)?.execute([]))? > 0 {
            pauses.pause(self)?;
        }
        Ok(())
    }

    /// Forgets some records up to this one. Returns whether there may be more.
    fn forget_records(&self, upto: i64) -> Result<bool, JournalError> {
        self.change(|change| {
            let head: i64 = change.query_row("SELECT head FROM extent", [], |row| row.get(0))?;
            let last = upto.min(head + RECORDS);
            if last <= head {
                return Ok(false);
            }
            let gone: i64 = change.query_row(
                "SELECT coalesce(sum(length(bytes)), 0) FROM record WHERE position <= ?1",
                [last],
                |row| row.get(0),
            )?;
            change.execute("DELETE FROM record WHERE position <= ?1", [last])?;
            change.execute("UPDATE extent SET head = ?1, record_bytes = record_bytes - ?2", [last, gone])?;
            Ok(last < upto)
        })
    }
}
