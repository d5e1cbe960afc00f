//! Bots and what they have not seen yet: nothing is lost while a stream is broken.
//!
//! A bot acknowledges a message by asking for its payload, once it is answered. What it was given and has not acknowledged when
//! its stream breaks is given again: to whom, the bot's mode says.
//!
//! | module | what it holds |
//! |---|---|
//! | `all` | each stream is a bot of its own: it gets everything, and its successor what it left |
//! | `split` | the streams of a bot share its events: each goes to one of them, and moves on if that dies |
//! | `stream` | one stream: what it is to be given, was given, and knows already |
//! | `flow` | how fast a backlog is given: no faster than its answers may leave |
//! | `given` | what one stream was given and has not acknowledged |
//! | `mode` | what the streams of one bot are to each other |
//! | `numbers` | the numbers by which what was given is told apart, and what a bot says it has |
//! | `pile` | events in order, and what they weigh |
//! | `restart` | all streams have ended at once, and there may be other bots |
//! | `follow` | bots come, go and change while others go on |
//! | `absence` | who has been away for how long, and when the operator is told |

mod absence;
mod all;
mod flow;
mod follow;
mod given;
mod mode;
mod numbers;
mod pile;
mod restart;
mod split;
mod stream;
#[cfg(feature = "serde")]
mod written;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    sync::Arc,
    vec::Vec,
};
use core::time::Duration;

use crate::{event::WeChatEvent, time::Time};
use absence::Absence;
use all::All;
use flow::Answers;
use numbers::Numbers;
use pile::Entry;
use split::Split;

pub use absence::Away;
pub(crate) use follow::BotChange;
pub use mode::{BotMode, BotSetup, Role};
pub use numbers::seq_of;

/// A bot, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BotId(pub u16);

/// A client of a bot: one event stream, by a number that is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClientId(pub u64);

/// How much is kept for a bot that is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replay {
    /// Events for each session; beyond it the oldest are dropped.
    pub events: usize,
    /// Bytes for each session, as if it shared nothing with others.
    pub bytes: usize,
    /// How long.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub age: Duration,
}

impl Replay {
    fn is_exceeded(self, events: usize, bytes: usize) -> bool {
        events > self.events || bytes > self.bytes
    }
}

impl Default for Replay {
    fn default() -> Self {
        Self { events: 10_000, bytes: 16 << 20, age: Duration::from_secs(600) }
    }
}

/// Events that a stream is to be given.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Due {
    /// Each with its number; 0 of what has none.
    pub(crate) events: Vec<(u64, Arc<WeChatEvent>)>,
    /// The conversations among them that are of a backlog.
    pub(crate) late: BTreeSet<u64>,
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bots {
    replay: Replay,
    names: Vec<String>,
    queues: Vec<Queue>,
    /// Sends that have not left yet, for each bot.
    answers: Vec<Answers>,
    absences: Vec<Absence>,
    /// The open streams.
    clients: BTreeMap<ClientId, BotId>,
    /// How many things happened.
    happened: u64,
    /// Places of bots that were removed while others went on: nothing is kept for them, and nobody has them.
    #[cfg_attr(feature = "serde", serde(default))]
    gone: BTreeSet<BotId>,
    #[cfg_attr(feature = "serde", serde(default))]
    numbers: Numbers,
}

/// What is kept for one bot.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Queue {
    All(All),
    Split(Split),
}

impl Bots {
    /// How many streams are open, and in how many conversations sends have not left yet.
    pub(crate) fn sizes(&self) -> [usize; 2] {
        [self.clients.len(), self.answers.iter().map(Answers::len).sum()]
    }

    /// Bots that have not connected yet; what happens from now on is kept for them.
    pub(crate) fn new(now: Time, bots: &[BotSetup], replay: Replay) -> Self {
        Self {
            replay,
            names: bots.iter().map(|bot| bot.name.clone()).collect(),
            queues: bots.iter().map(|bot| Queue::new(now, bot.mode)).collect(),
            answers: bots.iter().map(|_| Answers::default()).collect(),
            absences: bots.iter().map(|_| Absence::new(now)).collect(),
            clients: BTreeMap::new(),
            happened: 0,
            gone: BTreeSet::new(),
            numbers: Numbers::default(),
        }
    }

    /// How many places of bots there are, those of bots that are gone among them.
    pub fn count(&self) -> u16 {
        u16::try_from(self.names.len()).unwrap_or(u16::MAX)
    }

