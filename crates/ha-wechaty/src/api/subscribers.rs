//! Who wants to hear of what: streams and callbacks, each with a queue that is bounded.
//!
//! A queue that is full holds up the next event until there is room: what follows waits in the team's
//! backlog for this program, which is bounded too (`gateway.replay_events`). Nothing is dropped before that,
//! and memory does not grow without end.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::SendTimeoutError},
};
use tokio_util::sync::CancellationToken;

use ha_wechaty_config::LibraryConfig;

use super::{client::Client, error::Error, event::Event, runs::Runs};

/// When a subscriber that takes nothing is complained of.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether an event is for a subscriber.
pub(super) type Wants = fn(&Event) -> bool;
/// What a callback makes of an event.
pub(super) type Run =
    Arc<dyn Fn(Event) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// All subscribers.
pub(super) struct Subscribers {
    limits: LibraryConfig,
    next: AtomicU64,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    streams: Vec<Queue>,
    callbacks: Vec<Callback>,
    /// Where callbacks are run, while they are.
    runs: Option<Runs>,
}

#[derive(Clone)]
struct Queue {
    number: u64,
    wants: Wants,
    events: mpsc::Sender<Event>,
    /// What is said of it if it takes nothing.
    complaint: &'static str,
}

struct Callback {
    number: u64,
    wants: Wants,
    run: Run,
    /// Where its events go while it is run.
    events: Option<mpsc::Sender<Event>>,
    /// What waits in its queue then is for nobody.
    off: CancellationToken,
}

const UNREAD: &str = "a stream of events is not read, and as many as may (library.queue) wait in it: all others wait \
                      for it too; read it, or drop it";
const UNRETURNED: &str = "a callback does not return: as many of its runs as may (library.callbacks) are under way, \
                          and as many events as may (library.queue) wait for them: all others wait for it too; give \
                          what it waits for a deadline";

impl Subscribers {
    /// Nobody, yet.
    pub(super) fn new(limits: &LibraryConfig) -> Self {
        Self { limits: limits.clone(), next: AtomicU64::default(), all: Mutex::default() }
    }

    /// Another stream.
    pub(super) fn stream(&self, wants: Wants) -> mpsc::Receiver<Event> {
        let (events, taken) = mpsc::channel(self.limits.queue);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.locked().streams.push(Queue { number, wants, events, complaint: UNREAD });
        taken
    }

    /// Another callback. Its number is for [`Subscribers::remove`].
    pub(super) fn callback(&self, wants: Wants, run: Run, errors: &Client) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut all = self.locked();
        let mut callback = Callback { number, wants, run, events: None, off: CancellationToken::new() };
        if let Some(runs) = &all.runs {
            callback.begin(&self.limits, runs, errors);
        }
        all.callbacks.push(callback);
        number
    }

    /// A callback is not run for further events.
    pub(super) fn remove(&self, number: u64) {
        for callback in self.locked().callbacks.extract_if(.., |callback| callback.number == number) {
            callback.off.cancel();
        }
    }

    /// Begins to run the callbacks there.
    pub(super) fn begin(&self, runs: &Runs, errors: &Client) {
        let mut all = self.locked();
        all.runs = Some(runs.clone());
        for callback in &mut all.callbacks {
            callback.begin(&self.limits, runs, errors);
        }
    }

    /// Streams end after what they were given, and callbacks are run for what they were given.
    pub(super) fn end(&self) {
        let mut all = self.locked();
        all.runs = None;
        all.streams.clear();
        all.callbacks.iter_mut().for_each(|callback| callback.events = None);
    }

    /// Gives an event to all who want it; returns when each has room for it.
    pub(super) async fn give(&self, event: &Event) {
        let queues: Vec<Queue> = {
            let all = self.locked();
            let called = all.callbacks.iter().filter_map(Callback::queue);
            all.streams.iter().cloned().chain(called).filter(|queue| (queue.wants)(event)).collect()
        };
        let mut given: FuturesUnordered<_> = queues.iter().map(|queue| queue.give(event)).collect();
        let mut gone = Vec::new();
        while let Some(number) = given.next().await {
            gone.extend(number);
        }
        if !gone.is_empty() {
            self.locked().streams.retain(|queue| !gone.contains(&queue.number));
        }
    }

    fn locked(&self) -> MutexGuard<'_, All> {
        // Lists are whole between any two statements here.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Returns its number if nobody listens any more.
    async fn give(&self, event: &Event) -> Option<u64> {
        let mut event = event.clone();
        loop {
            match self.events.send_timeout(event, PATIENCE).await {
                Ok(()) => return None,
                Err(SendTimeoutError::Closed(_)) => return Some(self.number),
                Err(SendTimeoutError::Timeout(back)) => {
                    tracing::warn!(event = back.name(), "for {PATIENCE:?} {}", self.complaint);
                    event = back;
                }
            }
        }
    }
}

impl Callback {
    fn queue(&self) -> Option<Queue> {
        let events = self.events.clone()?;
        Some(Queue { number: self.number, wants: self.wants, events, complaint: UNRETURNED })
    }

    /// Opens its queue, and runs it for each event; runs begin in the order of the events.
    fn begin(&mut self, limits: &LibraryConfig, runs: &Runs, errors: &Client) {
        let (sender, mut events) = mpsc::channel(limits.queue);
        let at_once = Arc::new(Semaphore::new(limits.callbacks));
        self.events = Some(sender);
        let (run, off, more, errors) = (self.run.clone(), self.off.clone(), runs.clone(), errors.clone());
        runs.spawn(async move {
            let running = async {
                while let Some(event) = events.recv().await {
                    // It is never closed.
                    let Ok(permit) = at_once.clone().acquire_owned().await else { return };
                    more.spawn(one(run.clone(), event, errors.clone(), permit));
                }
            };
            off.run_until_cancelled(running).await;
        });
    }
}

/// One run of a callback; its failure is an event too.
async fn one(run: Run, event: Event, errors: Client, _permit: OwnedSemaphorePermit) {
    let (name, is_error) = (event.name(), matches!(event, Event::Error(_)));
    // What it holds is its own: nothing of ours is left half done.
    let ended = AssertUnwindSafe(async move { run(event).await }).catch_unwind().await;
    if let Err(why) = ended.unwrap_or_else(|panic| Err(format!("it panicked: {}", words(&*panic)))) {
        let error = Error::Handler { event: name, why };
        tracing::warn!("{error}");
        // What fails for an error is not told of its own failure.
        if !is_error {
            errors.subscribers().give(&Event::Error(error)).await;
        }
    }
}

/// What a panic says, if it is a text as usual.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}
