//! Messages that accounts are told of, at a rate, each by all accounts.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use ha_wechaty_wire::PuppetEvent;
use prost_types::Timestamp;

use super::serve::Account;
use crate::ticks::Ticks;

/// When the first message was said, in seconds of Unix time.
const BEGAN: i64 = 1_700_000_000;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Telling {
    /// The number of the first message; the others follow.
    pub(crate) first: u64,
    pub(crate) messages: u64,
    /// In a second.
    pub(crate) rate: u32,
    /// By so many of the accounts, the first ones.
    pub(crate) accounts: usize,
    /// When the first is due.
    pub(crate) begins: Instant,
}

/// Tells all of them.
pub(super) async fn tell(accounts: &[Rc<Account>], telling: Telling) {
    let Ok(mut ticks) = Ticks::every(Duration::from_secs(1) / telling.rate, telling.begins) else { return };
    let end = telling.first + telling.messages;
    let mut next = telling.first;
    while next < end {
        let due = ticks.due().await;
        for number in next..end.min(next + due) {
            for (place, account) in accounts.iter().take(telling.accounts).enumerate() {
                account.tell(&PuppetEvent::Message { id: format!("{number}-{place}") });
            }
        }
        next += due;
    }
}

/// When a message was said: each a second after the one before.
pub(super) fn said(number: u64) -> Timestamp {
    Timestamp { seconds: BEGAN + i64::try_from(number).unwrap_or_default(), nanos: 0 }
}
