//! Every event once: N accounts in a room see one message N times, under N ids.
//!
//! What people do is an *occurrence*; what an account shows of it is a *copy*. Copies are told apart by a
//! key (room, talker, type, content), never by it alone: if a person says "1" twice, every account shows
//! two copies of one key. So occurrences of a key are counted: an account's first copy belongs to the first
//! occurrence it has not shown yet, its second to the next, and only a copy that finds no occurrence left
//! makes a new one. Emitted so far is then the most that any one account has shown.
//!
//! What the bot sends is an occurrence too, known before anybody shows it: teammates' copies of it are
//! witnesses, not news. Only the sender's own echo is shown to the bot, since one account alone would have
//! shown it.
//!
//! Whose clock is right nobody knows, so receive times decide. What an account says of a message's own time
//! serves twice, and only against what the same account said before: a copy that comes late, since its
//! account was away, is looked for where its time says; and a copy that has the time and the content of one
//! that the account showed seconds ago is that one again, under a new id.

mod clocks;
mod key;
mod memory;
mod occurrence;

use alloc::{collections::BTreeMap, vec::Vec};
use core::time::Duration;

use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

use clocks::{Clocks, DOUBT, Origin};
use memory::Memory;
use occurrence::{Occurrence, Sending};

pub use key::{Copy, Key, SendId};

/// How much later than an account's first copy the same under a new id is a repeat, and no second message of
/// the same second.
const REPEAT: Duration = Duration::from_secs(2);
/// A witness that comes so soon after the first copy was not kept waiting, and nor was that.
const PROMPT: Duration = Duration::from_secs(5);

/// What is remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recall {
    /// How far apart copies of one message may be, by receive time.
    pub window: Duration,
    /// How long a message is remembered, for copies that say themselves how late they are.
    pub age: Duration,
    /// How many are remembered; beyond it the oldest are forgotten.
    pub count: usize,
}

impl Default for Recall {
    fn default() -> Self {
        Self { window: Duration::from_secs(60), age: Duration::from_secs(24 * 3_600), count: 200_000 }
    }
}

/// What a copy turns out to be. `known` is the copy by which the message is known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The bot is to get it: nobody showed it before; or the bot sent it, and this is the sender's own echo.
    New {
        /// A teammate's copy of what the bot sent.
        known: Option<Copy>,
    },
    /// A further copy: not for the bot.
    Witness {
        /// `None` while its send is still under way.
        known: Option<Copy>,
    },
    /// What the same account has shown already: nothing at all.
    Repeat,
}

impl Verdict {
    /// Whether the bot is to get it.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::New { .. })
    }
}

/// What was seen lately.
#[derive(Debug, Clone, PartialEq)]
pub struct Dedup {
    recall: Recall,
    memory: Memory,
    clocks: Clocks,
    /// Sends of which it is not settled what became of them, by the numbers of their occurrences.
    sends: BTreeMap<SendId, u64>,
}

impl Dedup {
    /// Nothing seen. `epoch` is what a right clock shows at [`Time::ZERO`].
    pub fn new(recall: Recall, epoch: Stamp) -> Self {
        Self { recall, memory: Memory::default(), clocks: Clocks::new(epoch), sends: BTreeMap::new() }
    }

    /// An account shows a copy; `stamp` is the message's own time, as the account tells it.
    pub fn observe(&mut self, now: Time, key: &Key, copy: &Copy, stamp: Option<Stamp>) -> Verdict {
        self.handle_timeout(now);
        let origin = stamp.map(|stamp| self.clocks.origin(copy.account, stamp));
        let digest = key.digest();
        if let Some(number) = self.memory.holder(digest, copy) {
            let verdict = self.memory.change(number, |it| it.shown_again(copy));
            return verdict.unwrap_or(Verdict::Repeat);
        }
        if let Some(number) = self.place(now, digest, copy.account, origin) {
            let verdict = self.memory.change(number, |it| it.join(copy));
            self.memory.show(number, now, copy, stamp);
            self.compare_clocks(now, digest, number, origin);
            return verdict.unwrap_or(Verdict::Repeat);
        }
        if stamp.is_some_and(|stamp| self.is_repeat(now, key, digest, copy.account, stamp)) {
            return Verdict::Repeat;
        }
        let said = origin.map_or(now, |origin| origin.at.min(now));
        let number = self.memory.push(Occurrence::news(now, said, digest, copy.clone()));
        self.memory.show(number, now, copy, stamp);
        Verdict::New { known: None }
    }

    /// The bot sends: `account` is about to be asked.
    pub fn begin(&mut self, now: Time, send: SendId, key: &Key, account: AccountId) {
        self.handle_timeout(now);
        let number = self.memory.push(Occurrence::sent(now, key.digest(), Sending { send, account }));
        self.sends.insert(send, number);
    }

    /// The account answered with the id that the message has there. Returns a copy under which the message
    /// is known already, if it is.
    pub fn finish(&mut self, now: Time, send: SendId, copy: &Copy) -> Option<Copy> {
        let mine = self.sends.remove(&send)?;
        let digest = self.memory.get(mine)?.key();
        // Of several equal sends an echo is taken for the first one's, until an answer says whose it is.
        let is_free = |it: &Occurrence| it.sending().is_some() && !it.is_shown_by(copy.account);
        let its = match self.memory.holder(digest, copy) {
            Some(shown) => shown,
            None if self.memory.get(mine).is_some_and(is_free) => mine,
            None => self.memory.of(digest).find(|(_, it)| is_free(it)).map_or(mine, |(number, _)| number),
        };
        if its != mine {
            self.swap_sends(mine, its);
        }
        let known = self.memory.get(its)?.known().cloned();
        self.memory.change(its, |it| it.is_answered(copy));
        self.memory.show(its, now, copy, None);
        // A message that nobody was known to send has found its send; nothing is left for it to be.
        if self.memory.get(mine).is_some_and(Occurrence::is_void) {
            self.memory.remove(mine);
        }
        known
    }

