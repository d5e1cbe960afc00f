//! Bots and what they have not seen yet: nothing is lost while a stream is broken.
//!
//! A bot acknowledges a message by asking for its payload. What it was given and has not acknowledged when
//! its stream breaks is given again: to whom, the bot's mode says.
//!
//! | module | what it holds |
//! |---|---|
//! | `all` | each stream is a bot of its own: it gets everything, and its successor what it left |
//! | `split` | the streams of a bot share its events: each goes to one of them, and moves on if that dies |
//! | `given` | what one stream was given and has not acknowledged |

mod all;
mod given;
mod split;

use alloc::{collections::BTreeMap, vec::Vec};
use core::time::Duration;

use crate::{event::Event, time::Time};
use all::All;
use split::Split;

/// A bot, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BotId(pub u16);

/// A client of a bot: one event stream, by a number that is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// What the streams of one bot are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BotMode {
    /// Programs that know nothing of each other: each gets every event.
    #[default]
    All,
    /// One works, and the others wait: the one that opened first is given the events.
    Standby,
    /// They share the work: each conversation is one stream's alone.
    Shard,
}

impl BotMode {
    /// Its name in kebab case, as in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Standby => "standby",
            Self::Shard => "shard",
        }
    }
}

/// What a stream is given of its bot's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Everything.
    All,
    /// Everything, while others wait.
    Active,
    /// Nothing yet: it waits for the active one to break.
    Standby,
    /// The conversations that are its own, among so many streams.
    Shard {
        /// How many share them.
        of: usize,
    },
}

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

/// Something that happened, as it is kept.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    /// Its place among all that happened.
    number: u64,
    at: Time,
    /// A fingerprint of the conversation, or of whatever else it is about.
    about: u64,
    event: Event,
}

/// Who goes on with what a broken stream was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Succession {
    /// Those that something may be due to now.
    pub(crate) heirs: Vec<ClientId>,
    /// How many events it had not acknowledged.
    pub(crate) left: usize,
    pub(crate) bot: BotId,
    pub(crate) mode: BotMode,
}

/// All bots' streams, and what is kept for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Bots {
    replay: Replay,
    queues: Vec<Queue>,
    /// The open streams.
    clients: BTreeMap<ClientId, BotId>,
    /// How many things happened.
    happened: u64,
}

/// What is kept for one bot.
#[derive(Debug, Clone, PartialEq)]
enum Queue {
    All(All),
    Split(Split),
}

impl Bots {
    /// Bots that have not connected yet; what happens from now on is kept for them.
    pub(crate) fn new(now: Time, modes: &[BotMode], replay: Replay) -> Self {
        let queues = modes.iter().map(|mode| match mode {
            BotMode::All => Queue::All(All::new(now)),
            BotMode::Standby | BotMode::Shard => Queue::Split(Split::new(*mode)),
        });
        Self { replay, queues: queues.collect(), clients: BTreeMap::new(), happened: 0 }
    }

    /// How many streams are open.
    pub fn connected(&self) -> usize {
        self.clients.len()
    }

    /// This bot's open streams in the order in which they opened: what each is given, and how many events it
    /// has not acknowledged.
    pub fn streams_of(&self, bot: BotId) -> Vec<(ClientId, Role, usize)> {
        match self.queues.get(usize::from(bot.0)) {
            Some(Queue::All(all)) => all.streams().map(|(client, left)| (client, Role::All, left)).collect(),
            Some(Queue::Split(split)) => split.streams().collect(),
            None => Vec::new(),
        }
    }

    /// How many events are kept, for all bots.
    pub fn backlog(&self) -> usize {
        let of = |queue: &Queue| match queue {
            Queue::All(all) => all.len(),
            Queue::Split(split) => split.len(),
        };
        self.queues.iter().map(of).sum()
    }

    /// How many events had to be dropped before a stream was given them that still stands.
    pub fn dropped(&self) -> u64 {
        let of = |queue: &Queue| match queue {
            Queue::All(all) => all.dropped(),
            Queue::Split(split) => split.dropped(),
        };
        self.queues.iter().map(of).sum()
    }

    /// The clients with an open stream.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.clients.keys().copied()
    }

    /// A stream opened; what it is to be given is [`Bots::due`]. Its number was never given before.
    pub(crate) fn connect(&mut self, now: Time, client: ClientId, bot: BotId) {
        let Some(queue) = self.queues.get_mut(usize::from(bot.0)) else { return };
        self.clients.insert(client, bot);
        match queue {
            Queue::All(all) => all.connect(now, client, self.happened, self.replay),
            Queue::Split(split) => split.connect(client),
        }
    }

    /// What a client has not been given yet, in order. From now on it has been.
    pub(crate) fn due(&mut self, client: ClientId) -> Vec<Event> {
        match self.queue_of(client) {
            Some((_, Queue::All(all))) => all.due(client),
            Some((_, Queue::Split(split))) => split.due(client),
            None => Vec::new(),
        }
    }

    /// A stream ended. Returns who has it to go on with, if somebody has.
    pub(crate) fn disconnect(&mut self, now: Time, client: ClientId) -> Option<Succession> {
        let replay = self.replay;
        let (bot, queue) = self.queue_of(client)?;
        let (mode, left, heirs) = match queue {
            Queue::All(all) => {
                let (left, heir) = all.disconnect(now, client, replay)?;
                (BotMode::All, left, heir.into_iter().collect())
            }
            Queue::Split(split) => {
                let (left, heirs) = split.disconnect(now, client, replay)?;
                (split.mode(), left, heirs)
            }
        };
        self.clients.remove(&client);
        Some(Succession { heirs, left, bot, mode }).filter(|it| !it.heirs.is_empty())
    }

    /// Something happened, in a conversation or about something else, that no bot is to miss.
    pub(crate) fn record(&mut self, now: Time, about: u64, event: &Event) {
        let number = self.happened;
        self.happened += 1;
        for queue in &mut self.queues {
            let entry = Entry { number, at: now, about, event: event.clone() };
            match queue {
                Queue::All(all) => all.record(&entry, self.replay),
                Queue::Split(split) => split.record(entry, self.replay),
            }
        }
    }

    /// A bot asked for what an event was about. With no `client` (the call came another way than the
    /// stream) it counts for all streams of the bot, and says of none that it lives.
    pub(crate) fn acknowledge(&mut self, client: Option<ClientId>, bot: BotId, id: &str) {
        match self.queues.get_mut(usize::from(bot.0)) {
            Some(Queue::All(all)) => all.acknowledge(client, id),
            Some(Queue::Split(split)) => split.acknowledge(client, id),
            None => {}
        }
    }

    /// When [`Bots::expire`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let of = |queue: &Queue| match queue {
            Queue::All(all) => all.oldest(),
            Queue::Split(split) => split.oldest(),
        };
        self.queues.iter().filter_map(of).min().map(|oldest| oldest + self.replay.age)
    }

    /// Drops what is too old.
    pub(crate) fn expire(&mut self, now: Time) {
        for queue in &mut self.queues {
            match queue {
                Queue::All(all) => all.expire(now, self.replay),
                Queue::Split(split) => split.expire(now, self.replay),
            }
        }
    }

    fn queue_of(&mut self, client: ClientId) -> Option<(BotId, &mut Queue)> {
        let bot = *self.clients.get(&client)?;
        Some((bot, self.queues.get_mut(usize::from(bot.0))?))
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
mod tests;