    /// The bots there are.
    pub fn here(&self) -> impl Iterator<Item = BotId> {
        (0..self.count()).map(BotId).filter(|bot| !self.gone.contains(bot))
    }

    /// The bot of this name, if there is one.
    pub fn named(&self, name: &str) -> Option<BotId> {
        self.here().find(|bot| self.name(*bot) == name)
    }

    /// A bot's name.
    pub fn name(&self, bot: BotId) -> &str {
        self.names.get(usize::from(bot.0)).map_or("?", String::as_str)
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
        self.queues.iter().map(Queue::len).sum()
    }

    /// What they weigh, in bytes.
    pub fn backlog_bytes(&self) -> usize {
        self.queues.iter().map(Queue::bytes).sum()
    }

    /// How many events had to be dropped before a stream was given them that still stands.
    pub fn dropped(&self) -> u64 {
        self.queues.iter().map(Queue::dropped).sum()
    }

    /// The same of one bot.
    pub fn dropped_of(&self, bot: BotId) -> u64 {
        self.queues.get(usize::from(bot.0)).map_or(0, Queue::dropped)
    }

    /// A bot that has no stream, since when, and what waits for it.
    pub fn away(&self, bot: BotId) -> Option<Away> {
        if self.gone.contains(&bot) {
            return None;
        }
        let (queue, absence) = (self.queues.get(usize::from(bot.0))?, self.absences.get(usize::from(bot.0))?);
        absence.of(queue.len(), queue.dropped())
    }

    /// When this bot acknowledged an event last: asked for what it was about.
    pub fn acknowledged(&self, bot: BotId) -> Option<Time> {
        self.absences.get(usize::from(bot.0))?.acknowledged
    }

