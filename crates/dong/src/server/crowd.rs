//! The connections that are open: there is room for so many. WeChat's, and a reverse proxy's, are there for an answer, and
//! few.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::task::AbortHandle;

/// How many there may be at once.
const MOST: usize = 256;

/// Those that are open, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Crowd(VecDeque<Open>);

#[derive(Debug)]
struct Open {
    connection: AbortHandle,
    busy: Busy,
}

/// Whether a connection is being answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Busy(Arc<AtomicBool>);

/// An answer that is under way.
#[derive(Debug)]
pub(super) struct Answering(Busy);

impl Crowd {
    /// There is to be room for one more.
    pub(super) fn make_room(&mut self) {
        if self.0.len() < MOST {
            return;
        }
        self.0.retain(|it| !it.connection.is_finished());
        if self.0.len() >= MOST {
            self.send_one_away();
        }
    }

    /// The oldest goes of those that nobody is answering, or of those whose requests are read, whichever are more: whoever
    /// floods is among these.
    pub(super) fn send_one_away(&mut self) {
        self.0.retain(|it| !it.connection.is_finished());
        let is_busy = |it: &Open| it.busy.0.load(Ordering::Relaxed);
        let are_busy = self.0.iter().filter(|it| is_busy(it)).count() * 2 > self.0.len();
        let oldest = self.0.iter().position(|it| is_busy(it) == are_busy);
        self.0.remove(oldest.unwrap_or(0)).inspect(|it| it.connection.abort());
    }

    /// One more.
    pub(super) fn enter(&mut self, connection: AbortHandle, busy: Busy) {
        self.0.push_back(Open { connection, busy });
    }
}

impl Busy {
    /// It is answered until that is dropped.
    pub(super) fn begin(&self) -> Answering {
        self.0.store(true, Ordering::Relaxed);
        Answering(self.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}
