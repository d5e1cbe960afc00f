//! What stands beside the records, in the file.

use std::ops::Range;

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

    pub(super) fn newest_line(&self) -> Result<Option<u64>, JournalError> {
        // It stands in the tree itself: of the row nothing else is read.
        self.ask::<Option<i64>>("SELECT max(number) FROM line").map(|newest| newest.map(number))
    }

    pub(super) fn forget_lines(
        &self,
        kept: &Range<u64>,
        within: u64,
        pauses: &Pauses<'_>,
    ) -> Result<(), JournalError> {
        let mut seen = -1;
        while let Some(Stretch { last, old, is_kept }) = self.stretch(seen, kept)? {
            if let Some(old) = old {
                while self.forget_some(Some(old))? {
                    pauses.pause(self)?;
                }
            }
            // Those that are old stand first: it ends at the first that is not.
            if is_kept {
                break;
            }
            seen = last;
            pauses.pause(self)?;
        }
        while self.needed()? > within && self.forget_some(None)? {
            pauses.pause(self)?;
        }
        Ok(())
    }

    /// What some lines behind this one come to, if there are any.
    fn stretch(&self, seen: i64, kept: &Range<u64>) -> Result<Option<Stretch>, JournalError> {
        let last =
            "SELECT max(number) FROM (SELECT number FROM line WHERE number > ?1 ORDER BY number LIMIT ?2)";
        let first_kept = "SELECT number FROM line WHERE number > ?1 AND number <= ?2 AND at >= ?3 AND at < ?4 \
                          ORDER BY number LIMIT 1";
        let old = "SELECT max(number) FROM line WHERE number > ?1 AND number < ?2 AND at < ?3";
        let (start, end) = (signed(kept.start), signed(kept.end));
        let look = || -> rusqlite::Result<Option<Stretch>> {
            let ask = |query: &str| self.connection().prepare_cached(query);
            let last: Option<i64> = ask(last)?.query_row([seen, AT_ONCE], |row| row.get(0))?;
            let Some(last) = last else { return Ok(None) };
            let kept: Option<i64> =
                ask(first_kept)?.query_row([seen, last, start, end], |row| row.get(0)).optional()?;
            let until = kept.unwrap_or(last + 1);
            let old: Option<i64> = ask(old)?.query_row([seen, until, start], |row| row.get(0))?;
            Ok(Some(Stretch { last, old, is_kept: kept.is_some() }))
        };
        look().map_err(|error| self.fails(&error))
    }

    /// Forgets some of the oldest lines; only those up to this one, if that is said. Returns whether there may be more.
    fn forget_some(&self, upto: Option<i64>) -> Result<bool, JournalError> {
        self.change(|change| {
            let last = "SELECT max(number) FROM (SELECT number FROM line ORDER BY number LIMIT ?1)";
            let last: Option<i64> = change.query_row(last, [AT_ONCE], |row| row.get(0))?;
            let Some(last) = last else { return Ok(false) };
            let until = upto.map_or(last, |upto| upto.min(last));
            change.execute("DELETE FROM line WHERE number <= ?1", [until])?;
            Ok(upto.is_none_or(|upto| last < upto))
        })
    }
}

/// Some lines that follow one another.
struct Stretch {
    /// The number of the last.
    last: i64,
    /// The last that is too old, before the first that is to be kept.
    old: Option<i64>,
    /// Whether one of them is to be kept.
    is_kept: bool,
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
