//! A journal for tests: it stalls, refuses, fills up, loses acknowledgements, and forgets what it had promised.
//!
//! It outlives the process that writes to it: a clone is the same journal, and a writer that is dropped amid an append
//! leaves it done or not done. On tokio's clock, so that a paused one makes a second of it nothing.

use std::{
    collections::BTreeSet,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::sleep;

use crate::{Extent, Journal, JournalError, Line, Position, Record, Snapshot, memory::Kept};

/// How often it is looked whether an append that hangs may go on.
const OFTEN: Duration = Duration::from_millis(10);

/// What goes wrong, and how often.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Faults {
    /// How long an append takes, at least.
    pub delay: Duration,
    /// How much longer, at most; drawn for each.
    pub jitter: Duration,
    /// In how many of a thousand appends the acknowledgement is lost: the record is there, and the writer told that
    /// nobody knows.
    pub lost_acks: u32,
    /// In how many of a thousand appends nothing is appended, and the writer told that nobody knows.
    pub refusals: u32,
    /// There is no room: nothing is appended, and no mark is put there.
    pub is_full: bool,
    /// It can't be written: neither a record nor a mark.
    pub is_read_only: bool,
    /// An append does not return for as long as this is so, and nobody is told why.
    pub hangs: bool,
}

impl Faults {
    /// Whether anything can be written.
    fn check_room(&self) -> Result<(), JournalError> {
        let path = SimJournal::path();
        if self.is_full {
            return Err(JournalError::NoRoom { path });
        }
        if self.is_read_only {
            return Err(JournalError::ReadOnly { path, cause: String::from("read-only") });
        }
        Ok(())
    }
}

/// A journal in which things go wrong.
#[derive(Debug, Clone)]
pub struct SimJournal {
    kept: Arc<Mutex<Kept>>,
    unreadable: Arc<Mutex<Unreadable>>,
    faults: Arc<Mutex<(Faults, fastrand::Rng)>>,
}

/// What its disk can't read.
#[derive(Debug, Default)]
struct Unreadable {
    snapshots: BTreeSet<Position>,
    records: BTreeSet<Position>,
    lines: BTreeSet<u64>,
}

impl Unreadable {
    /// Whether one of these is.
    fn check<'a, T: Ord + 'a>(
        unreadable: &BTreeSet<T>,
        mut these: impl Iterator<Item = &'a T>,
    ) -> Result<(), JournalError> {
        if these.any(|it| unreadable.contains(it)) {
            let cause = String::from("its disk is at fault");
            return Err(JournalError::Unreadable { path: SimJournal::path(), cause });
        }
        Ok(())
    }
}

impl SimJournal {
    /// An empty one; `seed` draws what goes wrong.
    pub fn new(seed: u64) -> Self {
        let faults = (Faults::default(), fastrand::Rng::with_seed(seed));
        Self { kept: Arc::default(), unreadable: Arc::default(), faults: Arc::new(Mutex::new(faults)) }
    }

    /// What goes wrong from now on.
    pub fn set(&self, faults: Faults) {
        locked(&self.faults).0 = faults;
    }

    /// The snapshot at this position can't be read from now on.
    pub fn lose_snapshot(&self, at: Position) {
        locked(&self.unreadable).snapshots.insert(at);
    }

    /// The record at this position can't be read from now on.
    pub fn lose_record(&self, at: Position) {
        locked(&self.unreadable).records.insert(at);
    }

    /// The line of this number can't be read from now on.
    pub fn lose_line(&self, number: u64) {
        locked(&self.unreadable).lines.insert(number);
    }

    /// The line of this number is not what it was.
    pub fn damage_line(&self, number: u64) {
        locked(&self.kept).damage_line(number);
    }

    /// The snapshot at this position is not what it was.
    pub fn damage(&self, at: Position) {
        locked(&self.kept).damage(at);
    }

