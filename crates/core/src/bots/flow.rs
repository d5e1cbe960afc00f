//! A backlog is given at the speed at which its answers may leave.
//!
//! ```text
//!   due ─▶ line of its conversation ─▶ a free slot, of the conversation and in all ─▶ given
//!                                       held until the answer has left, or none came in time
//! ```
//!
//! What a bot missed is given so many at a time. An event holds a slot until its bot has had the time to answer; an
//! answer that it gives holds the slot until it has left, which may take long where much is said. Who lets that time
//! pass only listens, and has twice as many slots for the next round (as TCP begins a connection); who answers has
//! the first number again. Conversations take turns, each from its oldest event, so that none waits for another's
//! backlog; what happens in one that has none waits for nothing.

use alloc::{
    collections::{BTreeMap, BinaryHeap, VecDeque},
    vec::Vec,
};
use core::{cmp::Reverse, time::Duration};

use super::pile::{Entry, Pile};
use crate::time::Time;

/// Unanswered events of one conversation at a time, to begin with.
const OF_CONVERSATION: usize = 8;
/// And of all together.
const OF_ALL: usize = 64;
/// So long a bot has for its answer. One that thinks longer is given more meanwhile; its answers wait longer then.
const PATIENCE: Duration = Duration::from_millis(500);
/// More slots than anything needs.
const MOST: usize = 1 << 20;

/// The sends of one bot that have not left yet, by conversation.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Answers {
    waiting: BTreeMap<u64, usize>,
}

impl Answers {
    /// In how many conversations.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn begins(&mut self, conversation: u64) {
        *self.waiting.entry(conversation).or_default() += 1;
    }

    pub(super) fn ends(&mut self, conversation: u64) {
        let Some(count) = self.waiting.get_mut(&conversation) else { return };
        *count -= 1;
        if *count == 0 {
            self.waiting.remove(&conversation);
        }
    }

    fn of(&self, conversation: u64) -> usize {
        self.waiting.get(&conversation).copied().unwrap_or(0)
    }

    /// Of all conversations that have a backlog. What is said elsewhere answers none of it: whoever tells hundreds of
    /// people something would be given nothing until that has left.
    fn among(&self, conversations: &BTreeMap<u64, Conversation>) -> usize {
        let theirs = self.waiting.iter().filter(|(about, _)| conversations.contains_key(about));
        theirs.map(|(_, count)| count).sum()
    }
}

