//! When something was said, by the clock of whoever shows it.
//!
//! Providers tell a message's own time by WeChat's clock or by their machine's, right or wrong. How wrong a
//! clock is shows when its account is a witness: then it is known, by ours, when that was said. Until then it
//! is known only that it is ahead by no less than what it showed of the future, and a clock may be wrong by
//! [`DOUBT`].
//!
//! One time that is out of all reason says nothing of the clock that it came by: people's phones may tell any. Two that
//! agree do: that clock was set, or ours stood still, as it does while its machine sleeps.
//!
//! A clock may be coarse besides: some puppets give every message of a series the time of its first.

use alloc::{collections::BTreeMap, vec::Vec};
use core::time::Duration;

use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

/// How wrong a clock may be that has not been compared yet.
pub(super) const DOUBT: Duration = Duration::from_secs(120);

/// By how many milliseconds no clock goes wrong from one time to the next.
const ABSURD: i64 = 24 * 3_600 * 1_000;

/// By how many milliseconds less a clock must be ahead than before to have been set: twice what a prompt
/// witness may be late.
const SET: i64 = 10_000;

/// Two messages of one conversation that are shown so soon after each other are of one series.
const SERIES: Duration = Duration::from_secs(10);
/// By how many milliseconds the times of two messages may go on by more or less than ours between them: they are
/// often of whole seconds.
const ROUNDED: i64 = 2_000;
/// How often a clock must have gone on within a series to be known as fine.
const PROOFS: u8 = 3;
/// In how many conversations of an account the last message is remembered.
const PLACES: usize = 8;

/// The accounts' clocks.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Clocks {
    epoch: Stamp,
    all: BTreeMap<AccountId, Clock>,
}

/// When something was said, as far as that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) at: Time,
    /// Whether it is by a clock that has not been compared yet.
    pub(super) is_doubtful: bool,
    /// Whether that clock has shown the future: it is ahead, nobody knows by how much.
    pub(super) is_ahead: bool,
}

/// How finely a clock tells messages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Grain {
    /// It has not shown that yet.
    #[default]
    Unknown,
    /// It goes on from one message of a series to the next.
    Fine,
    /// It stood still from one message of a series to the next.
    Coarse,
}

/// One account's clock.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Clock {
    /// How far it is ahead, in milliseconds, by comparison with others.
    ahead: Option<i64>,
    /// The most that it showed of the future, in milliseconds.
    at_least: i64,
    /// The last time that it showed, if that is out of all reason, and how far it would be ahead by that.
    odd: Option<(Stamp, i64)>,
    grain: Grain,
    proofs: u8,
    /// The last message of each of the last conversations, the latest at the end.
    last: Vec<Last>,
}

/// The last message of a conversation that an account has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Last {
    place: u64,
    key: u128,
    at: Time,
    stamp: Stamp,
}

impl Clocks {
    pub(super) fn new(epoch: Stamp) -> Self {
        Self { epoch, all: BTreeMap::new() }
    }

    /// What a right clock shows as time begins.
    pub(super) fn epoch(&self) -> Stamp {
        self.epoch
    }

    /// What a right clock shows then, in milliseconds.
    pub(super) fn right_time(&self, now: Time) -> i64 {
        let since = i64::try_from(now.since_origin().as_millis()).unwrap_or(i64::MAX);
        self.epoch.milliseconds().saturating_add(since)
    }

    /// When something was said that an account shows with its own time for it.
    pub(super) fn origin(&self, account: AccountId, stamp: Stamp) -> Origin {
        let clock = self.all.get(&account);
        let known = clock.and_then(|it| it.ahead);
        let ahead = known.or_else(|| clock.map(|it| it.at_least)).unwrap_or_default();
        let told = stamp.since(self.epoch).saturating_sub(ahead);
        let told = Duration::from_millis(u64::try_from(told).unwrap_or_default());
        let is_ahead = known.is_none() && ahead > ROUNDED / 2;
        Origin { at: Time::after_origin(told), is_doubtful: known.is_none(), is_ahead }
    }

