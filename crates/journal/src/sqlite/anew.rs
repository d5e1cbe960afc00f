//! A tree of pieces in which nothing can be found, written or removed any more is set aside, and another one begun.
//!
//! A piece is found, and put behind the last one, by the pages that lead to it. If one of these is damaged, no snapshot could
//! be kept ever again: so the newest one that can be read goes into another tree, beside the new one, and in one step that
//! tree takes the place of the damaged one. Until then a start reads what it would have read before. What was set aside can't
//! be removed piece by piece; [`File::vacuum`] leaves it out when it writes the file anew.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{
    file::{File, number, signed},
    line::Pauses,
    snapshots::{AT_ONCE, PIECE, first},
};
use crate::{JournalError, Position, Snapshot};

/// Where pieces go until all of them are there.
const NEXT: &str = "CREATE TABLE piece_next (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";

/// What a tree is called that was set aside. Behind it stand the newest snapshot that was lost with it, and about how many bytes
/// lie in it.
const ASIDE: &str = "aside_";

/// What a table is called, with the same behind it, that says of such a tree: it was left out, and the file not written anew since.
const LEFT_OUT: &str = "left_out_";

/// A tree that was set aside, or left out.
struct Aside {
    name: String,
    newest: Position,
    bytes: u64,
}

impl Aside {
    fn named(name: String) -> Option<Self> {
        let what = name.strip_prefix(ASIDE).or_else(|| name.strip_prefix(LEFT_OUT))?;
        let (newest, bytes) = what.split_once('_').unwrap_or((what, "0"));
        let (newest, bytes) = (newest.parse().ok().map(Position)?, bytes.parse().ok()?);
        Some(Self { name, newest, bytes })
    }
}

