//! When something was said, by the clock of whoever shows it.
//!
//! Providers tell a message's own time by WeChat's clock or by their machine's, right or wrong. A clock that
//! is ahead shows it at once: nothing is said in the future. One that is behind makes messages look late;
//! that only makes them be looked for where they are not found, and then among the recent ones after all.

use alloc::collections::BTreeMap;
use core::time::Duration;

use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

/// The accounts' clocks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clocks {
    epoch: Stamp,
    /// How far each is ahead, at least.
    ahead: BTreeMap<AccountId, Duration>,
}

impl Clocks {
    pub(super) fn new(epoch: Stamp) -> Self {
        Self { epoch, ahead: BTreeMap::new() }
    }

    /// When something was said that an account shows now, with its own time for it.
    pub(super) fn origin(&mut self, now: Time, account: AccountId, stamp: Stamp) -> Time {
        let told = stamp.since(self.epoch);
        let ahead = self.ahead.entry(account).or_default();
        *ahead = (*ahead).max(told.saturating_sub(now.since_origin()));
        Time::after_origin(told.saturating_sub(*ahead))
    }
}
