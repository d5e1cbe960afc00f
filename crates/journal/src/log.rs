//! The one writer of a journal.
//!
//! It has one append in flight, and names the position that it follows: whatever it was told is behind all that it had
//! read. After a lost acknowledgement it looks where the journal ends, and whether what stands there is its own, before it
//! appends the same again.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use bytes::Bytes;

use crate::{Extent, Journal, JournalError, JournalReader, Line, Position, Record, SealKey, Snapshot};

/// How much is read at a time.
const CHUNK: usize = 1 << 20;

/// So many damaged lines are skipped: beyond it the ledger is read no further.
const MOST_DAMAGED: usize = 1_000;

/// The one writer of a journal.
#[derive(Debug)]
pub struct Log {
    journal: Arc<dyn Journal>,
    key: SealKey,
    tip: Position,
    /// What was sealed to stand behind the tip, and perhaps does.
    pending: Option<Pending>,
    /// Snapshots that can't be read.
    damaged: Arc<Mutex<Vec<Position>>>,
    signature: Arc<Signature>,
    /// A mark for which there was no room when it was opened: it is there before the first record of this program is.
    unmarked: Option<Bytes>,
}

/// Who writes: it stands in the mark, so that another version of the same program knows that it is another one.
#[derive(Debug)]
struct Signature {
    program: String,
    /// Whether the mark says that all that stands behind the newest snapshot is of this program.
    is_there: AtomicBool,
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
    /// Newer snapshots, which can't be read; newest first. The records behind the older one make up for them, and they are
    /// forgotten when the next one is kept.
    pub damaged: Vec<Position>,
    /// Older ones that are too damaged to be removed: nothing needs them.
    pub stuck: Vec<Position>,
    /// Whether another program than this one has, or may have, written what stands behind the snapshot.
    pub is_of_another: bool,
}

