//! The ledger of sends: who sent what where, when, what became of it and how that is known; never what was
//! said. It is kept in memory, the newest `admin.sends` of them; and where there is a store, in that for `store.keep_sends`.

mod archive;
mod done;
mod filter;
mod open;
mod record;

use std::{
    collections::VecDeque,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};

pub use done::{Done, How};
pub use filter::Filter;
pub(crate) use filter::{moment, since};
pub use open::{OpenSend, OpenSends};
pub use record::{Attempt, Proof, SendOutcome, SendRecord};

use ha_wechaty_journal::{JournalError, Line, SideLines};
use tokio::sync::mpsc;

use crate::state::bounded::Load;
use archive::Archive;
pub(crate) use archive::read;

/// How many are looked at before others may enter theirs.
const SLICE: usize = 256;
/// How many are read from disk at a time.
const CHUNK: usize = 512;

/// The ledger.
#[derive(Debug)]
pub struct SendLedger {
    most: usize,
    limit: usize,
    pages: Mutex<Pages>,
    archive: OnceLock<Archive>,
}

#[derive(Debug, Default)]
struct Pages {
    count: u64,
    /// Newest first.
    records: VecDeque<SendRecord>,
    bytes: usize,
}

impl SendLedger {
    /// An empty one that keeps so many, as long as they do not weigh more than the limit.
    pub fn new(most: usize, limit: usize) -> Self {
        Self { most, limit, pages: Mutex::default(), archive: OnceLock::new() }
    }

    /// How much it keeps.
    pub fn load(&self) -> Load {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        Load { entries: pages.records.len(), bytes: pages.bytes, limit: self.limit }
    }

    /// Those that a filter lets through, newest first.
    pub fn find(&self, filter: &Filter) -> Vec<SendRecord> {
        let mut found = Vec::new();
        self.visit(|it| {
            if found.len() < filter.limit() && filter.lets(it) {
                found.push(it.clone());
            }
            found.len() < filter.limit()
        });
        found
    }

    /// Looks at each that was asked for in so long, newest first.
    pub fn visit_since(&self, ago: Duration, mut look: impl FnMut(&SendRecord)) {
        let since =
            SystemTime::now().checked_sub(ago).map(|it| humantime::format_rfc3339_millis(it).to_string());
        self.visit(|it| {
            // They stand in the order in which they ended: one behind it may have begun later.
            if since.as_ref().is_none_or(|since| it.at >= *since) {
                look(it);
            }
            true
        });
    }

    /// Looks at them, newest first, as long as `look` wants more.
    fn visit(&self, mut look: impl FnMut(&SendRecord) -> bool) {
        let mut before = u64::MAX;
        loop {
            // In slices: who sends meanwhile is not to wait for all of it.
            let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            let seen = pages.records.partition_point(|it| it.number >= before);
            let mut slice = pages.records.range(seen..(seen + SLICE).min(pages.records.len()));
            let Some(last) = slice.clone().next_back() else { return };
            before = last.number;
            if !slice.all(&mut look) {
                return;
            }
        }
    }

    /// Keeps what is entered from now on also beside a journal, of which these are the newest lines, newest first; what is
    /// to be written comes out of the channel's other end.
    pub fn remember(&self, lines: SideLines, newest: &[Line]) -> mpsc::Receiver<Line> {
        newest.iter().rev().filter_map(read).for_each(|record| self.put(record));
        let (archive, written) = Archive::beside(lines);
        // Nobody has set it before: a ledger begins once.
        let _ = self.archive.set(archive);
        written
    }

    /// Where other lines go that are to stand beside the journal with its own, if it has one.
    pub(crate) fn writes(&self) -> Option<mpsc::Sender<Line>> {
        self.archive.get().map(Archive::writes)
    }

    /// Those that a filter lets through, newest first, also those that are not in memory any more.
    ///
    /// # Errors
    /// What is on disk can't be read.
    pub async fn find_all(&self, filter: &Filter) -> Result<Vec<SendRecord>, JournalError> {
        let (mut found, mut before) = (self.find(filter), self.oldest());
        let Some(archive) = self.archive.get() else { return Ok(found) };
        let mut line_before = None;
        while found.len() < filter.limit() {
            let lines = archive.newest(line_before, CHUNK).await?;
            let Some((last, _)) = lines.last() else { break };
            line_before = Some(*last);
            for (ended, record) in lines.iter().filter_map(|(_, line)| Some((line.at, read(line)?))) {
                // Those are in memory.
                if record.number >= before {
                    continue;
                }
                before = record.number;
                // They stand in the order in which they ended; one may have begun long before.
                if filter.is_since_later(ended) {
                    return Ok(found);
                }
                if found.len() < filter.limit() && filter.lets(&record) {
                    found.push(record);
                }
            }
        }
        Ok(found)
    }

