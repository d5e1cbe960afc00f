//! Keeping fresh what is known of rooms and contacts: which account reads what, and when.
//!
//! Reading costs an account pace that it needs for work, so it is slow: one thing at a time per account, a
//! pause between, and a room is read by one of its accounts for the whole team.
//!
//! ```text
//!   login, every so often, a contact in doubt ──▶ the account's lists ─┐
//!   new room, every so often, a room in doubt ──▶ the room's payload ──┴─▶ one at a time ─▶ pause ─▶ …
//! ```
//!
//! What an answer says may be older than what was learnt while it was under way, so that is written down.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use crate::{account::AccountId, account_set::AccountSet, directory::Directory, time::Time};

/// What an account is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Reading {
    /// Its contacts and its rooms.
    Lists,
    /// A room's payload.
    Room(String),
}

/// How long an account rests between two things that it reads, if it is not to read more often than that.
const PAUSE: Duration = Duration::from_secs(3);
/// How long an answer may take before the next thing is read.
const PATIENCE: Duration = Duration::from_secs(90);
/// What can't be read now is tried again after so long.
const AGAIN: Duration = Duration::from_secs(60);
/// Doubts come in swarms, one from each account: they are settled at once after so long.
const SETTLE: Duration = Duration::from_secs(2);
/// An account's lists are not read more often, however many doubts there are; unless that is the interval.
const LISTS_APART: Duration = Duration::from_secs(300);
/// Lists that were asked for so shortly before the account was ready are as good as those after.
const READY: Duration = Duration::from_secs(1);
/// By which share, up or down, each interval is off.
const JITTER: f64 = 1.0 / 6.0;
/// How many rooms are kept fresh.
const MOST_ROOMS: usize = 20_000;
/// What they may weigh, in bytes.
const MOST_BYTES: usize = 32 << 20;
/// What a room costs besides its id and its topic.
const CARD: usize = 160;
/// So many characters of a topic are kept: it is only shown, and whoever renames a room could write a book.
const LONGEST_TOPIC: usize = 256;
/// How many contacts or conversations an account has in doubt at once; of more, an older answer may be believed.
const MOST_DOUBTS: usize = 10_000;

/// What is to be read, by whom, and when.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(from = "written::Read"))]
pub struct Refresh {
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds_or_none"))]
    every: Option<Duration>,
    rooms: BTreeMap<String, Card>,
    /// What the rooms weigh.
    #[cfg_attr(feature = "serde", serde(skip_serializing))]
    bytes: usize,
    readers: Vec<Reader>,
    /// Whose turn it is first, if several could read the same.
    first: usize,
}

/// What is known of a room besides who reaches it.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Card {
    topic: String,
    /// When it is to be read; `None` while it is being read, and if only what is in doubt is.
    due: Option<Time>,
    /// These were refused, though they should be in it; they are not asked before their lists were read.
    refused: AccountSet,
}

/// An account as one that reads.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Reader {
    /// When to look for something to read, or to give up what is under way.
    turn: Option<Time>,
    /// It rests until then.
    rests: Time,
    under_way: Option<UnderWay>,
    lists_due: Option<Time>,
    lists_asked: Option<Time>,
    /// Contacts of which it said that they changed.
    doubts: BTreeSet<String>,
}

/// Something that an account was asked to read.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct UnderWay {
    what: Reading,
    since: Time,
    /// Conversations of which something was learnt since, of this account.
    learnt: BTreeSet<String>,
    /// Accounts of which something was learnt since, in the room that is read.
    touched: AccountSet,
}

/// What was learnt while an account's lists were under way.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Meanwhile {
    /// Conversations of which the lists may know less.
    pub(crate) learnt: BTreeSet<String>,
    /// Contacts of which the lists know better than anything before.
    pub(crate) doubts: BTreeSet<String>,
    /// Rooms that the account was refused to read.
    pub(crate) refused: BTreeSet<String>,
}

impl Meanwhile {
    /// How much it remembers.
    pub(crate) fn size(&self) -> usize {
        self.learnt.len() + self.doubts.len() + self.refused.len()
    }
}

impl Refresh {
    /// Nothing is known. `every` is how often everything is read again; `None`: only what is in doubt.
    pub(crate) fn new(every: Option<Duration>) -> Self {
        Self { every, rooms: BTreeMap::new(), bytes: 0, readers: Vec::new(), first: 0 }
    }

