//! Streams that know nothing of each other: each gets every event, and has a backlog of its own.
//!
//! Each stream of such a bot is a *session*: what was handed to it and not acknowledged. A broken stream
//! leaves its session behind, which goes on collecting; the next stream of the same bot takes it over and is
//! given the backlog again.
//!
//! Two streams of one bot are either two programs, or one whose old stream is not known to be dead yet. The
//! new one succeeds the old only if that has shown no life since the new one opened.
//!
//! A bot that names the number that it was given last is that session's, however often its stream broke since; it is
//! never given another's. A bot may name a number today and none tomorrow, so a guess may still lead to its session: then that
//! is kept for the number as well.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};
use core::time::Duration;

use super::{
    ClientId, Replay,
    flow::Answers,
    numbers::{Giving, ToldAs},
    pile::{Entry, Pile},
    restart::united,
    stream::Stream,
};
use crate::time::Time;

/// How many sessions that wait for their bot's return are kept.
pub(super) const MAX_WAITING: usize = 8;

/// How many of the streams that a session has had are remembered.
const LINE: usize = 64;

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Session {
    /// The number of the first event that it was given as it happened.
    start: u64,
    /// Which sign of life its stream's opening was.
    opened: u64,
    /// Which sign of life its last one was.
    alive: u64,
    /// False for one that took over another's backlog: it is nobody else's successor.
    fresh: bool,
    /// The stream that it went on from last. Calls may still come the way that one had.
    was: Option<ClientId>,
    /// The streams under which it was given numbers, the last one last: a bot may name a number of any of them.
    #[cfg_attr(feature = "serde", serde(default))]
    line: VecDeque<ClientId>,
    /// Its bot has named a number.
    #[cfg_attr(feature = "serde", serde(default))]
    is_named: bool,
    /// Its bot named a number of this stream, whose session was not known to have ended: that one is its own.
    #[cfg_attr(feature = "serde", serde(default))]
    claims: Option<ClientId>,
    /// A stream without a number went on with it, by a guess: as this copy of it, only its number leads to it.
    #[cfg_attr(feature = "serde", serde(default))]
    by_number: bool,
    /// What its stream was not given yet, in the order in which it happened.
    kept: Pile,
    stream: Stream,
}

/// A session whose stream ended.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Waiting {
    /// When that was.
    since: Time,
    /// Which stream it was; none for a bot that has never been there.
    client: Option<ClientId>,
    session: Session,
}

/// One bot's sessions.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct All {
    live: BTreeMap<ClientId, Session>,
    /// The last one last.
    waiting: Vec<Waiting>,
    /// How many sessions may wait: at least [`MAX_WAITING`], and all that ended at once with the process that had them.
    room: usize,
    /// How many signs of life there were: streams opened, and messages acknowledged.
    signs: u64,
    dropped: u64,
}

impl All {
    /// A bot that has not connected yet; what happens from now on is kept for it.
    pub(super) fn new(now: Time) -> Self {
        let waiting = [Waiting { since: now, client: None, session: Session::new(0, 0) }].into();
        Self { live: BTreeMap::new(), waiting, room: MAX_WAITING, signs: 0, dropped: 0 }
    }

    /// The same of one for which this waits already.
    pub(super) fn with(now: Time, entries: Vec<Entry>, dropped: u64) -> Self {
        let mut all = Self { dropped, ..Self::new(now) };
        if let Some(it) = all.waiting.first_mut() {
            it.session.kept.merge(entries);
        }
        all
    }

    /// All streams are about to end at once: none of what they leave is one too many.
    pub(super) fn all_end(&mut self) {
        self.room = MAX_WAITING.max(self.live.len() + self.waiting.len());
    }

    /// So long nobody could be given anything, and all streams have ended since.
    pub(super) fn rejuvenate(&mut self, now: Time, by: Duration) {
        for Waiting { since, session, .. } in &mut self.waiting {
            *since = now.min(*since + by);
            session.kept.rejuvenate(now, by);
        }
    }

