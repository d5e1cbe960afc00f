//! The world: the one handle from which people, rooms and phones come.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::ledger::{Delivered, Ledger};
use crate::person::{Participant, Person};
use crate::phone::PhoneBuilder;
use crate::room::GroupChat;
use crate::state::{OFFICIAL, State};

/// A simulated WeChat. Clones are the same world.
#[derive(Clone)]
pub struct World {
    pub(crate) inner: Arc<Inner>,
}

impl World {
    /// An empty world with its official account. The same seed and the same script give the same ids.
    pub fn new(seed: u64) -> Self {
        let changed = watch::Sender::new(());
        Self { inner: Arc::new(Inner { state: Mutex::new(State::new(seed)), changed }) }
    }

    /// The person of this name, a new one if there is none yet.
    pub fn person(&self, name: &str) -> Person {
        let id = self.inner.change(|state| state.person(name));
        Person::new(self.inner.clone(), id, name)
    }

    /// The official account that answers `dong` to `ding`; every phone follows it unless told otherwise.
    pub fn official(&self) -> Person {
        Person::new(self.inner.clone(), OFFICIAL.to_owned(), "official account")
    }

    /// Whether the official account answers.
    pub fn official_answers(&self, answers: bool) {
        self.inner.change(|state| state.official_answers = answers);
    }

    /// A room that has always been there, so nobody is told of it. Its first member owns it.
    pub fn room(&self, topic: &str, members: &[&dyn Participant]) -> GroupChat {
        let members = members.iter().map(|it| it.contact_id().to_owned()).collect();
        let id = self.inner.change(|state| state.add_room(topic, members));
        GroupChat::new(self.inner.clone(), id)
    }

    /// The room of an id, for instance of one that an account made.
    pub fn room_by_id(&self, id: &str) -> Option<GroupChat> {
        let known = self.inner.read(|state| state.rooms.contains_key(id));
        known.then(|| GroupChat::new(self.inner.clone(), id.to_owned()))
    }

    /// A phone with an account of ours, to be served.
    pub fn phone(&self, name: &str) -> PhoneBuilder {
        PhoneBuilder::new(self.inner.clone(), name)
    }

    /// Two contacts become friends, as if they had always been.
    pub fn befriend(&self, one: &dyn Participant, other: &dyn Participant) {
        self.inner.change(|state| state.befriend(one.contact_id(), other.contact_id()));
    }

    /// Two contacts are no friends any more.
    pub fn unfriend(&self, one: &dyn Participant, other: &dyn Participant) {
        self.inner.change(|state| state.unfriend(one.contact_id(), other.contact_id()));
    }

    /// What was said and seen.
    pub fn ledger(&self) -> Ledger {
        Ledger { inner: self.inner.clone() }
    }

    /// Everything that any person sees from now on. Nothing is skipped, however slow the reader.
    pub fn watch(&self) -> mpsc::UnboundedReceiver<Delivered> {
        self.inner.watch(None)
    }

    /// Waits until something is true, looking again after each change of the world: a message, a call, a
    /// stream that opens or ends. It waits for ever if that never happens.
    pub async fn until(&self, mut condition: impl FnMut() -> bool) {
        let mut changed = self.inner.changed.subscribe();
        while !condition() {
            // The sender lives as long as the world, so this can't end.
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

impl Inner {
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    pub(crate) fn watch(&self, viewer: Option<String>) -> mpsc::UnboundedReceiver<Delivered> {
        let (to, from) = mpsc::unbounded_channel();
        self.change(|state| state.watch(viewer, to));
        from
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
