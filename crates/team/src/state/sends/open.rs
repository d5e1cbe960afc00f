//! Sends that an account was asked for and that are not over: their rows, as far as they are known. With them a restart
//! enters what it finds under way, once that is settled.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ha_wechaty_core::SendId;
use serde::{Deserialize, Serialize};

use super::{How, Proof, SendOutcome, SendRecord};

/// So many are known; beyond it the first are not any more.
const MOST: usize = 10_000;

/// A send that is not over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenSend {
    /// Its row, were nothing more ever known of it.
    pub row: SendRecord,
    /// If it says a file, which one of those that the bot may try again, by its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<u64>,
}

impl OpenSend {
    /// Its row, now that this account, if any, was seen to be shown what it said, under this id; each as bots know it.
    pub(crate) fn seen_by(mut self, seen: Option<(&str, String)>) -> SendRecord {
        let (Some((witness, id)), row) = (seen, &mut self.row) else { return self.row };
        if let Some(last) = row.tried.last_mut() {
            last.outcome = SendOutcome::Sent;
            let how = if last.account == witness { How::Echo } else { How::Witness };
            row.witness = Some(witness.to_owned()).filter(|_| how == How::Witness);
            row.how = Proof::from(how);
        }
        (row.outcome, row.id) = (SendOutcome::Sent, Some(id).filter(|id| !id.is_empty()));
        self.row
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct OpenSends(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    /// Whoever asked enters them.
    here: BTreeMap<SendId, OpenSend>,
    /// The process that was to enter them is gone.
    orphans: BTreeMap<SendId, OpenSend>,
}

impl OpenSends {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        let open = self.locked();
        open.here.len() + open.orphans.len()
    }

    /// An account is about to be asked.
    pub(crate) fn begins(&self, send: SendId, it: OpenSend) {
        put(&mut self.locked().here, send, it);
    }

    /// It was under way in a process that is gone.
    pub(crate) fn is_orphaned(&self, send: SendId, it: OpenSend) {
        put(&mut self.locked().orphans, send, it);
    }

    /// What is to be written down of it.
    pub(crate) fn of(&self, send: SendId) -> Option<OpenSend> {
        self.locked().here.get(&send).cloned()
    }

    /// What is to be written down of all.
    pub(crate) fn all(&self) -> Vec<(SendId, OpenSend)> {
        let open = self.locked();
        open.orphans.iter().chain(&open.here).map(|(send, it)| (*send, it.clone())).collect()
    }

    /// It is over. Comes back if nobody is left to enter it.
    pub(crate) fn ends(&self, send: SendId) -> Option<OpenSend> {
        let mut open = self.locked();
        open.here.remove(&send);
        open.orphans.remove(&send)
    }

    fn locked(&self) -> MutexGuard<'_, Open> {
        // It is whole between any two statements here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(all: &mut BTreeMap<SendId, OpenSend>, send: SendId, it: OpenSend) {
    all.insert(send, it);
    if all.len() > MOST {
        all.pop_first();
    }
}