    /// What waits for it, once all streams have ended, and how much was dropped.
    pub(super) fn into_entries(self) -> (Vec<Entry>, u64) {
        // What a copy has its twin has had, or has too.
        let own = self.waiting.into_iter().filter(|it| !it.session.by_number);
        let waiting = own.flat_map(|mut it| it.session.kept.take());
        (united(waiting.filter(|entry| !entry.known)), self.dropped)
    }

    pub(super) fn len(&self) -> usize {
        self.sessions().filter(|it| !it.by_number).map(Session::len).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.sessions().map(Session::bytes).sum()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The open streams, and how many events each has not acknowledged.
    pub(super) fn streams(&self) -> impl Iterator<Item = (ClientId, usize)> {
        self.live.iter().map(|(client, session)| (*client, session.stream.given.len()))
    }

    /// A stream opened, before the event of this number; `after` is the one that its connection had before, `named` the
    /// one that was given the number which its bot names.
    pub(super) fn connect(
        &mut self,
        now: Time,
        client: ClientId,
        [named, after]: [Option<ClientId>; 2],
        next: u64,
        replay: Replay,
    ) {
        self.expire(now, replay);
        self.signs += 1;
        let index = match named {
            Some(named) => self.waits_as(named),
            None => self.waits_for(after),
        };
        let taken = index.map(|index| self.waiting.remove(index));
        if let Some(it) = &taken
            && (named, it.session.is_named) == (None, true)
            && (after.is_none() || it.client != after)
        {
            self.waiting.push(Waiting { session: it.session.for_its_number(), ..it.clone() });
        }
        self.room = MAX_WAITING.max(self.waiting.len());
        let mut session = match taken {
            Some(Waiting { session, client, .. }) => {
                let (line, is_named, claims) = match after.is_some() && client == after {
                    true => (session.line, session.is_named, session.claims),
                    // Without a number it may be anybody.
                    false if named.is_none() => (VecDeque::new(), false, None),
                    false => (session.line, true, session.claims),
                };
                let (opened, alive) = (self.signs, self.signs);
                Session {
                    opened,
                    alive,
                    fresh: false,
                    was: client,
                    line,
                    is_named,
                    claims,
                    by_number: false,
                    ..session
                }
            }
            None => Session { claims: named, ..Session::new(next, self.signs) },
        };
        if let Some(named) = named {
            session.is_named = true;
            session.was_given(named);
        }
        self.live.insert(client, session);
    }

    /// The place of the session whose stream was given the number that a bot names. No other bot's is taken for it: at most
    /// what waits for one that has never been there, as after a change of its mode.
    fn waits_as(&self, named: ClientId) -> Option<usize> {
        let own = self.waiting.iter().rposition(|it| it.session.is_of(it.client, named));
        if own.is_some() || self.live.iter().any(|(client, it)| it.is_of(Some(*client), named)) {
            return own;
        }
        self.waiting.iter().rposition(|it| it.client.is_none())
    }

    /// The place of the session that a bot without a number goes on with.
    fn waits_for(&self, after: Option<ClientId>) -> Option<usize> {
        // Its own, if it is known which that is; else the last one to go is the likeliest to be back.
        let own = self.waiting.iter().position(|it| after.is_some() && it.client == after);
        // That stream is not known to be dead: this one succeeds it, and none that waits.
        if own.is_some() || after.is_some_and(|after| self.live.contains_key(&after)) {
            return own;
        }
        let unnamed = self.waiting.iter().rposition(|it| !it.session.is_named);
        unnamed.or_else(|| self.waiting.iter().rposition(|it| !it.session.by_number))
    }

    pub(super) fn due(
        &mut self,
        now: Time,
        client: ClientId,
        answers: &Answers,
        last: u64,
        given: &mut Giving<'_>,
    ) -> Vec<Entry> {
        let Some(session) = self.live.get_mut(&client) else { return Vec::new() };
        let due = session.stream.due(now, session.kept.take(), answers, last, given);
        if !due.is_empty() {
            session.was_given(client);
        }
        due
    }

    /// A bot says that it has what that stream was given up to then.
    pub(super) fn has_taken(&mut self, told: ToldAs) {
        let waiting = self.waiting.iter_mut().map(|it| &mut it.session);
        for session in self.live.values_mut().chain(waiting) {
            session.kept.retain(|entry| !entry.was_told(told));
            session.stream.has_taken(told);
        }
    }

    /// Nothing can be given now: what waits in line is kept again.
    pub(super) fn hold(&mut self, now: Time) {
        self.live.values_mut().for_each(|Session { kept, stream, .. }| kept.merge(stream.flow.take(now)));
    }

    /// The bot says something there.
    pub(super) fn answered(&mut self, about: u64) {
        self.live.values_mut().for_each(|session| session.stream.flow.answered(about));
    }

    /// When more of a backlog may be given.
    pub(super) fn poll_flow(&self) -> Option<Time> {
        self.live.values().filter_map(|session| session.stream.flow.poll_timeout()).min()
    }

    /// More of a backlog may be given.
    pub(super) fn settle(&mut self, now: Time) {
        self.live.values_mut().for_each(|session| session.stream.flow.settle(now));
    }

    /// A stream ended: how much it left, and the one that has it to go on with, if there is one.
    pub(super) fn disconnect(
        &mut self,
        now: Time,
        client: ClientId,
        replay: Replay,
    ) -> Option<(usize, Option<ClientId>)> {
        let mut session = self.live.remove(&client)?;
        let left = session.stream.given.len();
        session.stream.take_back(now, &mut session.kept);
        // A bot that restarts may be back before its old stream is known to be dead.
        let gone = client;
        let heirs = self.live.iter().filter(|(_, other)| other.is_heir(gone, &session));
        let heir = heirs.map(|(client, other)| (other.claims.is_none(), *client)).min();
        if let Some((is_guess, client)) = heir
            && let Some(successor) = self.live.get_mut(&client)
        {
            let own = (is_guess && session.is_named).then(|| session.for_its_number());
            successor.inherit(gone, session);
            if let Some(session) = own {
                self.waiting.push(Waiting { since: now, client: Some(gone), session });
                self.expire(now, replay);
            }
            return Some((left, Some(client)));
        }
        let claims = |it: &&mut Waiting| it.session.claims.is_some() && it.session.is_heir(gone, &session);
        if let Some(it) = self.waiting.iter_mut().rev().find(claims) {
            let is_copy = it.session.by_number;
            it.session.inherit(gone, session.clone());
            // What goes on with the copy's twin may be its program, or not.
            if !is_copy {
                return Some((left, None));
            }
        }
        self.waiting.push(Waiting { since: now, client: Some(client), session });
        self.expire(now, replay);
        Some((left, None))
    }

    pub(super) fn record(&mut self, entry: &Entry, replay: Replay) {
        for session in self.live.values_mut() {
            let entry = session.stream.knows(entry.clone());
            self.dropped += session.keep(entry, replay);
        }
        for Waiting { session, .. } in &mut self.waiting {
            let entry = session.stream.knows(entry.clone());
            // Who is away and knows it already needs not be told.
            if !entry.known {
                let dropped = session.keep(entry, replay);
                self.dropped += if session.by_number { 0 } else { dropped };
            }
        }
    }

    pub(super) fn acknowledge(&mut self, client: Option<ClientId>, id: &str) {
        self.signs += 1;
        // It was asked before its stream ended.
        let is_its = |it: &&mut Waiting| client.is_some() && it.client == client && !it.session.by_number;
        let its = self.waiting.iter_mut().find(is_its);
        if let Some(waiting) = its {
            waiting.session.acknowledge(id);
            return;
        }
        let is_its =
            |other: ClientId, it: &Session| Some(other) == client || client.is_some() && it.was == client;
        let is_known = self.live.iter().any(|(other, session)| is_its(*other, session));
        for (other, session) in &mut self.live {
            if is_its(*other, session) {
                session.alive = self.signs;
            }
            // Of a stream that nobody went on from it is not known whose it was: one of the bot's.
            if !is_known || is_its(*other, session) {
                session.acknowledge(id);
            }
        }
    }

    pub(super) fn oldest(&self) -> Option<Time> {
        self.sessions().filter_map(Session::oldest).min()
    }

    /// Drops what is too old.
    pub(super) fn expire(&mut self, now: Time, replay: Replay) {
        let Self { live, waiting, dropped, room, .. } = self;
        let is_old = |entry: &Entry| entry.at + replay.age <= now;
        for session in live.values_mut().chain(waiting.iter_mut().map(|it| &mut it.session)) {
            session.stream.given.expire(is_old);
            while session.kept.pop_if(is_old).is_some() {
                // Of a copy somebody else has had the rest.
                *dropped += u64::from(!session.by_number);
            }
        }
        // A program that is away for longer than anything is kept, while another one of the same bot is
        // there, has left for good. Of the others the last ones are the likeliest to be taken up.
        let has_left = |it: &Waiting| it.since + replay.age <= now && !live.is_empty();
        waiting.retain(|it| !has_left(it));
        let mut too_many = waiting.len().saturating_sub(*room);
        for is_copy in [true, false] {
            waiting.retain(|it| {
                let goes = too_many > 0 && it.session.by_number == is_copy;
                too_many -= usize::from(goes);
                !goes
            });
        }
    }

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.live.values().chain(self.waiting.iter().map(|it| &it.session))
    }
}

