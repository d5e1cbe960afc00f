//! What a trial's gateways write down: one journal through all their lives, and what stands in it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use anyhow::{Result, anyhow};
use bytes::Bytes;
use futures_util::future::{BoxFuture, pending};
use ha_wechaty_core::Input;
use ha_wechaty_journal::{
    Extent, Journal, JournalError, Line, MemoryJournal, Position, Record, SealKey, Snapshot,
    sim::{Faults, SimJournal},
};
use ha_wechaty_team::store::{Noted, Notes, Opened};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// In some lives a snapshot is made after so many notes: else none of them would last until one is due.
const NOTES: u64 = 50;

/// A journal that outlives the gateways that write to it.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    sim: SimJournal,
    key: SealKey,
    seed: u64,
    /// What a right clock showed when it was new.
    wall: SystemTime,
    begun: Instant,
    written: Arc<Mutex<Written>>,
}

/// What stands in it.
#[derive(Debug, Default)]
struct Written {
    /// All records, and since when each is known to stand there.
    records: Vec<(Instant, Record)>,
    /// When it was first tried to append the last record that stands there, and the one that may not stand there yet:
    /// whatever the gateway was told before is in it, or before it.
    last: Option<Instant>,
    trying: Option<(Position, Instant)>,
    /// When a writer was told last that its record stands there: what it writes next begins in the same moment.
    told: Option<Instant>,
    /// When it was opened last, and how often it was.
    opened: Option<Instant>,
    lives: u64,
}

impl Written {
    fn is_told(&mut self) {
        (self.trying, self.told) = (None, Some(Instant::now()));
    }
}

/// Something that a gateway was told, and since when that stands in the journal.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) at: Instant,
    pub(crate) input: Input,
}

impl Paper {
    /// An empty one, in which this goes wrong.
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let sim = SimJournal::new(seed);
        sim.set(faults);
        let key = SealKey::from_bytes(&[7; 32], "of a trial");
        Self { sim, key, seed, wall: SystemTime::now(), begun: Instant::now(), written: Arc::default() }
    }

    /// What goes wrong from now on.
    pub(crate) fn set(&self, faults: Faults) {
        self.sim.set(faults);
    }

    /// Opens it for one life of the gateway, until `cut`: from then on that waits for ever for whatever it asks.
    pub(crate) async fn open(&self, cut: CancellationToken) -> Result<Opened> {
        self.look();
        let life = {
            let mut written = self.locked();
            (written.last, written.trying, written.opened) = (None, None, Some(Instant::now()));
            written.lives += 1;
            written.lives
        };
        let journal = Arc::new(Held { paper: self.clone(), cut });
        let opened = Opened::new(journal, self.key.clone(), 0).await?;
        let opened = opened.at(self.wall + self.begun.elapsed());
        // Two lives of three.
        let makes_some = !self.seed.wrapping_add(life).is_multiple_of(3);
        Ok(if makes_some { opened.snapshot_every(NOTES) } else { opened })
    }

    /// Until when everything that the gateway was told is written down, if it dies now.
    pub(crate) fn frontier(&self) -> Instant {
        self.look();
        let written = self.locked();
        match written.trying {
            // Whatever it is told it writes at once, unless something is being written.
            None if written.told != Some(Instant::now()) => Instant::now(),
            None | Some(_) => written.last.or(written.opened).unwrap_or(self.begun),
        }
    }

    /// All that gateways were told and that was written down.
    pub(crate) async fn facts(&self) -> Result<Vec<Fact>> {
        self.look();
        let records = self.locked().records.clone();
        // They are sealed as what stands at a place.
        let copy = MemoryJournal::default();
        for (_, Record { position, bytes }) in &records {
            copy.append(Position(position.0 - 1), bytes.clone(), Vec::new()).await?;
        }
        let past = Opened::new(Arc::new(copy), self.key.clone(), 0).await?.past;
        let mut facts = Vec::new();
        for ((at, _), Record { bytes, .. }) in records.iter().zip(past.records) {
            for noted in Notes::read(&bytes).map_err(|cause| anyhow!(cause))? {
                if let Noted::Fact { input, .. } = noted {
                    facts.push(Fact { at: *at, input });
                }
            }
        }
        Ok(facts)
    }

    /// Takes in what stands there now: what nobody was told of as well.
    fn look(&self) {
        let mut written = self.locked();
        let now = Instant::now();
        let known = written.records.last().map_or(Position::START, |(_, it)| it.position);
        let new = futures_util::FutureExt::now_or_never(self.sim.read(known, usize::MAX));
        for record in new.and_then(Result::ok).unwrap_or_default() {
            if let Some((position, since)) = written.trying
                && position == record.position
            {
                written.last = Some(since);
            }
            written.records.push((now, record));
        }
    }

    fn locked(&self) -> MutexGuard<'_, Written> {
        // It is whole between any two statements here.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The journal in the hands of one life of the gateway.