impl Log {
    /// The same as [`Log::write_as`], for one of whom nobody needs to know.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn open(journal: Arc<dyn Journal>, key: SealKey) -> Result<(Self, JournalPast), JournalError> {
        Self::write_as("", journal, key).await
    }

    /// Opens a journal, to be written by this program, in this version of it, and reads all of it. If its newest snapshot is damaged, the one before it is read, and what
    /// stands behind that.
    ///
    /// # Errors
    /// It can't be read, or not with this key.
    pub async fn write_as(
        program: &str,
        journal: Arc<dyn Journal>,
        key: SealKey,
    ) -> Result<(Self, JournalPast), JournalError> {
        let Extent { head, tip: last, .. } = journal.extent().await?;
        let marked = match journal.mark().await {
            // It only tells another key from damage.
            Err(error) if error.is_damage() => None,
            mark => mark?.map(|mark| key.open(MARK, &mark)),
        };
        let mut is_right = matches!(marked, Some(Ok(_)));
        let (mut snapshot, mut damaged, mut unreadable) = (None, Vec::new(), None);
        let positions = journal.snapshots().await?;
        let is_empty = last == Position::START && positions.is_empty();
        for position in positions {
            let read = match journal.snapshot(position).await {
                Ok(bytes) => key.open(&of_snapshot(position), &bytes).ok(),
                Err(JournalError::Corrupt { .. }) => None,
                Err(error) if error.is_damage() => {
                    unreadable.get_or_insert(error);
                    None
                }
                Err(error) => return Err(error),
            };
            if let Some(bytes) = read {
                snapshot = Some(Snapshot { position, bytes });
                is_right = true;
                break;
            }
            damaged.push(position);
        }
        if !is_right && !is_empty && (marked.is_some() || !damaged.is_empty()) {
            // One thing that it opens says that a mark, or a snapshot, was changed, and not the key.
            let first = journal.read(head, 1).await?;
            let opens = |it: &Record| key.open(&of_record(it.position), &it.bytes).is_ok();
            if !first.first().is_some_and(opens) {
                return Err(JournalError::WrongKey { key: key.source().to_owned() });
            }
            is_right = true;
        }
        if snapshot.is_none() && head > Position::START {
            // A disk that can't read it now may do so on another try.
            let none = || damage(&*journal, String::from("none of its snapshots can be read"));
            return Err(unreadable.unwrap_or_else(none));
        }
        let mut tip = snapshot.as_ref().map_or(head, |it| it.position);
        if tip < head {
            let cause = format!("its snapshot of record {tip} is followed by record {}", head.next());
            return Err(damage(&*journal, cause));
        }
        let mut records = Vec::new();
        loop {
            let read = journal.read(tip, CHUNK).await?;
            if read.is_empty() {
                break;
            }
            for Record { position, bytes } in read {
                let changed = || format!("record {position} was changed since it was written");
                let opened = key.open(&of_record(position), &bytes);
                // SQLite itself does not notice a bit that has turned.
                let opened =
                    opened.map_err(|wrong| if is_right { damage(&*journal, changed()) } else { wrong })?;
                records.push(Record { position, bytes: opened });
                (tip, is_right) = (position, true);
            }
        }
        if tip < last || tip > journal.tip().await? {
            return Err(damage(&*journal, format!("its last record is {tip}, where {last} was written")));
        }
        let marked = marked.and_then(Result::ok);
        let was_there = marked.as_ref().is_some_and(|it| it == program.as_bytes());
        let is_of_another = !program.is_empty() && !is_empty && !was_there;
        // Until a snapshot is kept, what stands there is of two, and of neither.
        let signed = if is_of_another { "" } else { program };
        let mut unmarked = None;
        if marked.as_ref().is_none_or(|it| !program.is_empty() && it != signed.as_bytes()) {
            let mark = key.seal(MARK, signed.as_bytes())?;
            match journal.set_mark(mark.clone()).await {
                Ok(()) => {}
                // A disk that is full is no reason not to begin: until something is written the mark before is right.
                Err(error) if error.is_passing() => unmarked = Some(mark),
                Err(error) => return Err(error),
            }
        }
        let stuck = journal.damaged().await?;
        let past = JournalPast { snapshot, records, damaged: damaged.clone(), stuck, is_of_another };
        let is_there = AtomicBool::new(!is_of_another);
        let signature = Arc::new(Signature { program: program.to_owned(), is_there });
        let damaged = Arc::new(Mutex::new(damaged));
        Ok((Self { journal, key, tip, pending: None, damaged, signature, unmarked }, past))
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
        if self.pending.is_some() {
            self.mark().await?;
        }
        let Some(pending) = &mut self.pending else { return Ok(self.tip) };
        let (after, next) = (self.tip, self.tip.next());
        if std::mem::replace(&mut pending.is_uncertain, true) {
            let tip = self.journal.tip().await?;
            if tip != after {
                // Ours alone was sealed with this nonce.
                let there = self.journal.read(after, 1).await?;
                if tip != next || there.first().is_none_or(|it| it.bytes != pending.sealed) {
                    return Err(JournalError::Fenced { after, tip, replaced: None });
                }
                return Ok(self.has_appended(next));
            }
        }
        self.journal.append(after, pending.sealed.clone(), pending.lines.clone()).await?;
        Ok(self.has_appended(next))
    }

    /// Makes up for a mark for which there was no room.
    async fn mark(&mut self) -> Result<(), JournalError> {
        let Some(mark) = &self.unmarked else { return Ok(()) };
        match self.journal.set_mark(mark.clone()).await {
            Ok(()) => {}
            // It costs a snapshot that nobody needs, at a start: records go on.
            Err(error) if error.is_damage() => {}
            Err(error) => return Err(error),
        }
        self.unmarked = None;
        Ok(())
    }

    /// The lines that stand beside the records.
    pub fn lines(&self) -> SideLines {
        SideLines { journal: self.journal.clone(), key: self.key.clone() }
    }

    /// Reads it from as far back as there is, while records are appended.
    pub fn reader(&self) -> JournalReader {
        JournalReader::new(self.journal.clone(), self.key.clone())
    }

    /// Keeps snapshots, while records are appended.
    pub fn keeper(&self) -> SnapshotKeeper {
        let Self { journal, key, damaged, signature, .. } = self;
        let (journal, key, damaged) = (journal.clone(), key.clone(), damaged.clone());
        SnapshotKeeper { journal, key, damaged, signature: signature.clone() }
    }

    fn has_appended(&mut self, position: Position) -> Position {
        self.pending = None;
        self.tip = position;
        position
    }
}

/// What is there is not what was written there.
fn damage(journal: &dyn Journal, cause: String) -> JournalError {
    let path = journal.on_disk().map_or_else(|| "the store".into(), |it| it.path);
    JournalError::Corrupt { path, cause }
}

/// Keeps what the records of a journal come to, while its log appends more.
#[derive(Debug)]
pub struct SnapshotKeeper {
    journal: Arc<dyn Journal>,
    key: SealKey,
    damaged: Arc<Mutex<Vec<Position>>>,
    signature: Arc<Signature>,
}

