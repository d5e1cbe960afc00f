//! Calls that wait for their turn, and sends of which nobody knows yet what became of them.

mod doubts;
mod late;
mod pacer;
mod pressure;
mod unsettled;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ha_wechaty_config::{Config, bytes};
use ha_wechaty_core::SendId;

pub(crate) use doubts::file_key;
pub use doubts::{Doubt, Doubts};
pub use late::LateAnswers;
pub(crate) use pacer::Choose;
pub use pacer::{Pacer, queue};
pub use pressure::{Pressing, Pressure};
pub use unsettled::Unsettled;

use super::{budget::Budget, clock::Clock, facts::CoreHandle, sends::OpenSends};

/// What is being sent.
#[derive(Debug)]
pub struct Sending {
    /// Where calls wait for their turn.
    pub pacer: Arc<Pacer>,
    /// What is refused for pace.
    pub pressure: Pressure,
    /// What calls weigh that have had their turn, until their accounts have answered.
    pub asked: Arc<Budget>,
    /// Where bots are given a backlog.
    pub late: LateAnswers,
    /// Sends that wait for a witness.
    pub unsettled: Unsettled,
    /// Sends that accounts were asked for, and that are not over; known only where that is written down.
    pub open: OpenSends,
    /// Files of which it is not known whether they were sent.
    pub doubts: Doubts,
    ids: AtomicU64,
}

impl Sending {
    /// Nothing yet. The places of accounts have these names, if there are any; the first send gets this number.
    pub fn new(config: &Config, names: &[String], core: Arc<CoreHandle>, clock: Clock, first: u64) -> Self {
        Self {
            pacer: Arc::new(Pacer::new(queue(config, names), core, clock)),
            pressure: Pressure::default(),
            asked: Budget::new(bytes(config.memory.waiting), config.bots.len()),
            late: LateAnswers::default(),
            unsettled: Unsettled::default(),
            open: OpenSends::default(),
            doubts: Doubts::default(),
            ids: AtomicU64::new(first),
        }
    }

    /// A number for a send.
    pub fn next(&self) -> SendId {
        SendId(self.ids.fetch_add(1, Ordering::Relaxed))
    }
}
