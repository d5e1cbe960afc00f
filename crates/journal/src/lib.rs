//! What a team must not forget: records, one behind another. It must never know what they mean.
//!
//! ```text
//!   records ─▶ Log: seals each, one append in flight, behind the position it knows
//!                │                                    └ another one wrote there: fenced, nothing of ours is behind it
//!                ▼
//!        a Journal: memory │ sqlite │ sim      durable when `append` has returned
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | here | [`Journal`], positions, records and snapshots |
//! | [`log`] | the one writer of a journal: seals, appends, reads it back, makes sure after a lost acknowledgement |
//! | [`reader`] | reads it from as far back as there is, beside its writer, and goes past what is damaged |
//! | [`seal`] | the key, and what it makes of a record |
//! | [`error`] | why a journal can't be used, and what helps |
//! | [`memory`] | one that ends with the process |
//! | `sqlite` | one in a file, with the feature `sqlite` |
//! | [`sim`] | one that stalls, refuses, fills up and loses acknowledgements, for tests |

pub mod error;
pub mod log;
pub mod memory;
pub mod reader;
pub mod seal;
pub mod sim;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use std::{fmt, ops::Range, path::PathBuf};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};

pub use error::JournalError;
pub use log::{JournalPast, Log, SideLines, SnapshotKeeper};
pub use memory::MemoryJournal;
pub use reader::{JournalReader, StoryPiece};
pub use seal::SealKey;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteJournal;

/// Where a record stands: the first at 1, each one behind the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);

    /// The one behind.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What was appended, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where.
    pub position: Position,
    /// What, as it was given.
    pub bytes: Bytes,
}

/// What is only looked at: it stands beside the records, is never read when the journal is opened, and goes by its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was, in milliseconds since 1970 began.
    pub at: u64,
    /// What, as it was given.
    pub bytes: Bytes,
}

/// What all records up to one come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record that it has in it.
    pub position: Position,
    /// What they come to.
    pub bytes: Bytes,
}

/// How much a journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// The position before its first record; what was there is in a snapshot, or never was.
    pub head: Position,
    /// The position of its last record.
    pub tip: Position,
    /// What its records weigh, in bytes.
    pub record_bytes: u64,
    /// How many snapshots it holds.
    pub snapshots: u64,
    /// What its snapshots weigh, in bytes.
    pub snapshot_bytes: u64,
    /// How many lines stand beside its records.
    pub lines: u64,
    /// The room that all of it needs, in bytes; what it takes on a disk may be more, and is used again.
    pub bytes: u64,
}

/// The file that a journal is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    /// Where it is.
    pub path: PathBuf,
    /// The form of its tables.
    pub format: u32,
    /// What it takes on the disk, with what stands beside it, in bytes.
    pub bytes: u64,
}

/// Records, one behind another.
///
/// Its only writer goes by the position that it knows, and has one append in flight: so two that take themselves for
/// the only one can't both succeed, and a record stands behind all that its writer had read.
pub trait Journal: fmt::Debug + Send + Sync {
    /// How much it holds.
    fn extent(&self) -> BoxFuture<'_, Result<Extent, JournalError>>;