    /// Enters a send that is over, and numbers it.
    pub(crate) fn enter(&self, mut record: SendRecord) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        record.number = pages.count + 1;
        // Under the lock: they are written in the order of their numbers.
        if let Some(archive) = self.archive.get() {
            archive.enter(&record);
        }
        self.add(&mut pages, record);
    }

    /// Enters a send of a process that is gone, now that it is over, unless that process has entered it. Returns whether it
    /// was.
    pub(crate) fn enter_for_another(&self, record: SendRecord) -> bool {
        let is_known = {
            let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            pages.records.iter().any(|known| known.is_same(&record))
        };
        if !is_known {
            self.enter(record);
        }
        !is_known
    }

    /// Enters one that has its number.
    fn put(&self, record: SendRecord) {
        self.add(&mut self.pages.lock().unwrap_or_else(PoisonError::into_inner), record);
    }

    /// The number of the oldest that is in memory; of none, more than any.
    fn oldest(&self) -> u64 {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.records.back().map_or(u64::MAX, |it| it.number)
    }

    fn add(&self, pages: &mut Pages, record: SendRecord) {
        pages.count = record.number;
        pages.bytes += record.weight();
        pages.records.push_front(record);
        while pages.records.len() > self.most || pages.bytes > self.limit && pages.records.len() > 1 {
            let Some(gone) = pages.records.pop_back() else { break };
            pages.bytes -= gone.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(conversation: &str, account: &str, outcome: SendOutcome) -> SendRecord {
        SendRecord {
            number: 0,
            sends: Vec::new(),
            at: String::from("2024-01-01T00:00:00.000Z"),
            bot: "main".into(),
            conversation: conversation.into(),
            rpc: "MessageSendText".into(),
            forwarded: None,
            tried: vec![Attempt { account: account.into(), outcome, missed_by: None }],
            outcome,
            how: Proof::Answered,
            witness: None,
            id: None,
            waited: 0.0,
            took: 0.0,
        }
    }

    /// As an address has it.
    fn filter(query: &str) -> Result<Filter, String> {
        Filter::of(form_urlencoded::parse(query.as_bytes()))
    }

    #[test]
    fn the_newest_are_kept_and_found_first() {
        let ledger = SendLedger::new(3, 1 << 20);
        for n in 0..5 {
            ledger.enter(record(&n.to_string(), "north", SendOutcome::Sent));
        }
        let found = ledger.find(&filter("").expect("no filter"));
        assert_eq!(found.iter().map(|it| it.number).collect::<Vec<_>>(), [5, 4, 3]);
    }

    #[test]
    fn all_are_found_however_many_there_are() {
        let ledger = SendLedger::new(2 * SLICE + 1, 1 << 20);
        for n in 0..3 * SLICE {
            ledger.enter(record(
                &n.to_string(),
                if n % 2 == 0 { "north" } else { "south" },
                SendOutcome::Sent,
            ));
        }
        let numbers = |query: &str| {
            let found = ledger.find(&filter(query).expect("a filter"));
            found.iter().map(|it| it.number as usize).collect::<Vec<_>>()
        };
        let all: Vec<usize> = (SLICE..=3 * SLICE).rev().collect();
        assert_eq!(numbers("limit=10000"), all);
        assert_eq!(numbers("limit=300"), all[..300]);
        let south: Vec<usize> = all.iter().copied().filter(|n| n % 2 == 0).collect();
        assert_eq!(numbers("limit=10000&account=south"), south);
    }

    #[test]
    fn they_are_bounded_by_what_they_weigh() {
        let ledger = SendLedger::new(10_000, 1 << 16);
        for n in 0..1_000 {
            ledger.enter(record(&"x".repeat(n), "north", SendOutcome::Sent));
            assert!(ledger.load().bytes <= 1 << 16);
        }
        let load = ledger.load();
        assert!((40..80).contains(&load.entries), "{load:?}");
    }

    #[test]
    fn filters_hold_together_and_name_what_they_do_not_know() {
        let ledger = SendLedger::new(10, 1 << 20);
        ledger.enter(record("a@chatroom", "north", SendOutcome::Sent));
        ledger.enter(record("a@chatroom", "south", SendOutcome::Unsure));
        ledger.enter(record("b", "south", SendOutcome::Sent));
        let count = |query: &str| ledger.find(&filter(query).expect("a filter")).len();
        assert_eq!((count("account=south"), count("outcome=sent"), count("limit=1")), (2, 2, 1));
        assert_eq!(count("conversation=a%40chatroom&account=south&outcome=unsure&how=answered&bot=main"), 1);
        for (query, told) in [
            (
                "acount=south",
                "acount is no filter; there are bot, conversation, account, outcome, how, since, limit",
            ),
            ("outcome=perhaps", "outcome is \"perhaps\", but must be one of sent, not-sent, unsure"),
            (
                "how=rumour",
                "how is \"rumour\", but must be one of answered, witness, echo, refused, unreachable, expired, \
                 full, unwritten, invalid, lost, hung-up",
            ),
            ("limit=many", "limit is \"many\", but must be a number"),
        ] {
            assert_eq!(filter(query).expect_err("it is wrong"), told);
        }
    }
}
