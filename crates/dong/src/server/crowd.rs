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
pub(super) struct Crowd(VecDeque<(AbortHandle, Busy)>);

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
        self.0.retain(|(connection, _)| !connection.is_finished());
        if self.0.len() >= MOST {
            self.send_one_away();
        }
    }

    /// The oldest goes that nobody is answering, or else the oldest.
    pub(super) fn send_one_away(&mut self) {
        self.0.retain(|(connection, _)| !connection.is_finished());
        let idle = self.0.iter().position(|(_, busy)| !busy.0.load(Ordering::Relaxed));
        self.0.remove(idle.unwrap_or(0)).inspect(|(connection, _)| connection.abort());
    }

    /// One more.
    pub(super) fn enter(&mut self, connection: AbortHandle, busy: Busy) {
        self.0.push_back((connection, busy));
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
