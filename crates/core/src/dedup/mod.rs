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
//! serves three times, and only against what the same account said before: a copy that comes late, since its
//! account was away, is looked for where its time says; a copy that was said after an occurrence had been
//! shown is another's, above all if its account was away then; and a copy that has the time and the content of
//! one that the account showed before it came back, or with a clock that is known to be fine, is that one
//! again, under a new id.

mod clocks;
mod key;
mod memory;
mod occurrence;
mod placing;
#[cfg(feature = "serde")]
mod written;

use alloc::{collections::BTreeMap, vec::Vec};
use core::{num::NonZeroU64, time::Duration};

use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

use clocks::{Clocks, Origin};
use memory::Memory;
use occurrence::{Occurrence, Sending};
use placing::Placing;

pub use key::{Key, MessageCopy, SendId, Sort};

/// A witness that comes so soon after the first copy was not kept waiting, and nor was that.
const PROMPT: Duration = Duration::from_secs(5);

/// Who shows first what was said so long before, by a clock that is known, had it kept waiting: as those do that come
/// back together.
const LATE: Duration = Duration::from_secs(2);

/// What is remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Recall {
    /// How far apart copies of one message may be, by receive time.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub window: Duration,
    /// How long a message is remembered, for copies that say themselves how late they are.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub age: Duration,
    /// How many are remembered; beyond it the oldest are forgotten.
    pub count: usize,
    /// What they may weigh in memory, in bytes; beyond it the oldest are forgotten.
    pub bytes: usize,
}

impl Default for Recall {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            age: Duration::from_secs(24 * 3_600),
            count: 200_000,
            bytes: 128 << 20,
        }
    }
}

/// What a copy turns out to be. `known` is the copy by which the message is known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The bot is to get it: nobody showed it before; or the bot sent it, and this is the sender's own echo.
    New {
        /// A teammate's copy of what the bot sent.
        known: Option<MessageCopy>,
    },
    /// A further copy: not for the bot.
    Witness {
        /// `None` while its send is still under way.
        known: Option<MessageCopy>,
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

/// How an account tells of something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// When it told of it; what that says may have had to be asked for, and others may have told meanwhile.
    pub(crate) at: Time,
    /// Whether others have gone by it that it told of later, or may have.
    pub(crate) is_overtaken: bool,
    /// The message's own time, as the account tells it.
    pub(crate) stamp: Option<Stamp>,
    /// What it is about: of the same key, what is about different messages is different.
    pub(crate) about: Option<NonZeroU64>,
}

/// What was seen lately.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dedup {
    recall: Recall,
    memory: Memory,
    clocks: Clocks,
    /// Since when each account has been there without a break, of those that are there.
    here: BTreeMap<AccountId, Time>,
    /// Sends of which it is not settled what became of them, by the numbers of their occurrences.
    sends: BTreeMap<SendId, u64>,
}

impl Dedup {
    /// Nothing seen. `epoch` is what a right clock shows at [`Time::ZERO`].
    pub fn new(recall: Recall, epoch: Stamp) -> Self {
        Self {
            recall,
            memory: Memory::default(),
            clocks: Clocks::new(epoch),
            here: BTreeMap::new(),
            sends: BTreeMap::new(),
        }
    }

    /// From now on so much is remembered.
    pub(crate) fn set_recall(&mut self, now: Time, recall: Recall) {
        self.recall = recall;
        self.handle_timeout(now);
    }

    /// An account is there from now on, or again: what it shows now it may have missed, or shown before.
    pub(crate) fn comes(&mut self, now: Time, account: AccountId) {
        self.here.insert(account, now);
    }

    /// An account is not there: what happens from now on it may be shown later, or never.
    pub(crate) fn goes(&mut self, account: AccountId) {
        self.here.remove(&account);
    }

    /// An account shows a copy; `stamp` is the message's own time, as the account tells it.
    pub fn observe(&mut self, now: Time, key: &Key, copy: &MessageCopy, stamp: Option<Stamp>) -> Verdict {
        self.observe_told(now, key, copy, Told { at: now, is_overtaken: false, stamp, about: None })
    }