/// Does it once more if its disk could not read something: that may pass, and what is set aside is lost for good.
pub(super) fn twice<T>(mut act: impl FnMut() -> Result<T, JournalError>) -> Result<T, JournalError> {
    match act() {
        Err(JournalError::Unreadable { .. }) => act(),
        done => done,
    }
}

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
            // Else the next one does it.
            let _ = self.drop_next(pauses);
        }
        kept
    }

    fn write_anew(&self, snapshot: &Snapshot, pauses: &Pauses<'_>) -> Result<Option<i64>, JournalError> {
        let position = signed(snapshot.position.0);
        self.begin_next(pauses)?;
        let (mut before, mut lost) = (None, None);
        for other in self.snapshots()?.into_iter().map(|it| signed(it.0)).filter(|it| *it < position) {
            if self.copy_pieces(other, pauses)? {
                before = Some(other);
                break;
            }
            self.begin_next(pauses)?;
            lost = lost.or(Some(other));
        }
        for (number, bytes) in (first(position)..).zip(snapshot.bytes.chunks(PIECE)) {
            self.insert_next(number, bytes)?;
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
        newest: i64,
        also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<usize>,
    ) -> Result<(), JournalError> {
        let name = self.name_aside(newest, self.weight()?)?;
        self.change(|change| {
            change.execute_batch(&format!(
                "ALTER TABLE piece RENAME TO {name}; ALTER TABLE piece_next RENAME TO piece; DELETE FROM damaged"
            ))?;
            also(change).map(drop)
        })
    }

    fn name_aside(&self, mut newest: i64, bytes: u64) -> Result<String, JournalError> {
        let others = self.aside()?;
        while others.contains(&Position(number(newest))) {
            newest += 1;
        }
        Ok(format!("{ASIDE}{newest}_{bytes}"))
    }

    /// About how many bytes lie in the tree, by the pages that lead to pieces. Of a snapshot that was whole, and where these are
    /// damaged, it is as many as of the largest one in the new tree.
    fn weight(&self) -> Result<u64, JournalError> {
        let step = first(1);
        let weigh = "SELECT coalesce(sum(length(bytes)), 0) AS weight FROM";
        let largest: i64 = self.ask(&format!(
            "SELECT coalesce(max(weight), 0) FROM ({weigh} piece_next GROUP BY number / {step})"
        ))?;
        let there = format!(
            "WITH known(position) AS (SELECT position FROM whole UNION SELECT position FROM damaged) \
             SELECT position, ?1 FROM known \
             UNION ALL SELECT DISTINCT number / {step}, 0 FROM piece_next WHERE number / {step} NOT IN known"
        );
        let read = || -> rusqlite::Result<Vec<(i64, i64)>> {
            let mut select = self.connection().prepare(&there)?;
            let found = select.query_map([largest], |row| Ok((row.get(0)?, row.get(1)?)))?;
            found.collect()
        };
        let mut bytes = 0;
        for (position, or_else) in read().map_err(|error| self.fails(&error))? {
            let (from, end) = (first(position), first(position + 1));
            match self.ask::<i64>(&format!("{weigh} piece WHERE number >= {from} AND number < {end}")) {
                Ok(weight) => bytes += number(weight),
                Err(error) if error.is_damage() => bytes += number(or_else),
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    /// Sets aside what can't be removed of snapshots, unless there are some that can't be read and are to be kept.
    pub(super) fn set_stuck_aside(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let Some(stuck) = self.ask("SELECT max(position) FROM damaged")? else { return Ok(()) };
        self.begin_next(pauses)?;
        for whole in self.snapshots()? {
            if !self.copy_pieces(signed(whole.0), pauses)? {
                return self.drop_next(pauses);
            }
        }
        self.set_aside(stuck, |_| Ok(0))
    }

    /// Copies all pieces of a snapshot; `false` if one of them can't be read. That one can't be written is no matter of the
    /// snapshot, and an error.
    fn copy_pieces(&self, position: i64, pauses: &Pauses<'_>) -> Result<bool, JournalError> {
        let (mut from, end) = (first(position), first(position + 1));
        loop {
            match twice(|| self.next_piece(from, end)) {
                Ok(Some((number, bytes))) => {
                    self.insert_next(number, &bytes)?;
                    from = number + 1;
                }
                Ok(None) => return Ok(true),
                Err(error) if error.is_damage() => return Ok(false),
                Err(error) => return Err(error),
            }
            pauses.pause(self)?;
        }
    }

    /// The first piece from there on, and its number.
    fn next_piece(&self, from: i64, end: i64) -> Result<Option<(i64, Vec<u8>)>, JournalError> {
        let read = || {
            let next =
                "SELECT number, bytes FROM piece WHERE number >= ?1 AND number < ?2 ORDER BY number LIMIT 1";
            let mut next = self.connection().prepare_cached(next)?;
            next.query_row([from, end], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        };
        read().map_err(|error| self.fails(&error))
    }

    fn insert_next(&self, number: i64, bytes: &[u8]) -> Result<(), JournalError> {
        let insert = "INSERT INTO piece_next VALUES (?1, ?2)";
        self.change(|change| change.prepare_cached(insert)?.execute(params![number, bytes]).map(drop))
    }

    fn begin_next(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        self.drop_next(pauses)?;
        self.change(|change| change.execute_batch(NEXT))
    }

    /// What was broken off is nothing, and needs no room. It goes piece by piece; what is too damaged for that is set aside as
    /// well.
    pub(super) fn drop_next(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        if self.ask::<i64>("SELECT count(*) FROM sqlite_schema WHERE name = 'piece_next'")? == 0 {
            return Ok(());
        }
        let some =
            "DELETE FROM piece_next WHERE number IN (SELECT number FROM piece_next ORDER BY number LIMIT ?1)";
        loop {
            match twice(|| self.change(|change| change.execute(some, [signed(AT_ONCE as u64)]))) {
                Ok(0) => return self.change(|change| change.execute_batch("DROP TABLE piece_next")),
                Ok(_) => pauses.pause(self)?,
                Err(error) if error.is_damage() => break,
                Err(error) => return Err(error),
            }
        }
        let newest = self.snapshots()?.first().map_or(0, |it| signed(it.0));
        let rename = format!("ALTER TABLE piece_next RENAME TO {}", self.name_aside(newest, 0)?);
        self.change(|change| change.execute_batch(&rename))
    }

    fn all_aside(&self) -> Result<Vec<Aside>, JournalError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let names =
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name GLOB ?1 OR name GLOB ?2)";
            let mut select = self.connection().prepare_cached(names)?;
            let found = select.query_map([ASIDE, LEFT_OUT].map(|it| format!("{it}*")), |row| row.get(0))?;
            found.collect()
        };
        let names = read().map_err(|error| self.fails(&error))?;
        Ok(names.into_iter().filter_map(Aside::named).collect())
    }

    /// Where trees were set aside, and still are in the file: the newest snapshot that was lost with each.
    pub(super) fn aside(&self) -> Result<Vec<Position>, JournalError> {
        Ok(self.all_aside()?.into_iter().map(|it| it.newest).collect())
    }

    /// About how many bytes lie in such trees.
    pub(super) fn bytes_aside(&self) -> Result<u64, JournalError> {
        Ok(self.all_aside()?.iter().map(|it| it.bytes).fold(0, u64::saturating_add))
    }

    /// What was set aside is no part of it any more. Its pages belong to nothing until the file is written anew: that it is to
    /// be is noted until then, see [`File::forget_what_was_left_out`].
    pub(super) fn leave_out_what_is_aside(&self) -> Result<(), JournalError> {
        let mut aside = self.all_aside()?;
        aside.retain(|it| it.name.starts_with(ASIDE));
        if aside.is_empty() {
            return Ok(());
        }
        let pragma = |value: &str| {
            let set = format!("PRAGMA writable_schema = {value}");
            self.connection().execute_batch(&set).map_err(|error| self.fails(&error))
        };
        // To drop it, SQLite would go through all of it.
        pragma("ON")?;
        let left_out = self.change(|change| {
            for Aside { name, .. } in &aside {
                let note = name.replacen(ASIDE, LEFT_OUT, 1);
                change.execute_batch(&format!("CREATE TABLE {note} (only INTEGER)"))?;
                change.execute("DELETE FROM sqlite_schema WHERE type = 'table' AND name = ?1", [name])?;
            }
            Ok(())
        });
        pragma("RESET")?;
        left_out
    }

    /// The file was written anew: it has only pages that belong to something.
    pub(super) fn forget_what_was_left_out(&self) -> Result<(), JournalError> {
        for Aside { name, .. } in self.all_aside()? {
            if name.starts_with(LEFT_OUT) {
                self.change(|change| change.execute_batch(&format!("DROP TABLE {name}")))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
        mpsc,
    };

    use rusqlite::{
        Error, ffi,
        functions::{Context, FunctionFlags},
    };
    use tempfile::TempDir;

    use super::*;
    use crate::{Journal as _, SqliteJournal};

    const WEIGHT: usize = 4 * PIECE;

    /// A journal with ten records, and snapshots of the fourth and the eighth.
    async fn journal() -> (SqliteJournal, TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = SqliteJournal::open(&folder.path().join("store.db")).expect("opens");
        for after in 0..10 {
            journal.append(Position(after), "record".into(), Vec::new()).await.expect("appended");
        }
        for position in [4, 8] {
            journal.keep(snapshot(position)).await.expect("kept");
        }
        (journal, folder)
    }

    fn snapshot(position: u64) -> Snapshot {
        Snapshot { position: Position(position), bytes: vec![7; WEIGHT].into() }
    }

    impl SqliteJournal {
        async fn execute(&self, what: &'static str) {
            self.act(|file| file.change(|change| change.execute_batch(what))).await.expect("done");
        }

        /// So often something can't be read when it writes a piece to this table.
        async fn fails_to_write(&self, table: &'static str, times: u32) -> Arc<AtomicU32> {
            let left = Arc::new(AtomicU32::new(times));
            let counted = left.clone();
            let fails = move |_: &mut Context<'_>| match counted
                .try_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            {
                Ok(_) => Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_READ), None)),
                Err(_) => Ok(0),
            };
            let begun = self.act(move |file| {
                let trigger =
                    format!("CREATE TEMP TRIGGER fails BEFORE INSERT ON {table} BEGIN SELECT fails(); END");
                let connection = file.connection();
                connection
                    .create_scalar_function("fails", 0, FunctionFlags::SQLITE_UTF8, fails)
                    .and_then(|()| connection.execute_batch(&trigger))
                    .map_err(|error| file.fails(&error))
            });
            begun.await.expect("begun");
            left
        }
    }

    #[tokio::test]
    async fn what_was_left_out_is_told_until_the_file_is_written_anew() {
        let (journal, folder) = journal().await;
        journal
            .execute(
                "CREATE TABLE aside_8_1048576 (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                 INSERT INTO aside_8_1048576 SELECT number, bytes FROM piece WHERE number >> 20 = 8",
            )
            .await;
        let bytes = journal.extent().await.expect("asked").bytes;
        // As a disk leaves it that is full then, or a process that is killed.
        journal.act(File::leave_out_what_is_aside).await.expect("left out");
        drop(journal);
        let (path, copy) = (folder.path().join("store.db"), folder.path().join("copy.db"));
        let journal = SqliteJournal::open(&path).expect("opens");
        journal.keep(snapshot(10)).await.expect("kept");
        assert_eq!(journal.damaged().await, Ok(vec![Position(8)]), "though it is no table any more");
        let needed = journal.extent().await.expect("asked").bytes;
        assert!(needed.abs_diff(bytes) < 50_000, "{needed}, {bytes} before");
        journal.back_up(copy.clone()).await.expect("written");
        for journal in [SqliteJournal::open(&copy).expect("opens"), journal] {
            assert_eq!(journal.damaged().await, Ok(vec![Position(8)]));
            journal.check().await.expect_err("pages of it belong to nothing");
            journal.vacuum().await.expect("written anew");
            journal.check().await.expect("whole");
            assert_eq!(journal.damaged().await, Ok(Vec::new()));
        }
    }

    #[tokio::test]
    async fn what_was_broken_off_goes_piece_by_piece() {
        let (journal, _folder) = journal().await;
        journal
            .execute(
                "CREATE TABLE piece_next (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
                 INSERT INTO piece_next SELECT i, randomblob(262144) FROM n",
            )
            .await;
        let (go_on, until) = mpsc::channel::<()>();
        // Both are in line by then.
        let waits = journal.act(move |_| Ok(until.recv().is_err()));
        let keeps = journal.keep(snapshot(10));
        let counts = journal.act(|file| file.ask::<i64>("SELECT count(*) FROM piece_next"));
        drop(go_on);
        waits.await.expect("over");
        let left = counts.await.expect("it is not gone yet");
        assert!((1..40).contains(&left), "{left} of 40 are left when others come between");
        keeps.await.expect("kept");
        let is_there = "SELECT count(*) FROM sqlite_schema WHERE name = 'piece_next'";
        assert_eq!(journal.act(|file| file.ask::<i64>(is_there)).await, Ok(0));
    }

    #[tokio::test]
    async fn what_a_disk_can_not_read_once_is_read_again_before_anything_is_set_aside() {
        for (times, damaged) in [(1, vec![]), (2, vec![Position(8)])] {
            let (journal, _folder) = journal().await;
            let left = journal.fails_to_write("piece", times).await;
            journal.keep(snapshot(10)).await.expect("kept");
            assert_eq!(left.load(Relaxed), 0);
            assert_eq!(journal.damaged().await, Ok(damaged), "{times} times");
            assert_eq!(journal.snapshots().await, Ok(vec![Position(10), Position(8)]));
        }
    }

    #[tokio::test]
    async fn a_copy_that_can_not_be_written_does_not_make_its_snapshot_unreadable() {
        let (journal, _folder) = journal().await;
        journal.toil(File::begin_next).await.expect("begun");
        journal.fails_to_write("piece_next", u32::MAX).await;
        let copied = journal.toil(|file, pauses| file.copy_pieces(8, pauses)).await;
        assert!(matches!(copied, Err(JournalError::Unreadable { .. })), "{copied:?}");
    }
}