    /// It forgets its last records, as a disk does that lied about them, or a backup.
    pub fn roll_back(&self, records: usize) {
        locked(&self.kept).roll_back(records);
    }

    /// Another process writes a record behind the last one.
    ///
    /// # Errors
    /// Never.
    pub fn cut_in(&self, record: Bytes) -> Result<(), JournalError> {
        let mut kept = locked(&self.kept);
        let tip = kept.tip();
        kept.append(tip, record, Vec::new())
    }

    fn path() -> PathBuf {
        PathBuf::from("a simulated store")
    }
}

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    // It is whole between any two statements here.
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal for SimJournal {
    fn extent(&self) -> BoxFuture<'_, Result<Extent, JournalError>> {
        async { Ok(locked(&self.kept).extent()) }.boxed()
    }

    fn append(
        &self,
        after: Position,
        record: Bytes,
        lines: Vec<Line>,
    ) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            let (faults, wait, draw) = {
                let (faults, dice) = &mut *locked(&self.faults);
                (faults.clone(), faults.delay + faults.jitter.mul_f64(dice.f64()), dice.u32(..1_000))
            };
            sleep(wait / 2).await;
            while locked(&self.faults).0.hangs {
                sleep(OFTEN).await;
            }
            faults.check_room()?;
            let unknown = || JournalError::Unavailable { cause: String::from("no acknowledgement came") };
            if draw < faults.refusals {
                sleep(wait / 2).await;
                return Err(unknown());
            }
            locked(&self.kept).append(after, record, lines)?;
            // Whoever dies here has appended, and does not know it.
            sleep(wait / 2).await;
            if draw < faults.refusals + faults.lost_acks { Err(unknown()) } else { Ok(()) }
        }
        .boxed()
    }

    fn read(&self, after: Position, most: usize) -> BoxFuture<'_, Result<Vec<Record>, JournalError>> {
        async move {
            let read = locked(&self.kept).read(after, most);
            Unreadable::check(&locked(&self.unreadable).records, read.iter().map(|it| &it.position))?;
            Ok(read)
        }
        .boxed()
    }

    fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>> {
        async { Ok(locked(&self.kept).snapshots()) }.boxed()
    }

    fn snapshot(&self, at: Position) -> BoxFuture<'_, Result<Bytes, JournalError>> {
        async move {
            Unreadable::check(&locked(&self.unreadable).snapshots, std::iter::once(&at))?;
            locked(&self.kept).snapshot(at)
        }
        .boxed()
    }

    fn spare(&self, snapshots: Vec<Position>) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            locked(&self.kept).spare(snapshots);
            Ok(())
        }
        .boxed()
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            locked(&self.kept).keep(snapshot);
            Ok(())
        }
        .boxed()
    }

    fn forget_snapshot(&self, at: Position) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            locked(&self.kept).forget_snapshot(at);
            Ok(())
        }
        .boxed()
    }

    fn lines(
        &self,
        before: Option<u64>,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(u64, Line)>, JournalError>> {
        async move {
            let lines = locked(&self.kept).lines(before, most);
            Unreadable::check(&locked(&self.unreadable).lines, lines.iter().map(|(number, _)| number))?;
            Ok(lines)
        }
        .boxed()
    }

    fn newest_line(&self) -> BoxFuture<'_, Result<Option<u64>, JournalError>> {
        async { Ok(locked(&self.kept).lines(None, 1).first().map(|(number, _)| *number)) }.boxed()
    }

    fn forget_lines(&self, kept: Range<u64>, within: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            locked(&self.kept).forget_lines(&kept, within);
            Ok(())
        }
        .boxed()
    }

    fn mark(&self) -> BoxFuture<'_, Result<Option<Bytes>, JournalError>> {
        async { Ok(locked(&self.kept).mark()) }.boxed()
    }

    fn set_mark(&self, mark: Bytes) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            locked(&self.faults).0.check_room()?;
            locked(&self.kept).set_mark(mark);
            Ok(())
        }
        .boxed()
    }
}
