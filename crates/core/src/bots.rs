//! Bots and what they have not seen yet: nothing is lost while a stream is broken.
//!
//! Each stream of a bot is a *session* with a backlog: what was handed to it and not acknowledged. A bot
//! acknowledges a message by asking for its payload; since a stream keeps its order, that acknowledges all
//! that came before it and has no payload to ask for. A broken stream leaves its session behind, which goes
//! on collecting; the next stream of the same bot takes it over and is given the backlog again.
//!
//! Two streams of one bot are either two programs, or one whose old stream is not known to be dead yet. The
//! new one succeeds the old only if that has shown no life since the new one opened.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};
use core::time::Duration;

use crate::{event::Event, time::Time};

/// A bot, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BotId(pub u16);

/// A client of a bot: one event stream, by a number that is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// How much is kept for a bot that is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Events for each session; beyond it the oldest are dropped.
    pub events: usize,
    /// How long.
    pub age: Duration,
}

impl Default for Replay {
    fn default() -> Self {
        Self { events: 10_000, age: Duration::from_secs(600) }
    }
}

/// How many sessions that wait for their bot's return are kept for each bot.
const MAX_WAITING: usize = 8;

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    number: u64,
    at: Time,
    /// Its place among all that its stream was given; `None` until then.
    given: Option<u64>,
    event: Event,
}

#[derive(Debug, Clone, PartialEq)]
struct Session {
    bot: BotId,
    /// The number of the first event that it was given as it happened.
    start: u64,
    /// Which sign of life its stream's opening was.
    opened: u64,
    /// Which sign of life its last one was.
    alive: u64,
    /// False for one that took over another's backlog: it is nobody else's successor.
    fresh: bool,
    /// How many events its stream was given.
    given: u64,
    backlog: VecDeque<Entry>,
}

/// All bots' sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct Bots {
    replay: Replay,
    live: BTreeMap<ClientId, Session>,
    /// Those whose stream ended, and when; the last one last.
    waiting: Vec<(Time, Session)>,
    next: u64,
    /// How many signs of life there were: streams opened, and messages acknowledged.
    signs: u64,
    dropped: u64,
}

impl Bots {
    /// Bots that have not connected yet; what happens from now on is kept for them.
    pub(crate) fn new(now: Time, bots: u16, replay: Replay) -> Self {
        let waiting = (0..bots).map(|bot| (now, Session::new(BotId(bot), 0, 0))).collect();
        Self { replay, live: BTreeMap::new(), waiting, next: 0, signs: 0, dropped: 0 }
    }

    /// How many streams are open.
    pub fn connected(&self) -> usize {
        self.live.len()
    }

    /// How many streams of this bot are open.
    pub fn streams_of(&self, bot: BotId) -> usize {
        self.live.values().filter(|session| session.bot == bot).count()
    }

    /// How many events are kept, for all bots.
    pub fn backlog(&self) -> usize {
        self.sessions().map(|session| session.backlog.len()).sum()
    }

