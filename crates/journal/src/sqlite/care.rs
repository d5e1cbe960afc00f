//! The file: looked over, made smaller, copied.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    failure,
    file::{File, guard_mode, number},
};
use crate::{Extent, JournalError};

impl File {
    pub(super) fn check(&mut self) -> Result<(), JournalError> {
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

    pub(super) fn vacuum(&mut self) -> Result<(), JournalError> {
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(|error| self.fails(&error))
    }

    pub(super) fn back_up(&mut self, to: &Path) -> Result<(), JournalError> {
        if to.exists() {
            let cause = String::from("there is such a file already; a backup never replaces one");
            return Err(JournalError::ReadOnly { path: to.to_owned(), cause });
        }
        guard_mode(to)?;
        let name = to.to_string_lossy();
        let written =
            self.connection.execute("VACUUM INTO ?1", [name]).map_err(|error| failure::of(to, &error));
        // SQLite leaves it to others to see that it reaches the disk.
        let kept = written.and_then(|_| {
            let synced = fs::File::open(to).and_then(|file| file.sync_all());
            synced.map_err(|error| JournalError::Unavailable { cause: format!("{}: {error}", to.display()) })
        });
        if kept.is_err() {
            // Half a backup is none; that it was not written is what is told.
            let _ = fs::remove_file(to);
        }
        kept
    }

    /// It has a name for a moment, beside the store; what was left there by a process that was killed goes first.
    pub(super) fn copy(&mut self) -> Result<fs::File, JournalError> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".being-copied");
        let name = PathBuf::from(name);
        let _ = fs::remove_file(&name);
        self.back_up(&name)?;
        let opened = fs::File::open(&name);
        let _ = fs::remove_file(&name);
        opened.map_err(|error| JournalError::Unavailable { cause: format!("{}: {error}", name.display()) })
    }
}
