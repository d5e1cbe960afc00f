//! Sends that an account was asked for and that are not over: their rows, as far as they are known. With them a restart
//! enters what it finds under way, once that is settled, and what was over but is not in the ledger yet.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ha_wechaty_core::{SendId, SendResult, Time};
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
    /// When it was over, if it is: then its row is what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Time>,
}

impl OpenSend {
    /// It is over, since its account answered; what it answered is known as `id` to bots. Whether it is: of what is unsure it
    /// is not known.
    pub(crate) fn answered(&mut self, now: Time, outcome: &SendResult, id: Option<String>) -> bool {
        let row = &mut self.row;
        let (sent, how) = match outcome {
            SendResult::Sent { .. } => (SendOutcome::Sent, Proof::Answered),
            SendResult::NotSent => (SendOutcome::NotSent, Proof::HungUp),
            SendResult::Refused => (SendOutcome::NotSent, Proof::Refused),
            SendResult::Unsure { .. } => return false,
        };
        if let Some(last) = row.tried.last_mut() {
            last.outcome = sent;
        }
        // An earlier one may have sent it.
        let is_unsure = row.tried.iter().any(|it| it.outcome == SendOutcome::Unsure);
        (row.outcome, row.how, row.id) = match sent {
            SendOutcome::Sent => (sent, how, id),
            SendOutcome::NotSent | SendOutcome::Unsure if is_unsure => {
                (SendOutcome::Unsure, Proof::Lost, None)
            }
            SendOutcome::NotSent | SendOutcome::Unsure => (sent, how, None),
        };
        self.over = Some(now);
        true
    }

    /// It is over, since it is settled.
    pub(crate) fn settled(&mut self, now: Time, seen: Option<(&str, String)>) {
        self.row = self.clone().seen_by(seen);
        self.over = Some(now);
    }

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
    /// Whoever asked enters them; whether that is done.
    here: BTreeMap<SendId, (OpenSend, bool)>,
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
        put(&mut self.locked().here, send, (it, false));
    }

    /// It was under way in a process that is gone.
    pub(crate) fn is_orphaned(&self, send: SendId, it: OpenSend) {
        put(&mut self.locked().orphans, send, it);
    }

    /// What is to be written down of it.
    pub(crate) fn of(&self, send: SendId) -> Option<OpenSend> {
        self.locked().here.get(&send).map(|(it, _)| it.clone())
    }

    /// What is to be written down of all.
    pub(crate) fn all(&self) -> Vec<(SendId, OpenSend)> {
        let open = self.locked();
        let here = open.here.iter().map(|(send, (it, _))| (send, it));
        open.orphans.iter().chain(here).map(|(send, it)| (*send, it.clone())).collect()
    }

    /// It is over, if this says so of it. Comes back then if nobody is left to enter it; else it is known until it is entered.
    pub(crate) fn ends(&self, send: SendId, is_over: impl FnOnce(&mut OpenSend) -> bool) -> Option<OpenSend> {
        let mut open = self.locked();
        if let Some((it, is_entered)) = open.here.get_mut(&send) {
            if is_over(it) && *is_entered {
                open.here.remove(&send);
            }
            return None;
        }
        let is_over = open.orphans.get_mut(&send).is_some_and(is_over);
        is_over.then(|| open.orphans.remove(&send)).flatten()
    }

    /// The row of these is in the ledger.
    pub(crate) fn are_entered(&self, sends: &[SendId]) {
        let mut open = self.locked();
        for send in sends {
            let Some((it, is_entered)) = open.here.get_mut(send) else { continue };
            *is_entered = true;
            if it.over.is_some() {
                open.here.remove(send);
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, Open> {
        // It is whole between any two statements here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put<T>(all: &mut BTreeMap<SendId, T>, send: SendId, it: T) {
    all.insert(send, it);
    if all.len() > MOST {
        all.pop_first();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(send: u64) -> OpenSend {
        let row = serde_json::json!({
            "number": 1, "sends": [send], "at": "2026-01-01T00:00:00.000Z", "bot": "main", "conversation": "alice",
            "rpc": "MessageSendText", "tried": [{ "account": "north", "outcome": "unsure" }], "outcome": "unsure",
            "how": "hung-up", "witness": null, "id": null, "waited": 0.0, "took": 0.0,
        });
        OpenSend { row: serde_json::from_value(row).expect("a row"), file: None, over: None }
    }

    /// A snapshot between the end and the row must have it.
    #[test]
    fn a_send_is_known_until_it_is_over_and_entered() {
        let sends = OpenSends::default();
        let refused = |it: &mut OpenSend| it.answered(Time::ZERO, &SendResult::Refused, None);
        let unsure =
            |it: &mut OpenSend| it.answered(Time::ZERO, &SendResult::Unsure { is_over: false }, None);
        for send in [1, 2] {
            sends.begins(SendId(send), open(send));
        }
        assert_eq!(sends.ends(SendId(1), refused), None);
        let [(_, over), _] = &sends.all()[..] else { panic!("there are two") };
        assert_eq!((over.over, over.row.outcome), (Some(Time::ZERO), SendOutcome::NotSent));
        assert_eq!(sends.ends(SendId(2), unsure), None);
        sends.are_entered(&[SendId(1), SendId(2)]);
        assert_eq!(sends.all(), [(SendId(2), open(2))], "it will be settled");
        assert_eq!(sends.ends(SendId(2), refused), None);
        assert_eq!(sends.len(), 0);
    }

    #[test]
    fn one_of_a_process_that_is_gone_comes_back_once() {
        let sends = OpenSends::default();
        sends.is_orphaned(SendId(1), open(1));
        let settled = |it: &mut OpenSend| {
            it.settled(Time::ZERO, None);
            true
        };
        assert!(sends.ends(SendId(1), settled).is_some());
        assert_eq!(sends.ends(SendId(1), settled), None);
    }
}
