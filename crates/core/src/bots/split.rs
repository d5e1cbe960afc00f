//! Streams that share their bot's events: each event goes to one of them, and to another only if that one's
//! stream broke before it was acknowledged.
//!
//! Whose an event is, is decided when it is given. In `standby` it is the stream's that opened first. In
//! `shard` each stream has a place, and rendezvous hashing of places and conversations decides: when a
//! stream goes, only its conversations move; a new one takes the lowest place that is free, so that a
//! program that restarts has the conversations again that it had before. With nobody there events wait for
//! whoever comes.
//!
//! That a cached payload is stale concerns every stream, also one that waits or comes later: each has a
//! cache of its own.

use alloc::{collections::VecDeque, vec::Vec};

use super::{BotMode, ClientId, Entry, Replay, Role, given::Given};
use crate::{balance::rendezvous, event::Event, time::Time};

/// One bot's streams, and what is kept for them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    mode: BotMode,
    /// In the order in which they opened.
    streams: Vec<Stream>,
    /// What nobody was given, in the order in which it happened.
    kept: VecDeque<Entry>,
    /// Caches that are stale, each once, in the order in which that happened.
    stale: VecDeque<Entry>,
    dropped: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Stream {
    client: ClientId,
    /// What conversations are shared by.
    place: u64,
    /// What is stale it knows up to this number.
    knows: u64,
    given: Given,
}

impl Split {
    pub(super) fn new(mode: BotMode) -> Self {
        Self { mode, streams: Vec::new(), kept: VecDeque::new(), stale: VecDeque::new(), dropped: 0 }
    }

    pub(super) fn mode(&self) -> BotMode {
        self.mode
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.streams.iter().map(|stream| stream.given.len()).sum::<usize>()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = (ClientId, Role, usize)> {
        self.streams.iter().enumerate().map(|(index, stream)| {
            let role = match (self.mode, index) {
                (BotMode::Shard, _) => Role::Shard { of: self.streams.len() },
                (_, 0) => Role::Active,
                _ => Role::Standby,
            };
            (stream.client, role, stream.given.len())
        })
    }

    pub(super) fn connect(&mut self, client: ClientId) {
        let is_free = |place: &u64| self.streams.iter().all(|stream| stream.place != *place);
        // There are more places than streams.
        let place = (0..).find(is_free).unwrap_or_default();
        self.streams.push(Stream { client, place, knows: 0, given: Given::default() });
    }

    /// Everything that is this client's, and that it was not given yet.
    pub(super) fn due(&mut self, client: ClientId) -> Vec<Event> {
        let Some(index) = self.streams.iter().position(|stream| stream.client == client) else {
            return Vec::new();
        };
        let (own, others): (Vec<Entry>, Vec<Entry>) = self
            .kept
            .drain(..)
            .partition(|entry| owner(self.mode, &self.streams, entry.about) == Some(index));
        self.kept.extend(others);
        let stream = &mut self.streams[index];
        let news = self.stale.iter().rev().take_while(|entry| entry.number >= stream.knows);
        let mut due: Vec<(u64, Event)> = news.map(|entry| (entry.number, entry.event.clone())).collect();
        due.extend(own.iter().map(|entry| (entry.number, entry.event.clone())));
        due.sort_by_key(|(number, _)| *number);
        stream.knows = self.stale.back().map_or(stream.knows, |entry| stream.knows.max(entry.number + 1));
        own.into_iter().for_each(|entry| stream.given.push(entry));
        due.into_iter().map(|(_, event)| event).collect()
    }

    /// A stream ended: how much it left, and those that have it to go on with.
    pub(super) fn disconnect(
        &mut self,
        now: Time,
        client: ClientId,
        replay: Replay,
    ) -> Option<(usize, Vec<ClientId>)> {
        let index = self.streams.iter().position(|stream| stream.client == client)?;
        let gone = self.streams.remove(index);
        let left = gone.given.len();
        gone.given.take_back(&mut self.kept);
        self.expire(now, replay);
        let heirs = match self.mode {
            BotMode::Shard => self.streams.iter().collect(),
            // One that waited leaves nothing.
            _ if index > 0 => Vec::new(),
            _ => self.streams.iter().take(1).collect(),
        };
        Some((left, heirs.into_iter().map(|stream: &Stream| stream.client).collect()))
    }

    pub(super) fn record(&mut self, entry: Entry, replay: Replay) {
        if matches!(entry.event, Event::Dirty { .. }) {
            self.stale.retain(|other| other.event != entry.event);
            self.stale.push_back(entry);
            if self.stale.len() > replay.events {
                self.stale.pop_front();
            }
            return;
        }
        self.kept.push_back(entry);
        if self.len() > replay.events {
            self.drop_one();
        }
    }

    pub(super) fn acknowledge(&mut self, client: Option<ClientId>, id: &str) {
        for stream in &mut self.streams {
            if client.is_none_or(|client| client == stream.client) {
                stream.given.acknowledge(id);
            }
        }
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        let kept = self.kept.front().into_iter().chain(self.stale.front()).map(|entry| entry.at);
        kept.chain(self.streams.iter().filter_map(|stream| stream.given.oldest())).min()
    }

    pub(super) fn expire(&mut self, now: Time, replay: Replay) {
        let is_old = |entry: &Entry| entry.at + replay.age <= now;
        while self.kept.pop_front_if(|entry| is_old(entry)).is_some() {
            self.dropped += 1;
        }
        while self.stale.pop_front_if(|entry| is_old(entry)).is_some() {}
        self.streams.iter_mut().for_each(|stream| stream.given.expire(is_old));
    }

    /// What a stream has at least been given goes before what nobody has seen.
    fn drop_one(&mut self) {
        let first = |stream: &&mut Stream| stream.given.first().map_or(u64::MAX, |entry| entry.number);
        match self.streams.iter_mut().filter(|stream| stream.given.len() > 0).min_by_key(first) {
            Some(stream) => stream.given.drop_first(),
            None => {
                self.kept.pop_front();
                self.dropped += 1;
            }
        }
    }
}

/// The stream, by its place in the list, that is given what is about this.
fn owner(mode: BotMode, streams: &[Stream], about: u64) -> Option<usize> {
    match mode {
        BotMode::Shard => {
            (0..streams.len()).max_by_key(|index| rendezvous(streams[*index].place, about).u64(..))
        }
        _ => (!streams.is_empty()).then_some(0),
    }
}
