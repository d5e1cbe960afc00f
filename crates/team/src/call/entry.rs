//! A send that is not over yet, as the ledger will know it.

use std::time::{Duration, Instant, SystemTime};

use ha_wechaty_core::SendId;

use crate::state::{
    records::Metrics,
    sends::{Attempt, How, OpenSends, Proof, SendLedger, SendOutcome, SendRecord},
};

/// An entry that is being written. It is entered when it is dropped: without a word about its end, the bot hung
/// up.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    ledger: &'a SendLedger,
    open: &'a OpenSends,
    metrics: &'a Metrics,
    /// Until it is entered.
    record: SendRecord,
    begun: Instant,
}

impl<'a> Entry<'a> {
    /// A send that begins now.
    pub(super) fn new(
        (ledger, open): (&'a SendLedger, &'a OpenSends),
        metrics: &'a Metrics,
        bot: &str,
        conversation: &str,
        rpc: &str,
    ) -> Self {
        let record = SendRecord {
            at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            bot: bot.to_owned(),
            conversation: conversation.to_owned(),
            rpc: rpc.to_owned(),
            ..SendRecord::blank()
        };
        Self { ledger, open, metrics, record, begun: Instant::now() }
    }

    /// It is a forward of this message.
    pub(super) fn forwards(&mut self, id: &str) {
        self.record.forwarded = Some(id.to_owned());
    }

    /// It waited for a turn.
    pub(super) fn waited(&mut self, time: Duration) {
        self.record.waited += time.as_secs_f64();
    }

    /// The team knows it by this number, too: an account is about to be asked.
    pub(super) fn begins(&mut self, send: SendId) {
        self.record.sends.push(send);
    }

    /// Its row, if this account is asked and nothing more is ever known.
    pub(super) fn if_asked(&self, account: &str) -> SendRecord {
        let mut record = self.record.clone();
        is_asked(&mut record, account);
        record
    }

    /// An account is asked. As long as it has not answered nobody knows.
    pub(super) fn asks(&mut self, account: &str) {
        is_asked(&mut self.record, account);
    }

    /// What came of asking it, if it has not sent it for sure. An earlier one may have.
    /// `missed_by` is the teammate that would have seen it, if it is known by that.
    pub(super) fn failed(&mut self, outcome: SendOutcome, missed_by: Option<&str>) {
        if let Some(last) = self.record.tried.last_mut() {
            last.outcome = outcome;
            last.missed_by = missed_by.map(str::to_owned);
        }
        let is_unsure = self.record.tried.iter().any(|it| it.outcome == SendOutcome::Unsure);
        self.record.outcome = if is_unsure { SendOutcome::Unsure } else { SendOutcome::NotSent };
    }

    /// It is sent.
    pub(super) fn is_sent(&mut self, how: How, witness: Option<&str>, id: &str) {
        let record = &mut self.record;
        if let Some(last) = record.tried.last_mut() {
            last.outcome = SendOutcome::Sent;
        }
        (record.outcome, record.how) = (SendOutcome::Sent, how.into());
        record.witness = witness.map(str::to_owned);
        record.id = Some(id.to_owned()).filter(|id| !id.is_empty());
    }

    /// It is over, and not sent as far as is known.
    pub(super) fn ends(&mut self, how: Proof) {
        self.record.how = if self.record.outcome == SendOutcome::Unsure { Proof::Lost } else { how };
    }
}

/// As long as this account has not answered nobody knows.
fn is_asked(record: &mut SendRecord, account: &str) {
    let (account, outcome) = (account.to_owned(), SendOutcome::Unsure);
    record.tried.push(Attempt { account, outcome, missed_by: None });
    (record.outcome, record.how) = (SendOutcome::Unsure, Proof::HungUp);
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut record = std::mem::replace(&mut self.record, SendRecord::blank());
        record.took = self.begun.elapsed().as_secs_f64();
        self.metrics.send(record.outcome, record.how);
        let sends = record.sends.clone();
        self.ledger.enter(record);
        // Not before: what is in neither is lost with the process.
        self.open.are_entered(&sends);
    }
}
