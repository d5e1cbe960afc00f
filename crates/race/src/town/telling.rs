//! Messages that accounts are told of, at a rate, each by several accounts.

use std::{
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_wire::PuppetEvent;
use prost_types::Timestamp;

use super::serve::Account;
use crate::ticks::Ticks;

/// What is told. A message's id is when it is due, in microseconds of Unix time; that of a copy at any other account than the
/// first is longer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Telling {
    /// When the first message is due.
    pub(crate) due: u64,
    pub(crate) messages: u64,
    /// In a second.
    pub(crate) rate: u32,
    /// By so many of the accounts, the first ones.
    pub(crate) accounts: usize,
}

impl Telling {
    /// One message, at once, by the first account.
    pub(crate) fn once(due: u64) -> Self {
        Self { due, messages: 1, rate: 1_000, accounts: 1 }
    }
}

/// Tells all of them.
pub(super) async fn tell(accounts: &[Rc<Account>], telling: Telling) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let begins = Instant::now() + Duration::from_micros(telling.due).saturating_sub(now);
    let Ok(mut ticks) = Ticks::every(Duration::from_secs(1) / telling.rate, begins) else { return };
    let mut next = 0;
    while next < telling.messages {
        let due = ticks.due().await;
        for number in next..telling.messages.min(next + due) {
            let id = telling.due + number * 1_000_000 / u64::from(telling.rate);
            for (place, account) in accounts.iter().take(telling.accounts).enumerate() {
                let id = if place == 0 { id.to_string() } else { format!("{id}-{place}") };
                account.tell(&PuppetEvent::Message { id });
            }
        }
        next += due;
    }
}

/// When a message was said, by its id.
pub(super) fn said(id: u64) -> Timestamp {
    let (seconds, micros) = (id / 1_000_000, id % 1_000_000);
    Timestamp {
        seconds: i64::try_from(seconds).unwrap_or_default(),
        nanos: i32::try_from(micros * 1_000).unwrap_or_default(),
    }
}