    /// From now on everything is read again so often. What was to be read only when in doubt is due at once then.
    pub(crate) fn set_every(&mut self, now: Time, every: Option<Duration>) {
        let before = core::mem::replace(&mut self.every, every);
        let Some(every) = every.filter(|every| before.is_none_or(|before| *every < before)) else { return };
        let due = if before.is_some() { now + every } else { now };
        for card in self.rooms.values_mut() {
            // One that has none is being read, unless nothing was to be.
            let at = if before.is_some() { card.due } else { Some(card.due.unwrap_or(due)) };
            card.due = at.map(|at| at.min(due));
        }
        for reader in self.readers.iter_mut().filter(|it| it.lists_asked.is_some()) {
            if !reader.under_way.as_ref().is_some_and(|it| it.what == Reading::Lists) {
                reader.lists_due = Some(reader.lists_due.map_or(due, |at| at.min(due)));
            }
            reader.wake(due);
        }
    }

    /// An account joins.
    pub(crate) fn admit(&mut self, account: AccountId) {
        self.readers.resize(self.readers.len().max(account.index() + 1), Reader::default());
    }

    /// How much is in doubt, and how much was learnt while something was read.
    pub(crate) fn unsettled(&self) -> usize {
        let learnt = |reader: &Reader| reader.under_way.as_ref().map_or(0, |it| it.learnt.len());
        self.readers.iter().map(|reader| reader.doubts.len() + learnt(reader)).sum()
    }

    /// How many rooms are kept fresh.
    pub fn kept(&self) -> usize {
        self.rooms.len()
    }

    /// What these rooms weigh, in bytes.
    pub fn weight(&self) -> usize {
        self.bytes
    }

    /// What they may weigh.
    pub const fn limit() -> usize {
        MOST_BYTES
    }