/// What one stream is to be given, and how much of it now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flow {
    pub(super) conversations: BTreeMap<u64, Conversation>,
    /// Since when something has stood in line without a break.
    pub(super) since: Option<Time>,
    /// Events that hold a slot: since when, and of which conversation.
    pub(super) open: VecDeque<(Time, u64)>,
    pub(super) all: Slots,
    /// How often something was given.
    pub(super) served: u64,
    pub(super) len: usize,
    pub(super) bytes: usize,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Conversation {
    pub(super) line: Pile,
    slots: Slots,
    /// How many of its events in [`Flow::open`] were answered: the first ones.
    answered: usize,
    /// When it was last given something.
    served: u64,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Slots {
    size: usize,
    /// Held by events; answers hold the others.
    held: usize,
}

impl Slots {
    fn new(size: usize) -> Self {
        Self { size, held: 0 }
    }

    fn are_free(&self, answers: usize) -> bool {
        self.held + answers < self.size
    }

    fn unanswered(&mut self) {
        self.held = self.held.saturating_sub(1);
        self.size = (self.size + 1).min(MOST);
    }

    fn answered(&mut self, size: usize) {
        self.held = self.held.saturating_sub(1);
        self.size = size;
    }
}

impl Default for Flow {
    fn default() -> Self {
        let (conversations, open) = (BTreeMap::new(), VecDeque::new());
        Self { conversations, since: None, open, all: Slots::new(OF_ALL), served: 0, len: 0, bytes: 0 }
    }
}

impl Flow {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets an entry pass if nothing of its conversation waits; else it stands in line.
    pub(super) fn pass(&mut self, now: Time, entry: Entry) -> Option<Entry> {
        let waits = self.conversations.get(&entry.about).is_some_and(|it| !it.line.is_empty());
        if !waits {
            return Some(entry);
        }
        self.stand(now, entry);
        None
    }

    /// It stands in line. It does not grow old there: its bot is there, and given what it can take.
    pub(super) fn stand(&mut self, now: Time, entry: Entry) {
        let new = || Conversation {
            line: Pile::default(),
            slots: Slots::new(OF_CONVERSATION),
            answered: 0,
            served: 0,
        };
        self.since.get_or_insert(now);
        self.len += 1;
        self.bytes += entry.bytes();
        self.conversations.entry(entry.about).or_insert_with(new).line.push(entry);
    }

    /// What is to be given now, in the order in which it happened.
    pub(super) fn give(&mut self, now: Time, answers: &Answers) -> Vec<Entry> {
        self.settle(now);
        let all_answers = answers.among(&self.conversations);
        if self.len == 0 || !self.all.are_free(all_answers) {
            return Vec::new();
        }
        let is_ready = |about: u64, it: &Conversation| it.slots.are_free(answers.of(about));
        let place = |about: u64, it: &Conversation| {
            Some(Reverse((it.served, it.line.first()?.number, about))).filter(|_| is_ready(about, it))
        };
        let mut ready: BinaryHeap<_> =
            self.conversations.iter().filter_map(|(about, it)| place(*about, it)).collect();
        let mut due = Vec::new();
        while self.all.are_free(all_answers)
            && let Some(Reverse((.., about))) = ready.pop()
            && let Some(conversation) = self.conversations.get_mut(&about)
            && let Some(entry) = conversation.line.pop()
        {
            self.served += 1;
            conversation.served = self.served;
            self.len -= 1;
            self.bytes -= entry.bytes();
            if !entry.known {
                conversation.slots.held += 1;
                self.all.held += 1;
                self.open.push_back((now, about));
            }
            ready.extend(place(about, conversation));
            due.push(younger(self.since, now, entry));
        }
        self.since.take_if(|_| self.len == 0);
        due.sort_by_key(|entry| entry.number);
        due
    }

    /// Its bot says something in a conversation: from now on that holds the slot of what it answers.
    pub(super) fn answered(&mut self, about: u64) {
        let Some(conversation) = self.conversations.get_mut(&about) else { return };
        if conversation.slots.held > 0 {
            conversation.answered += 1;
            conversation.slots.answered(OF_CONVERSATION);
            self.all.answered(OF_ALL);
        }
    }

    /// The bot asked for this; see [`Pile::acknowledge`].
    pub(super) fn acknowledge(&mut self, id: &str) -> bool {
        let (mut len, mut bytes) = (0, 0);
        let found = self.conversations.values_mut().any(|it| {
            (len, bytes) = (it.line.len(), it.line.bytes());
            let is_here = it.line.acknowledge(id);
            (len, bytes) = (len - it.line.len(), bytes - it.line.bytes());
            is_here
        });
        if found {
            (self.len, self.bytes) = (self.len - len, self.bytes - bytes);
        }
        found
    }

    /// Only those stay in line that are so.
    pub(super) fn retain(&mut self, stays: impl Fn(&Entry) -> bool) {
        for conversation in self.conversations.values_mut() {
            let (len, bytes) = (conversation.line.len(), conversation.line.bytes());
            conversation.line.retain(&stays);
            self.len -= len - conversation.line.len();
            self.bytes -= bytes - conversation.line.bytes();
        }
        self.since.take_if(|_| self.len == 0);
    }

    /// When something more may be given, if nothing happens before.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.open.front().map(|(at, _)| *at + PATIENCE)
    }

    /// Of those that hold a slot some have had their time.
    pub(super) fn settle(&mut self, now: Time) {
        while let Some((_, about)) = self.open.pop_front_if(|(at, _)| *at + PATIENCE <= now) {
            let Some(conversation) = self.conversations.get_mut(&about) else { continue };
            if conversation.answered > 0 {
                conversation.answered -= 1;
            } else {
                conversation.slots.unanswered();
                self.all.unanswered();
            }
        }
        if self.open.is_empty() && self.len == 0 {
            *self = Self { served: self.served, ..Self::default() };
        }
    }

    /// The oldest of what waits is dropped. Returns whether there was any.
    pub(super) fn drop_first(&mut self) -> bool {
        let lines = self.conversations.values_mut().map(|it| &mut it.line).filter(|line| !line.is_empty());
        let oldest = lines.min_by_key(|line| line.first().map(|entry| entry.number));
        let Some(entry) = oldest.and_then(Pile::pop) else { return false };
        self.len -= 1;
        self.bytes -= entry.bytes();
        true
    }

    /// All that waits; nothing is left.
    pub(super) fn take(&mut self, now: Time) -> impl Iterator<Item = Entry> + use<> {
        let Self { conversations, since, .. } = core::mem::take(self);
        let waiting = conversations.into_values().flat_map(|mut it| it.line.take());
        waiting.map(move |entry| younger(since, now, entry))
    }
}

/// An entry that has stood in line, without the time that it stood there.
fn younger(since: Option<Time>, now: Time, entry: Entry) -> Entry {
    let stood = since.map(|since| now - since.max(entry.at).min(now)).unwrap_or_default();
    Entry { at: entry.at + stood, ..entry }
}
