//! A journal in one file, by SQLite.
//!
//! | module | what it holds |
//! |---|---|
//! | here | the journal, as others know it |
//! | `file` | the file: opened, and what is written to it and read from it |
//! | `line` | what is to be done in it, in line: what takes long pauses for what is short |
//! | `snapshots` | what all records up to one come to |
//! | `anew` | a tree of their pieces that is damaged, and another one in its place |
//! | `lines` | what stands beside the records |
//! | `care` | the file: looked over, made smaller, copied |
//! | `place` | the file in its folder: what it takes, whether it is still there, and the note of its tip |
//! | `failure` | what SQLite says, as an operator should read it |
//!
//! The file is held by one process, exclusively; its write-ahead log reaches the disk before an append returns
//! (`synchronous=FULL`): neither a killed process nor a power cut takes back what was acknowledged.

mod anew;
mod care;
mod failure;
mod file;
mod line;
mod lines;
mod place;
mod snapshots;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::oneshot;

use crate::{Extent, Journal, JournalError, Line, OnDisk, Position, Record, Snapshot};
use file::File;
use line::{Job, Pauses, closed};

/// How long whoever drops it waits at most until its file is closed, if nobody asked for that before.
const FAREWELL: Duration = Duration::from_secs(5);

/// A journal in one file.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    /// A thread of its own does it: a disk may take its time.
    jobs: Option<mpsc::Sender<Job>>,
    /// Ends with that thread.
    thread: Mutex<mpsc::Receiver<()>>,
    /// Whether it was asked to close: who gave up waiting for that has waited enough.
    is_closing: AtomicBool,
    /// What it takes on the disk, in bytes.
    bytes: Arc<AtomicU64>,
}

impl SqliteJournal {
    /// Opens the file, or begins one. It is this process's own until the journal is dropped.
    ///
    /// # Errors
    /// It is another process's, damaged, of a newer version, or no store of ours. It is never begun anew then.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path)?;
        let bytes = file.place.bytes();
        let (jobs, todo) = mpsc::channel();
        let (ends, thread) = mpsc::channel::<()>();
        let work = move || {
            line::work(file, &todo);
            drop(ends);
        };
        let begun = thread::Builder::new().name(String::from("journal")).spawn(work);
        begun.map_err(|error| JournalError::Unavailable { cause: error.to_string() })?;
        let (path, jobs, thread) = (path.to_owned(), Some(jobs), Mutex::new(thread));
        Ok(Self { path, jobs, thread, is_closing: AtomicBool::new(false), bytes })
    }

    /// Does something that is short.
    fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&File) -> Result<T, JournalError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, JournalError>> {
        let (told, answer) = oneshot::channel();
        // Who asked may have gone.
        let job = Job::Short(Box::new(move |file| drop(told.send(act(file)))));
        self.line_up(job, answer)
    }

    /// Does something that takes long, and pauses for others.
    fn toil<T: Send + 'static>(
        &self,
        act: impl FnOnce(&File, &Pauses<'_>) -> Result<T, JournalError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, JournalError>> {
        let (told, answer) = oneshot::channel();
        let job = Job::Long(Box::new(move |file, pauses| drop(told.send(act(file, pauses)))));
        self.line_up(job, answer)
    }

    /// The same for what is of no use once nobody waits for it: it is told whether anybody does.
    fn make<T: Send + 'static>(
        &self,
        act: impl FnOnce(&File, &dyn Fn() -> bool, &Pauses<'_>) -> Result<T, JournalError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, JournalError>> {
        let (told, answer) = oneshot::channel();
        let job = Job::Long(Box::new(move |file, pauses| {
            let made = act(file, &|| !told.is_closed(), pauses);
            drop(told.send(made));
        }));
        self.line_up(job, answer)
    }

    fn line_up<T: Send + 'static>(
        &self,
        job: Job,
        answer: oneshot::Receiver<Result<T, JournalError>>,
    ) -> BoxFuture<'_, Result<T, JournalError>> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        async move {
            if !sent {
                return Err(closed());
            }
            answer.await.unwrap_or_else(|_| Err(closed()))
        }
        .boxed()
    }
}

impl Drop for SqliteJournal {
    /// The file is free, and whole, when this returns; unless its disk says nothing: nobody is to hang with it.
    fn drop(&mut self) {
        self.jobs = None;
        let patience = if *self.is_closing.get_mut() { Duration::ZERO } else { FAREWELL };
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Its end, or that there was none in time; it goes on by itself then.
        let _ = thread.recv_timeout(patience);
    }
}

