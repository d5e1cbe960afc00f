//! Sends of which it is not known whether they were sent, and that wait for a witness.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use ha_wechaty_core::{SendId, Settled};
use tokio::sync::oneshot;

/// Those who wait.
#[derive(Debug, Default)]
pub struct Unsettled {
    waiting: Mutex<BTreeMap<SendId, oneshot::Sender<Settled>>>,
}

impl Unsettled {
    /// How many are waited for.
    pub(crate) fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits from now on; the core is told afterwards, and settles it.
    pub fn wait(&self, send: SendId) -> oneshot::Receiver<Settled> {
        let (settled, told) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(send, settled);
        told
    }

    /// The core has settled it.
    pub fn settle(&self, send: SendId, settled: Settled) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&send);
        if let Some(waiting) = waiting {
            // Whoever waited may have hung up.
            let _ = waiting.send(settled);
        }
    }
}