#[derive(Debug)]
struct Held {
    paper: Paper,
    cut: CancellationToken,
}

impl Held {
    /// Asks for something; who is dead waits for ever.
    async fn ask<T>(&self, asked: impl Future<Output = T>) -> T {
        let answer = tokio::select! {
            biased;
            () = self.cut.cancelled() => None,
            answer = asked => Some(answer),
        };
        match answer.filter(|_| !self.cut.is_cancelled()) {
            Some(answer) => answer,
            None => pending().await,
        }
    }

    async fn write(&self, after: Position, record: Bytes, lines: Vec<Line>) -> Result<(), JournalError> {
        {
            let mut written = self.paper.locked();
            if written.trying.is_none_or(|(position, _)| position != after.next()) {
                written.trying = Some((after.next(), Instant::now()));
            }
        }
        let appended = self.ask(self.paper.sim.append(after, record, lines)).await;
        self.paper.look();
        if appended.is_ok() {
            self.paper.locked().is_told();
        }
        appended
    }

    /// Asked after a lost acknowledgement, whether it stands there; by the one who writes, and nobody else.
    async fn last(&self) -> Result<Position, JournalError> {
        let tip = self.ask(self.paper.sim.tip()).await?;
        self.paper.look();
        let mut written = self.paper.locked();
        if written.trying.is_some_and(|(position, _)| position == tip) {
            written.is_told();
        }
        Ok(tip)
    }
}

impl Journal for Held {
    fn extent(&self) -> BoxFuture<'_, Result<Extent, JournalError>> {
        Box::pin(self.ask(self.paper.sim.extent()))
    }

    fn tip(&self) -> BoxFuture<'_, Result<Position, JournalError>> {
        Box::pin(self.last())
    }

    fn append(
        &self,
        after: Position,
        record: Bytes,
        lines: Vec<Line>,
    ) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.write(after, record, lines))
    }

    fn lines(
        &self,
        before: Option<u64>,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(u64, Line)>, JournalError>> {
        Box::pin(self.ask(self.paper.sim.lines(before, most)))
    }

    fn forget_lines(
        &self,
        kept: std::ops::Range<u64>,
        within: u64,
    ) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.ask(self.paper.sim.forget_lines(kept, within)))
    }

    fn mark(&self) -> BoxFuture<'_, Result<Option<Bytes>, JournalError>> {
        Box::pin(self.ask(self.paper.sim.mark()))
    }

    fn set_mark(&self, mark: Bytes) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.ask(self.paper.sim.set_mark(mark)))
    }

    fn read(&self, after: Position, most: usize) -> BoxFuture<'_, Result<Vec<Record>, JournalError>> {
        Box::pin(self.ask(self.paper.sim.read(after, most)))
    }

    fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Position>, JournalError>> {
        Box::pin(self.ask(self.paper.sim.snapshots()))
    }

    fn snapshot(&self, at: Position) -> BoxFuture<'_, Result<Bytes, JournalError>> {
        Box::pin(self.ask(self.paper.sim.snapshot(at)))
    }

    fn forget_snapshot(&self, at: Position) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.ask(self.paper.sim.forget_snapshot(at)))
    }

    fn spare(&self, snapshots: Vec<Position>) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.ask(self.paper.sim.spare(snapshots)))
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(self.ask(self.paper.sim.keep(snapshot)))
    }
}

/// What goes wrong with a journal, in all the time of a trial.
pub(crate) fn draw(dice: &mut fastrand::Rng) -> Faults {
    let often = [0, 0, 0, 50, 300];
    let millis = |dice: &mut fastrand::Rng| Duration::from_millis([0, 0, 1, 20, 400][dice.usize(..5)]);
    Faults {
        delay: millis(dice),
        jitter: millis(dice),
        lost_acks: often[dice.usize(..5)],
        refusals: often[dice.usize(..5)],
        ..Faults::default()
    }
}
