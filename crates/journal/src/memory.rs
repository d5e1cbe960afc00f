//! A journal that ends with the process.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

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
    /// Those of them that stay, however many come.
    spared: Vec<Position>,
    /// Oldest first.
    lines: std::collections::VecDeque<Line>,
    /// The number of the first of them.
    first_line: u64,
    mark: Option<Bytes>,
}

impl Kept {
    pub(crate) fn tip(&self) -> Position {
        Position(self.head.0 + self.records.len() as u64)
    }

    pub(crate) fn extent(&self) -> Extent {
        let weigh = |bytes: &Bytes| bytes.len() as u64;
        let record_bytes = self.records.iter().map(weigh).sum();
        let snapshot_bytes = self.snapshots.iter().map(|it| weigh(&it.bytes)).sum();
        let line_bytes: u64 = self.lines.iter().map(|it| weigh(&it.bytes)).sum();
        Extent {
            head: self.head,
            tip: self.tip(),
            record_bytes,
            snapshots: self.snapshots.len() as u64,
            snapshot_bytes,
            lines: self.lines.len() as u64,
            bytes: record_bytes + snapshot_bytes + line_bytes,
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
            return Err(JournalError::Fenced { after, tip, replaced: None });
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

    pub(crate) fn snapshots(&self) -> Vec<Position> {
        self.snapshots.iter().rev().map(|it| it.position).collect()
    }

    pub(crate) fn snapshot(&self, at: Position) -> Result<Bytes, JournalError> {
        let found = self.snapshots.iter().find(|it| it.position == at).map(|it| it.bytes.clone());
        let gone = || JournalError::Unavailable { cause: format!("there is no snapshot of record {at}") };
        found.ok_or_else(gone)
    }

    pub(crate) fn forget_snapshot(&mut self, at: Position) {
        self.snapshots.retain(|it| it.position != at);
    }

    pub(crate) fn set_mark(&mut self, mark: Bytes) {
        self.mark = Some(mark);
    }

    pub(crate) fn mark(&self) -> Option<Bytes> {
        self.mark.clone()
    }

    pub(crate) fn spare(&mut self, snapshots: Vec<Position>) {
        self.spared = snapshots;
    }

    pub(crate) fn keep(&mut self, snapshot: Snapshot) {
        self.forget_snapshot(snapshot.position);
        self.snapshots.push(snapshot);
        let newest = self.snapshots.len().saturating_sub(2);
        let mut index = 0;
        self.snapshots.retain(|it| {
            index += 1;
            index > newest || self.spared.contains(&it.position)
        });
        if let [oldest, _, ..] = &self.snapshots[..] {
            while self.head < oldest.position && self.records.pop_front().is_some() {
                self.head = self.head.next();
            }
        }
    }

    pub(crate) fn lines(&self, before: Option<u64>, most: usize) -> Vec<(u64, Line)> {
        let numbered = (self.first_line..).zip(&self.lines).map(|(number, line)| (number, line.clone()));
        let mut found: Vec<_> =
            numbered.take_while(|(number, _)| before.is_none_or(|before| *number < before)).collect();
        found.reverse();
        found.truncate(most);
        found
    }

    pub(crate) fn forget_lines(&mut self, kept: &Range<u64>, within: u64) {
        let mut bytes = self.extent().bytes;
        let until = self.lines.iter().position(|line| kept.contains(&line.at)).unwrap_or(self.lines.len());
        let old = self.lines.iter().take(until).rposition(|line| line.at < kept.start);
        let mut old = old.map_or(0, |last| last + 1);
        while let Some(line) = self.lines.pop_front_if(|_| old > 0 || bytes > within) {
            old = old.saturating_sub(1);
            bytes -= line.bytes.len() as u64;
            self.first_line += 1;
        }
    }

    /// A byte of a snapshot turns into another one.
    pub(crate) fn damage(&mut self, at: Position) {
        for snapshot in self.snapshots.iter_mut().filter(|it| it.position == at) {
            let mut bytes = snapshot.bytes.to_vec();
            bytes.last_mut().into_iter().for_each(|byte| *byte ^= 1);
            snapshot.bytes = bytes.into();
        }
    }

    /// A byte of a line turns into another one.
    pub(crate) fn damage_line(&mut self, number: u64) {
        for (_, line) in (self.first_line..).zip(&mut self.lines).filter(|(it, _)| *it == number) {
            let mut bytes = line.bytes.to_vec();
            bytes.last_mut().into_iter().for_each(|byte| *byte ^= 1);
            line.bytes = bytes.into();
        }
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

    fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>> {
        async { Ok(self.locked().snapshots()) }.boxed()
    }

    fn snapshot(&self, at: Position) -> BoxFuture<'_, Result<Bytes, JournalError>> {
        async move { self.locked().snapshot(at) }.boxed()
    }

    fn spare(&self, snapshots: Vec<Position>) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().spare(snapshots);
            Ok(())
        }
        .boxed()
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().keep(snapshot);
            Ok(())
        }
        .boxed()
    }

    fn forget_snapshot(&self, at: Position) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().forget_snapshot(at);
            Ok(())
        }
        .boxed()
    }

    fn lines(
        &self,
        before: Option<u64>,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(u64, Line)>, JournalError>> {
        async move { Ok(self.locked().lines(before, most)) }.boxed()
    }

    fn forget_lines(&self, kept: Range<u64>, within: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().forget_lines(&kept, within);
            Ok(())
        }
        .boxed()
    }

    fn mark(&self) -> BoxFuture<'_, Result<Option<Bytes>, JournalError>> {
        async { Ok(self.locked().mark()) }.boxed()
    }

    fn set_mark(&self, mark: Bytes) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.locked().set_mark(mark);
            Ok(())
        }
        .boxed()
    }
}