    /// An account's own time for what was shown first at `right`. That may be a little later than it was said, and
    /// then the clock is ahead by more; so the most counts. A clock that is ahead by much less now was set, or
    /// had told one wrong time.
    pub(super) fn compare(&mut self, right: Time, account: AccountId, stamp: Stamp) {
        let ahead = self.ahead(right, stamp);
        let clock = self.all.entry(account).or_default();
        if clock.is_odd(ahead) {
            return;
        }
        let known = clock.ahead.get_or_insert(ahead);
        let is_set = known.saturating_sub(ahead) > SET;
        *known = if is_set { ahead } else { ahead.max(*known) };
    }

    /// An account shows a message of its own time, in a conversation.
    pub(super) fn learn(&mut self, now: Time, account: AccountId, place: u64, key: u128, stamp: Stamp) {
        let ahead = self.ahead(now, stamp);
        let clock = self.all.entry(account).or_default();
        clock.show(ahead, stamp);
        let last = clock.last.iter().position(|it| it.place == place).map(|it| clock.last.remove(it));
        if let Some(last) = last.filter(|it| now - it.at <= SERIES) {
            clock.compare_with(now, last, stamp, key != last.key);
        }
        if clock.last.len() == PLACES {
            clock.last.remove(0);
        }
        clock.last.push(Last { place, key, at: now, stamp });
    }

    /// How finely an account's clock tells messages apart.
    pub(super) fn grain(&self, account: AccountId) -> Grain {
        self.all.get(&account).map_or(Grain::Unknown, |clock| clock.grain)
    }

    /// An account's clock may be another one from now on. If it is the same, it is as far ahead as it was; of one that
    /// was wrong by more than is doubted of any that is not believed, since what is said now would be taken for old.
    pub(super) fn forget(&mut self, account: AccountId) {
        if let Some(clock) = self.all.get_mut(&account) {
            let doubt = i64::try_from(DOUBT.as_millis()).unwrap_or(i64::MAX);
            let at_least = clock.ahead.unwrap_or(clock.at_least);
            let at_least = if (0..=doubt).contains(&at_least) { at_least } else { 0 };
            *clock = Clock { at_least, ..Clock::default() };
        }
    }

    /// How far a clock is ahead that shows this at a time of ours, in milliseconds.
    fn ahead(&self, right: Time, stamp: Stamp) -> i64 {
        let right = i64::try_from(right.since_origin().as_millis()).unwrap_or(i64::MAX);
        stamp.since(self.epoch).saturating_sub(right)
    }
}

impl Clock {
    /// It shows a time of which it would be ahead by so much.
    fn show(&mut self, ahead: i64, stamp: Stamp) {
        if !self.is_odd(ahead) {
            (self.at_least, self.odd) = (self.at_least.max(ahead), None);
            return;
        }
        let agrees =
            |(other, by): (Stamp, i64)| other != stamp && u128::from(by.abs_diff(ahead)) <= DOUBT.as_millis();
        if self.odd.is_some_and(agrees) {
            // It is to be compared anew.
            (self.ahead, self.at_least, self.odd) = (None, ahead.max(0), None);
        } else {
            self.odd = Some((stamp, ahead));
        }
    }

    /// Whether it can hardly be ahead by so much. What is shown late tells less, of a clock that is fairly right.
    fn is_odd(&self, ahead: i64) -> bool {
        let usual = self.ahead.unwrap_or(self.at_least);
        let by = ahead.saturating_sub(usual);
        by > ABSURD || by < -ABSURD && usual > ABSURD
    }

    /// Two messages of one series: whether the clock went on between them as time did. Of the same content the
    /// second may be the first again.
    fn compare_with(&mut self, now: Time, last: Last, stamp: Stamp, is_other: bool) {
        let passed = i64::try_from((now - last.at).as_millis()).unwrap_or(i64::MAX);
        let told = stamp.since(last.stamp);
        if told == 0 && passed >= ROUNDED && is_other {
            (self.grain, self.proofs) = (Grain::Coarse, 0);
        } else if told > 0 && told.abs_diff(passed) <= ROUNDED.unsigned_abs() {
            self.proofs = self.proofs.saturating_add(1);
            if self.proofs >= PROOFS {
                self.grain = Grain::Fine;
            }
        }
    }
}
