//! Reads a journal from as far back as there is, beside its writer. It must never write.
//!
//! A start begins with the newest snapshot. This begins with the oldest one that can be read, and so sees all records that
//! there still are; what can't be read it names, and goes on behind it, with the next snapshot.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    Extent, Journal, JournalError, Position, Record, SealKey, Snapshot,
    log::{MARK, of_record, of_snapshot},
};

/// How much is read at a time, in bytes: what its writer appends goes between.
const CHUNK: usize = 256 << 10;

/// How often it is begun again, if what was to be read next was forgotten meanwhile.
const ATTEMPTS: usize = 3;

/// A piece of what a journal still has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoryPiece {
    /// What all records up to there came to: the story begins with it, or goes on with it behind what can't be read.
    Snapshot(Snapshot),
    /// What came next.
    Record(Record),
    /// The record, or the snapshot of the record, at this position can't be read.
    Damage {
        /// Where.
        position: Position,
        /// Why, in words.
        why: String,
    },
}

/// Reads a journal, and never writes to it.
#[derive(Debug, Clone)]
pub struct JournalReader {
    journal: Arc<dyn Journal>,
    key: SealKey,
}

/// What was read of it so far.
struct Reading<'a> {
    reader: &'a JournalReader,
    /// Snapshots that it has, oldest last.
    snapshots: Vec<Position>,
    story: Vec<StoryPiece>,
}

impl JournalReader {
    /// Of this journal, which was sealed with this key.
    pub fn new(journal: Arc<dyn Journal>, key: SealKey) -> Self {
        Self { journal, key }
    }

    /// All that there is, oldest first.
    ///
    /// # Errors
    /// It can't be asked, or nothing in it was sealed with this key. What alone is damaged is told in the story.
    pub async fn story(&self) -> Result<Vec<StoryPiece>, JournalError> {
        for _ in 0..ATTEMPTS {
            let Some(story) = self.attempt().await? else { continue };
            let is_read = |it: &StoryPiece| match it {
                StoryPiece::Snapshot(_) | StoryPiece::Record(_) => true,
                StoryPiece::Damage { .. } => false,
            };
            if !story.is_empty() && !story.iter().any(is_read) && self.is_of_another_key().await {
                return Err(JournalError::WrongKey { key: self.key.source().to_owned() });
            }
            return Ok(story);
        }
        let cause = String::from("it forgot what was to be read next, again and again: ask again");
        Err(JournalError::Unavailable { cause })
    }

    /// `None` if what was to be read next was forgotten meanwhile.
    async fn attempt(&self) -> Result<Option<Vec<StoryPiece>>, JournalError> {
        let Extent { head, tip, .. } = self.journal.extent().await?;
        let mut reading =
            Reading { reader: self, snapshots: self.journal.snapshots().await?, story: Vec::new() };
        let mut next = if head > Position::START {
            match reading.snapshot_from(head).await? {
                Begins::At(at) => Some(at),
                Begins::Nowhere => None,
                Begins::Forgotten => return Ok(None),
            }
        } else {
            Some(head)
        };
        // What is written meanwhile is told another time: whoever appends faster than this reads keeps nobody here.
        while let Some(at) = next.filter(|at| *at < tip) {
            next = match reading.records_behind(at, tip).await? {
                Reads::To(at) => Some(at),
                Reads::Forgotten => return Ok(None),
                Reads::Damage(at) => match reading.snapshot_from(at).await? {
                    Begins::At(at) => Some(at),
                    Begins::Nowhere => None,
                    Begins::Forgotten => return Ok(None),
                },
            };
        }
        Ok(Some(reading.story))
    }
}

/// Where a story goes on with a snapshot.
enum Begins {
    At(Position),
    Nowhere,
    Forgotten,
}

/// How far some records were read.
enum Reads {
    To(Position),
    Damage(Position),
    Forgotten,
}

impl Reading<'_> {
    /// Goes on with the oldest snapshot that can be read, and has this record in it.
    async fn snapshot_from(&mut self, from: Position) -> Result<Begins, JournalError> {
        let JournalReader { journal, key } = self.reader;
        while let Some(position) = self.snapshots.pop() {
            if position < from {
                continue;
            }
            let why = match journal.snapshot(position).await {
                Ok(bytes) => {
                    let key = key.clone();
                    // Of a large one this takes its time.
                    let opening = move || key.open(&of_snapshot(position), &bytes);
                    let opened = tokio::task::spawn_blocking(opening).await;
                    match opened.map_err(|error| JournalError::Unavailable { cause: error.to_string() })? {
                        Ok(bytes) => {
                            self.story.push(StoryPiece::Snapshot(Snapshot { position, bytes }));
                            return Ok(Begins::At(position));
                        }
                        Err(_) => String::from("it was changed since it was written"),
                    }
                }
                Err(error) if error.is_damage() => error.to_string(),
                Err(error) if self.is_there(position).await? => return Err(error),
                Err(_) => return Ok(Begins::Forgotten),
            };
            if !self.is_there(position).await? {
                return Ok(Begins::Forgotten);
            }
            self.damage(position, format!("the snapshot of record {position} can't be read: {why}"));
        }
        Ok(Begins::Nowhere)
    }

    async fn is_there(&self, snapshot: Position) -> Result<bool, JournalError> {
        Ok(self.reader.journal.snapshots().await?.contains(&snapshot))
    }

    /// Goes on with some records, none of them beyond `tip`.
    async fn records_behind(&mut self, at: Position, tip: Position) -> Result<Reads, JournalError> {
        let next = at.next();
        let read = match self.reader.journal.read(at, CHUNK).await {
            // One of them can't be read: which, is known of one alone.
            Err(error) if error.is_damage() => match self.reader.journal.read(at, 1).await {
                Err(error) if error.is_damage() => return Ok(self.lost(next, &error.to_string())),
                read => read?,
            },
            read => read?,
        };
        if read.is_empty() {
            return Ok(self.lost(next, "it is not there, though it was written"));
        }
        let mut last = at;
        for Record { position, bytes } in read.into_iter().take_while(|it| it.position <= tip) {
            if position != last.next() {
                return Ok(Reads::Forgotten);
            }
            let Ok(bytes) = self.reader.open(position, &bytes) else {
                return Ok(self.lost(position, "it was changed since it was written"));
            };
            self.story.push(StoryPiece::Record(Record { position, bytes }));
            last = position;
        }
        Ok(Reads::To(last))
    }

    fn lost(&mut self, position: Position, why: &str) -> Reads {
        self.damage(position, format!("record {position} can't be read: {why}"));
        Reads::Damage(position)
    }

    fn damage(&mut self, position: Position, why: String) {
        self.story.push(StoryPiece::Damage { position, why });
    }
}

impl JournalReader {
    /// Whether its mark says that another key sealed it: that tells another key from damage.
    async fn is_of_another_key(&self) -> bool {
        match self.journal.mark().await {
            Ok(Some(mark)) => self.key.open(MARK, &mark).is_err(),
            Ok(None) | Err(_) => false,
        }
    }

    fn open(&self, position: Position, bytes: &Bytes) -> Result<Bytes, JournalError> {
        self.key.open(&of_record(position), bytes)
    }
}
