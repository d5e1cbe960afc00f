//! Bots and what they have not seen yet: nothing is lost while a stream is broken.
//!
//! Each stream of a bot is a *session* with a backlog: what was handed to it and not acknowledged. A bot
//! acknowledges a message by asking for its payload; since a stream keeps its order, that acknowledges all
//! that came before it and has no payload to ask for. A broken stream leaves its session behind, which goes
//! on collecting; the next stream of the same bot takes it over and is given the backlog again.

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
    event: Event,
}

#[derive(Debug, Clone, PartialEq)]
struct Session {
    bot: BotId,
    /// The number of the first event that it was given as it happened.
    start: u64,
    /// When the bot last showed that it lives: a stream opened, or a message acknowledged.
    alive: Time,
    /// False for one that took over another's backlog: it is nobody else's successor.
    fresh: bool,
    /// The number of the first event in the backlog that it has not been given.
    cursor: u64,
    backlog: VecDeque<Entry>,
}

/// All bots' sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct Bots {
    replay: Replay,
    live: BTreeMap<ClientId, Session>,
    waiting: Vec<Session>,
    next: u64,
    dropped: u64,
}

impl Bots {
    /// Bots that have not connected yet; what happens from now on is kept for them.
    pub(crate) fn new(now: Time, bots: u16, replay: Replay) -> Self {
        let waiting = (0..bots).map(|bot| Session::new(BotId(bot), 0, now)).collect();
        Self { replay, live: BTreeMap::new(), waiting, next: 0, dropped: 0 }
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
        self.live.values().chain(&self.waiting).map(|session| session.backlog.len()).sum()
    }

    /// How many events had to be dropped unseen, since a bot was away too long.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The clients with an open stream.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.live.keys().copied()
    }

    /// A stream opened; what it is to be given again is [`Bots::due`].
    pub(crate) fn connect(&mut self, now: Time, client: ClientId, bot: BotId) {
        // A new stream of the same client replaces the one it had.
        self.disconnect(now, client);
        self.expire(now);
        let waiting = self.waiting.iter().position(|session| session.bot == bot);
        let session = match waiting.map(|index| self.waiting.remove(index)) {
            Some(session) => Session { alive: now, fresh: false, cursor: 0, ..session },
            None => Session::new(bot, self.next, now),
        };
        self.live.insert(client, session);
    }

    /// What a client has not been given yet, in order. From now on it has been.
    pub(crate) fn due(&mut self, client: ClientId) -> Vec<Event> {
        let Some(session) = self.live.get_mut(&client) else { return Vec::new() };
        let cursor = core::mem::replace(&mut session.cursor, self.next);
        session.backlog.iter().filter(|entry| entry.number >= cursor).map(|it| it.event.clone()).collect()
    }

    /// A stream ended. Returns events that another stream is to be given in its place.
    pub(crate) fn disconnect(&mut self, now: Time, client: ClientId) -> Option<(ClientId, Vec<Event>)> {
        let session = self.live.remove(&client)?;
        // A bot that restarts may be back before its old stream is known to be dead.
        let successor = self.live.iter_mut().find(|(_, other)| other.succeeds(&session));
        if let Some((client, successor)) = successor {
            let missed: Vec<Entry> =
                session.backlog.into_iter().filter(|entry| entry.number < successor.start).collect();
            let events = missed.iter().map(|entry| entry.event.clone()).collect();
            successor.fresh = false;
            for entry in missed.into_iter().rev() {
                successor.backlog.push_front(entry);
            }
            return Some((*client, events));
        }
        self.waiting.push(session);
        self.expire(now);
        None
    }

    /// Something happened that no bot is to miss.
    pub(crate) fn record(&mut self, now: Time, event: &Event) {
        let number = self.next;
        self.next += 1;
        for session in self.live.values_mut().chain(&mut self.waiting) {
            session.backlog.push_back(Entry { number, at: now, event: event.clone() });
            if session.backlog.len() > self.replay.events {
                session.backlog.pop_front();
                self.dropped += 1;
            }
        }
    }

    /// A bot asked for what an event was about. With no `client` (the call came another way than the
    /// stream) it counts for all streams of the bot.
    pub(crate) fn acknowledge(&mut self, now: Time, client: Option<ClientId>, bot: BotId, id: &str) {
        for (other, session) in &mut self.live {
            let is_meant = client.is_none_or(|client| client == *other);
            if is_meant && session.bot == bot {
                session.alive = now;
                session.acknowledge(id);
            }
        }
    }

    /// When [`Bots::expire`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let first = |session: &Session| session.backlog.front().map(|entry| entry.at + self.replay.age);
        self.live.values().chain(&self.waiting).filter_map(first).min()
    }

    /// Drops what is too old.
    pub(crate) fn expire(&mut self, now: Time) {
        for session in self.live.values_mut().chain(&mut self.waiting) {
            while session.backlog.pop_front_if(|entry| entry.at + self.replay.age <= now).is_some() {
                self.dropped += 1;
            }
        }
        // Of those left behind by one bot, the last ones are the likeliest to be taken up.
        let mut kept: BTreeMap<BotId, usize> = BTreeMap::new();
        let mut index = self.waiting.len();
        while index > 0 {
            index -= 1;
            let count = kept.entry(self.waiting[index].bot).or_default();
            *count += 1;
            if *count > MAX_WAITING {
                self.waiting.remove(index);
            }
        }
    }
}

impl Session {
    fn new(bot: BotId, start: u64, now: Time) -> Self {
        Self { bot, start, alive: now, fresh: true, cursor: start, backlog: VecDeque::new() }
    }

    /// Whether this stream was opened by the same bot as `dead` was, after that had last shown life.
    fn succeeds(&self, dead: &Self) -> bool {
        self.bot == dead.bot && self.fresh && self.start > dead.start && self.alive >= dead.alive
    }

    fn acknowledge(&mut self, id: &str) {
        let Some(number) =
            self.backlog.iter().find(|entry| entry.event.asked_by() == Some(id)).map(|it| it.number)
        else {
            return;
        };
        let is_done = |entry: &Entry| {
            entry.number == number || (entry.number < number && entry.event.asked_by().is_none())
        };
        self.backlog.retain(|entry| !is_done(entry));
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
        bots.acknowledge(at(1), Some(FIRST), BOT, "m1");
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
        bots.acknowledge(at(1), Some(SECOND), BOT, "m1");
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
        assert_eq!(bots.disconnect(at(20), FIRST), Some((SECOND, [message("m1")].into())));
        assert_eq!(connect(&mut bots, 21, SECOND), [message("m1"), message("m2")]);
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