    /// The position of its last record.
    fn tip(&self) -> BoxFuture<'_, Result<Position, JournalError>> {
        async { self.extent().await.map(|it| it.tip) }.boxed()
    }

    /// Puts a record behind the one at `after`, and lines behind those that there are; it is durable once this has
    /// returned.
    ///
    /// # Errors
    /// [`JournalError::Fenced`]: another record stands there. Others leave open whether it was appended: see
    /// [`Log::append`].
    fn append(
        &self,
        after: Position,
        record: Bytes,
        lines: Vec<Line>,
    ) -> BoxFuture<'_, Result<(), JournalError>>;

    /// The records behind `after`, in their order: so many bytes, or one that is larger. None at the tip.
    fn read(&self, after: Position, most: usize) -> BoxFuture<'_, Result<Vec<Record>, JournalError>>;

    /// The positions of the snapshots that it holds whole, newest first.
    fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>>;

    /// What the snapshot at this position says.
    fn snapshot(&self, at: Position) -> BoxFuture<'_, Result<Bytes, JournalError>>;

    /// Keeps a snapshot. The one before it is kept as well; what is older goes, and so do records that both have in
    /// them. Appends go on meanwhile.
    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>>;

    /// These snapshots stay, and all records behind the oldest of them, when the next one is kept, until this is told
    /// otherwise: whoever wants to know what happened begins there. A start needs none of them.
    fn spare(&self, snapshots: Vec<Position>) -> BoxFuture<'_, Result<(), JournalError>>;

    /// Forgets the snapshot at this position, which can't be read. What is too damaged to be removed stays, and is named by
    /// [`Journal::damaged`].
    fn forget_snapshot(&self, at: Position) -> BoxFuture<'_, Result<(), JournalError>>;

    /// Snapshots that were to be forgotten, and are too damaged to be removed, or are set aside with the tree that they are
    /// in, oldest first: nothing needs them, but what they are in is damaged.
    fn damaged(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// The newest lines before the one of this number, newest first, each with its number; so many at the most.
    fn lines(
        &self,
        before: Option<u64>,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(u64, Line)>, JournalError>>;

    /// The number of the newest line, if there is one. It is known though the line itself can't be read.
    fn newest_line(&self) -> BoxFuture<'_, Result<Option<u64>, JournalError>> {
        async { Ok(self.lines(None, 1).await?.first().map(|(number, _)| *number)) }.boxed()
    }

    /// Forgets lines of before these times, up to the first that is of them; what stands between them and is of later times, by
    /// a clock that was wrong, goes too. And, oldest first, as many as it takes for all of the journal to need no more than
    /// `within` bytes. Appends go on meanwhile.
    fn forget_lines(&self, kept: Range<u64>, within: u64) -> BoxFuture<'_, Result<(), JournalError>>;

    /// What was put there as its mark: by this a [`Log`] knows whether it has the right key.
    fn mark(&self) -> BoxFuture<'_, Result<Option<Bytes>, JournalError>>;

    /// Puts a mark there, in the place of the one before.
    fn set_mark(&self, mark: Bytes) -> BoxFuture<'_, Result<(), JournalError>>;

    /// Ends it: whoever opens it next has it when this has returned. What is asked of it then is an error.
    fn close(&self) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }

    /// The file that it is in, if it is in one. It never waits for a disk: what it takes is as of the last thing that was
    /// done in it.
    fn on_disk(&self) -> Option<OnDisk> {
        None
    }

    /// Looks for damage in all of it.
    fn check(&self) -> BoxFuture<'_, Result<(), JournalError>> {
        async { Ok(()) }.boxed()
    }

    /// Gives back room that is not needed any more, and leaves out what is [damaged](Journal::damaged).
    fn vacuum(&self) -> BoxFuture<'_, Result<(), JournalError>> {
        async { Ok(()) }.boxed()
    }

    /// Writes a copy of it as it is now, whole, while it is in use: appends go on meanwhile, and are in it. It is on the
    /// disk once this has returned.
    ///
    /// # Errors
    /// It is in no file; there is such a file, or it can't be written: then nothing of it is left.
    fn back_up(&self, to: PathBuf) -> BoxFuture<'_, Result<(), JournalError>> {
        let cause = format!("it ends with its process, so there is nothing to put into {}", to.display());
        async move { Err(JournalError::Unavailable { cause }) }.boxed()
    }

    /// The same in a file without a name, for somebody who reads it at once.
    fn copy(&self) -> BoxFuture<'_, Result<std::fs::File, JournalError>> {
        let cause = String::from("it ends with its process, so there is nothing to copy");
        async move { Err(JournalError::Unavailable { cause }) }.boxed()
    }
}
