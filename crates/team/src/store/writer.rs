//! The task that writes: one append in flight, again until it is durable.

use std::{
    ops::Range,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use ha_wechaty_config::ByteSize;
use ha_wechaty_journal::{Extent, JournalError, Line, Log, Position, SnapshotKeeper};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    open::stuck,
    record::Notes,
    spare::{Spares, are_in_the_way},
};
use crate::state::records::StoreHealth;

/// How long it waits before it tries again, at first and at most.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// How long an append may take before it is said that nothing can be written.
const HANGS: Duration = Duration::from_secs(5);

/// What is to be written.
#[derive(Debug)]
pub struct Write {
    /// Notes since the last.
    pub notes: Notes,
    /// What is to stand beside them.
    pub lines: Vec<Line>,
    /// The number of the last thing that is durable with it.
    pub upto: u64,
    /// What all notes so far come to, if that is to be kept.
    pub snapshot: Option<SnapshotMaker>,
}

/// Makes a snapshot, which takes its time.
pub struct SnapshotMaker(pub Box<dyn FnOnce() -> Notes + Send>);

impl std::fmt::Debug for SnapshotMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SnapshotMaker")
    }
}

/// What has become of what was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// All up to the thing of this number is durable.
    Durable {
        /// Its number.
        upto: u64,
    },
    /// The snapshot that was asked for is kept, or came to nothing.
    Snapshot {
        /// What it weighs, in bytes, if it is kept.
        kept: Option<usize>,
    },
}

/// A snapshot that is being made: that it is over is told, whatever becomes of it.
struct Making {
    is_making: Arc<AtomicBool>,
    acks: mpsc::UnboundedSender<Ack>,
    kept: Option<usize>,
}

impl Making {
    async fn with(mut self, kept: impl Future<Output = Option<usize>>) {
        self.kept = kept.await;
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.is_making.store(false, Relaxed);
        // The engine may have ended.
        let _ = self.acks.send(Ack::Snapshot { kept: self.kept });
    }
}

/// What has become of it, as it is known.
pub type Acks = mpsc::UnboundedReceiver<Ack>;

/// What is forgotten of what stands beside the notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// What is older than this.
    pub age: Duration,
    /// The oldest, as many as it takes for the store to need no more than this, in bytes.
    pub max_bytes: u64,
    /// So far back it is kept what happened, for whoever wants it told, as long as that does not weigh too much.
    pub replay: Duration,
}

/// Writes what it is given.
#[derive(Debug)]
pub struct StoreWriter {
    log: Log,
    /// Cancelled once nothing will ever be written down any more.
    broken: CancellationToken,
    health: Arc<StoreHealth>,
    acks: mpsc::UnboundedSender<Ack>,
    retention: Retention,
    spares: Arc<Mutex<Spares>>,
}

impl StoreWriter {
    /// One that writes to this log, and forgets lines then; what is durable comes out of the other end. `broken` is
    /// cancelled once nothing ever will be any more.
    pub fn new(
        log: Log,
        broken: CancellationToken,
        health: Arc<StoreHealth>,
        retention: Retention,
    ) -> (Self, Acks) {
        let (acks, acked) = mpsc::unbounded_channel();
        let spares = Arc::new(Mutex::new(Spares::new(retention.replay, retention.max_bytes)));
        (Self { log, broken, health, acks, retention, spares }, acked)
    }

    /// Writes until nobody gives it anything more, or it is told to stop while it can't.
    pub async fn run(mut self, mut writes: mpsc::Receiver<Write>, stop: CancellationToken) {
        // Beside the writing, which never waits for it; it ends with this.
        let mut keeping = JoinSet::new();
        keeping.spawn(Keeping::new(&self).forget());
        let is_making = Arc::<AtomicBool>::default();
        loop {
            let write = tokio::select! {
                write = writes.recv() => write,
                Some(_) = keeping.join_next() => continue,
            };
            let Some(Write { notes, lines, upto, snapshot }) = write else { return };
            let Some(position) = self.append(&notes.into_record(), &lines, &stop).await else { return };
            // The engine may have ended.
            let _ = self.acks.send(Ack::Durable { upto });
            let Some(maker) = snapshot else { continue };
            let (acks, is_making) = (self.acks.clone(), is_making.clone());
            if is_making.swap(true, Relaxed) {
                let _ = acks.send(Ack::Snapshot { kept: None });
                continue;
            }
            let making = Making { is_making, acks, kept: None };
            let kept = Keeping::new(&self).keep(position, maker);
            keeping.spawn(making.with(kept));
        }
    }

    /// Appends a record, however often it takes; `None` if that can never be.
    async fn append(&mut self, record: &[u8], lines: &[Line], stop: &CancellationToken) -> Option<Position> {
        let mut pause = FIRST;
        let mut is_prepared = false;
        let began = Instant::now();
        loop {
            let done = match is_prepared {
                false => self.log.prepare(record, lines),
                true => Ok(()),
            };
            is_prepared |= done.is_ok();
            let done = match done {
                Ok(()) => self.until_appended(stop).await?,
                Err(error) => Err(error),
            };
            let error = match done {
                Ok(position) => {
                    if self.health.has_written(position) {
                        let after = format_args!("{:.1}s", began.elapsed().as_secs_f64());
                        tracing::info!(%after, "the store can be written again: what waited goes on");
                    }
                    return Some(position);
                }
                Err(error) => error,
            };
            tell(&self.health, &error);
            if !error.is_passing() {
                // Nothing may leave any more that another writer might know differently.
                self.broken.cancel();
                stop.cancelled().await;
                return None;
            }
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(LONGEST),
                () = stop.cancelled() => return None,
            }
        }
    }

    /// Appends what was prepared. A disk that says nothing for long is trouble like one that says no; `None` if it is told to
    /// stop then.
    async fn until_appended(&mut self, stop: &CancellationToken) -> Option<Result<Position, JournalError>> {
        let Self { log, health, .. } = self;
        let mut appending = pin!(log.append());
        if let Ok(done) = timeout(HANGS, &mut appending).await {
            return Some(done);
        }
        let cause = format!("its disk has taken nothing for {} s, and says no error", HANGS.as_secs());
        tell(health, &JournalError::Unavailable { cause });
        tokio::select! {
            done = &mut appending => Some(done),
            () = stop.cancelled() => None,
        }
    }
}

