//! Streams that know nothing of each other: each gets every event, and has a backlog of its own.
//!
//! Each stream of such a bot is a *session*: what was handed to it and not acknowledged. A broken stream
//! leaves its session behind, which goes on collecting; the next stream of the same bot takes it over and is
//! given the backlog again.
//!
//! Two streams of one bot are either two programs, or one whose old stream is not known to be dead yet. The
//! new one succeeds the old only if that has shown no life since the new one opened.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use super::{ClientId, Entry, Replay, given::Given};
use crate::{event::Event, time::Time};

/// How many sessions that wait for their bot's return are kept.
pub(super) const MAX_WAITING: usize = 8;

#[derive(Debug, Clone, PartialEq)]
struct Session {
    /// The number of the first event that it was given as it happened.
    start: u64,
    /// Which sign of life its stream's opening was.
    opened: u64,
    /// Which sign of life its last one was.
    alive: u64,
    /// False for one that took over another's backlog: it is nobody else's successor.
    fresh: bool,
    /// What its stream was not given yet, in the order in which it happened.
    kept: VecDeque<Entry>,
    given: Given,
}

/// One bot's sessions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct All {
    live: BTreeMap<ClientId, Session>,
    /// Those whose stream ended, and when; the last one last.
    waiting: Vec<(Time, Session)>,
    /// How many signs of life there were: streams opened, and messages acknowledged.
    signs: u64,
    dropped: u64,
}

impl All {
    /// A bot that has not connected yet; what happens from now on is kept for it.
    pub(super) fn new(now: Time) -> Self {
        let waiting = [(now, Session::new(0, 0))].into();
        Self { live: BTreeMap::new(), waiting, signs: 0, dropped: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.sessions().map(Session::len).sum()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The open streams, and how many events each has not acknowledged.
    pub(super) fn streams(&self) -> impl Iterator<Item = (ClientId, usize)> {
        self.live.iter().map(|(client, session)| (*client, session.given.len()))
    }

    /// A stream opened, before the event of this number.
    pub(super) fn connect(&mut self, now: Time, client: ClientId, next: u64, replay: Replay) {
        self.expire(now, replay);
        self.signs += 1;
        // The last one to go is the likeliest to be back.
        let session = match self.waiting.pop() {
            Some((_, session)) => Session { opened: self.signs, alive: self.signs, fresh: false, ..session },
            None => Session::new(next, self.signs),
        };
        self.live.insert(client, session);
    }

    pub(super) fn due(&mut self, client: ClientId) -> Vec<Event> {
        self.live.get_mut(&client).map(Session::give).unwrap_or_default()
    }

    /// A stream ended: how much it left, and the one that has it to go on with, if there is one.
    pub(super) fn disconnect(
        &mut self,
        now: Time,
        client: ClientId,
        replay: Replay,
    ) -> Option<(usize, Option<ClientId>)> {
        let mut session = self.live.remove(&client)?;
        let left = session.given.len();
        session.take_back();
        // A bot that restarts may be back before its old stream is known to be dead.
        let successor = self.live.iter_mut().find(|(_, other)| other.succeeds(&session));
        if let Some((client, successor)) = successor {
            successor.inherit(session);
            return Some((left, Some(*client)));
        }
        self.waiting.push((now, session));
        self.expire(now, replay);
        Some((left, None))
    }

    pub(super) fn record(&mut self, entry: &Entry, replay: Replay) {
        let waiting = self.waiting.iter_mut().map(|(_, session)| session);
        for session in self.live.values_mut().chain(waiting) {
            session.kept.push_back(entry.clone());
            if session.len() > replay.events {
                self.dropped += session.drop_one();
            }
        }
    }

    pub(super) fn acknowledge(&mut self, client: Option<ClientId>, id: &str) {
        self.signs += 1;
        for (other, session) in &mut self.live {
            if client.is_none_or(|client| client == *other) {
                session.alive = if client.is_some() { self.signs } else { session.alive };
                session.given.acknowledge(id);
            }
        }
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        self.sessions().filter_map(Session::oldest).min()
    }

    /// Drops what is too old.
    pub(super) fn expire(&mut self, now: Time, replay: Replay) {
        let Self { live, waiting, dropped, .. } = self;
        let is_old = |entry: &Entry| entry.at + replay.age <= now;
        for session in live.values_mut().chain(waiting.iter_mut().map(|(_, session)| session)) {
            session.given.expire(is_old);
            while session.kept.pop_front_if(|entry| is_old(entry)).is_some() {
                *dropped += 1;
            }
        }
        // A program that is away for longer than anything is kept, while another one of the same bot is
        // there, has left for good. Of the others the last ones are the likeliest to be taken up.
        let has_left = |(left, _): &(Time, Session)| *left + replay.age <= now && !live.is_empty();
        waiting.retain(|session| !has_left(session));
        waiting.drain(..waiting.len().saturating_sub(MAX_WAITING));
    }

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.live.values().chain(self.waiting.iter().map(|(_, session)| session))
    }
}

impl Session {
    fn new(start: u64, sign: u64) -> Self {
        let (kept, given) = (VecDeque::new(), Given::default());
        Self { start, opened: sign, alive: sign, fresh: true, kept, given }
    }

    fn len(&self) -> usize {
        self.kept.len() + self.given.len()
    }

    fn oldest(&self) -> Option<Time> {
        self.kept.front().map(|entry| entry.at).into_iter().chain(self.given.oldest()).min()
    }

    /// Whether this stream was opened by the same bot as `dead` was, after that had last shown life.
    fn succeeds(&self, dead: &Self) -> bool {
        self.fresh && self.start > dead.start && self.opened > dead.alive
    }

    /// What happened before it opened, and another stream was not seen to have got.
    fn inherit(&mut self, dead: Self) {
        self.fresh = false;
        for entry in dead.kept.into_iter().rev().filter(|entry| entry.number < self.start) {
            self.kept.push_front(entry);
        }
    }

    /// What its stream has not been given yet.
    fn give(&mut self) -> Vec<Event> {
        let due: Vec<Event> = self.kept.iter().map(|entry| entry.event.clone()).collect();
        self.kept.drain(..).for_each(|entry| self.given.push(entry));
        due
    }

    /// Its stream broke: it is as if it had not been given what it did not acknowledge.
    fn take_back(&mut self) {
        core::mem::take(&mut self.given).take_back(&mut self.kept);
    }

    /// Drops what happened first. Returns how many of that its stream had not been given.
    fn drop_one(&mut self) -> u64 {
        if self.given.len() > 0 {
            self.given.drop_first();
            return 0;
        }
        self.kept.pop_front().map_or(0, |_| 1)
    }
}
