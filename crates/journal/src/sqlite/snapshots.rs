//! What all records up to one come to, in the file: written and forgotten piece by piece, with appends between.
//!
//! It lies in pieces, numbered by its position and their order, and is one only while `whole` names it: so what was broken off
//! is none. To find a piece no other one is read: what is damaged of one snapshot hides nothing of another.

use bytes::Bytes;
use rusqlite::params;

use super::{
    anew::twice,
    file::{File, number, signed},
    line::Pauses,
};
use crate::{JournalError, Position, Snapshot};

/// A snapshot lies in pieces of this size: no row is larger, and no append waits for more.
pub(super) const PIECE: usize = 256 << 10;

/// So many pieces a snapshot may have.
const PIECES: i64 = 1 << 20;

/// So many are removed at once.
pub(super) const AT_ONCE: usize = 4;

/// So many records are forgotten at once.
const RECORDS: i64 = 500;

/// That a snapshot could not be removed.
const STAYS: &str = "INSERT OR IGNORE INTO damaged VALUES (?1)";

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

    /// Read piece by piece, with appends between, as long as somebody wants it.
    pub(super) fn snapshot(
        &self,
        at: Position,
        is_wanted: &dyn Fn() -> bool,
        pauses: &Pauses<'_>,
    ) -> Result<Bytes, JournalError> {
        let (mut next, end) = (first(signed(at.0)), first(signed(at.next().0)));
        let mut bytes = Vec::new();
        while is_wanted() {
            let mut read = || -> rusqlite::Result<Option<i64>> {
                let mut select = self.connection().prepare_cached(
                    "SELECT number, bytes FROM piece WHERE number >= ?1 AND number < ?2 ORDER BY number",
                )?;
                let mut rows = select.query([next, end])?;
                let mut last = None;
                for _ in 0..AT_ONCE {
                    let Some(row) = rows.next()? else { break };
                    last = Some(row.get(0)?);
                    bytes.extend_from_slice(row.get_ref(1)?.as_blob()?);
                }
                Ok(last)
            };
            match read().map_err(|error| self.fails(&error))? {
                Some(last) => next = last + 1,
                None => break,
            }
            pauses.pause(self)?;
        }
        Ok(Bytes::from(bytes))
    }

    pub(super) fn spare(&self, snapshots: &[Position]) {
        self.spared.replace(snapshots.iter().map(|it| signed(it.0)).collect());
    }

    pub(super) fn keep(&self, snapshot: &Snapshot, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let kept = match twice(|| self.write(snapshot, pauses)) {
            // The tree of pieces is damaged.
            Err(error) if error.is_damage() => self.keep_anew(snapshot, pauses),
            kept => kept,
        };
        if kept.is_err() {
            // Its pieces must not take the room that appends need; if they can't be removed now, the next one does.
            let _ = self.clear(pauses);
        }
        let Some(before) = kept? else { return Ok(()) };
        while self.forget_records(before)? {
            pauses.pause(self)?;
        }
        Ok(())
    }

    /// Returns the position of the oldest that stays beside it: that of the one before, or of one that is spared.
    fn write(&self, snapshot: &Snapshot, pauses: &Pauses<'_>) -> Result<Option<i64>, JournalError> {
        let position = signed(snapshot.position.0);
        self.change(|change| change.execute("DELETE FROM whole WHERE position = ?1", [position]))?;
        self.clear(pauses)?;
        for (number, bytes) in (first(position)..).zip(snapshot.bytes.chunks(PIECE)) {
            self.change(|change| {
                change.prepare_cached("INSERT INTO piece VALUES (?1, ?2)")?.execute(params![number, bytes])
            })?;
            pauses.pause(self)?;
        }
        // The one before stays, and all that it has not in it: should this one be damaged, that one helps.
        let before: Option<i64> = self.change(|change| {
            change.execute("INSERT INTO whole VALUES (?1)", [position])?;
            let before: Option<i64> = change.query_row(
                "SELECT max(position) FROM whole WHERE position < ?1",
                [position],
                |row| row.get(0),
            )?;
            let Some(before) = before else { return Ok(None) };
            let mut oldest = before;
            let mut select = change.prepare("SELECT position FROM whole WHERE position < ?1")?;
            let older: Vec<i64> =
                select.query_map([before], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            for position in older {
                if self.spared.borrow().contains(&position) {
                    oldest = oldest.min(position);
                } else {
                    change.execute("DELETE FROM whole WHERE position = ?1", [position])?;
                }
            }
            Ok(Some(oldest))
        })?;
        self.clear(pauses)?;
        Ok(before)
    }

    pub(super) fn forget_snapshot(&self, at: Position, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        self.change(|change| {
            // Until its pieces are gone it is known that they can't be read.
            change.execute(STAYS, [signed(at.0)])?;
            change.execute("DELETE FROM whole WHERE position = ?1", [signed(at.0)])
        })?;
        match self.clear(pauses) {
            // The next one that is kept makes up for it.
            Err(error) if error.is_damage() => Ok(()),
            cleared => cleared,
        }
    }

    pub(super) fn damaged(&self) -> Result<Vec<Position>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Position>> {
            let mut select = self.connection().prepare("SELECT position FROM damaged ORDER BY position")?;
            let found = select.query_map([], |row| Ok(Position(number(row.get(0)?))))?;
            found.collect()
        };
        let mut found = read().map_err(|error| self.fails(&error))?;
        found.extend(self.aside()?);
        found.sort_unstable();
        Ok(found)
    }

    /// Removes the pieces of what is no snapshot: it was broken off, or is forgotten. What is too damaged for that stays, and
    /// it is written down that it does: nothing else is to fail because of it.
    fn clear(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let next = "SELECT min(position) FROM (SELECT number / ?1 AS position FROM piece UNION SELECT position FROM damaged) \
                    WHERE position > ?2 AND position NOT IN (SELECT position FROM whole)";
        self.drop_next(pauses)?;
        let mut after = -1_i64;
        loop {
            let found =
                self.connection().query_row(next, [PIECES, after], |row| row.get::<_, Option<i64>>(0));
            let Some(position) = found.map_err(|error| self.fails(&error))? else { return Ok(()) };
            let is_gone = self.remove(position, pauses)?;
            let known = if is_gone { "DELETE FROM damaged WHERE position = ?1" } else { STAYS };
            self.change(|change| change.execute(known, [position]))?;
            after = position;
        }
    }

    /// Removes the pieces of a snapshot. Returns whether all of them could be.
    fn remove(&self, position: i64, pauses: &Pauses<'_>) -> Result<bool, JournalError> {
        let (mut from, end, mut is_gone) = (first(position), first(position + 1), true);
        loop {
            let numbers = self.pieces(from, end)?;
            let Some(last) = numbers.last() else { return Ok(is_gone) };
            if !self.remove_pieces(from, *last)? {
                for number in &numbers {
                    is_gone &= self.remove_pieces(*number, *number)?;
                }
            }
            from = last + 1;
            pauses.pause(self)?;
        }
    }

    /// The numbers of some pieces from there on.
    fn pieces(&self, from: i64, end: i64) -> Result<Vec<i64>, JournalError> {
        let read = || -> rusqlite::Result<Vec<i64>> {
            let mut select = self.connection().prepare_cached(
                "SELECT number FROM piece WHERE number >= ?1 AND number < ?2 ORDER BY number",
            )?;
            let found = select.query_map([from, end], |row| row.get(0))?;
            found.take(AT_ONCE).collect()
        };
        read().map_err(|error| self.fails(&error))
    }

    /// Removes all of these; none of them if one is too damaged for that.
    fn remove_pieces(&self, from: i64, last: i64) -> Result<bool, JournalError> {
        let remove = "DELETE FROM piece WHERE number BETWEEN ?1 AND ?2";
        let removed = twice(|| self.change(|change| change.prepare_cached(remove)?.execute([from, last])));
        match removed {
            Ok(_) => Ok(true),
            Err(error) if error.is_damage() => Ok(false),
            Err(error) => Err(error),
        }
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

/// The number of a snapshot's first piece.
pub(super) fn first(position: i64) -> i64 {
    position.saturating_mul(PIECES)
}
