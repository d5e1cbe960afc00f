//! The file: looked over, made smaller, copied.

use std::{fs, path::Path, thread, time::Duration};

use rusqlite::backup::{Backup, StepResult};

use super::{
    failure,
    file::{File, connect, guard_mode, number},
    line::Pauses,
};
use crate::{Extent, JournalError};

/// So many pages are copied at once, and at most, while appends are faster.
const PAGES: i32 = 128;
const MOST_PAGES: i32 = 32_768;

/// How often appends may take back most of what was copied, until it is given up.
const LOST: u32 = 100;

/// After so many pieces in turn of which little was lost, the next ones are smaller, and one that was lost is made up for.
const CALM: u32 = 4;

/// How often, and how long after each other, it is tried to go on with a copy that another program holds.
const TRIES: u32 = 100;
const BUSY: Duration = Duration::from_millis(50);

impl File {
    pub(super) fn check(&self) -> Result<(), JournalError> {
        let said: String = self.ask("PRAGMA integrity_check(1)")?;
        let path = self.path.clone();
        if said != "ok" {
            return Err(JournalError::Corrupt { path, cause: said });
        }
        let records: i64 = self.ask("SELECT count(*) FROM record")?;
        let Extent { head, tip, .. } = self.extent()?;
        if head.0 + number(records) != tip.0 {
            let cause = format!("{records} records where {} are expected", tip.0.saturating_sub(head.0));
            return Err(JournalError::Corrupt { path, cause });
        }
        Ok(())
    }

    pub(super) fn vacuum(&self, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        self.set_stuck_aside(pauses)?;
        self.drop_next(pauses)?;
        self.leave_out_what_is_aside()?;
        let execute = |what| self.connection.execute_batch(what).map_err(|error| self.fails(&error));
        execute("VACUUM")?;
        self.forget_what_was_left_out()?;
        execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Writes a copy of what it holds, with appends between the pieces; it is broken off once nobody wants it any more. To
    /// bring it to the disk is for others: that takes its time.
    pub(super) fn back_up(
        &self,
        to: &Path,
        is_wanted: &dyn Fn() -> bool,
        pauses: &Pauses<'_>,
    ) -> Result<(), JournalError> {
        if to.exists() {
            let cause = String::from("there is such a file already; a backup never replaces one");
            return Err(JournalError::ReadOnly { path: to.to_owned(), cause });
        }
        guard_mode(to)?;
        let written = self.copy_to(to, is_wanted, pauses);
        if written.is_err() {
            // Half a backup is none; that it was not written is what is told.
            let _ = fs::remove_file(to);
        }
        written
    }

    fn copy_to(
        &self,
        to: &Path,
        is_wanted: &dyn Fn() -> bool,
        pauses: &Pauses<'_>,
    ) -> Result<(), JournalError> {
        let fails = |error: rusqlite::Error| failure::of(to, &error);
        let mut copy = connect(to).map_err(fails)?;
        // Half a copy is removed, and a whole one brought to the disk by others.
        copy.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF").map_err(fails)?;
        // What is written meanwhile by this same connection goes into both.
        let backup = Backup::new(self.connection(), &mut copy).map_err(fails)?;
        let (mut busy, mut pace) = (0, Pace::default());
        loop {
            if !is_wanted() {
                let cause = String::from("nobody waits for the copy any more: it was broken off");
                return Err(JournalError::Unavailable { cause });
            }
            let step = backup.step(pace.pages).map_err(|error| of_step(&self.path, to, &error))?;
            if matches!(step, StepResult::Done) {
                break;
            }
            if !matches!(step, StepResult::More) {
                busy += 1;
                if busy > TRIES {
                    let cause = format!("another program has {} open", to.display());
                    return Err(JournalError::Unavailable { cause });
                }
                thread::sleep(BUSY);
            } else if !pace.is_left(backup.progress().remaining) {
                let path = self.path.display();
                let cause = format!(
                    "more is written to {path} than can be copied meanwhile, and the copy was given up: make it when \
                     accounts say less"
                );
                return Err(JournalError::Unavailable { cause });
            }
            pauses.pause(self)?;
        }
        drop(backup);
        // It goes its own way: the note beside the store is not about it.
        copy.execute_batch("PRAGMA locking_mode = EXCLUSIVE; DELETE FROM life").map_err(fails)?;
        copy.close().map_err(|(_, error)| fails(error))
    }

    /// The copy that is being made for somebody has a name for a moment, beside the store; what was left there by a process
    /// that was killed goes first.
    pub(super) fn copy(
        &self,
        is_wanted: &dyn Fn() -> bool,
        pauses: &Pauses<'_>,
    ) -> Result<fs::File, JournalError> {
        self.place.tidy();
        let name = self.place.copy();
        self.back_up(&name, is_wanted, pauses)?;
        let opened = fs::File::open(&name);
        let _ = fs::remove_file(&name);
        opened.map_err(|error| JournalError::Unavailable { cause: format!("{}: {error}", name.display()) })
    }
}

/// What an error of copying some pages means: what can't be read is the file itself, what can't be written the copy.
fn of_step(from: &Path, to: &Path, error: &rusqlite::Error) -> JournalError {
    let of_copy = failure::of(to, error);
    if of_copy.is_damage() { failure::of(from, error) } else { of_copy }
}

/// How fast it is copied: so fast that appends, which go on meanwhile and make it longer, don't win for ever. The larger the
/// pieces, the longer appends wait for one.
#[derive(Debug)]
struct Pace {
    /// So many pages are copied at once.
    pages: i32,
    /// So many were left before.
    left: Option<i32>,
    /// How often most of a piece was lost again, without what was made up for.
    lost: u32,
    /// How often in turn little of a piece was lost.
    calm: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { pages: PAGES, left: None, lost: 0, calm: 0 }
    }
}

