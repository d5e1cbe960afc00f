//! A journal that ends with the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};

use crate::{Extent, Journal, JournalError, Line, Position, Record, Snapshot};

/// Records in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Kept>);

#[derive(Debug, Default, Clone)]
pub(crate) struct Kept {
    head: Position,
    records: std::collections::VecDeque<Bytes>,
    snapshots: Vec<Snapshot>,
    /// Oldest first.
    lines: std::collections::VecDeque<Line>,
}

impl Kept {
    pub(crate) fn tip(&self) -> Position {
        Position(self.head.0 + self.records.len() as u64)
    }

    pub(crate) fn extent(&self) -> Extent {
        let weigh = |bytes: &Bytes| bytes.len() as u64;
        Extent {
            head: self.head,
            tip: self.tip(),
            record_bytes: self.records.iter().map(weigh).sum(),
            snapshots: self.snapshots.len() as u64,
            snapshot_bytes: self.snapshots.iter().map(|it| weigh(&it.bytes)).sum(),
            lines: self.lines.len() as u64,
        }
    }

    pub(crate) fn append(
        &mut self,
        after: Position,
        record: Bytes,
        lines: Vec<Line>,
    ) -> Result<(), JournalError> {
        let tip = self.tip();
        if after != tip {
            return Err(JournalError::Fenced { after, tip });
        }
        self.records.push_back(record);
        self.lines.extend(lines);
        Ok(())
    }

    pub(crate) fn read(&self, after: Position, most: usize) -> Vec<Record> {
        let skipped = usize::try_from(after.0.saturating_sub(self.head.0)).unwrap_or(usize::MAX);
        let mut position = Position(self.head.0 + skipped as u64);
        let mut bytes = 0;
        let mut found = Vec::new();
        for record in self.records.iter().skip(skipped) {
            bytes += record.len();
            if bytes > most && !found.is_empty() {
                break;
            }
            position = position.next();
            found.push(Record { position, bytes: record.clone() });
        }
        found
    }

    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        self.snapshots.last().cloned()
    }

    pub(crate) fn keep(&mut self, snapshot: Snapshot) {
        self.snapshots.push(snapshot);
        if self.snapshots.len() > 2 {
            self.snapshots.remove(0);
        }
        if let [before, _] = &self.snapshots[..] {
            while self.head < before.position && self.records.pop_front().is_some() {
                self.head = self.head.next();
            }
        }
    }

    pub(crate) fn lines(&self, skip: usize, most: usize) -> Vec<Line> {
        self.lines.iter().rev().skip(skip).take(most).cloned().collect()
    }

    pub(crate) fn forget_lines(&mut self, before: u64) {
        while self.lines.pop_front_if(|line| line.at < before).is_some() {}
    }

    /// Forgets the last record, as a disk does that lied about it.
    pub(crate) fn roll_back(&mut self, records: usize) {
        self.records.truncate(self.records.len().saturating_sub(records));
    }
}

impl MemoryJournal {
    fn locked(&self) -> MutexGuard<'_, Kept> {
        // It is whole between any two statements here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn extent(&self) -> BoxFuture<'_, Result<Extent, JournalError>> {
        async { Ok(self.locked().extent()) }.boxed()
    }

    fn append(
        &self,
        after: Position,
        record: Bytes,
        lines: Vec<Line>,
    ) -> BoxFuture<'_, Result<(), JournalError>> {
        async move { self.locked().append(after, record, lines) }.boxed()
    }

    fn read(&self, after: Position, most: usize) -> BoxFuture<'_, Result<Vec<Record>, JournalError>> {
        async move { Ok(self.locked().read(after, most)) }.boxed()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Option<Snapshot>, JournalError>> {
        async { Ok(self.locked().snapshot()) }.boxed()
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().keep(snapshot);
            Ok(())
        }
        .boxed()
    }

    fn lines(&self, skip: usize, most: usize) -> BoxFuture<'_, Result<Vec<Line>, JournalError>> {
        async move { Ok(self.locked().lines(skip, most)) }.boxed()
    }

    fn forget_lines(&self, before: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().forget_lines(before);
            Ok(())
        }
        .boxed()
    }
}
