//! The ledger on disk: what became of sends before this process, and before what is in memory.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use ha_wechaty_journal::{JournalError, Line, SideLines};
use tokio::sync::mpsc;

use super::record::SendRecord;

/// So many may wait to be written. Beyond that, where nothing can be written for long, they stay in memory alone.
const WAITING: usize = 10_000;

/// Where the ledger is kept besides.
#[derive(Debug)]
pub(super) struct Archive {
    lines: SideLines,
    writes: mpsc::Sender<Line>,
    /// Whether it was said that some of it can't be read.
    is_told: AtomicBool,
}

impl Archive {
    /// Beside a journal with these lines; what is to be written comes out of the channel's other end.
    pub(super) fn beside(lines: SideLines) -> (Self, mpsc::Receiver<Line>) {
        let (writes, written) = mpsc::channel(WAITING);
        (Self { lines, writes, is_told: AtomicBool::new(false) }, written)
    }

    /// The newest, or the newest before the line of this number, newest first, each with its number; so many at the most.
    pub(super) async fn newest(
        &self,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<(u64, Line)>, JournalError> {
        let (found, damaged) = self.lines.legible(before, most).await?;
        if let Some(newest) = damaged.first()
            && !self.is_told.swap(true, Relaxed)
        {
            let lines = damaged.len();
            tracing::error!(
                newest,
                lines,
                "the ledger of sends is damaged: what can't be read of it is left out"
            );
        }
        Ok(found)
    }

    /// Where lines go that are to be written.
    pub(super) fn writes(&self) -> mpsc::Sender<Line> {
        self.writes.clone()
    }

    /// A send is over. Whoever writes may have ended, or have too much to write.
    pub(super) fn enter(&self, record: &SendRecord) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        if let Ok(bytes) = serde_json::to_vec(record) {
            let at = u64::try_from(at).unwrap_or(u64::MAX);
            let _ = self.writes.try_send(Line { at, bytes: Bytes::from(bytes) });
        }
    }
}

/// The send that a line is about.
pub(crate) fn read(line: &Line) -> Option<SendRecord> {
    // A record of a version that is gone says nothing that is known now.
    serde_json::from_slice(&line.bytes).ok()
}