impl Journal for SqliteJournal {
    fn extent(&self) -> BoxFuture<'_, Result<Extent, JournalError>> {
        self.act(File::extent)
    }

    fn tip(&self) -> BoxFuture<'_, Result<Position, JournalError>> {
        self.act(File::tip)
    }

    fn append(
        &self,
        after: Position,
        record: Bytes,
        lines: Vec<Line>,
    ) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(move |file| file.append(after, &record, &lines))
    }

    fn read(&self, after: Position, most: usize) -> BoxFuture<'_, Result<Vec<Record>, JournalError>> {
        self.act(move |file| file.read(after, most))
    }

    fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>> {
        self.act(File::snapshots)
    }

    fn snapshot(&self, at: Position) -> BoxFuture<'_, Result<Bytes, JournalError>> {
        self.make(move |file, is_wanted, pauses| file.snapshot(at, is_wanted, pauses))
    }

    fn spare(&self, snapshots: Vec<Position>) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(move |file| {
            file.spare(&snapshots);
            Ok(())
        })
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>> {
        self.toil(move |file, pauses| file.keep(&snapshot, pauses))
    }

    fn forget_snapshot(&self, at: Position) -> BoxFuture<'_, Result<(), JournalError>> {
        self.toil(move |file, pauses| file.forget_snapshot(at, pauses))
    }

    fn damaged(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>> {
        self.act(File::damaged)
    }

    fn lines(
        &self,
        before: Option<u64>,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(u64, Line)>, JournalError>> {
        self.act(move |file| file.lines(before, most))
    }

    fn newest_line(&self) -> BoxFuture<'_, Result<Option<u64>, JournalError>> {
        self.act(File::newest_line)
    }

    fn forget_lines(&self, kept: Range<u64>, within: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        self.toil(move |file, pauses| file.forget_lines(&kept, within, pauses))
    }

    fn mark(&self) -> BoxFuture<'_, Result<Option<Bytes>, JournalError>> {
        self.act(File::mark)
    }

    fn set_mark(&self, mark: Bytes) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(move |file| file.set_mark(&mark))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        let (told, answer) = oneshot::channel();
        self.is_closing.store(true, Relaxed);
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(Job::Close(told)).is_ok());
        async move {
            if sent {
                // An error means that it was closed before.
                let _ = answer.await;
            }
        }
        .boxed()
    }

    fn on_disk(&self) -> Option<OnDisk> {
        Some(OnDisk { path: self.path.clone(), format: file::FORMAT, bytes: self.bytes.load(Relaxed) })
    }

    fn check(&self) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(File::check)
    }

    fn vacuum(&self) -> BoxFuture<'_, Result<(), JournalError>> {
        self.toil(File::vacuum)
    }

    fn back_up(&self, to: PathBuf) -> BoxFuture<'_, Result<(), JournalError>> {
        let written = self.make({
            let to = to.clone();
            move |file, is_wanted, pauses| file.back_up(&to, is_wanted, pauses)
        });
        async move {
            written.await?;
            // Beside the line, in which nobody is to wait for a disk that is busy with this.
            let brought = tokio::task::spawn_blocking(move || care::bring_to_disk(&to)).await;
            brought.unwrap_or_else(|error| Err(JournalError::Unavailable { cause: error.to_string() }))
        }
        .boxed()
    }

    fn copy(&self) -> BoxFuture<'_, Result<std::fs::File, JournalError>> {
        self.make(File::copy)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_disk_that_hangs_holds_up_nobody_who_looks_or_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = SqliteJournal::open(&folder.path().join("store.db")).expect("opens");
        let before = journal.on_disk().expect("a file").bytes;
        assert!(before > 0);
        let (go_on, until) = mpsc::channel::<()>();
        let hangs = journal.act(move |_| Ok(until.recv().is_ok()));
        assert_eq!(journal.on_disk().map(|it| it.bytes), Some(before));
        tokio::time::timeout(Duration::from_millis(20), journal.close()).await.expect_err("it hangs");
        drop(hangs);
        let began = Instant::now();
        drop(journal);
        assert!(began.elapsed() < FAREWELL, "{:?}", began.elapsed());
        drop(go_on);
    }
}
