//! What callbacks do: it is waited for when the team stops, and dropped after that.

use std::{cell::RefCell, future};

use tokio::runtime::Handle;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

tokio::task_local! {
    /// While the team waits for the task: its place among those that are waited for.
    static PLACE: RefCell<Option<TaskTrackerToken>>;
}

/// The tasks that run callbacks, in one life of the team.
#[derive(Clone)]
pub(super) struct Runs {
    /// Callbacks may be added from a thread that is none of the runtime's.
    runtime: Handle,
    under_way: TaskTracker,
    ended: CancellationToken,
}

impl Runs {
    /// None yet. They will run where this is called.
    pub(super) fn new() -> Self {
        Self { runtime: Handle::current(), under_way: TaskTracker::new(), ended: CancellationToken::new() }
    }

    /// One more.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        let ended = async move {
            ended.cancelled().await;
            if PLACE.with(|place| place.borrow().is_none()) {
                future::pending::<()>().await;
            }
        };
        let task = async {
            tokio::select! {
                biased;
                () = task => {}
                () = ended => {}
            }
        };
        self.runtime.spawn(PLACE.scope(RefCell::new(Some(self.under_way.token())), task));
    }

    /// If the caller is one of them, it is waited for no longer, since it would wait for itself; it may go on
    /// after the end.
    pub(super) fn leave(&self) {
        // Whoever is no task of ours has no place.
        let _ = PLACE.try_with(|place| {
            place.borrow_mut().take_if(|it| TaskTracker::ptr_eq(it.task_tracker(), &self.under_way))
        });
    }

    /// Waits until all are done.
    pub(super) async fn done(&self) {
        self.under_way.close();
        self.under_way.wait().await;
    }

    /// Drops those that are still under way.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }
}