    /// The clients with an open stream.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.clients.keys().copied()
    }

    /// A stream opened; what it is to be given is [`Bots::due`]. Its number was never given before; `after` is the
    /// stream that its connection had before. Returns how its bot was away, if it was.
    pub(crate) fn connect(
        &mut self,
        now: Time,
        client: ClientId,
        bot: BotId,
        after: Option<ClientId>,
    ) -> Option<Away> {
        let away = self.away(bot);
        let named = self.numbers.after(client);
        let queue = self.queues.get_mut(usize::from(bot.0)).filter(|_| !self.gone.contains(&bot))?;
        self.clients.insert(client, bot);
        match queue {
            Queue::All(all) => all.connect(now, client, [named, after], self.happened, self.replay),
            Queue::Split(split) => split.connect(now, client),
        }
        self.absences.get_mut(usize::from(bot.0))?.ends();
        away
    }

    /// What a client is to be given now, in order. From now on it has been. If it `is_live`, what happened last
    /// happens now, and is no backlog.
    pub(crate) fn due(&mut self, now: Time, client: ClientId, is_live: bool) -> Due {
        let last = if is_live { self.happened.saturating_sub(1) } else { u64::MAX };
        let Some(bot) = self.clients.get(&client).copied() else { return Due::default() };
        let place = usize::from(bot.0);
        let (Some(queue), Some(answers)) = (self.queues.get_mut(place), self.answers.get(place)) else {
            return Due::default();
        };
        let mut given = self.numbers.of(bot).gives(client);
        let entries = match queue {
            Queue::All(all) => all.due(now, client, answers, last, &mut given),
            Queue::Split(split) => split.due(now, client, answers, last, &mut given),
        };
        given.ends();
        let is_late = |entry: &&Entry| entry.again || entry.number != last;
        let late = entries.iter().filter(is_late).map(|entry| entry.about).collect();
        let number = |entry: &Entry| entry.told.map_or(0, |told| told.number);
        Due { events: entries.into_iter().map(|entry| (number(&entry), entry.event)).collect(), late }
    }

    /// A bot is about to say something in a conversation. It stands in line, perhaps for long.
    pub(crate) fn says(&mut self, bot: BotId, about: u64) {
        let bot = usize::from(bot.0);
        let (Some(queue), Some(answers)) = (self.queues.get_mut(bot), self.answers.get_mut(bot)) else {
            return;
        };
        answers.begins(about);
        match queue {
            Queue::All(all) => all.answered(about),
            Queue::Split(split) => split.answered(about),
        }
    }

    /// It has left, or never will. Returns the bot's streams: more may be due to them.
    pub(crate) fn said(&mut self, bot: BotId, about: u64) -> Vec<ClientId> {
        let Some(answers) = self.answers.get_mut(usize::from(bot.0)) else { return Vec::new() };
        answers.ends(about);
        self.clients_of(bot)
    }

    /// Nothing can be given now, since the team is down.
    pub(crate) fn hold(&mut self, now: Time) {
        for queue in &mut self.queues {
            match queue {
                Queue::All(all) => all.hold(now),
                Queue::Split(split) => split.hold(now),
            }
        }
    }

    /// When more of a backlog may be given, if nothing happens before.
    pub(crate) fn poll_flow(&self) -> Option<Time> {
        let of = |queue: &Queue| match queue {
            Queue::All(all) => all.poll_flow(),
            Queue::Split(split) => split.poll_flow(),
        };
        self.queues.iter().filter_map(of).min()
    }

    /// More of a backlog may be given: [`Bots::due`] tells.
    pub(crate) fn settle(&mut self, now: Time) {
        for queue in &mut self.queues {
            match queue {
                Queue::All(all) => all.settle(now),
                Queue::Split(split) => split.settle(now),
            }
        }
    }

    /// When [`Bots::remark`] has something to tell.
    pub(crate) fn poll_absence(&self) -> Option<Time> {
        // Nothing waits for those that are gone.
        let all = self.queues.iter().zip(&self.absences);
        all.filter_map(|(queue, absence)| absence.poll_timeout(queue.len(), queue.dropped())).min()
    }

    /// The bots of which the operator should hear that they are away, while events wait for them.
    pub(crate) fn remark(&mut self, now: Time) -> Vec<(BotId, Away)> {
        let all = (0..).map(BotId).zip(self.queues.iter().zip(&mut self.absences));
        let remarks = all.filter_map(|(bot, (queue, absence))| {
            Some((bot, absence.remark(now, queue.len(), queue.dropped())?))
        });
        remarks.collect()
    }

    /// Whether the operator was told that it is away.
    pub(crate) fn is_missed(&self, bot: BotId) -> bool {
        self.absences.get(usize::from(bot.0)).is_some_and(Absence::is_told)
    }

    pub(crate) fn bot_of(&self, client: ClientId) -> Option<BotId> {
        self.clients.get(&client).copied()
    }

    /// This bot's open streams.
    pub(crate) fn clients_of(&self, bot: BotId) -> Vec<ClientId> {
        self.clients.iter().filter(|(_, it)| **it == bot).map(|(client, _)| *client).collect()
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
        if self.clients_of(bot).is_empty()
            && let (Some(queue), Some(absence)) =
                (self.queues.get(usize::from(bot.0)), self.absences.get_mut(usize::from(bot.0)))
        {
            absence.begins(now, queue.dropped());
        }
        Some(Succession { heirs, left, bot, mode }).filter(|it| !it.heirs.is_empty())
    }

    /// Something happened, in a conversation or about something else, that no bot is to miss.
    pub(crate) fn record(&mut self, now: Time, about: u64, event: &WeChatEvent) {
        let entry = Entry::new(self.happened, now, about, event);
        self.happened += 1;
        let all = (0..).map(BotId).zip(&mut self.queues);
        for (_, queue) in all.filter(|(bot, _)| !self.gone.contains(bot)) {
            match queue {
                Queue::All(all) => all.record(&entry, self.replay),
                Queue::Split(split) => split.record(entry.clone(), self.replay),
            }
        }
    }

    /// A bot asked for what some event was about.
    pub(crate) fn has_acknowledged(&mut self, now: Time, bot: BotId) {
        if let Some(absence) = self.absences.get_mut(usize::from(bot.0)) {
            absence.acknowledged = Some(now);
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

impl Queue {
    fn new(now: Time, mode: BotMode) -> Self {
        match mode {
            BotMode::All => Self::All(All::new(now)),
            BotMode::Standby | BotMode::Shard => Self::Split(Split::new(mode)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::All(all) => all.len(),
            Self::Split(split) => split.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::All(all) => all.bytes(),
            Self::Split(split) => split.bytes(),
        }
    }

    fn dropped(&self) -> u64 {
        match self {
            Self::All(all) => all.dropped(),
            Self::Split(split) => split.dropped(),
        }
    }
}

impl WeChatEvent {
    /// The id that a bot asks for when it has got this.
    fn asked_by(&self) -> Option<&str> {
        if let Self::Message { id } | Self::Friendship { id } | Self::RoomInvite { id } = self {
            Some(id)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
