//! A journal in one file, by SQLite.
//!
//! | module | what it holds |
//! |---|---|
//! | here | the journal, as others know it |
//! | `file` | the file: opened, and what is written to it and read from it |
//! | `lines` | what stands beside the records |
//! | `care` | the file: looked over, made smaller, copied |
//! | `failure` | what SQLite says, as an operator should read it |
//!
//! The file is held by one process, exclusively; its write-ahead log reaches the disk before an append returns
//! (`synchronous=FULL`): neither a killed process nor a power cut takes back what was acknowledged.

mod care;
mod failure;
mod file;
mod lines;

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::oneshot;

use crate::{Extent, Journal, JournalError, Line, OnDisk, Position, Record, Snapshot};
use file::File;

/// What is to be done in the file.
type Job = Box<dyn FnOnce(&mut File) + Send>;

/// A journal in one file.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    /// A thread of its own does it: a disk may take its time.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl SqliteJournal {
    /// Opens the file, or begins one. It is this process's own until the journal is dropped.
    ///
    /// # Errors
    /// It is another process's, damaged, of a newer version, or no store of ours. It is never begun anew then.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let mut file = File::open(path)?;
        let (jobs, todo) = mpsc::channel::<Job>();
        let thread = thread::Builder::new().name(String::from("journal")).spawn(move || {
            for job in todo {
                job(&mut file);
            }
        });
        let thread = thread.map_err(|error| JournalError::Unavailable { cause: error.to_string() })?;
        Ok(Self { path: path.to_owned(), jobs: Some(jobs), thread: Some(thread) })
    }

    fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut File) -> Result<T, JournalError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, JournalError>> {
        let (told, answer) = oneshot::channel();
        let job: Job = Box::new(move |file| {
            // Who asked may have gone.
            let _ = told.send(act(file));
        });
        let gone = || JournalError::Unavailable { cause: String::from("the thread of the store has ended") };
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        async move {
            if !sent {
                return Err(gone());
            }
            answer.await.unwrap_or_else(|_| Err(gone()))
        }
        .boxed()
    }
}

impl Drop for SqliteJournal {
    /// The file is free, and whole, when this returns.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Journal for SqliteJournal {
    fn extent(&self) -> BoxFuture<'_, Result<Extent, JournalError>> {
        self.act(File::extent)
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

    fn snapshot(&self) -> BoxFuture<'_, Result<Option<Snapshot>, JournalError>> {
        self.act(File::snapshot)
    }

    fn lines(&self, skip: usize, most: usize) -> BoxFuture<'_, Result<Vec<Line>, JournalError>> {
        self.act(move |file| file.lines(skip, most))
    }

    fn forget_lines(&self, before: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(move |file| file.forget_lines(before))
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(move |file| file.keep(&snapshot))
    }

    fn on_disk(&self) -> Option<OnDisk> {
        Some(OnDisk { path: self.path.clone(), format: file::FORMAT, bytes: file::on_disk(&self.path) })
    }

    fn check(&self) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(File::check)
    }

    fn vacuum(&self) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(File::vacuum)
    }

    fn back_up(&self, to: PathBuf) -> BoxFuture<'_, Result<(), JournalError>> {
        self.act(move |file| file.back_up(&to))
    }

    fn copy(&self) -> BoxFuture<'_, Result<std::fs::File, JournalError>> {
        self.act(File::copy)
    }
}
