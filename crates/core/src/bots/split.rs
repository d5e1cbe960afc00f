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
use core::time::Duration;

use super::{
    BotMode, ClientId, Replay, Role,
    flow::Answers,
    numbers::{Giving, ToldAs},
    pile::{Entry, Pile},
    restart::{is_stale, united},
    stream::Stream,
};
use crate::{balance::rendezvous, time::Time};

/// How many streams are remembered that others outlived.
const OUTLIVED: usize = 64;

/// One bot's streams, and what is kept for them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Split {
    mode: BotMode,
    /// In the order in which they opened.
    streams: Vec<Member>,
    /// What nobody was given, in the order in which it happened.
    kept: Pile,
    /// Caches that are stale, each once, in the order in which that happened.
    stale: Pile,
    dropped: u64,
    /// Streams that ended while others were there, and whose events those have since: only they can acknowledge them.
    outlived: VecDeque<ClientId>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Member {
    client: ClientId,
    /// What conversations are shared by.
    place: u64,
    /// What is stale it knows up to this number.
    knows: u64,
    stream: Stream,
}

impl Split {
    pub(super) fn new(mode: BotMode) -> Self {
        Self {
            mode,
            streams: Vec::new(),
            kept: Pile::default(),
            stale: Pile::default(),
            dropped: 0,
            outlived: VecDeque::new(),
        }
    }