    /// As [`Dedup::observe`], of what may have had to be asked for since the account told of it.
    pub(crate) fn observe_told(&mut self, now: Time, key: &Key, copy: &MessageCopy, told: Told) -> Verdict {
        self.handle_timeout(now);
        let (digest, account) = (key.digest(), copy.account);
        let Told { stamp, about, .. } = told;
        if let Some(number) = self.memory.holder(digest, copy) {
            let verdict = self.memory.change(number, |it| it.shown_again(copy));
            return verdict.unwrap_or(Verdict::Repeat);
        }
        let origin = stamp.map(|stamp| self.clocks.origin(account, stamp));
        let here = self.here.get(&account).copied();
        let placing = Placing { now, told: told.at, digest, account, origin, about, here };
        if let Some(number) = self.place(&placing) {
            let verdict = self.memory.change(number, |it| it.join(copy));
            self.memory.change(number, |it| it.is_about(about));
            self.show(number, key, copy, told);
            self.compare_clocks(told.at, digest, number, origin);
            return verdict.unwrap_or(Verdict::Repeat);
        }
        if let Some(number) = stamp.and_then(|stamp| self.repeated(&placing, key, stamp)) {
            self.memory.show(number, told.at, copy, stamp);
            return Verdict::Repeat;
        }
        let said = origin.map_or(now, |origin| origin.at.min(now));
        let number = self.memory.push(Occurrence::news(now, said, digest, copy.clone()));
        self.memory.change(number, |it| it.is_about(about));
        self.show(number, key, copy, told);
        Verdict::New { known: None }
    }

    /// Whether an account has shown this very copy.
    pub(crate) fn is_shown(&self, key: &Key, copy: &MessageCopy) -> bool {
        self.memory.holder(key.digest(), copy).is_some()
    }

    /// A number that a message has by whichever of its copies it is meant, and no other message has.
    pub(crate) fn number(&self, copy: &MessageCopy) -> Option<NonZeroU64> {
        NonZeroU64::new(self.memory.number(copy)? + 1)
    }

    fn show(&mut self, number: u64, key: &Key, copy: &MessageCopy, told: Told) {
        self.memory.show(number, told.at, copy, told.stamp);
        // Of two that come late the first may have been told of last, and that says nothing of a clock.
        if let Some(stamp) = told.stamp.filter(|_| key.is_message() && !told.is_overtaken) {
            self.clocks.learn(told.at, copy.account, key.place(), key.digest(), stamp);
        }
    }

    /// The bot sends: `account` is about to be asked.
    pub fn begin(&mut self, now: Time, send: SendId, key: &Key, account: AccountId) {
        self.handle_timeout(now);
        let number = self.memory.push(Occurrence::sent(now, key.digest(), Sending { send, account }));
        self.sends.insert(send, number);
    }