    /// How many events had to be dropped before a stream was given them that still stands.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The clients with an open stream.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.live.keys().copied()
    }

    /// A stream opened; what it is to be given again is [`Bots::due`]. Its number was never given before.
    pub(crate) fn connect(&mut self, now: Time, client: ClientId, bot: BotId) {
        self.expire(now);
        self.signs += 1;
        // The last one to go is the likeliest to be back.
        let waiting = self.waiting.iter().rposition(|(_, session)| session.bot == bot);
        let session = match waiting.map(|index| self.waiting.remove(index)) {
            Some((_, session)) => Session { opened: self.signs, alive: self.signs, fresh: false, ..session },
            None => Session::new(bot, self.next, self.signs),
        };
        self.live.insert(client, session);
    }

    /// What a client has not been given yet, in order. From now on it has been.
    pub(crate) fn due(&mut self, client: ClientId) -> Vec<Event> {
        self.live.get_mut(&client).map(Session::give).unwrap_or_default()
    }

    /// A stream ended. Returns the one that something is due to in its place, if there is one.
    pub(crate) fn disconnect(&mut self, now: Time, client: ClientId) -> Option<ClientId> {
        let mut session = self.live.remove(&client)?;
        session.take_back();
        // A bot that restarts may be back before its old stream is known to be dead.
        let successor = self.live.iter_mut().find(|(_, other)| other.succeeds(&session));
        if let Some((client, successor)) = successor {
            successor.inherit(session);
            return Some(*client);
        }
        self.waiting.push((now, session));
        self.expire(now);
        None
    }

    /// Something happened that no bot is to miss.
    pub(crate) fn record(&mut self, now: Time, event: &Event) {
        let number = self.next;
        self.next += 1;
        let waiting = self.waiting.iter_mut().map(|(_, session)| session);
        for session in self.live.values_mut().chain(waiting) {
            session.backlog.push_back(Entry { number, at: now, given: None, event: event.clone() });
            if session.backlog.len() > self.replay.events {
                let gone = session.backlog.pop_front();
                self.dropped += u64::from(gone.is_some_and(|entry| entry.given.is_none()));
            }
        }
    }

    /// A bot asked for what an event was about. With no `client` (the call came another way than the
    /// stream) it counts for all streams of the bot, and says of none that it lives.
    pub(crate) fn acknowledge(&mut self, client: Option<ClientId>, bot: BotId, id: &str) {
        self.signs += 1;
        for (other, session) in &mut self.live {
            let is_meant = client.is_none_or(|client| client == *other);
            if is_meant && session.bot == bot {
                session.alive = if client.is_some() { self.signs } else { session.alive };
                session.acknowledge(id);
            }
        }
    }

    /// When [`Bots::expire`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let first = |session: &Session| session.backlog.front().map(|entry| entry.at + self.replay.age);
        self.sessions().filter_map(first).min()
    }

    /// Drops what is too old.
    pub(crate) fn expire(&mut self, now: Time) {
        let Self { live, waiting, replay, dropped, .. } = self;
        for session in live.values_mut().chain(waiting.iter_mut().map(|(_, session)| session)) {
            while let Some(gone) = session.backlog.pop_front_if(|entry| entry.at + replay.age <= now) {
                *dropped += u64::from(gone.given.is_none());
            }
        }
        // A program that is away for longer than anything is kept, while another one of the same bot is
        // there, has left for good. Of the others the last ones are the likeliest to be taken up.
        let mut kept: BTreeMap<BotId, usize> = BTreeMap::new();
        for index in (0..waiting.len()).rev() {
            let (left, bot) = (waiting[index].0, waiting[index].1.bot);
            let is_gone = left + replay.age <= now && live.values().any(|session| session.bot == bot);
            let count = kept.entry(bot).or_default();
            *count += usize::from(!is_gone);
            if is_gone || *count > MAX_WAITING {
                waiting.remove(index);
            }
        }
    }

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.live.values().chain(self.waiting.iter().map(|(_, session)| session))
    }
}

impl Session {
    fn new(bot: BotId, start: u64, sign: u64) -> Self {
        Self { bot, start, opened: sign, alive: sign, fresh: true, given: 0, backlog: VecDeque::new() }
    }

    /// Whether this stream was opened by the same bot as `dead` was, after that had last shown life.
    fn succeeds(&self, dead: &Self) -> bool {
        self.bot == dead.bot && self.fresh && self.start > dead.start && self.opened > dead.alive
    }

    /// What happened before it opened, and another stream was not seen to have got.
    fn inherit(&mut self, dead: Self) {
        self.fresh = false;
        for entry in dead.backlog.into_iter().rev().filter(|entry| entry.number < self.start) {
            self.backlog.push_front(entry);
        }
    }

    /// What its stream has not been given yet.
    fn give(&mut self) -> Vec<Event> {
        // It is at the ends: inherited, or new.
        let inherited = self.backlog.iter().take_while(|entry| entry.given.is_none()).count();
        let rest = self.backlog.iter().skip(inherited);
        let new = rest.rev().take_while(|entry| entry.given.is_none()).count();
        let first_new = self.backlog.len() - new;
        let mut events = Vec::with_capacity(inherited + new);
        for index in (0..inherited).chain(first_new..self.backlog.len()) {
            self.backlog[index].given = Some(self.given);
            self.given += 1;
            events.push(self.backlog[index].event.clone());
        }
        events
    }

    /// Its stream broke: it is as if it had not been given what it did not acknowledge.
    fn take_back(&mut self) {
        self.backlog.iter_mut().for_each(|entry| entry.given = None);
    }

