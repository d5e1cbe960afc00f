//! The line of what is to be done in the file: what takes long is done piece by piece, and what is short goes between.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    sync::mpsc::{Receiver, TryRecvError},
};

use tokio::sync::oneshot;

use super::file::File;
use crate::JournalError;

/// What is to be done at once.
type Short = Box<dyn FnOnce(&File) + Send>;
/// What pauses for others.
type Long = Box<dyn FnOnce(&File, &Pauses<'_>) + Send>;

/// So many that are short go before the next piece of what takes long.
const FIRST: usize = 4;

/// What is to be done in the file.
pub(super) enum Job {
    Short(Short),
    Long(Long),
    /// Nothing more; then this is told.
    Close(oneshot::Sender<()>),
}

/// Where what takes long lets others go before its next piece.
pub(super) struct Pauses<'a> {
    todo: &'a Receiver<Job>,
    /// What takes long too, and came meanwhile.
    later: RefCell<VecDeque<Long>>,
    is_over: Cell<bool>,
    closes: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Pauses<'_> {
    /// Does what is short and waits, but for so much that it would never go on itself.
    ///
    /// # Errors
    /// The file is to be closed: what takes long is broken off.
    pub(super) fn pause(&self, file: &File) -> Result<(), JournalError> {
        for _ in 0..FIRST {
            match self.todo.try_recv() {
                Ok(job) => self.take(file, job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.is_over.set(true);
                    break;
                }
            }
        }
        if self.is_over.get() { Err(closed()) } else { Ok(()) }
    }

    fn take(&self, file: &File, job: Job) {
        match job {
            Job::Short(act) => {
                act(file);
                file.measure();
            }
            Job::Long(act) => self.later.borrow_mut().push_back(act),
            Job::Close(told) => {
                self.is_over.set(true);
                self.closes.borrow_mut().push(told);
            }
        }
    }
}

/// Does what is to be done, until the file is to be closed, or nobody is left who could want something.
pub(super) fn work(file: File, todo: &Receiver<Job>) {
    let pauses =
        Pauses { todo, later: RefCell::default(), is_over: Cell::new(false), closes: RefCell::default() };
    while !pauses.is_over.get() {
        let long = pauses.later.borrow_mut().pop_front();
        if let Some(act) = long {
            act(&file, &pauses);
            file.measure();
        } else if let Ok(job) = todo.recv() {
            pauses.take(&file, job);
        } else {
            break;
        }
    }
    file.place.ends();
    drop(file);
    for told in pauses.closes.take() {
        // Who asked may have gone.
        let _ = told.send(());
    }
}

/// Why nothing is done any more.
pub(super) fn closed() -> JournalError {
    JournalError::Unavailable { cause: String::from("the store is closed") }
}