impl Session {
    fn new(start: u64, sign: u64) -> Self {
        let (kept, stream) = (Pile::default(), Stream::default());
        let (line, is_named, claims, by_number) = (VecDeque::new(), false, None, false);
        Self {
            start,
            opened: sign,
            alive: sign,
            fresh: true,
            was: None,
            line,
            is_named,
            claims,
            by_number,
            kept,
            stream,
        }
    }

    /// A copy for the bot that names its number, should that be another one than goes on with it.
    fn for_its_number(&self) -> Self {
        Self { by_number: true, ..self.clone() }
    }

    fn len(&self) -> usize {
        self.kept.len() + self.stream.len()
    }

    fn bytes(&self) -> usize {
        self.kept.bytes() + self.stream.bytes()
    }

    fn oldest(&self) -> Option<Time> {
        self.kept.first().map(|entry| entry.at).into_iter().chain(self.stream.given.oldest()).min()
    }

    /// Whether this stream was opened by the same bot as `dead` was, after that had last shown life.
    fn succeeds(&self, dead: &Self) -> bool {
        self.fresh && self.start > dead.start && self.opened > dead.alive
    }

    /// Whether that one, whose stream is gone, is this one's to go on with: by the number that its bot named, or else by
    /// what they have shown, where its bot names none.
    fn is_heir(&self, gone: ClientId, dead: &Self) -> bool {
        match self.claims {
            Some(named) => dead.is_of(Some(gone), named),
            None => !self.is_named && self.succeeds(dead),
        }
    }

