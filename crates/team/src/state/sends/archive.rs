//! The ledger on disk: what became of sends before this process, and before what is in memory.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ha_wechaty_journal::{JournalError, Line, SideLines};
use tokio::sync::mpsc;

use super::{Filter, SendLedger, SendRecord};

/// How many are read at a time.
const CHUNK: usize = 512;

/// Where the ledger is kept besides.
#[derive(Debug)]
pub(super) struct Archive {
    lines: SideLines,
    writes: mpsc::UnboundedSender<Line>,
}

impl Archive {
    /// A send is over. Whoever writes may have ended.
    pub(super) fn enter(&self, record: &SendRecord) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        if let Ok(bytes) = serde_json::to_vec(record) {
            let at = u64::try_from(at).unwrap_or(u64::MAX);
            let _ = self.writes.send(Line { at, bytes: Bytes::from(bytes) });
        }
    }
}

fn read(line: &Line) -> Option<SendRecord> {
    // A record of a version that is gone says nothing that is known now.
    serde_json::from_slice(&line.bytes).ok()
}

impl SendLedger {
    /// Keeps what is entered from now on also beside a journal, of which these are the newest lines, newest first; what is
    /// to be written comes out of the channel's other end.
    pub fn remember(&self, lines: SideLines, newest: &[Line]) -> mpsc::UnboundedReceiver<Line> {
        newest.iter().rev().filter_map(read).for_each(|record| self.put(record));
        let (writes, written) = mpsc::unbounded_channel();
        // Nobody has set it before: a ledger begins once.
        let _ = self.archive.set(Archive { lines, writes });
        written
    }

    /// Those that a filter lets through, newest first, also those that are not in memory any more.
    ///
    /// # Errors
    /// What is on disk can't be read.
    pub async fn find_all(&self, filter: &Filter) -> Result<Vec<SendRecord>, JournalError> {
        let (mut found, mut before) = (self.find(filter), self.oldest());
        let Some(archive) = self.archive.get() else { return Ok(found) };
        let mut skip = 0;
        while found.len() < filter.limit() {
            let lines = archive.lines.newest(skip, CHUNK).await?;
            if lines.is_empty() {
                break;
            }
            skip += lines.len();
            for record in lines.iter().filter_map(read) {
                // What is written meanwhile moves the others on.
                if record.number >= before {
                    continue;
                }
                before = record.number;
                if filter.is_before(&record) {
                    return Ok(found);
                }
                if found.len() < filter.limit() && filter.lets(&record) {
                    found.push(record);
                }
            }
        }
        Ok(found)
    }
}
