//! The file: looked over, made smaller, copied.

use std::{fs, path::Path, thread, time::Duration};

use rusqlite::backup::{Backup, StepResult};

use super::{
    failure,
    file::{File, connect, guard_mode, number},
    line::Pauses,
};
use crate::{Extent, JournalError};

/// So many pages are copied at once.
const PAGES: i32 = 128;

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

    pub(super) fn vacuum(&self) -> Result<(), JournalError> {
        self.drop_next();
        self.leave_out_what_is_aside()?;
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(|error| self.fails(&error))
    }

    /// Writes a copy of what it holds, with appends between the pieces. To bring it to the disk is for others: that takes
    /// its time.
    pub(super) fn back_up(&self, to: &Path, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        if to.exists() {
            let cause = String::from("there is such a file already; a backup never replaces one");
            return Err(JournalError::ReadOnly { path: to.to_owned(), cause });
        }
        guard_mode(to)?;
        let written = self.copy_to(to, pauses);
        if written.is_err() {
            // Half a backup is none; that it was not written is what is told.
            let _ = fs::remove_file(to);
        }
        written
    }

    fn copy_to(&self, to: &Path, pauses: &Pauses<'_>) -> Result<(), JournalError> {
        let fails = |error: rusqlite::Error| failure::of(to, &error);
        let mut copy = connect(to).map_err(fails)?;
        // Half a copy is removed, and a whole one brought to the disk by others.
        copy.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF").map_err(fails)?;
        // What is written meanwhile by this same connection goes into both.
        let backup = Backup::new(self.connection(), &mut copy).map_err(fails)?;
        let mut busy = 0;
        loop {
            let step = backup.step(PAGES).map_err(fails)?;
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
    pub(super) fn copy(&self, pauses: &Pauses<'_>) -> Result<fs::File, JournalError> {
        self.place.tidy();
        let name = self.place.copy();
        self.back_up(&name, pauses)?;
        let opened = fs::File::open(&name);
        let _ = fs::remove_file(&name);
        opened.map_err(|error| JournalError::Unavailable { cause: format!("{}: {error}", name.display()) })
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