impl SnapshotKeeper {
    /// Keeps what all records up to `position` come to; what is older may be forgotten. Of lines those go that are of
    /// before `kept`, in milliseconds since 1970 began, and the oldest, as many as it takes for all of it to need no more than
    /// `within` bytes: see [`Journal::forget_lines`]. Returns how much there is then.
    ///
    /// # Errors
    /// It is not kept; of records nothing was forgotten.
    pub async fn keep(
        &mut self,
        position: Position,
        state: Bytes,
        kept: Range<u64>,
        within: u64,
    ) -> Result<Extent, JournalError> {
        let key = self.key.clone();
        // Of a large one this takes its time.
        let sealing = move || key.seal(&of_snapshot(position), &state);
        let sealed = tokio::task::spawn_blocking(sealing).await;
        let bytes = sealed.map_err(|error| JournalError::Unavailable { cause: error.to_string() })??;
        // Room for it is made first, so that the file never grows beyond what it may need.
        match self.forget_lines(kept, within.saturating_sub(bytes.len() as u64)).await {
            // Lines that are damaged are no reason to have no snapshot.
            Ok(()) => {}
            Err(error) if error.is_damage() => {}
            Err(error) => return Err(error),
        }
        // Else it would count as the one before.
        let damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for at in damaged {
            self.journal.forget_snapshot(at).await?;
            self.damaged.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| *it != at);
        }
        self.journal.keep(Snapshot { position, bytes }).await?;
        self.sign().await;
        self.journal.extent().await
    }

    /// The snapshots that there are, oldest first.
    ///
    /// # Errors
    /// They can't be asked for.
    pub async fn snapshots(&self) -> Result<Vec<Position>, JournalError> {
        let mut found = self.journal.snapshots().await?;
        found.reverse();
        Ok(found)
    }

    /// How much the journal holds.
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn extent(&self) -> Result<Extent, JournalError> {
        self.journal.extent().await
    }

    /// See [`Journal::spare`].
    ///
    /// # Errors
    /// It can't be told.
    pub async fn spare(&self, snapshots: Vec<Position>) -> Result<(), JournalError> {
        self.journal.spare(snapshots).await
    }

    /// What stands behind the snapshot is all of this program.
    async fn sign(&self) {
        let Signature { program, is_there } = &*self.signature;
        if is_there.load(Relaxed) {
            return;
        }
        let Ok(mark) = self.key.seal(MARK, program.as_bytes()) else { return };
        // Without it, the next start begins with a snapshot that nobody needs.
        is_there.store(self.journal.set_mark(mark).await.is_ok(), Relaxed);
    }

    /// See [`Journal::damaged`].
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn damaged(&self) -> Result<Vec<Position>, JournalError> {
        self.journal.damaged().await
    }

    /// Forgets lines as [`SnapshotKeeper::keep`] does.
    ///
    /// # Errors
    /// They are still there.
    pub async fn forget_lines(&self, kept: Range<u64>, within: u64) -> Result<(), JournalError> {
        self.journal.forget_lines(kept, within).await
    }
}

/// What stands beside the records of a journal, for whoever looks.
#[derive(Debug, Clone)]
pub struct SideLines {
    journal: Arc<dyn Journal>,
    key: SealKey,
}

impl SideLines {
    /// The newest, or the newest before the one of this number, newest first; so many at the most. Each comes with its
    /// number.
    ///
    /// # Errors
    /// They can't be read, or one of them is damaged: the log was opened with this key.
    pub async fn newest(&self, before: Option<u64>, most: usize) -> Result<Vec<(u64, Line)>, JournalError> {
        let sealed = self.journal.lines(before, most).await?;
        let changed =
            |number| damage(&*self.journal, format!("line {number} was changed since it was written"));
        let open = |(number, line)| self.open(line).map(|line| (number, line)).ok_or_else(|| changed(number));
        sealed.into_iter().map(open).collect()
    }

    /// The same, but those that are damaged, or can't be read, are skipped. The numbers of these are the second; of a long
    /// stretch of them some that are gone may be among these.
    ///
    /// # Errors
    /// They can't be read, not even one by one.
    pub async fn legible(
        &self,
        mut before: Option<u64>,
        most: usize,
    ) -> Result<(Vec<(u64, Line)>, Vec<u64>), JournalError> {
        let (mut found, mut damaged) = (Vec::new(), Vec::new());
        let mut at_once = most;
        while found.len() < most && damaged.len() < MOST_DAMAGED {
            let asked = at_once.min(most - found.len());
            let sealed = match self.journal.lines(before, asked).await {
                Ok(sealed) => sealed,
                // One of them can't be read: fewer are asked for, until it is known which.
                Err(error) if error.is_damage() && asked > 1 => {
                    at_once = asked / 2;
                    continue;
                }
                Err(error) if error.is_damage() => {
                    let number = match before {
                        Some(before) => before.checked_sub(1),
                        None => self.journal.newest_line().await?,
                    };
                    let Some(number) = number else { return Err(error) };
                    damaged.push(number);
                    before = Some(number);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some((last, _)) = sealed.last() else { break };
            before = Some(*last);
            at_once = at_once.saturating_mul(2);
            for (number, line) in sealed {
                match self.open(line) {
                    Some(line) => found.push((number, line)),
                    None => damaged.push(number),
                }
            }
        }
        Ok((found, damaged))
    }

    fn open(&self, Line { at, bytes }: Line) -> Option<Line> {
        self.key.open(LINE, &bytes).ok().map(|bytes| Line { at, bytes })
    }
}

/// What a mark is sealed as; in it stands the program that wrote what is behind the newest snapshot, if it was one.
pub(crate) const MARK: &[u8] = b"mark";

/// What a line is sealed as.
const LINE: &[u8] = b"line";

/// What a record is sealed as: one that was moved is not opened.
pub(crate) fn of_record(position: Position) -> Vec<u8> {
    [&b"record"[..], &position.0.to_be_bytes()].concat()
}

/// What a snapshot is sealed as.
pub(crate) fn of_snapshot(position: Position) -> Vec<u8> {
    [&b"snapshot"[..], &position.0.to_be_bytes()].concat()
}