    /// The sender says that the send came to nothing. If teammates saw it all the same, they are right.
    pub fn abandon(&mut self, send: SendId) {
        if let Some(number) = self.sends.remove(&send)
            && self.memory.get(number).is_some_and(|it| it.known().is_none())
        {
            self.memory.remove(number);
        }
    }

    /// A copy of a send whose fate its sender doesn't know: somebody saw it.
    pub fn witness(&self, send: SendId) -> Option<&Copy> {
        self.memory.get(*self.sends.get(&send)?)?.known()
    }

    /// Nobody asks any more what became of a send. What was seen of it, or may be, still is no news.
    pub fn settle(&mut self, send: SendId) {
        self.sends.remove(&send);
    }

    /// An account has left. Should it come back, it may be on another machine, with another clock.
    pub(crate) fn forget_clock(&mut self, account: AccountId) {
        self.clocks.forget(account);
    }

    /// What a right clock shows then, in milliseconds.
    pub(crate) fn right_time(&self, now: Time) -> i64 {
        self.clocks.right_time(now)
    }

    /// How many occurrences are remembered.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When [`Dedup::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.memory.oldest().map(|it| it.at() + self.recall.age)
    }

    /// Forgets what is too old or too much. Also done at every observation.
    pub fn handle_timeout(&mut self, now: Time) {
        let Recall { age, count, .. } = self.recall;
        while self.memory.oldest().is_some_and(|it| it.at() + age <= now) || self.memory.len() > count {
            let Some(gone) = self.memory.forget() else { break };
            if let Some(Sending { send, .. }) = gone.sending() {
                self.sends.remove(&send);
            }
        }
    }

    /// The occurrence that a copy belongs to: one that its account has not shown.
    fn place(&self, now: Time, digest: u128, account: AccountId, origin: Option<Origin>) -> Option<u64> {
        let by_its_time = origin.filter(|origin| origin.is_doubtful || self.is_late(now, origin.at));
        let near = by_its_time.and_then(|origin| self.near(digest, account, origin));
        near.or_else(|| self.recent(now, digest, account))
    }

    /// Those that show the same at about the same time show what their clocks are; unless it was said more
    /// than once, or they both come late.
    fn compare_clocks(&mut self, now: Time, digest: u128, number: u64, origin: Option<Origin>) {
        let Some(occurrence) = self.memory.get(number) else { return };
        let said = occurrence.said().max(origin.map_or(Time::ZERO, |origin| origin.at));
        let is_prompt = now - occurrence.at() <= PROMPT && now - said <= PROMPT;
        if is_prompt && self.memory.of(digest).take(2).count() == 1 {
            for (account, stamp) in occurrence.stamps() {
                self.clocks.compare(occurrence.at(), account, stamp);
            }
        }
    }

    /// Whether something that is shown now was said so long ago that it may not be among the recent. Times
    /// are of whole seconds, and clocks are known by about as much.
    fn is_late(&self, now: Time, said: Time) -> bool {
        now - said > self.recall.window / 2
    }

    /// The one that was said when the copy was, by a clock that is known; or else the first that may be.
    fn near(&self, digest: u128, account: AccountId, origin: Origin) -> Option<u64> {
        let distance = |it: &Occurrence| (it.said() - origin.at).max(origin.at - it.said());
        // A clock that was not known yet may have told when it was said.
        let reach = self.recall.window.max(DOUBT);
        let is_open = |it: &Occurrence| !it.is_shown_by(account) && distance(it) <= reach;
        // Nothing is shown before it is said: what was shown too early was said too early.
        let recent = self.memory.of(digest).rev().take_while(|(_, it)| it.at() + reach >= origin.at);
        let open = recent.filter(|(_, it)| is_open(it));
        let found = match origin.is_doubtful {
            true => open.last(),
            false => open.min_by_key(|(number, it)| (distance(it), *number)),
        };
        found.map(|(number, _)| number)
    }

    /// The first one of those that began lately.
    fn recent(&self, now: Time, digest: u128, account: AccountId) -> Option<u64> {
        // What has happened for sure comes before what may have: a witness of one is not to settle the other.
        let (mut certain, mut any) = (None, None);
        let open = |(_, it): &(u64, &Occurrence)| !it.is_shown_by(account);
        for (number, it) in self.memory.recent(digest, now, self.recall.window).filter(open) {
            any = Some(number);
            certain = if it.is_certain() { any } else { certain };
        }
        certain.or(any)
    }

    /// Whether the account showed the same seconds ago, of the same time. A time of whole seconds says little
    /// where the content says little.
    fn is_repeat(&self, now: Time, key: &Key, digest: u128, account: AccountId, stamp: Stamp) -> bool {
        let tells = key.is_told_by_content() || !stamp.is_whole_second();
        let mut recent = self.memory.recent(digest, now, self.recall.window);
        tells
            && recent.any(|(_, it)| it.shown(account).any(|(at, of)| of == Some(stamp) && now - at >= REPEAT))
    }

    fn swap_sends(&mut self, one: u64, other: u64) {
        let sendings: Vec<Option<Sending>> =
            [one, other].map(|number| self.memory.get(number).and_then(Occurrence::sending)).into();
        for (number, sending) in [(one, sendings[1]), (other, sendings[0])] {
            self.memory.change(number, |it| it.set_sending(sending));
            if let Some(known) = sending.and_then(|it| self.sends.get_mut(&it.send)) {
                *known = number;
            }
        }
    }
}

#[cfg(test)]
mod tests;