    /// The rooms that are kept fresh, with their topics, empty where they are not known; some may have been
    /// left a moment ago.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rooms.iter().map(|(room, card)| (room.as_str(), card.topic.as_str()))
    }

    /// A room's topic; empty if it is not known.
    pub(crate) fn topic(&self, room: &str) -> &str {
        self.rooms.get(room).map_or("", |card| &card.topic)
    }

    pub(crate) fn set_topic(&mut self, room: &str, topic: &str) {
        let end = topic.char_indices().nth(LONGEST_TOPIC).map_or(topic.len(), |(end, _)| end);
        let topic = &topic[..end];
        let Some(card) = self.rooms.get_mut(room).filter(|card| card.topic != topic) else { return };
        self.bytes -= card.topic.len();
        let is_room = self.bytes + topic.len() <= MOST_BYTES;
        card.topic = if is_room { topic.to_string() } else { String::new() };
        self.bytes += card.topic.len();
    }

    /// An account logged in: its lists are being asked for.
    pub(crate) fn comes(&mut self, now: Time, account: AccountId) {
        self.give_up(now, account);
        if let Some(reader) = self.readers.get_mut(account.index()) {
            reader.begin(now, Reading::Lists);
        }
    }

    /// An account logged out, is lost, or has left the team.
    pub(crate) fn goes(&mut self, now: Time, account: AccountId) {
        self.give_up(now, account);
        if let Some(reader) = self.readers.get_mut(account.index()) {
            *reader = Reader::default();
        }
    }

    /// An account says that all is there now that it can tell of.
    pub(crate) fn is_ready(&mut self, now: Time, account: AccountId) {
        let Some(reader) = self.readers.get_mut(account.index()) else { return };
        if reader.lists_asked.is_some_and(|asked| now - asked >= READY) {
            reader.lists_due = Some(now);
            reader.wake(now);
        }
    }

    /// An account is in a room.
    pub(crate) fn is_in(&mut self, now: Time, account: AccountId, room: &str) {
        if !self.rooms.contains_key(room) {
            let bytes = self.bytes + CARD + room.len();
            if self.rooms.len() >= MOST_ROOMS || bytes > MOST_BYTES {
                return;
            }
            self.bytes = bytes;
            let due = self.every.map(|_| now);
            self.rooms.insert(room.to_string(), Card { due, ..Card::default() });
        }
        if let Some(due) = self.rooms.get(room).and_then(|card| card.due)
            && let Some(reader) = self.readers.get_mut(account.index())
        {
            reader.wake(due);
        }
    }

    /// Something was learnt of an account and a conversation: an answer that is under way may not know it.
    pub(crate) fn learnt(&mut self, account: AccountId, conversation: &str) {
        for (index, reader) in self.readers.iter_mut().enumerate() {
            let Some(under_way) = &mut reader.under_way else { continue };
            match &under_way.what {
                Reading::Lists if index == account.index() && under_way.learnt.len() < MOST_DOUBTS => {
                    under_way.learnt.insert(conversation.to_string());
                }
                Reading::Room(room) if room == conversation => under_way.touched.insert(account),
                Reading::Lists | Reading::Room(_) => {}
            }
        }
    }

    /// Something about a room changed; `there` are those that could read it.
    pub(crate) fn doubt_room(&mut self, now: Time, room: &str, there: AccountSet) {
        let Some(card) = self.rooms.get_mut(room) else { return };
        let due = card.due.map_or(now + SETTLE, |due| due.min(now + SETTLE));
        card.due = Some(due);
        for account in there.iter() {
            if let Some(reader) = self.readers.get_mut(account.index()) {
                reader.wake(due);
            }
        }
    }

    /// Something about a contact changed, as an account says; perhaps whether they are friends.
    pub(crate) fn doubt_contact(&mut self, now: Time, account: AccountId, contact: &str) {
        let Some(reader) = self.readers.get_mut(account.index()) else { return };
        if reader.doubts.len() < MOST_DOUBTS {
            reader.doubts.insert(contact.to_string());
        }
        self.doubt_lists(now, account);
    }

    /// An account's friends changed, or what it reaches is in doubt.
    pub(crate) fn doubt_lists(&mut self, now: Time, account: AccountId) {
        let apart = self.every.map_or(LISTS_APART, |every| LISTS_APART.min(every));
        let Some(reader) = self.readers.get_mut(account.index()) else { return };
        let Some(asked) = reader.lists_asked else { return };
        let due = (now + SETTLE).max(asked + apart);
        reader.lists_due = Some(reader.lists_due.map_or(due, |it| it.min(due)));
        reader.wake(due);
    }

    /// An account told its lists; `any` if it could tell anything. `None` if it was not asked for them: then
    /// they may be older than anything that is known.
    pub(crate) fn lists_read(
        &mut self,
        now: Time,
        account: AccountId,
        any: bool,
        draw: &mut dyn FnMut() -> f64,
    ) -> Option<Meanwhile> {
        let every = if any { self.every } else { Some(LISTS_APART) };
        let again = every.map(|every| now + off(every, draw));
        let reader = self.readers.get_mut(account.index())?;
        let under_way = reader.under_way.take_if(|it| it.what == Reading::Lists)?;
        // A doubt that came meanwhile may be of something that the answer doesn't show.
        reader.lists_due = [again, reader.lists_due].into_iter().flatten().min();
        let doubts = core::mem::take(&mut reader.doubts);
        let refused = self.rooms.iter_mut().filter(|(_, card)| card.refused.contains(account));
        let refused = refused.map(|(room, card)| {
            card.refused.remove(account);
            room.clone()
        });
        let refused = refused.collect();
        self.rest(now, account, draw);
        Some(Meanwhile { learnt: under_way.learnt, doubts, refused })
    }

    /// An account told of a room. `None` if it was not asked for it; else those of which something newer is
    /// known.
    pub(crate) fn room_read(
        &mut self,
        now: Time,
        account: AccountId,
        room: &str,
        draw: &mut dyn FnMut() -> f64,
    ) -> Option<AccountSet> {
        let again = self.every.map(|every| now + off(every, draw));
        let under_way = self.finish(now, account, room, draw)?;
        if let Some(card) = self.rooms.get_mut(room) {
            // A doubt that came meanwhile stands.
            card.due = card.due.or(again);
        }
        Some(under_way.touched)
    }

    /// An account could not tell of a room that it was asked for; `refused` if it said so itself.
    pub(crate) fn room_unread(
        &mut self,
        now: Time,
        account: AccountId,
        room: &str,
        refused: bool,
        draw: &mut dyn FnMut() -> f64,
    ) {
        if self.finish(now, account, room, draw).is_none() {
            return;
        }
        let due = now + if refused { SETTLE } else { AGAIN };
        if let Some(card) = self.rooms.get_mut(room) {
            card.due = Some(due);
            if refused {
                card.refused.insert(account);
            }
        }
        self.readers.iter_mut().for_each(|reader| reader.wake(due));
        // It may have left: the others' payload tells, and its lists do.
        if refused {
            self.doubt_lists(now, account);
        }
    }

    /// What is to be read now, by those that may.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        usable: AccountSet,
        directory: &Directory,
    ) -> Vec<(AccountId, Reading)> {
        let mut all = Vec::new();
        let (first, count) = (self.first, self.readers.len());
        for index in (0..count).map(|n| (first + n) % count) {
            let account = AccountId::at(index);
            if self.readers[index].turn.is_none_or(|turn| turn > now) {
                continue;
            }
            if !usable.contains(account) {
                self.readers[index].turn = Some(now + AGAIN);
            } else if let Some(reading) = self.take_turn(now, account, directory) {
                all.push((account, reading));
                self.first = index + 1;
            }
        }
        all
    }

    /// When something is due.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.readers.iter().filter_map(|reader| reader.turn).min()
    }

    /// What an account reads now; if nothing, it looks again when something is due.
    fn take_turn(&mut self, now: Time, account: AccountId, directory: &Directory) -> Option<Reading> {
        self.give_up(now, account);
        let bytes = &mut self.bytes;
        self.rooms.retain(|room, card| {
            let is_kept = !directory.reach(room).yes.is_empty();
            if !is_kept {
                *bytes -= CARD + room.len() + card.topic.len();
            }
            is_kept
        });
        let is_mine = |room: &str, card: &Card| {
            !card.refused.contains(account) && directory.reach(room).yes.contains(account)
        };
        let mine = self.rooms.iter().filter(|(room, card)| is_mine(room, card));
        let room = mine.filter_map(|(room, card)| Some((card.due?, room))).min();
        let reader = &mut self.readers[account.index()];
        if reader.rests > now {
            reader.turn = Some(reader.rests);
            return None;
        }
        let what = match (reader.lists_due, room) {
            (Some(due), _) if due <= now => Reading::Lists,
            (_, Some((due, room))) if due <= now => Reading::Room(room.clone()),
            (lists, room) => {
                reader.turn = [lists, room.map(|(due, _)| due)].into_iter().flatten().min();
                return None;
            }
        };
        reader.begin(now, what.clone());
        if let Reading::Room(room) = &what
            && let Some(card) = self.rooms.get_mut(room)
        {
            // Nobody else need read it, unless this comes to nothing.
            card.due = None;
        }
        Some(what)
    }

    /// Whatever the account was to read, nobody waits for it any more.
    fn give_up(&mut self, now: Time, account: AccountId) {
        let Some(reader) = self.readers.get_mut(account.index()) else { return };
        let Some(UnderWay { what: Reading::Room(room), .. }) = reader.under_way.take() else { return };
        if let Some(card) = self.rooms.get_mut(&room) {
            let due = now + AGAIN;
            card.due = Some(due);
            self.readers.iter_mut().for_each(|reader| reader.wake(due));
        }
    }

    fn finish(
        &mut self,
        now: Time,
        account: AccountId,
        room: &str,
        draw: &mut dyn FnMut() -> f64,
    ) -> Option<UnderWay> {
        let reader = self.readers.get_mut(account.index())?;
        let is_it = |it: &mut UnderWay| matches!(&it.what, Reading::Room(it) if it == room);
        let under_way = reader.under_way.take_if(is_it)?;
        self.rest(now, account, draw);
        Some(under_way)
    }

    /// An account that has read something rests. Where everything is to be fresh within seconds, it rests
    /// less.
    fn rest(&mut self, now: Time, account: AccountId, draw: &mut dyn FnMut() -> f64) {
        let pause = self.every.map_or(PAUSE, |every| PAUSE.min(every / 10));
        let rests = now + pause.mul_f64(0.5 + draw());
        let is_any_due = self.every.is_some() || self.rooms.values().any(|card| card.due.is_some());
        let reader = &mut self.readers[account.index()];
        reader.rests = rests;
        reader.turn = (is_any_due || reader.lists_due.is_some()).then_some(rests);
    }
}

impl Reader {
    fn begin(&mut self, now: Time, what: Reading) {
        if what == Reading::Lists {
            (self.lists_due, self.lists_asked) = (None, Some(now));
        }
        let under_way = UnderWay { what, since: now, learnt: BTreeSet::new(), touched: AccountSet::EMPTY };
        self.turn = Some(under_way.since + PATIENCE);
        self.under_way = Some(under_way);
    }

    /// Something is due then. One that is reading looks when it has done so; one that is not logged in, when
    /// it is.
    fn wake(&mut self, due: Time) {
        if self.under_way.is_none() && self.lists_asked.is_some() {
            let due = due.max(self.rests);
            self.turn = Some(self.turn.map_or(due, |turn| turn.min(due)));
        }
    }
}

/// An interval, off by the jitter; `draw` gives numbers uniform in `0.0..1.0`.
fn off(interval: Duration, draw: &mut dyn FnMut() -> f64) -> Duration {
    interval.mul_f64(1.0 + JITTER * (2.0 * draw() - 1.0))
}

#[cfg(feature = "serde")]
mod written;

#[cfg(test)]
mod tests;
