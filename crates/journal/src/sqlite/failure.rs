//! What SQLite says, as an operator should read it.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::JournalError;

/// What fails when a disk can't give what is on it; others fail when it can't take something.
const READS: [i32; 5] = [
    ffi::SQLITE_IOERR,
    ffi::SQLITE_IOERR_READ,
    ffi::SQLITE_IOERR_SHORT_READ,
    ffi::SQLITE_IOERR_DATA,
    ffi::SQLITE_IOERR_CORRUPTFS,
];

/// What an error of SQLite means for the file at this path.
pub(super) fn of(path: &Path, error: &Error) -> JournalError {
    let path = path.to_owned();
    let cause = error.to_string();
    let Error::SqliteFailure(failure, _) = error else {
        return JournalError::Corrupt { path, cause };
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "SQLite's list; what an operator can't mend has one text"
    )]
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => JournalError::Locked { path },
        ErrorCode::DiskFull => JournalError::NoRoom { path },
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
            JournalError::ReadOnly { path, cause }
        }
        ErrorCode::SystemIoFailure if READS.contains(&failure.extended_code) => {
            JournalError::Unreadable { path, cause }
        }
        ErrorCode::DatabaseCorrupt => JournalError::Corrupt { path, cause },
        ErrorCode::NotADatabase => JournalError::Foreign {
            path,
            cause: String::from("it is no SQLite file, or its first page is damaged"),
        },
        _ => JournalError::Unavailable { cause: format!("{}: {cause}", path.display()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_can_not_read_is_not_one_that_can_not_write() {
        let of = |code| of(Path::new("store.db"), &Error::SqliteFailure(ffi::Error::new(code), None));
        for code in [ffi::SQLITE_IOERR_READ, ffi::SQLITE_IOERR_SHORT_READ, ffi::SQLITE_IOERR_DATA] {
            let why = of(code);
            assert!(matches!(why, JournalError::Unreadable { .. }) && why.is_damage(), "{why}");
            assert!(why.to_string().contains("to another disk"), "it says what helps: {why}");
        }
        for code in [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_FSYNC] {
            let why = of(code);
            assert!(matches!(why, JournalError::Unavailable { .. }) && !why.is_damage(), "{why}");
        }
    }
}
