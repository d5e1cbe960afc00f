//! The core, as all others know it: it is told facts, and publishes what it makes of them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ha_wechaty_core::{Identity, Input, Routing};
use tokio::sync::{mpsc, watch};

use super::backlog::{Backlog, Waiting};

/// Where the core is told facts, and where its view is read. Nobody waits for it.
#[derive(Debug)]
pub struct CoreHandle {
    routing: ArcSwap<Routing>,
    version: watch::Sender<u64>,
    /// Unbounded, since calls must never wait for the core; those who tell are bounded by their own connections, and
    /// accounts' streams by their [`Backlog`].
    facts: mpsc::UnboundedSender<Fact>,
}

/// A fact on its way to the core.
#[derive(Debug)]
pub struct Fact {
    /// What is told.
    pub fact: Input,
    /// Its account may tell more once this is dropped.
    _held: Option<Waiting>,
}

impl CoreHandle {
    /// The core whose first view is this, and that takes facts at the other end of the channel.
    pub fn new(routing: Routing, facts: mpsc::UnboundedSender<Fact>) -> Self {
        Self { routing: ArcSwap::from_pointee(routing), version: watch::Sender::new(0), facts }
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

    /// Tells the core. Once it is gone nobody needs to know.
    pub fn tell(&self, fact: Input) {
        let _ = self.facts.send(Fact { fact, _held: None });
    }

    /// Tells the core what an account's own stream has told, which counts there until the core has taken it.
    pub fn tell_from(&self, backlog: &Arc<Backlog>, fact: Input) {
        let held = backlog.hold(&fact);
        let _ = self.facts.send(Fact { fact, _held: Some(held) });
    }
}
