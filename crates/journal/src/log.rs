//! The one writer of a journal.
//!
//! It has one append in flight, and names the position that it follows: whatever it was told is behind all that it had
//! read. After a lost acknowledgement it looks where the journal ends, and whether what stands there is its own, before it
//! appends the same again.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Extent, Journal, JournalError, Line, Position, Record, SealKey, Snapshot};

/// How much is read at a time.
const CHUNK: usize = 1 << 20;

/// The one writer of a journal.
#[derive(Debug)]
pub struct Log {
    journal: Arc<dyn Journal>,
    key: SealKey,
    tip: Position,
    /// What was sealed to stand behind the tip, and perhaps does.
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    sealed: Bytes,
    lines: Vec<Line>,
    /// Whether it was tried already, and nobody knows whether it was appended.
    is_uncertain: bool,
}

/// What a journal holds when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JournalPast {
    /// What the records before the first of these came to.
    pub snapshot: Option<Snapshot>,
    /// The records behind it.
    pub records: Vec<Record>,
}

impl Log {
    /// Opens a journal, and reads all of it.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn open(journal: Arc<dyn Journal>, key: SealKey) -> Result<(Self, JournalPast), JournalError> {
        let Extent { head, .. } = journal.extent().await?;
        let snapshot = match journal.snapshot().await? {
            Some(Snapshot { position, bytes }) => {
                Some(Snapshot { position, bytes: key.open(&of_snapshot(position), &bytes)? })
            }
            None => None,
        };
        let mut tip = snapshot.as_ref().map_or(head, |it| it.position);
        let mut records = Vec::new();
        loop {
            let read = journal.read(tip, CHUNK).await?;
            if read.is_empty() {
                break;
            }
            for Record { position, bytes } in read {
                let is_key_right = snapshot.is_some() || !records.is_empty();
                let bytes = key.open(&of_record(position), &bytes).map_err(|error| match is_key_right {
                    true => changed(&*journal, position),
                    false => error,
                })?;
                records.push(Record { position, bytes });
                tip = position;
            }
        }
        Ok((Self { journal, key, tip, pending: None }, JournalPast { snapshot, records }))
    }

    /// The position of the last record that is known to be durable.
    pub fn tip(&self) -> Position {
        self.tip
    }

    /// What it writes to.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Where its key is from, for people.
    pub fn key_source(&self) -> &str {
        self.key.source()
    }

    /// How much the journal holds.
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn extent(&self) -> Result<Extent, JournalError> {
        self.journal.extent().await
    }

    /// Takes a record that is to stand behind the tip, and lines that go with it; [`Log::append`] does it.
    ///
    /// # Errors
    /// They can't be sealed.
    pub fn prepare(&mut self, record: &[u8], lines: &[Line]) -> Result<(), JournalError> {
        let sealed = self.key.seal(&of_record(self.tip.next()), record)?;
        let seal = |Line { at, bytes }: &Line| Ok(Line { at: *at, bytes: self.key.seal(LINE, bytes)? });
        let lines = lines.iter().map(seal).collect::<Result<_, JournalError>>()?;
        self.pending = Some(Pending { sealed, lines, is_uncertain: false });
        Ok(())
    }

    /// Appends what was prepared. After an error that [is passing](JournalError::is_passing) it is called again, and
    /// appends the same, unless it had been appended; so a record stands there once, whatever gets lost.
    ///
    /// # Errors
    /// It is not known to be durable.
    pub async fn append(&mut self) -> Result<Position, JournalError> {
        let Some(pending) = &mut self.pending else { return Ok(self.tip) };
        let (after, next) = (self.tip, self.tip.next());
        if std::mem::replace(&mut pending.is_uncertain, true) {
            let Extent { tip, .. } = self.journal.extent().await?;
            if tip != after {
                // Ours alone was sealed with this nonce.
                let there = self.journal.read(after, 1).await?;
                if tip != next || there.first().is_none_or(|it| it.bytes != pending.sealed) {
                    return Err(JournalError::Fenced { after, tip });
                }
                return Ok(self.has_appended(next));
            }
        }
        self.journal.append(after, pending.sealed.clone(), pending.lines.clone()).await?;
        Ok(self.has_appended(next))
    }

    /// The lines that stand beside the records.
    pub fn lines(&self) -> SideLines {
        SideLines { journal: self.journal.clone(), key: self.key.clone() }
    }

    /// Forgets lines of before then, in milliseconds since 1970 began.
    ///
    /// # Errors
    /// They are still there.
    pub async fn forget_lines(&self, before: u64) -> Result<(), JournalError> {
        self.journal.forget_lines(before).await
    }

    /// Keeps what all records up to `position` come to; what is older may be forgotten.
    ///
    /// # Errors
    /// It is not kept; nothing was forgotten.
    pub async fn keep(&self, position: Position, state: &[u8]) -> Result<(), JournalError> {
        let bytes = self.key.seal(&of_snapshot(position), state)?;
        self.journal.keep(Snapshot { position, bytes }).await
    }

    fn has_appended(&mut self, position: Position) -> Position {
        self.pending = None;
        self.tip = position;
        position
    }
}

/// A record can't be opened with the key that opens those before it: SQLite itself does not notice a bit that has turned.
fn changed(journal: &dyn Journal, position: Position) -> JournalError {
    let path = journal.on_disk().map_or_else(|| "the store".into(), |it| it.path);
    JournalError::Corrupt { path, cause: format!("record {position} was changed since it was written") }
}

/// What stands beside the records of a journal, for whoever looks.
#[derive(Debug, Clone)]
pub struct SideLines {
    journal: Arc<dyn Journal>,
    key: SealKey,
}

impl SideLines {
    /// The newest but for the first `skip`, newest first; so many at the most.
    ///
    /// # Errors
    /// They can't be read, or not with this key.
    pub async fn newest(&self, skip: usize, most: usize) -> Result<Vec<Line>, JournalError> {
        let sealed = self.journal.lines(skip, most).await?;
        let open = |Line { at, bytes }| Ok(Line { at, bytes: self.key.open(LINE, &bytes)? });
        sealed.into_iter().map(open).collect()
    }
}

/// What a line is sealed as.
const LINE: &[u8] = b"line";

/// What a record is sealed as: one that was moved is not opened.
fn of_record(position: Position) -> Vec<u8> {
    [&b"record"[..], &position.0.to_be_bytes()].concat()
}

/// What a snapshot is sealed as.
fn of_snapshot(position: Position) -> Vec<u8> {
    [&b"snapshot"[..], &position.0.to_be_bytes()].concat()
}