    /// The account answered with the id that the message has there. Returns a copy under which the message
    /// is known already, if it is.
    pub fn finish(&mut self, now: Time, send: SendId, copy: &MessageCopy) -> Option<MessageCopy> {
        let mine = self.sends.remove(&send)?;
        let digest = self.memory.get(mine)?.key();
        // Of several equal sends an echo is taken for the first one's, until an answer says whose it is.
        let is_free = |it: &Occurrence| it.sending().is_some() && !it.is_shown_by(copy.account);
        let its = match self.memory.holder(digest, copy) {
            Some(shown) => shown,
            None if self.memory.get(mine).is_some_and(is_free) => {
                self.witnessed_before(now, mine).unwrap_or(mine)
            }
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

    /// What teammates alone have shown of an earlier send of the same words that is not settled, if nobody has shown this one:
    /// a witness of something is a witness of what has happened for sure, before it is one of what may have. Only what began
    /// lately is looked at: among all sends that are not settled, and not among all that was ever said in these words.
    fn witnessed_before(&self, now: Time, mine: u64) -> Option<u64> {
        let it = self.memory.get(mine).filter(|it| it.known().is_none())?;
        let open = self.sends.values().rev().filter_map(|number| Some((*number, self.memory.get(*number)?)));
        let lately = open.take_while(|(_, other)| now < other.at() + self.recall.window);
        let is_witnessed =
            |other: &Occurrence| other.key() == it.key() && other.known().is_some() && !other.is_certain();
        let earlier = lately.filter(|(number, other)| *number < mine && is_witnessed(other));
        earlier.map(|(number, _)| number).min()
    }

    /// Sends of the same words that began later, and are not settled: what was shown of this one may be theirs.
    pub(crate) fn later_ones(&self, send: SendId) -> impl Iterator<Item = SendId> {
        let mine = self.sends.get(&send).and_then(|mine| Some((*mine, self.memory.get(*mine)?.key())));
        let later = mine.into_iter().flat_map(move |(mine, key)| {
            let behind = self.sends.range(send..).filter(move |(_, number)| **number > mine);
            behind.filter(move |(_, number)| self.memory.get(**number).is_some_and(|it| it.key() == key))
        });
        later.map(|(send, _)| *send)
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
    pub fn witness(&self, send: SendId) -> Option<&MessageCopy> {
        self.memory.get(*self.sends.get(&send)?)?.known()
    }

    /// Nobody asks any more what became of a send. What was seen of it, or may be, still is no news.
    pub fn settle(&mut self, send: SendId) {
        self.sends.remove(&send);
    }

    /// When the send began that a copy is of, if it is one of a send.
    pub(crate) fn sent_at(&self, key: &Key, copy: &MessageCopy) -> Option<Time> {
        let occurrence = self.memory.get(self.memory.holder(key.digest(), copy)?)?;
        occurrence.sending().map(|_| occurrence.at())
    }

    /// When a send began whose fate is not settled.
    pub(crate) fn begun(&self, send: SendId) -> Option<Time> {
        Some(self.memory.get(*self.sends.get(&send)?)?.at())
    }

    /// Whether a copy of a send may have been taken for one of another send of the same words: what `witness` has shown
    /// since the send began was joined to one of which nobody knows whether it was sent, or that was sent later, or that was
    /// said before `witness` was there, so that it may never have been shown that. Else it counts right.
    pub(crate) fn may_be_taken_for_another(&self, send: SendId, witness: AccountId, since: Time) -> bool {
        let mine = self.sends.get(&send).and_then(|mine| Some((*mine, self.memory.get(*mine)?)));
        let Some((mine, it)) = mine else { return true };
        let is_doubtful = |number: u64, other: &Occurrence| {
            !other.is_certain() || other.at() <= since || number > mine && other.sending().is_some()
        };
        // It is remembered to the millisecond when it was shown.
        let since_begun = |at: Time| at + Duration::from_millis(1) > it.at();
        let is_shown = |other: &Occurrence| other.shown(witness).any(|(at, _)| since_begun(at));
        self.memory
            .of(it.key())
            .any(|(number, other)| number != mine && is_doubtful(number, other) && is_shown(other))
    }

    /// A send came to nothing, as far as could be found out, and another account is asked for the same: should an
    /// echo of it come all the same, the bot is not told, for it hears of the other.
    pub fn disown(&mut self, send: SendId) {
        if let Some(number) = self.sends.remove(&send) {
            self.memory.change(number, Occurrence::is_not_told);
        }
    }

    /// An account has left. Should it come back, it may be on another machine, with another clock.
    pub(crate) fn forget_clock(&mut self, account: AccountId) {
        self.clocks.forget(account);
    }

    /// What a right clock shows at [`Time::ZERO`].
    pub(crate) fn epoch(&self) -> Stamp {
        self.clocks.epoch()
    }

    /// What a right clock shows then, in milliseconds.
    pub(crate) fn right_time(&self, now: Time) -> i64 {
        self.clocks.right_time(now)
    }

    /// By how many keys, and by how many copies, occurrences are found; and sends that are not settled.
    pub(crate) fn sizes(&self) -> [usize; 3] {
        let [keys, copies] = self.memory.sizes();
        [keys, copies, self.sends.len()]
    }

    /// How many occurrences are remembered.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// How long something is remembered at most.
    pub(crate) fn age(&self) -> Duration {
        self.recall.age
    }

    /// What all of it weighs in memory, in bytes.
    pub fn weight(&self) -> usize {
        self.memory.weight()
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
        let Recall { age, count, bytes, .. } = self.recall;
        while self.memory.oldest().is_some_and(|it| it.at() + age <= now)
            || self.memory.len() > count
            || self.memory.weight() > bytes && self.memory.len() > 1
        {
            let Some(gone) = self.memory.forget() else { break };
            if let Some(Sending { send, .. }) = gone.sending() {
                self.sends.remove(&send);
            }
        }
    }

    /// Those that show the same at about the same time show what their clocks are; unless it was said more
    /// than once, or they come late: by a clock that is known they may do so by little.
    fn compare_clocks(&mut self, told: Time, digest: u128, number: u64, origin: Option<Origin>) {
        let Some(occurrence) = self.memory.get(number) else { return };
        let said = occurrence.said().max(origin.map_or(Time::ZERO, |origin| origin.at));
        let first = occurrence.first_told();
        let is_prompt = told - first <= PROMPT && told - said <= PROMPT && said - told <= PROMPT;
        let is_late = |(account, stamp)| {
            let known = self.clocks.origin(account, stamp);
            !known.is_doubtful && known.at <= first && LATE <= first - known.at && first - known.at <= PROMPT
        };
        let is_late = is_prompt && occurrence.stamps(first, PROMPT).any(is_late);
        if is_prompt && !is_late && self.memory.of(digest).take(2).count() == 1 {
            for (account, stamp) in occurrence.stamps(first, PROMPT) {
                self.clocks.compare(first, account, stamp);
            }
        }
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
