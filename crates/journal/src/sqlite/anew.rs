//! A tree of pieces in which nothing can be found, written or removed any more is set aside, and another one begun.
//!
//! A piece is found, and put behind the last one, by the pages that lead to it. If one of these is damaged, no snapshot could
//! be kept ever again: so the newest one that can be read goes into another tree, beside the new one, and in one step that
//! tree takes the place of the damaged one. Until then a start reads what it would have read before. What was set aside can't
//! be removed piece by piece; [`File::vacuum`] leaves it out when it writes the file anew.

use rusqlite::{Transaction, params};

use super::{
    file::{File, number, signed},
    line::Pauses,
    snapshots::{PIECE, first},
};
use crate::{JournalError, Position, Snapshot};

/// Where pieces go until all of them are there.
const NEXT: &str = "
    DROP TABLE IF EXISTS piece_next;
    CREATE TABLE piece_next (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
";

/// Trees that were set aside: each is called by the newest snapshot that was lost with it.
const ASIDE: &str =
    "SELECT CAST(substr(name, 7) AS INTEGER) FROM sqlite_schema WHERE type = 'table' AND name GLOB 'aside_*'";

impl File {
    /// Keeps a snapshot, and the newest one before it that can be read, in another tree. Returns that one's position, if there
    /// is one.
    pub(super) fn keep_anew(
        &self,
        snapshot: &Snapshot,
        pauses: &Pauses<'_>,
    ) -> Result<Option<i64>, JournalError> {
        let kept = self.write_anew(snapshot, pauses);
        if kept.is_err() {
            self.drop_next();
        }
        kept
    }

    fn write_anew(&self, snapshot: &Snapshot, pauses: &Pauses<'_>) -> Result<Option<i64>, JournalError> {
        let position = signed(snapshot.position.0);
        self.change(|change| change.execute_batch(NEXT))?;
        let (mut before, mut lost) = (None, None);
        for other in self.snapshots()?.into_iter().map(|it| signed(it.0)).filter(|it| *it < position) {
            if self.copy_pieces(other, pauses)? {
                before = Some(other);
                break;
            }
            self.change(|change| change.execute_batch(NEXT))?;
            lost = lost.or(Some(other));
        }
        for (number, bytes) in (first(position)..).zip(snapshot.bytes.chunks(PIECE)) {
            self.change(|change| {
                let insert = "INSERT INTO piece_next VALUES (?1, ?2)";
                change.prepare_cached(insert)?.execute(params![number, bytes])
            })?;
            pauses.pause(self)?;
        }
        let name = match lost {
            Some(lost) => lost,
            None => self.damaged()?.last().map(|it| signed(it.0)).or(before).unwrap_or(position),
        };
        self.set_aside(name, |change| {
            change.execute(
                "DELETE FROM whole WHERE position <= ?1 AND position IS NOT ?2",
                params![position, before],
            )?;
            change.execute("INSERT INTO whole VALUES (?1)", [position])
        })?;
        Ok(before)
    }

    /// In one step: what was written anew takes the place of the tree that is damaged, which goes by the name of this snapshot
    /// or a later one.
    fn set_aside(
        &self,
        mut name: i64,
        also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<usize>,
    ) -> Result<(), JournalError> {
        let others = self.aside()?;
        while others.contains(&Position(number(name))) {
            name += 1;
        }
        self.change(|change| {
            change.execute_batch(&format!(
                "ALTER TABLE piece RENAME TO aside_{name}; ALTER TABLE piece_next RENAME TO piece; DELETE FROM damaged"
            ))?;
            also(change).map(drop)
        })
    }

    /// Sets aside what can't be removed of snapshots, unless there are some that can't be read and are to be kept.
    pub(super) fn set_stuck_aside(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let Some(stuck) = self.ask("SELECT max(position) FROM damaged")? else { return Ok(()) };
        self.change(|change| change.execute_batch(NEXT))?;
        for whole in self.snapshots()? {
            if !self.copy_pieces(signed(whole.0), pauses)? {
                self.drop_next();
                return Ok(());
            }
        }
        self.set_aside(stuck, |_| Ok(0))
    }

    /// Copies all pieces of a snapshot; `false` if one of them can't be read.
    fn copy_pieces(&self, position: i64, pauses: &Pauses<'_>) -> Result<bool, JournalError> {
        let next = "SELECT min(number) FROM piece WHERE number >= ?1 AND number < ?2";
        let copy = "INSERT INTO piece_next SELECT number, bytes FROM piece WHERE number = ?1";
        let (mut from, end) = (first(position), first(position + 1));
        loop {
            let copied = self.change(|change| {
                let number: Option<i64> =
                    change.prepare_cached(next)?.query_row([from, end], |row| row.get(0))?;
                if let Some(number) = number {
                    change.prepare_cached(copy)?.execute([number])?;
                }
                Ok(number)
            });
            match copied {
                Ok(Some(number)) => from = number + 1,
                Ok(None) => return Ok(true),
                Err(error) if error.is_damage() => return Ok(false),
                Err(error) => return Err(error),
            }
            pauses.pause(self)?;
        }
    }

    /// What was broken off is nothing, and needs no room.
    pub(super) fn drop_next(&self) {
        // If it is damaged as well, it stays until the next one is begun.
        let _ = self.change(|change| change.execute_batch("DROP TABLE IF EXISTS piece_next"));
    }

    /// Where trees were set aside: the newest snapshot that was lost with each.
    pub(super) fn aside(&self) -> Result<Vec<Position>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Position>> {
            let mut select = self.connection().prepare(ASIDE)?;
            let found = select.query_map([], |row| Ok(Position(number(row.get(0)?))))?;
            found.collect()
        };
        read().map_err(|error| self.fails(&error))
    }

    /// What was set aside is no part of it any more. Its pages belong to nothing until the file is written anew.
    pub(super) fn leave_out_what_is_aside(&self) -> Result<(), JournalError> {
        if self.aside()?.is_empty() {
            return Ok(());
        }
        let pragma = |value: &str| {
            let set = format!("PRAGMA writable_schema = {value}");
            self.connection().execute_batch(&set).map_err(|error| self.fails(&error))
        };
        // To drop it, SQLite would go through all of it.
        pragma("ON")?;
        let left_out = self.change(|change| {
            change.execute("DELETE FROM sqlite_schema WHERE type = 'table' AND name GLOB 'aside_*'", [])
        });
        pragma("RESET")?;
        left_out.map(drop)
    }
}
