//! A writer that runs, on a journal whose disk does as a test wants.

use std::sync::mpsc as blocking;

use ha_wechaty_core::Time;
use ha_wechaty_journal::{
    Journal as _, SealKey,
    sim::{Faults, SimJournal},
};
use tokio::task::JoinHandle;

use super::*;
use crate::{state::knowledge::PageRecord, store::record::Noted};

/// A writer that runs, and what it writes to.
struct Stage {
    journal: SimJournal,
    health: Arc<StoreHealth>,
    writes: mpsc::Sender<Write>,
    acks: Acks,
    stop: CancellationToken,
    run: JoinHandle<()>,
}

impl Stage {
    async fn new(max_bytes: u64) -> Self {
        Self::for_replays(max_bytes, Duration::ZERO).await
    }

    async fn for_replays(max_bytes: u64, replay: Duration) -> Self {
        let (journal, health) = (SimJournal::new(1), Arc::<StoreHealth>::default());
        let key = SealKey::from_bytes(&[7; 32], "a test");
        let (log, _) = Log::open(Arc::new(journal.clone()), key).await.expect("opens");
        let retention = Retention { age: Duration::from_secs(1 << 32), max_bytes, replay };
        let (writer, acks) = StoreWriter::new(log, CancellationToken::new(), health.clone(), retention);
        let (writes, to_write) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let run = tokio::spawn(writer.run(to_write, stop.clone()));
        Self { journal, health, writes, acks, stop, run }
    }

    async fn write(&self, upto: u64, lines: Vec<Line>, snapshot: Option<SnapshotMaker>) {
        let write = Write { notes: Notes::default(), lines, upto, snapshot };
        self.writes.send(write).await.expect("it runs");
    }

    async fn written(&mut self) -> u64 {
        loop {
            match self.acks.recv().await.expect("it runs") {
                Ack::Durable { upto } => return upto,
                Ack::Snapshot { .. } => {}
            }
        }
    }

    /// What became of the next snapshot.
    async fn kept(&mut self) -> Option<usize> {
        loop {
            match self.acks.recv().await.expect("it runs") {
                Ack::Durable { .. } => {}
                Ack::Snapshot { kept } => return kept,
            }
        }
    }

