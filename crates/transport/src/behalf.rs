//! On whose behalf accounts are asked: so that what somebody gives up, and what goes on all the same, counts as theirs.

use std::{fmt, future::Future, sync::Arc};

tokio::task_local! {
    static CURRENT: Behalf;
}

/// Whoever's call a task is at work on.
#[derive(Debug, Clone)]
pub struct Behalf {
    whose: u64,
    counts: Arc<dyn Counts>,
}

/// Where calls count that go on though nobody waits for them any more.
pub trait Counts: fmt::Debug + Send + Sync {
    /// One such call counts until what this returns is dropped.
    fn goes_on(&self) -> Box<dyn Send + Sync>;
}

impl Behalf {
    /// `whose` tells one from the other.
    pub fn new(whose: u64, counts: Arc<dyn Counts>) -> Self {
        Self { whose, counts }
    }

    /// The future, on their behalf.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, future)
    }

    /// Whose call this task is at work on, if it is anybody's.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    pub(crate) fn whose(&self) -> u64 {
        self.whose
    }

    pub(crate) fn goes_on(&self) -> Box<dyn Send + Sync> {
        self.counts.goes_on()
    }
}
