//! What stands beside the records, in the file.

use rusqlite::params;

use super::file::{File, number, signed};
use crate::{JournalError, Line};

impl File {
    pub(super) fn lines(&mut self, skip: usize, most: usize) -> Result<Vec<Line>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Line>> {
            let mut select = self
                .connection()
                .prepare_cached("SELECT at, bytes FROM line ORDER BY number DESC LIMIT ?1 OFFSET ?2")?;
            let mut rows = select.query(params![signed(most as u64), signed(skip as u64)])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let bytes: Vec<u8> = row.get(1)?;
                found.push(Line { at: number(row.get(0)?), bytes: bytes.into() });
            }
            Ok(found)
        };
        read().map_err(|error| self.fails(&error))
    }

    /// Those that are old stand first: it ends at the first that is not.
    pub(super) fn forget_lines(&mut self, before: u64) -> Result<(), JournalError> {
        self.change(|change| {
            let kept: Option<i64> =
                change.query_row("SELECT min(number) FROM line WHERE at >= ?1", [signed(before)], |row| {
                    row.get(0)
                })?;
            change.execute("DELETE FROM line WHERE number < ?1", [kept.unwrap_or(i64::MAX)])?;
            Ok(())
        })
    }
}
