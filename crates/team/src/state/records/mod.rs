//! What operators see of what happens: numbers, the ledger of sends, how much of the log each has, those who were not let
//! in, who did what to the team, and the newest lines of the log.

mod audit;
mod exports;
mod footings;
mod hush;
mod labels;
mod metrics;
mod refusals;
mod store;
mod tail;

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use ha_wechaty_config::{Config, bytes};

pub use audit::{AuditAct, AuditLine, AuditTrail};
pub use exports::Exports;
pub use hush::{Hush, LineKind, Who};
pub(crate) use labels::{
    AccountLabels, AlarmLabels, BotLabels, HeldLabels, LimitLabels, PacedLabels, PhaseLabels,
};
pub use metrics::Metrics;
pub use refusals::{Door, Refusals};
pub use store::{Kept, StoreHealth, StoreTrouble};
pub use tail::{LogLevel, LogTail, TailFilter, TailLine};

use super::sends::SendLedger;

/// What is recorded.
#[derive(Debug)]
pub struct Records {
    /// Numbers.
    pub metrics: Metrics,
    /// How the store is that it is written down in what must not be forgotten.
    pub store: Arc<StoreHealth>,
    /// What became of what bots sent.
    pub sends: SendLedger,
    /// Who did what.
    pub audit: AuditTrail,
    /// How many lines of the log each account has.
    pub hush: Hush,
    /// The newest lines of the log, if whoever writes it keeps them.
    pub tail: OnceLock<LogTail>,
    refusals: Refusals,
}

impl Records {
    /// Nothing yet.
    pub fn new(config: &Config) -> Self {
        Self {
            metrics: Metrics::default(),
            store: Arc::default(),
            sends: SendLedger::new(config.admin.sends, bytes(config.memory.sends)),
            audit: AuditTrail::default(),
            hush: Hush::new(config.admin.log_lines),
            tail: OnceLock::new(),
            refusals: Refusals::default(),
        }
    }

    /// Somebody was not let in. If that is logged: how often it was so since it was logged last.
    pub fn refuse(&self, door: Door, peer: Option<IpAddr>) -> Option<u64> {
        self.metrics.refused(door);
        self.refusals.note(door, peer)
    }

    /// Who was not let in lately.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }
}
