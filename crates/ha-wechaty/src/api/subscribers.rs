//! Who wants to hear of what: streams and callbacks, each with a queue that is bounded.
//!
//! A queue that is full holds up the next event until there is room: what follows waits in the team's
//! backlog for this program, which is bounded too (`gateway.replay_events`). Nothing is dropped before that,
//! and memory does not grow without end.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::mpsc::{self, error::SendTimeoutError},
    task::JoinSet,
};

use crate::config::Library;

use super::{client::Client, error::Error, event::Event};

/// When a subscriber that takes nothing is complained of.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether an event is for a subscriber.
pub(super) type Wants = fn(&Event) -> bool;
/// What a callback makes of an event.
pub(super) type Run =
    Arc<dyn Fn(Event) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// All subscribers.
pub(super) struct Subscribers {
    limits: Library,
    next: AtomicU64,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    streams: Vec<Queue>,
    callbacks: Vec<Callback>,
    /// Whether callbacks are run now.
    is_running: bool,
}

#[derive(Clone)]
struct Queue {
    number: u64,
    wants: Wants,
    events: mpsc::Sender<Event>,
}

struct Callback {
    number: u64,
    wants: Wants,
    run: Run,
    /// Where its events go while it is run.
    events: Option<mpsc::Sender<Event>>,
}

impl Subscribers {
    /// Nobody, yet.
    pub(super) fn new(limits: &Library) -> Self {
        Self { limits: limits.clone(), next: AtomicU64::default(), all: Mutex::default() }
    }

    /// Another stream.
    pub(super) fn stream(&self, wants: Wants) -> mpsc::Receiver<Event> {
        let (events, taken) = mpsc::channel(self.limits.queue);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.locked().streams.push(Queue { number, wants, events });
        taken
    }

    /// Another callback. Its number is for [`Subscribers::remove`].
    pub(super) fn callback(&self, wants: Wants, run: Run, errors: &Client) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut all = self.locked();
        let mut callback = Callback { number, wants, run, events: None };
        if all.is_running {
            tokio::spawn(callback.begin(&self.limits, errors.clone()));
        }
        all.callbacks.push(callback);
        number
    }

    /// A callback is not run for further events.
    pub(super) fn remove(&self, number: u64) {
        self.locked().callbacks.retain(|callback| callback.number != number);
    }

    /// Begins to run the callbacks, within `tasks`.
    pub(super) fn begin(&self, tasks: &mut JoinSet<()>, errors: &Client) {
        let mut all = self.locked();
        all.is_running = true;
        for callback in &mut all.callbacks {
            tasks.spawn(callback.begin(&self.limits, errors.clone()));
        }
    }

    /// Streams end after what they were given, and callbacks are run for what they were given.
    pub(super) fn end(&self) {
        let mut all = self.locked();
        all.is_running = false;
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
                    tracing::warn!(
                        event = back.name(),
                        "a stream of events was not read for {PATIENCE:?}, and as many as may (library.queue) wait \
                         in it: all others wait for it too; read it, or drop it"
                    );
                    event = back;
                }
            }
        }
    }
}

impl Callback {
    fn queue(&self) -> Option<Queue> {
        let events = self.events.clone()?;
        Some(Queue { number: self.number, wants: self.wants, events })
    }

    /// Opens its queue; what is returned runs it for each event, in the order in which they begin.
    fn begin(&mut self, limits: &Library, errors: Client) -> impl Future<Output = ()> + Send + use<> {
        let (sender, mut events) = mpsc::channel(limits.queue);
        let at_once = limits.callbacks;
        self.events = Some(sender);
        let run = self.run.clone();
        async move {
            let mut running = JoinSet::new();
            while let Some(event) = events.recv().await {
                while running.len() >= at_once {
                    running.join_next().await;
                }
                while running.try_join_next().is_some() {}
                running.spawn(one(run.clone(), event, errors.clone()));
            }
            while running.join_next().await.is_some() {}
        }
    }
}

/// One run of a callback; its failure is an event too.
async fn one(run: Run, event: Event, errors: Client) {
    let (name, is_error) = (event.name(), matches!(event, Event::Error(_)));
    if let Err(why) = run(event).await {
        let error = Error::Handler { event: name, why };
        tracing::warn!("{error}");
        // What fails for an error is not told of its own failure.
        if !is_error {
            errors.subscribers().give(&Event::Error(error)).await;
        }
    }
}