    /// The same of one for which this waits already.
    pub(super) fn with(mode: BotMode, entries: Vec<Entry>, dropped: u64) -> Self {
        let (stale, kept): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_stale);
        let mut split = Self { dropped, ..Self::new(mode) };
        split.stale.merge(stale);
        split.kept.merge(kept);
        split
    }

    /// The same with all that waits, where no stream is open.
    pub(super) fn of_mode(self, mode: BotMode) -> Self {
        Self { mode, outlived: VecDeque::new(), ..self }
    }

    /// So long nobody could be given anything, and all streams have ended since.
    pub(super) fn rejuvenate(&mut self, now: Time, by: Duration) {
        [&mut self.kept, &mut self.stale].into_iter().for_each(|pile| pile.rejuvenate(now, by));
    }

    /// What waits for it, once all streams have ended, and how much was dropped.
    pub(super) fn into_entries(mut self) -> (Vec<Entry>, u64) {
        let waiting = self.kept.take().into_iter().chain(self.stale.take());
        (united(waiting.filter(|entry| !entry.known)), self.dropped)
    }

    pub(super) fn mode(&self) -> BotMode {
        self.mode
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.streams.iter().map(|it| it.stream.len()).sum::<usize>()
    }

    pub(super) fn bytes(&self) -> usize {
        let streams = self.streams.iter().map(|it| it.stream.bytes()).sum::<usize>();
        self.kept.bytes() + self.stale.bytes() + streams
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = (ClientId, Role, usize)> {
        self.streams.iter().enumerate().map(|(index, member)| {
            let role = match (self.mode, index) {
                (BotMode::Shard, _) => Role::Shard,
                (_, 0) => Role::Active,
                _ => Role::Standby,
            };
            (member.client, role, member.stream.given.len())
        })
    }

    /// What waits to be given may be another stream's now.
    pub(super) fn connect(&mut self, now: Time, client: ClientId) {
        let is_free = |place: &u64| self.streams.iter().all(|member| member.place != *place);
        // There are more places than streams.
        let place = (0..).find(is_free).unwrap_or_default();
        self.streams.push(Member { client, place, knows: 0, stream: Stream::default() });
        self.hold(now);
    }

    /// What waits in line is kept again.
    pub(super) fn hold(&mut self, now: Time) {
        self.kept.merge(self.streams.iter_mut().flat_map(|it| it.stream.flow.take(now)));
    }

    /// Everything that is this client's, and that it is to be given now.
    pub(super) fn due(
        &mut self,
        now: Time,
        client: ClientId,
        answers: &Answers,
        last: u64,
        given: &mut Giving<'_>,
    ) -> Vec<Entry> {
        let Some(index) = self.streams.iter().position(|member| member.client == client) else {
            return Vec::new();
        };
        let mut own = Vec::new();
        for entry in self.kept.take() {
            match owner(self.mode, &self.streams, entry.about) == Some(index) {
                true => own.push(entry),
                false => self.kept.push(entry),
            }
        }
        let Member { knows, stream, .. } = &mut self.streams[index];
        let mut due = stream.due(now, own, answers, last, given);
        due.extend(self.stale.iter().rev().take_while(|entry| entry.number >= *knows).cloned());
        due.sort_by_key(|entry| entry.number);
        *knows = self.stale.last().map_or(*knows, |entry| (*knows).max(entry.number + 1));
        due
    }

    /// A bot says that it has what that stream was given up to then.
    pub(super) fn has_taken(&mut self, told: ToldAs) {
        self.kept.retain(|entry| !entry.was_told(told));
        self.streams.iter_mut().for_each(|it| it.stream.has_taken(told));
    }

    /// The bot says something there.
    pub(super) fn answered(&mut self, about: u64) {
        self.streams.iter_mut().for_each(|it| it.stream.flow.answered(about));
    }

    /// When more of a backlog may be given.
    pub(super) fn poll_flow(&self) -> Option<Time> {
        self.streams.iter().filter_map(|it| it.stream.flow.poll_timeout()).min()
    }

    /// More of a backlog may be given.
    pub(super) fn settle(&mut self, now: Time) {
        self.streams.iter_mut().for_each(|it| it.stream.flow.settle(now));
    }

    /// A stream ended: how much it left, and those that have it to go on with.
    pub(super) fn disconnect(
        &mut self,
        now: Time,
        client: ClientId,
        replay: Replay,
    ) -> Option<(usize, Vec<ClientId>)> {
        let index = self.streams.iter().position(|member| member.client == client)?;
        let mut gone = self.streams.remove(index);
        let left = gone.stream.given.len();
        gone.stream.take_back(now, &mut self.kept);
        if !self.streams.is_empty() {
            self.outlived.push_back(client);
            self.outlived.drain(..self.outlived.len().saturating_sub(OUTLIVED));
        }
        self.expire(now, replay);
        let heirs = match self.mode {
            BotMode::Shard => self.streams.iter().collect(),
            // One that waited leaves nothing.
            _ if index > 0 => Vec::new(),
            BotMode::All | BotMode::Standby => self.streams.iter().take(1).collect(),
        };
        Some((left, heirs.into_iter().map(|member: &Member| member.client).collect()))
    }

    pub(super) fn record(&mut self, entry: Entry, replay: Replay) {
        if is_stale(&entry) {
            self.stale.retain(|other| other.event != entry.event);
            self.stale.push(entry);
            while replay.is_exceeded(self.stale.len(), self.stale.bytes()) && self.stale.pop().is_some() {}
            return;
        }
        let entry = match owner(self.mode, &self.streams, entry.about) {
            Some(index) => self.streams[index].stream.knows(entry),
            None => entry,
        };
        self.kept.push(entry);
        while replay.is_exceeded(self.len(), self.bytes() - self.stale.bytes()) && self.drop_one() {}
    }

    pub(super) fn acknowledge(&mut self, client: Option<ClientId>, id: &str) {
        let is_there = self.streams.iter().any(|member| Some(member.client) == client);
        let is_outlived = client.is_some_and(|client| self.outlived.contains(&client));
        for member in &mut self.streams {
            // A program whose stream ended alone went on with another one.
            if Some(member.client) == client || !is_there && !is_outlived {
                member.stream.acknowledge(id);
            }
        }
        // It was asked before its stream ended.
        if !is_there {
            self.kept.retain(|entry| !(entry.again && entry.is(id)));
        }
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        let kept = self.kept.first().into_iter().chain(self.stale.first()).map(|entry| entry.at);
        kept.chain(self.streams.iter().filter_map(|it| it.stream.given.oldest())).min()
    }

    pub(super) fn expire(&mut self, now: Time, replay: Replay) {
        let is_old = |entry: &Entry| entry.at + replay.age <= now;
        while self.kept.pop_if(is_old).is_some() {
            self.dropped += 1;
        }
        while self.stale.pop_if(is_old).is_some() {}
        self.streams.iter_mut().for_each(|it| it.stream.given.expire(is_old));
    }

    /// What a stream has at least been given goes before what nobody has seen. Returns whether there was anything.
    fn drop_one(&mut self) -> bool {
        let first = |member: &&mut Member| member.stream.given.first().map_or(u64::MAX, |entry| entry.number);
        let given = self.streams.iter_mut().filter(|it| it.stream.given.len() > 0).min_by_key(first);
        if let Some(member) = given {
            member.stream.given.drop_first();
            return true;
        }
        let is_dropped =
            self.streams.iter_mut().any(|it| it.stream.flow.drop_first()) || self.kept.pop().is_some();
        self.dropped += u64::from(is_dropped);
        is_dropped
    }
}

/// The stream, by its place in the list, that is given what is about this.
fn owner(mode: BotMode, streams: &[Member], about: u64) -> Option<usize> {
    match mode {
        BotMode::Shard => {
            (0..streams.len()).max_by_key(|index| rendezvous(streams[*index].place, about).u64(..))
        }
        BotMode::All | BotMode::Standby => (!streams.is_empty()).then_some(0),
    }
}
