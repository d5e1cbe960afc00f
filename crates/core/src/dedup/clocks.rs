//! When something was said, by the clock of whoever shows it.
//!
//! Providers tell a message's own time by WeChat's clock or by their machine's, right or wrong. How wrong a
//! clock is shows when its account is a witness: then it is known, by ours, when that was said. Until then a
//! clock may be wrong by [`DOUBT`].

use alloc::collections::BTreeMap;
use core::time::Duration;

use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

/// How wrong a clock may be that has not been compared yet.
pub(super) const DOUBT: Duration = Duration::from_secs(120);

/// By how many milliseconds less a clock must be ahead than before to have been set: twice what a prompt
/// witness may be late.
const SET: i64 = 10_000;

/// The accounts' clocks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clocks {
    epoch: Stamp,
    /// How far each is ahead, in milliseconds; as far as it is known.
    ahead: BTreeMap<AccountId, i64>,
}

/// When something was said, as far as that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) at: Time,
    /// Whether it is by a clock that has not been compared yet.
    pub(super) is_doubtful: bool,
}

impl Clocks {
    pub(super) fn new(epoch: Stamp) -> Self {
        Self { epoch, ahead: BTreeMap::new() }
    }

    /// What a right clock shows then, in milliseconds.
    pub(super) fn right_time(&self, now: Time) -> i64 {
        let since = i64::try_from(now.since_origin().as_millis()).unwrap_or(i64::MAX);
        self.epoch.milliseconds().saturating_add(since)
    }

    /// When something was said that an account shows with its own time for it.
    pub(super) fn origin(&self, account: AccountId, stamp: Stamp) -> Origin {
        let ahead = self.ahead.get(&account).copied();
        let told = stamp.since(self.epoch).saturating_sub(ahead.unwrap_or_default());
        let told = Duration::from_millis(u64::try_from(told).unwrap_or_default());
        Origin { at: Time::after_origin(told), is_doubtful: ahead.is_none() }
    }

    /// An account's own time for what was shown first at `right`. That may be a little later than it was said, and
    /// then the clock is ahead by more; so the most counts. A clock that is ahead by much less now was set, or
    /// had told one wrong time.
    pub(super) fn compare(&mut self, right: Time, account: AccountId, stamp: Stamp) {
        let right = i64::try_from(right.since_origin().as_millis()).unwrap_or(i64::MAX);
        let ahead = stamp.since(self.epoch).saturating_sub(right);
        let known = self.ahead.entry(account).or_insert(ahead);
        let is_set = known.saturating_sub(ahead) > SET;
        *known = if is_set { ahead } else { ahead.max(*known) };
    }

    /// An account's clock may be another one from now on.
    pub(super) fn forget(&mut self, account: AccountId) {
        self.ahead.remove(&account);
    }
}
