//! What stands beside the records, in the file.

use rusqlite::{OptionalExtension as _, params};

use super::{
    file::{File, number, signed},
    line::Pauses,
};
use crate::{JournalError, Line};

/// So many are forgotten at once.
const AT_ONCE: i64 = 1_000;

impl File {
    pub(super) fn lines(&self, before: Option<u64>, most: usize) -> Result<Vec<(u64, Line)>, JournalError> {
        let read = || -> rusqlite::Result<Vec<(u64, Line)>> {
            let mut select = self.connection().prepare_cached(
                "SELECT number, at, bytes FROM line WHERE number <= ?1 ORDER BY number DESC LIMIT ?2",
            )?;
            // Those before it alone: what can't be read beside them is not looked at.
            let last = before.map_or(i64::MAX, |before| signed(before).saturating_sub(1));
            let mut rows = select.query(params![last, signed(most as u64)])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let bytes: Vec<u8> = row.get(2)?;
                found.push((number(row.get(0)?), Line { at: number(row.get(1)?), bytes: bytes.into() }));
            }
            Ok(found)
        };
        read().map_err(|error| self.fails(&error))
    }

    pub(super) fn forget_lines(
        &self,
        before: u64,
        within: u64,
        pauses: &Pauses<'_>,
    ) -> Result<(), JournalError> {
        // Those that are old stand first: it ends at the first that is not.
        while self.forget_some(Some(before))? {
            pauses.pause(self)?;
        }
        while self.needed()? > within && self.forget_some(None)? {
            pauses.pause(self)?;
        }
        Ok(())
    }

    /// Forgets the oldest lines; only those of before then, if that is said. Returns whether there may be more.
    fn forget_some(&self, before: Option<u64>) -> Result<bool, JournalError> {
        self.change(|change| {
            let last = "SELECT max(number) FROM (SELECT number FROM line ORDER BY number LIMIT ?1)";
            let last: Option<i64> = change.query_row(last, [AT_ONCE], |row| row.get(0))?;
            let Some(last) = last else { return Ok(false) };
            let kept = "SELECT number FROM line WHERE number <= ?1 AND at >= ?2 ORDER BY number LIMIT 1";
            let kept: Option<i64> = match before {
                Some(before) => {
                    change.query_row(kept, params![last, signed(before)], |row| row.get(0)).optional()?
                }
                None => None,
            };
            change.execute("DELETE FROM line WHERE number < ?1", [kept.unwrap_or(last + 1)])?;
            Ok(kept.is_none())
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Position, sqlite::file::LINES};

    #[test]
    fn they_are_counted_without_being_gone_through() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::open(&folder.path().join("store.db")).expect("opens");
        assert_eq!(file.extent().map(|it| it.lines), Ok(0));
        for at in 0..5_u64 {
            let lines = vec![Line { at, bytes: Bytes::from_static(b"x") }; 300];
            file.append(Position(at), &Bytes::from_static(b"x"), &lines).expect("appended");
        }
        assert_eq!(file.extent().map(|it| it.lines), Ok(1_500));
        assert_eq!(file.forget_some(None), Ok(true));
        let counted: u64 = file.ask::<i64>("SELECT count(*) FROM line").map(number).expect("asked");
        assert_eq!((file.extent().map(|it| it.lines), counted), (Ok(500), 500));
        let plan = format!("EXPLAIN QUERY PLAN {LINES}");
        let mut plan = file.connection().prepare(&plan).expect("it is one");
        let steps = plan.query_map([], |row| row.get::<_, String>(3)).expect("asked");
        let steps: Vec<String> = steps.map(|step| step.expect("read")).collect();
        assert!(steps.iter().filter(|it| it.contains("SEARCH line")).count() == 2, "{steps:?}");
        assert!(!steps.iter().any(|it| it.contains("SCAN line")), "{steps:?}");
    }
}
