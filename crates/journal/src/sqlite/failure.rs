//! What SQLite says, as an operator should read it.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::JournalError;

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
        ErrorCode::DatabaseCorrupt => JournalError::Corrupt { path, cause },
        ErrorCode::NotADatabase => JournalError::Foreign {
            path,
            cause: String::from("it is no SQLite file, or its first page is damaged"),
        },
        _ => JournalError::Unavailable { cause: format!("{}: {cause}", path.display()) },
    }
}
