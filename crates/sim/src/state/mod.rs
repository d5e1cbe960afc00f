//! What is true in the simulated WeChat, and how it changes. No IO here: phones only get their queues filled.

mod account;
mod clock;
mod contacts;
mod counted;
mod extras;
mod friends;
mod ids;
mod messages;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::ledger::{Delivered, WorldMessage};
use clock::Clock;
use ids::Ids;

pub(crate) use account::{Account, FriendshipCard, InvitationCard, Next};
pub(crate) use contacts::ContactCard;
pub(crate) use extras::{Broadcast, Moment, TagCard};
pub(crate) use messages::Where;
pub(crate) use rooms::RoomCard;

/// The official account that answers `dong` to `ding`.
pub const OFFICIAL: &str = "gh_051c89260e5d";

/// Why something can't be done, as a puppet would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

impl Refusal {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

pub(crate) struct State {
    pub(crate) ids: Ids,
    clock: Clock,
    pub(crate) contacts: BTreeMap<String, ContactCard>,
    pub(crate) rooms: BTreeMap<String, RoomCard>,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) official_answers: bool,
    friends: BTreeSet<(String, String)>,
    /// Every message; its serial number is its place in here.
    said: Vec<Arc<WorldMessage>>,
    /// Who of the people saw which message, in order.
    seen: Vec<(String, u64)>,
    watchers: Vec<(Option<String>, UnboundedSender<Delivered>)>,
}

impl State {
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = Self {
            ids: Ids::new(seed),
            clock: Clock::new(),
            contacts: BTreeMap::new(),
            rooms: BTreeMap::new(),
            accounts: BTreeMap::new(),
            official_answers: true,
            friends: BTreeSet::new(),
            said: Vec::new(),
            seen: Vec::new(),
            watchers: Vec::new(),
        };
        state.contacts.insert(OFFICIAL.into(), ContactCard::official(OFFICIAL, "Heartbeat"));
        state
    }

    /// Everything that people saw from now on; of one person, if named.
    pub(crate) fn watch(&mut self, viewer: Option<String>, to: UnboundedSender<Delivered>) {
        self.watchers.push((viewer, to));
    }

    /// When it is, here.
    pub(crate) fn now(&self) -> std::time::SystemTime {
        self.clock.now()
    }

    pub(crate) fn said(&self) -> &[Arc<WorldMessage>] {
        &self.said
    }

    pub(crate) fn seen(&self) -> &[(String, u64)] {
        &self.seen
    }
}