    /// Whether it was given numbers as that stream; `client` is the one that it has or had last.
    fn is_of(&self, client: Option<ClientId>, named: ClientId) -> bool {
        client == Some(named) || self.line.contains(&named)
    }

    fn was_given(&mut self, client: ClientId) {
        if !self.line.contains(&client) {
            self.line.push_back(client);
            self.line.drain(..self.line.len().saturating_sub(LINE));
        }
    }

    /// What happened before it opened, and another stream was not seen to have got.
    fn inherit(&mut self, gone: ClientId, mut dead: Self) {
        (self.fresh, self.was) = (false, Some(gone));
        let start = self.start;
        self.kept.merge(dead.kept.take().into_iter().filter(|entry| entry.number < start));
        if self.claims.is_some() {
            // Its bot may have opened several, of which the first lives still.
            (self.claims, self.start) = (dead.claims, start.min(dead.start));
            dead.line.iter().for_each(|client| self.was_given(*client));
            self.was_given(gone);
        }
    }

    /// Something happened. Returns how many events were dropped for it that no stream had been given.
    fn keep(&mut self, entry: Entry, replay: Replay) -> u64 {
        self.kept.push(entry);
        let mut dropped = 0;
        while replay.is_exceeded(self.len(), self.bytes()) {
            if self.stream.given.len() > 0 {
                self.stream.given.drop_first();
            } else if self.stream.flow.drop_first() || self.kept.pop().is_some() {
                dropped += 1;
            } else {
                break;
            }
        }
        dropped
    }

    fn acknowledge(&mut self, id: &str) {
        if !self.kept.acknowledge(id) {
            self.stream.acknowledge(id);
        }
    }
}