    /// Waits until something is so.
    async fn until(&self, so: impl AsyncFn(&Self) -> bool) {
        while !so(self).await {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_says_nothing_is_trouble_until_it_goes_on() {
    let mut stage = Stage::new(u64::MAX).await;
    stage.write(1, Vec::new(), None).await;
    assert_eq!(stage.written().await, 1);
    stage.journal.set(Faults { hangs: true, ..Faults::default() });
    let began = Instant::now();
    stage.write(2, Vec::new(), None).await;
    stage.until(async |it| it.health.trouble().is_some()).await;
    assert!((HANGS..2 * HANGS).contains(&began.elapsed()), "{:?}", began.elapsed());
    let trouble = stage.health.trouble().expect("it is so");
    assert!(trouble.why.contains("its disk has taken nothing for 5 s") && !trouble.is_final, "{trouble:?}");
    assert!(stage.acks.try_recv().is_err(), "nothing of it is durable");
    stage.journal.set(Faults::default());
    assert_eq!(stage.written().await, 2);
    assert_eq!(stage.health.trouble(), None);
    assert_eq!(stage.journal.extent().await.map(|it| it.tip), Ok(Position(2)), "it was appended once");
}

#[test]
fn a_disk_that_can_not_read_is_told_without_a_word_of_starting_again() {
    let health = StoreHealth::default();
    tell(
        &health,
        &JournalError::Unreadable { path: "store.db".into(), cause: String::from("disk I/O error") },
    );
    let trouble = health.trouble().expect("it is so");
    assert!(!trouble.is_final && !trouble.why.to_lowercase().contains("start again"), "{trouble:?}");
    assert!(trouble.why.contains("store.db") && trouble.why.contains("store backup FILE"), "{trouble:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_told_to_stop_does_not_wait_for_a_disk_that_says_nothing() {
    let stage = Stage::new(u64::MAX).await;
    stage.journal.set(Faults { hangs: true, ..Faults::default() });
    stage.write(1, Vec::new(), None).await;
    stage.until(async |it| it.health.trouble().is_some()).await;
    stage.stop.cancel();
    stage.run.await.expect("it ends");
}

#[tokio::test]
async fn nothing_waits_for_a_snapshot_and_one_is_made_at_a_time() {
    let mut stage = Stage::new(u64::MAX).await;
    let (go_on, until) = blocking::channel::<()>();
    let slow = SnapshotMaker(Box::new(move || {
        let _ = until.recv();
        Notes::default()
    }));
    stage.write(1, Vec::new(), Some(slow)).await;
    for upto in 2..10 {
        let never = SnapshotMaker(Box::new(|| panic!("one is made at a time")));
        stage.write(upto, Vec::new(), Some(never)).await;
        stage.until(async |it| it.journal.extent().await.is_ok_and(|it| it.tip == Position(upto))).await;
    }
    assert_eq!(stage.journal.snapshots().await, Ok(Vec::new()));
    go_on.send(()).expect("it is being made");
    stage.until(async |it| it.journal.snapshots().await == Ok(vec![Position(1)])).await;
    assert_eq!(stage.written().await, 1);
}

#[tokio::test]
async fn with_a_snapshot_the_oldest_lines_go_until_the_rest_is_no_more_than_it_may_be() {
    let stage = Stage::new(20_000).await;
    for at in 0..30 {
        let line = Line { at, bytes: Bytes::from(vec![b'x'; 1_000]) };
        stage.write(at + 1, vec![line], None).await;
    }
    let maker = SnapshotMaker(Box::new(Notes::default));
    stage.write(31, Vec::new(), Some(maker)).await;
    stage.until(async |it| !it.journal.snapshots().await.expect("asked").is_empty()).await;
    let extent = stage.journal.extent().await.expect("asked");
    assert!(extent.bytes <= 20_000 && extent.lines >= 10, "{extent:?}");
}

/// A snapshot that weighs something.
fn heavy() -> Option<SnapshotMaker> {
    let payload = Some(Bytes::from(vec![b'x'; 1_000]));
    let page = PageRecord { payload, draft: None, copies: Vec::new(), author: None, age: 5 };
    let mut notes = Notes::default();
    notes.note(&Noted::Page { at: Time::ZERO, page });
    Some(SnapshotMaker(Box::new(move || notes)))
}

#[tokio::test]
async fn what_is_kept_for_replays_goes_before_any_line_does() {
    const MOST: u64 = 30_000;
    let mut stage = Stage::for_replays(MOST, Duration::from_secs(24 * 3_600)).await;
    for upto in 1..=4 {
        stage.write(upto, Vec::new(), heavy()).await;
        assert!(stage.kept().await.is_some());
    }
    let there = stage.journal.snapshots().await.expect("asked");
    assert_eq!(there, [4, 3, 1].map(Position), "the first is spared");
    let mut lines = 0;
    while stage.journal.extent().await.expect("asked").bytes + 500 < MOST {
        lines += 1;
        let line = Line { at: lines, bytes: Bytes::from(vec![b'x'; 300]) };
        stage.write(4 + lines, vec![line], None).await;
        stage.written().await;
    }
    stage.write(5 + lines, Vec::new(), heavy()).await;
    assert!(stage.kept().await.is_some());
    let extent = stage.journal.extent().await.expect("asked");
    assert_eq!((extent.snapshots, extent.lines), (2, lines), "{extent:?}");
    assert!(extent.bytes <= MOST, "{extent:?}");
}

#[tokio::test]
async fn a_snapshot_that_comes_to_nothing_is_a_state_until_one_is_kept() {
    let mut stage = Stage::new(u64::MAX).await;
    stage.write(1, Vec::new(), Some(SnapshotMaker(Box::new(|| panic!("of the test"))))).await;
    assert_eq!(stage.kept().await, None, "it is told");
    let unkept = stage.health.unkept().expect("it is so");
    assert!(unkept.why.contains("by a defect of this program"), "{unkept:?}");
    assert_eq!(stage.health.trouble(), None, "records are written all the same");
    stage.write(2, Vec::new(), Some(SnapshotMaker(Box::new(Notes::default)))).await;
    assert!(stage.kept().await.is_some());
    assert_eq!(stage.health.unkept(), None);
    assert_eq!(stage.journal.snapshots().await, Ok(vec![Position(2)]));
}