    fn acknowledge(&mut self, id: &str) {
        let asked = self.backlog.iter().find(|entry| entry.event.asked_by() == Some(id));
        let Some((number, given)) = asked.map(|entry| (entry.number, entry.given)) else { return };
        // Nothing is given before `None`, and nothing that is not given comes before anything.
        let is_before = |entry: &Entry| entry.given.is_some() && entry.given < given;
        self.backlog.retain(|entry| {
            entry.number != number && !(is_before(entry) && entry.event.asked_by().is_none())
        });
    }
}

impl Event {
    /// The id that a bot asks for when it has got this.
    fn asked_by(&self) -> Option<&str> {
        match self {
            Self::Message { id } | Self::Friendship { id } | Self::RoomInvite { id } => Some(id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    const BOT: BotId = BotId(0);
    const FIRST: ClientId = ClientId(1);
    const SECOND: ClientId = ClientId(2);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn bots() -> Bots {
        Bots::new(Time::ZERO, 1, Replay { events: 3, age: Duration::from_secs(600) })
    }

    fn message(id: &str) -> Event {
        Event::Message { id: id.to_string() }
    }

    fn connect(bots: &mut Bots, now: u64, client: ClientId) -> Vec<Event> {
        bots.connect(at(now), client, BOT);
        bots.due(client)
    }

    fn dirty(id: &str) -> Event {
        Event::Dirty { kind: 2, id: id.to_string() }
    }

    #[test]
    fn what_happened_before_the_bot_came_is_given_to_it() {
        let mut bots = bots();
        bots.record(at(0), &message("m1"));
        assert_eq!(connect(&mut bots, 1, FIRST), [message("m1")]);
        assert_eq!(bots.due(FIRST), [], "once");
    }

    #[test]
    fn what_was_acknowledged_is_not_given_again() {
        let mut bots = bots();
        bots.connect(at(0), FIRST, BOT);
        for event in [dirty("c"), message("m1"), message("m2")] {
            bots.record(at(1), &event);
        }
        bots.due(FIRST);
        bots.acknowledge(Some(FIRST), BOT, "m1");
        assert_eq!(bots.disconnect(at(2), FIRST), None);
        bots.record(at(3), &message("m3"));
        assert_eq!(connect(&mut bots, 4, SECOND), [message("m2"), message("m3")]);
    }

    #[test]
    fn each_stream_of_a_bot_has_a_backlog_of_its_own() {
        let mut bots = bots();
        bots.connect(at(0), FIRST, BOT);
        bots.connect(at(0), SECOND, BOT);
        bots.record(at(1), &message("m1"));
        bots.acknowledge(Some(SECOND), BOT, "m1");
        bots.disconnect(at(2), FIRST);
        assert_eq!(connect(&mut bots, 3, ClientId(3)), [message("m1")]);
    }

    #[test]
    fn a_bot_that_returns_before_its_old_stream_is_known_dead_loses_nothing() {
        let mut bots = bots();
        bots.connect(at(0), FIRST, BOT);
        bots.record(at(1), &message("m1"));
        bots.connect(at(2), SECOND, BOT);
        bots.record(at(3), &message("m2"));
        assert_eq!(bots.due(SECOND), [message("m2")]);
        assert_eq!(bots.disconnect(at(20), FIRST), Some(SECOND));
        assert_eq!(bots.due(SECOND), [message("m1")]);
        assert_eq!(bots.disconnect(at(21), SECOND), None);
        assert_eq!(connect(&mut bots, 21, ClientId(3)), [message("m1"), message("m2")]);
    }

    #[test]
    fn what_is_kept_is_bounded_by_count_and_age_and_the_rest_is_counted() {
        let mut bots = bots();
        for n in 0..5 {
            bots.record(at(n), &message(&format!("m{n}")));
        }
        assert_eq!((bots.backlog(), bots.dropped()), (3, 2));
        assert_eq!(bots.poll_timeout(), Some(at(602)));
        bots.expire(at(603));
        assert_eq!((bots.backlog(), bots.dropped()), (1, 4));
        for n in 10..30 {
            bots.connect(at(603), ClientId(n), BOT);
        }
        for n in 10..30 {
            bots.disconnect(at(603), ClientId(n));
        }
        assert_eq!(bots.waiting.len(), MAX_WAITING);
    }
}
