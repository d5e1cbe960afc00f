//! The core, as all others know it: it is told facts, and publishes what it makes of them.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use ha_wechaty_core::{Identity, Input, Routing};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::backlog::{Backlog, Waiting};

/// Where the core is told facts, and where its view is read. Nobody waits for it.
#[derive(Debug)]
pub struct CoreHandle {
    routing: ArcSwap<Routing>,
    version: watch::Sender<u64>,
    /// Unbounded, since calls must never wait for the core; those who tell are bounded by their own connections, and
    /// accounts' streams by their [`Backlog`].
    facts: mpsc::UnboundedSender<Fact>,
    /// Whether it is written down what the core is told.
    is_durable: bool,
    /// Whether the core takes nothing now, since nothing can be written down.
    is_full: watch::Sender<bool>,
    /// Nothing will ever be written down any more.
    is_broken: CancellationToken,
}

/// A fact on its way to the core.
#[derive(Debug)]
pub struct Fact {
    /// What is told.
    pub fact: Input,
    /// Its account may tell more once this is dropped.
    _held: Option<Waiting>,
    /// Told once it is durable; dropped untold, it never will be.
    pub(crate) durable: Option<oneshot::Sender<()>>,
}

/// The journal does not take what is to be durable before it is done: there is no room on the disk, or it can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDurable;

impl CoreHandle {
    /// The core whose first view is this, and that takes facts at the other end of the channel.
    pub fn new(routing: Routing, facts: mpsc::UnboundedSender<Fact>) -> Self {
        let (routing, version) = (ArcSwap::from_pointee(routing), watch::Sender::new(0));
        let (is_full, is_broken) = (watch::Sender::new(false), CancellationToken::new());
        Self { routing, version, facts, is_durable: false, is_full, is_broken }
    }

    /// The same, if what it is told is written down.
    #[must_use]
    pub fn durable(self, is_durable: bool) -> Self {
        Self { is_durable, ..self }
    }

    /// The team as it is now.
    pub fn routing(&self) -> Arc<Routing> {
        self.routing.load_full()
    }

    /// The core published a new view.
    pub fn publish(&self, routing: Arc<Routing>) {
        self.routing.store(routing);
        self.tell_change();
    }

    /// Something has changed that is not in the core's view: whoever waits for a change looks again.
    pub fn tell_change(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Says when something has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// How ids are translated, for one use: names and the virtual self never change.
    pub fn with_identity<T>(&self, f: impl FnOnce(&Identity) -> T) -> T {
        f(self.routing.load().identity())
    }

    /// The core takes nothing now, or takes facts again.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.send_if_modified(|it| std::mem::replace(it, is_full) != is_full);
    }

    /// What to cancel once nothing will ever be durable any more: whoever waits for that need not.
    pub(crate) fn breaker(&self) -> CancellationToken {
        self.is_broken.clone()
    }

    /// Whether nothing will ever be durable any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.is_cancelled()
    }

    /// Tells the core. Once it is gone nobody needs to know. What is learnt in passing does not wait for one that takes
    /// nothing: it is learnt again.
    pub fn tell(&self, fact: Input) {
        let in_passing = matches!(fact, Input::Reaches { .. } | Input::Room { .. } | Input::Reads { .. });
        // Where nothing will ever be written down nobody takes it, and it would pile up.
        if (in_passing && *self.is_full.borrow()) || self.is_broken() {
            return;
        }
        let _ = self.facts.send(Fact { fact, _held: None, durable: None });
    }

    /// Whether it is written down what the core is told.
    pub fn is_durable(&self) -> bool {
        self.is_durable
    }

    /// Tells the core what must not be done before it is durable that it was told. Where nothing is written down nobody
    /// waits.
    ///
    /// # Errors
    /// It is not durable within that time, and the core was told and takes it for begun, or takes nothing; or nothing ever
    /// will be durable.
    pub async fn tell_durably(&self, fact: Input, within: Duration) -> Result<(), NotDurable> {
        if !self.is_durable {
            self.tell(fact);
            return Ok(());
        }
        if self.is_broken.is_cancelled() {
            return Err(NotDurable);
        }
        let until = Instant::now() + within;
        // It would pile up with all that are tried again.
        let mut is_full = self.is_full.subscribe();
        tokio::select! {
            biased;
            room = timeout_at(until, is_full.wait_for(|is_full| !is_full)) => {
                if room.is_err() {
                    return Err(NotDurable);
                }
            }
            () = self.is_broken.cancelled() => return Err(NotDurable),
        }
        let (durable, told) = oneshot::channel();
        let _ = self.facts.send(Fact { fact, _held: None, durable: Some(durable) });
        tokio::select! {
            biased;
            told = timeout_at(until, told) => match told {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(NotDurable),
            },
            () = self.is_broken.cancelled() => Err(NotDurable),
        }
    }

    /// Tells the core what an account's own stream has told, which counts there until the core has taken it.
    pub fn tell_from(&self, backlog: &Arc<Backlog>, fact: Input) {
        let held = backlog.hold(&fact);
        let _ = self.facts.send(Fact { fact, _held: Some(held), durable: None });
    }
}
