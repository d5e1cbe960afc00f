//! The task that writes: one append in flight, again until it is durable.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_journal::{Line, Log, Position};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::record::Notes;
use crate::state::{facts::CoreHandle, records::StoreHealth};

/// How long it waits before it tries again, at first and at most.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

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

/// What is known to be durable, as it becomes so.
pub type Acks = mpsc::UnboundedReceiver<u64>;

/// Writes what it is given.
#[derive(Debug)]
pub struct StoreWriter {
    log: Log,
    core: Arc<CoreHandle>,
    health: Arc<StoreHealth>,
    acks: mpsc::UnboundedSender<u64>,
    /// How long lines are kept.
    keep_lines: Duration,
}

impl StoreWriter {
    /// One that writes to this log what this core is told, and keeps lines for so long; what is durable comes out of the other end.
    pub fn new(
        log: Log,
        core: Arc<CoreHandle>,
        health: Arc<StoreHealth>,
        keep_lines: Duration,
    ) -> (Self, Acks) {
        let (acks, acked) = mpsc::unbounded_channel();
        (Self { log, core, health, acks, keep_lines }, acked)
    }

    /// Writes until nobody gives it anything more, or it is told to stop while it can't.
    pub async fn run(mut self, mut writes: mpsc::Receiver<Write>, stop: CancellationToken) {
        self.forget_lines().await;
        let mut making: Option<(Position, JoinHandle<Notes>)> = None;
        loop {
            let made = async {
                match &mut making {
                    Some((position, notes)) => (*position, notes.await),
                    None => std::future::pending().await,
                }
            };
            let write = tokio::select! {
                write = writes.recv() => write,
                (position, notes) = made => {
                    making = None;
                    if let Ok(notes) = notes {
                        self.keep(position, notes).await;
                    }
                    continue;
                }
            };
            let Some(Write { notes, lines, upto, snapshot }) = write else { return };
            let Some(position) = self.append(&notes.into_record(), &lines, &stop).await else { return };
            // The engine may have ended.
            let _ = self.acks.send(upto);
            if let Some(SnapshotMaker(make)) = snapshot
                && making.is_none()
            {
                making = Some((position, tokio::task::spawn_blocking(make)));
            }
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
                Ok(()) => self.log.append().await,
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
            if self.health.is_in_trouble(&error) {
                tracing::error!(
                    "nothing can be written down: {error}. Until then sends fail, and what accounts are shown waits with \
                     them; don't stop the gateway: what it was told last is in its memory alone"
                );
            }
            if !error.is_passing() {
                // Nothing may leave any more that another writer might know differently.
                self.core.breaks();
                stop.cancelled().await;
                return None;
            }
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(LONGEST),
                () = stop.cancelled() => return None,
            }
        }
    }

    /// Forgets lines that are old.
    async fn forget_lines(&self) {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let before = since_1970.saturating_sub(self.keep_lines).as_millis();
        if let Err(error) = self.log.forget_lines(u64::try_from(before).unwrap_or(u64::MAX)).await {
            tracing::warn!("old sends could not be forgotten: {error}");
        }
    }

    async fn keep(&self, position: Position, notes: Notes) {
        self.forget_lines().await;
        let record = notes.into_record();
        if let Err(error) = self.log.keep(position, &record).await {
            tracing::warn!("a snapshot could not be kept, and a start takes longer until one is: {error}");
        }
    }
}
