//! What takes long in a file keeps no append waiting for all of it.
#![cfg(feature = "sqlite")]
#![allow(missing_docs, clippy::expect_used)]
#![allow(clippy::print_stdout, reason = "how long appends took")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use ha_wechaty_journal::{Journal, JournalError, Line, Position, Snapshot, SqliteJournal};
use tempfile::TempDir;

/// What a snapshot weighs here, in bytes; `SNAPSHOT_MB=100` for figures.
fn weight() -> usize {
    std::env::var("SNAPSHOT_MB").ok().and_then(|it| it.parse().ok()).unwrap_or(20) << 20
}

/// A journal on which an append follows the other.
struct Busy {
    journal: Arc<SqliteJournal>,
    tip: Position,
    folder: TempDir,
}

impl Busy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Arc::new(SqliteJournal::open(&folder.path().join("store.db")).expect("opens"));
        Self { journal, tip: Position::START, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn append(&mut self) -> Duration {
        let began = Instant::now();
        let line = Line { at: 1, bytes: Bytes::from_static(&[b'x'; 300]) };
        let record = Bytes::from_static(&[b'x'; 700]);
        self.journal.append(self.tip, record, vec![line]).await.expect("appended");
        self.tip = self.tip.next();
        began.elapsed()
    }

    /// Appends until something is done: how many it were meanwhile, and what the longest took.
    async fn meanwhile(
        &mut self,
        what: &str,
        done: impl Future<Output = Result<(), JournalError>> + Send + 'static,
    ) -> usize {
        let began = Instant::now();
        let doing = tokio::spawn(done);
        let mut took = Vec::new();
        while !doing.is_finished() {
            took.push(self.append().await);
        }
        doing.await.expect("no panic").expect("it is done");
        took.sort();
        let [median, longest] = [took[took.len() / 2], took[took.len() - 1]];
        println!(
            "{what} took {:?}; {} appends meanwhile, {median:?} in the median, {longest:?} at most",
            began.elapsed(),
            took.len()
        );
        took.len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_go_on_while_snapshots_are_kept_and_copies_made() {
    let mut busy = Busy::new();
    for _ in 0..20 {
        busy.append().await;
    }
    for _ in 0..3 {
        let journal = busy.journal.clone();
        let snapshot = Snapshot { position: busy.tip, bytes: vec![7; weight()].into() };
        let appends = busy.meanwhile("a snapshot", async move { journal.keep(snapshot).await }).await;
        assert!(appends > 20, "{appends} appends while a snapshot was kept");
    }
    let (journal, at) = (busy.journal.clone(), busy.journal.snapshots().await.expect("asked")[0]);
    let read = async move {
        assert_eq!(journal.snapshot(at).await?.len(), weight());
        Ok(())
    };
    let appends = busy.meanwhile("to read a snapshot", read).await;
    assert!(appends > 4, "{appends} appends while a snapshot was read");
    let (journal, to) = (busy.journal.clone(), busy.path("copy.db"));
    let appends = busy.meanwhile("a backup", async move { journal.back_up(to).await }).await;
    assert!(appends > 20, "{appends} appends while a copy was made");

    // What came meanwhile is in it, or is not: it is whole in any case.
    let copy = SqliteJournal::open(&busy.path("copy.db")).expect("opens");
    copy.check().await.expect("whole");
    let (of_copy, of_store) =
        (copy.extent().await.expect("asked"), busy.journal.extent().await.expect("asked"));
    assert!(of_copy.tip > Position(20) && of_copy.tip <= busy.tip, "{of_copy:?}");
    assert_eq!((of_copy.snapshots, of_copy.snapshot_bytes), (2, of_store.snapshot_bytes));
    busy.journal.check().await.expect("whole");

    let journal = busy.journal.clone();
    busy.meanwhile("to forget all lines", async move { journal.forget_lines(9..u64::MAX, u64::MAX).await })
        .await;
    assert!(busy.journal.extent().await.expect("asked").lines < 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_long_is_broken_off_when_the_file_is_closed_and_is_nothing_then() {
    let mut busy = Busy::new();
    for position in [20, 40] {
        while busy.tip < Position(position) {
            busy.append().await;
        }
        let snapshot = Snapshot { position: busy.tip, bytes: vec![7; 1 << 20].into() };
        busy.journal.keep(snapshot).await.expect("kept");
    }
    // It takes seconds, and is broken off long before.
    let large = Snapshot { position: busy.tip.next(), bytes: vec![8; 4 * weight()].into() };
    busy.append().await;
    let journal = busy.journal.clone();
    let keeping = tokio::spawn(async move { journal.keep(large).await });
    let (journal, to) = (busy.journal.clone(), busy.path("copy.db"));
    let copying = tokio::spawn(async move { journal.back_up(to).await });
    busy.append().await;
    busy.append().await;
    busy.journal.close().await;
    for broken in [keeping, copying] {
        broken.await.expect("no panic").expect_err("it was broken off");
    }
    let after = busy.journal.extent().await.expect_err("it is closed");
    assert!(after.to_string().contains("the store is closed"), "{after}");
    assert!(!busy.path("copy.db").exists(), "half a copy is none");

    // It is free, though somebody still has the journal.
    let again = SqliteJournal::open(&busy.path("store.db")).expect("it is free");
    assert_eq!(again.snapshots().await, Ok(vec![Position(40), Position(20)]));
    again.check().await.expect("whole");
    let needed = again.extent().await.expect("asked").snapshot_bytes;
    let snapshot = Snapshot { position: Position(42), bytes: vec![9; 1 << 20].into() };
    again.keep(snapshot).await.expect("kept");
    let kept = again.extent().await.expect("asked");
    assert_eq!((kept.snapshots, kept.snapshot_bytes), (2, 2 << 20), "of {needed} bytes before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_comes_to_its_end_though_appends_are_faster() {
    const WAITING: u64 = 160;
    let mut busy = Busy::new();
    for _ in 0..20 {
        busy.append().await;
    }
    let snapshot = Snapshot { position: busy.tip, bytes: vec![7; 8 << 20].into() };
    busy.journal.keep(snapshot).await.expect("kept");
    let copying = busy.journal.back_up(busy.path("copy.db"));
    // All of them are in line at once: between two pieces that are small the file grows more than a piece.
    let record = Bytes::from(vec![b'x'; 256 << 10]);
    let appends: Vec<_> = (busy.tip.0..busy.tip.0 + WAITING)
        .map(|after| busy.journal.append(Position(after), record.clone(), Vec::new()))
        .collect();
    copying.await.expect("it is made");
    for append in appends {
        append.await.expect("appended");
    }
    let copy = SqliteJournal::open(&busy.path("copy.db")).expect("opens");
    copy.check().await.expect("whole");
    let meanwhile = copy.tip().await.expect("asked").0 - busy.tip.0;
    println!("{meanwhile} of {WAITING} appends went between the pieces of a copy");
    assert!((4..WAITING * 2 / 3).contains(&meanwhile), "{meanwhile}");
}

#[tokio::test]
async fn a_copy_that_nobody_waits_for_is_broken_off() {
    let mut busy = Busy::new();
    busy.append().await;
    // Of many pieces: it may be begun before anybody can give it up.
    let snapshot = Snapshot { position: busy.tip, bytes: vec![7; 16 << 20].into() };
    busy.journal.keep(snapshot).await.expect("kept");
    let gone = busy.path("gone.db");
    drop(busy.journal.back_up(gone.clone()));
    busy.journal.back_up(busy.path("copy.db")).await.expect("the next one is made");
    assert!(!gone.exists() && busy.path("copy.db").exists());
}