/// It can't be written: that is said once.
fn tell(health: &StoreHealth, error: &JournalError) {
    if health.is_in_trouble(error) {
        let why = error.while_serving();
        tracing::error!(
            "nothing can be written down: {why}. Until then sends fail, and what accounts are shown waits with \
             them; don't stop the gateway: what it was told last is in its memory alone"
        );
    }
}

/// What is done beside the writing.
struct Keeping {
    keeper: SnapshotKeeper,
    retention: Retention,
    health: Arc<StoreHealth>,
    spares: Arc<Mutex<Spares>>,
}

impl Keeping {
    fn new(writer: &StoreWriter) -> Self {
        let StoreWriter { log, retention, health, spares, .. } = writer;
        Self { keeper: log.keeper(), retention: *retention, health: health.clone(), spares: spares.clone() }
    }

    /// Forgets what is to be forgotten.
    async fn forget(self) {
        let within = self.within(0).await;
        let forgotten = self.keeper.forget_lines(self.kept(), within).await;
        if let Err(error) = forgotten {
            tracing::warn!("old sends could not be forgotten: {}", error.while_serving());
        }
    }

    /// Makes a snapshot of all records up to this one, and keeps it. Returns what it weighs, in bytes, if it is kept.
    async fn keep(mut self, position: Position, maker: SnapshotMaker) -> Option<usize> {
        match self.try_keep(position, maker).await {
            Ok(weight) => {
                if self.health.has_kept() {
                    tracing::info!("a snapshot of the store could be kept again");
                }
                self.tell_damage().await;
                Some(weight)
            }
            Err(why) => {
                let again =
                    "it is tried again in some minutes; until then a start takes longer, and the store grows";
                if self.health.has_not_kept(why.clone()) {
                    tracing::error!("no snapshot of the store can be kept: {why}; {again}");
                }
                None
            }
        }
    }

    async fn try_keep(
        &mut self,
        position: Position,
        SnapshotMaker(make): SnapshotMaker,
    ) -> Result<usize, String> {
        let made = tokio::task::spawn_blocking(move || Bytes::from(make().into_record())).await;
        // What it panicked with is in the log already.
        let made =
            made.map_err(|error| format!("it could not be made, by a defect of this program ({error})"))?;
        let (weight, max_bytes) = (made.len(), self.retention.max_bytes);
        self.spare(weight).await;
        let within = self.within(weight).await;
        let kept = self.keeper.keep(position, made, self.kept(), within).await;
        if kept.is_ok() {
            self.spares.lock().unwrap_or_else(PoisonError::into_inner).kept(position);
        }
        let Extent { mut bytes, .. } = kept.map_err(|error| error.while_serving())?;
        if bytes > max_bytes && within > max_bytes {
            // What was spared is gone, and it is still too much. It is kept, whatever becomes of lines.
            let _ = self.keeper.forget_lines(self.kept(), max_bytes).await;
            bytes = self.keeper.extent().await.map_or(bytes, |it| it.bytes);
        }
        if bytes > max_bytes {
            let [bytes, most] = [bytes, max_bytes].map(|it| ByteSize::b(it).display().iec().to_string());
            tracing::warn!(
                "the store needs {bytes}, more than it may ([store] max_bytes, {most}), though it has forgotten what became of \
                 sends: the rest is what the team must know. Raise it, or let the team remember less ([memory], \
                 gateway.replay_bytes)"
            );
        }
        Ok(weight)
    }

    /// Says which snapshots stay beside the next one, which weighs so much. Where that can't be said it is kept all the same.
    async fn spare(&self, weight: usize) {
        let (Ok(there), Ok(extent)) = (self.keeper.snapshots().await, self.keeper.extent().await) else {
            return;
        };
        let chosen =
            self.spares.lock().unwrap_or_else(PoisonError::into_inner).choose(&there, &extent, weight);
        // Else fewer stay.
        let _ = self.keeper.spare(chosen).await;
    }

    /// How much there may be for no line to go. Where spares take the room they go first, with the next snapshot, if it can be
    /// kept.
    async fn within(&self, weight: usize) -> u64 {
        let max_bytes = self.retention.max_bytes;
        if self.health.unkept().is_some() {
            return max_bytes;
        }
        match (self.keeper.snapshots().await, self.keeper.extent().await) {
            (Ok(there), Ok(extent)) if are_in_the_way(&there, &extent, weight, max_bytes) => u64::MAX,
            _ => max_bytes,
        }
    }

    /// Says that something lies in the store that can't be removed.
    async fn tell_damage(&self) {
        if let Some(newest) = self.keeper.damaged().await.ok().and_then(|it| it.last().copied()) {
            tracing::error!("{}", stuck(newest));
        }
    }

    /// What is older than these times is forgotten, in milliseconds since 1970 began; what is of later ones was entered by a
    /// clock that was wrong.
    fn kept(&self) -> Range<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let milliseconds = |it: Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        milliseconds(now.saturating_sub(self.retention.age))..milliseconds(now).saturating_add(1)
    }
}

#[cfg(test)]
mod tests;