impl Pace {
    /// So many pages are left after a piece. Returns whether it is worth going on.
    fn is_left(&mut self, left: i32) -> bool {
        let Some(before) = self.left.replace(left) else { return true };
        let won = before.saturating_sub(left);
        if won < self.pages / 2 {
            (self.lost, self.calm) = (self.lost + 1, 0);
            self.pages = (self.pages * 2).min(MOST_PAGES);
        } else if won < self.pages / 4 * 3 {
            self.calm = 0;
        } else {
            self.calm += 1;
        }
        // Of half as much, most would be won as well.
        if self.calm == CALM {
            (self.lost, self.calm) = (self.lost.saturating_sub(1), 0);
            self.pages = (self.pages / 2).max(PAGES);
        }
        self.lost < LOST
    }
}

/// Brings a file to the disk.
pub(super) fn bring_to_disk(path: &Path) -> Result<(), JournalError> {
    let synced = fs::File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|error| {
        let _ = fs::remove_file(path);
        JournalError::Unavailable { cause: format!("{}: {error}", path.display()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pieces it takes until it is copied, or given up, and how large the last one was.
    fn copied(grows: i32, left: i32) -> (u32, i32, bool) {
        copied_while(|_| grows, left)
    }

    /// The same where it grows by so much after each piece.
    fn copied_while(grows: impl Fn(u32) -> i32, mut left: i32) -> (u32, i32, bool) {
        let (mut pace, mut pieces) = (Pace::default(), 0);
        loop {
            pieces += 1;
            left -= pace.pages;
            if left <= 0 {
                return (pieces, pace.pages, true);
            }
            if !pace.is_left(left) {
                return (pieces, pace.pages, false);
            }
            left += grows(pieces);
        }
    }

    #[test]
    fn a_copy_is_as_fast_as_it_needs_to_be_and_given_up_if_that_is_too_slow() {
        assert_eq!(copied(0, 128_000), (1_000, PAGES, true));
        assert_eq!(copied(60, 128_000), (1_882, PAGES, true), "what it loses is less than half");
        let (pieces, pages, is_copied) = copied(10_000, 1_000_000);
        assert!(is_copied && pages > 10_000 && pieces < 200, "{pieces} pieces, of {pages} at last");
        let (pieces, pages, is_copied) = copied(40_000, 1_000_000);
        assert!(!is_copied && pages == MOST_PAGES && pieces <= LOST + 1, "{pieces} pieces");
    }
    #[test]
    fn pieces_of_a_copy_are_small_again_once_appends_calm_down() {
        // A burst, in which they grow as far as they may.
        let burst = |pieces| if pieces < 20 { 40_000 } else { 0 };
        assert_eq!(copied(40_000, 1_000_000).1, MOST_PAGES);
        let (pieces, pages, is_copied) = copied_while(burst, 1_000_000);
        assert!(is_copied && pages == PAGES, "{pieces} pieces, of {pages} at last");
        // Bursts that come again and again, each of them made up for.
        let bursts = |pieces: u32| if pieces.is_multiple_of(20) { 200 } else { 0 };
        let (pieces, pages, is_copied) = copied_while(bursts, 1_000_000);
        assert!(is_copied && pages <= 2 * PAGES && pieces > 20 * LOST, "{pieces} pieces, of {pages} at last");
    }

    #[test]
    fn what_can_not_be_read_is_the_store_and_what_can_not_be_written_the_copy() {
        let told = |code| {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            of_step(Path::new("store.db"), Path::new("copy.db"), &error).to_string()
        };
        for code in [rusqlite::ffi::SQLITE_IOERR_READ, rusqlite::ffi::SQLITE_CORRUPT] {
            assert!(told(code).contains("store.db") && !told(code).contains("copy.db"), "{}", told(code));
        }
        for code in [rusqlite::ffi::SQLITE_FULL, rusqlite::ffi::SQLITE_IOERR_WRITE] {
            assert!(told(code).contains("copy.db") && !told(code).contains("store.db"), "{}", told(code));
        }
    }
}
