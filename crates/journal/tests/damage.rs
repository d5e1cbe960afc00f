//! Pages of the file that are damaged, by which snapshots are found.
#![cfg(feature = "sqlite")]
#![allow(missing_docs, clippy::expect_used)]

use std::{
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::Arc,
};

use ha_wechaty_journal::{
    Journal as _, JournalError, JournalPast, Line, Log, Position, SealKey, Snapshot, SqliteJournal,
};

const PAGE: usize = 4_096;

/// What the first byte says of a page that leads to rows.
const LEADS_TO_ROWS: u8 = 0x0D;

/// More than four pieces.
const WEIGHT: usize = 1 << 20;

async fn open(path: &Path) -> (Arc<SqliteJournal>, Log, JournalPast) {
    let journal = Arc::new(SqliteJournal::open(path).expect("opens"));
    let key = SealKey::from_bytes(&[7; 32], "a test");
    let (log, past) = Log::open(journal.clone(), key).await.expect("opens");
    (journal, log, past)
}

/// A store with ten records, and snapshots of the fourth and the eighth, closed.
async fn store(path: &Path) {
    let (_journal, mut log, _) = open(path).await;
    for number in 1..=10 {
        log.prepare(format!("record {number}").as_bytes(), &[]).expect("sealed");
        log.append().await.expect("appended");
        if number % 4 == 0 {
            let state = vec![7; WEIGHT];
            log.keeper().keep(Position(number), state.into(), 0..u64::MAX, u64::MAX).await.expect("kept");
        }
    }
}

/// Scribbles over the page that leads to this piece of a snapshot.
fn scribble(path: &Path, snapshot: i64, piece: i64) {
    scribble_where(path, [snapshot, piece, 1], |page| page[0] == LEADS_TO_ROWS);
}

/// Scribbles over the page with these bytes: of this snapshot, of this piece of it, behind so many.
fn scribble_where(path: &Path, which: [i64; 3], is_so: impl Fn(&[u8]) -> bool) {
    let some = "SELECT substr(bytes, ?3, 64) FROM piece WHERE number = (?1 << 20) + ?2";
    scribble_found(path, (some, which), is_so);
}

/// Scribbles over the page with what is found so.
fn scribble_found(path: &Path, (some, which): (&str, impl rusqlite::Params), is_so: impl Fn(&[u8]) -> bool) {
    let some: Vec<u8> = rusqlite::Connection::open(path)
        .expect("opens")
        .query_row(some, which, |row| row.get(0))
        .expect("it is there");
    let bytes = fs::read(path).expect("read");
    let is_it = |page: &[u8]| is_so(page) && page.windows(some.len()).any(|it| it == some);
    let page = bytes.chunks(PAGE).position(is_it).expect("it is in the file");
    let mut file = OpenOptions::new().write(true).open(path).expect("a file");
    file.seek(SeekFrom::Start((page * PAGE) as u64)).expect("there");
    file.write_all(&[0xA5; PAGE]).expect("damaged");
}

#[tokio::test]
async fn snapshots_go_on_beside_a_page_that_leads_to_pieces_and_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path).await;
    scribble(&path, 8, 4);
    for (life, snapshot) in [(0, 4), (1, 11), (2, 12)] {
        let (_journal, mut log, past) = open(&path).await;
        assert_eq!(past.snapshot.map(|it| it.position), Some(Position(snapshot)), "life {life}");
        let (damaged, stuck) =
            if life == 0 { (vec![Position(8)], vec![]) } else { (vec![], vec![Position(8)]) };
        assert_eq!((past.damaged, past.stuck), (damaged, stuck), "it is told at each start");
        log.prepare(b"more", &[]).expect("sealed");
        let tip = log.append().await.expect("appended");
        let mut keeper = log.keeper();
        let kept = keeper.keep(tip, vec![1; WEIGHT].into(), 0..u64::MAX, u64::MAX).await.expect("kept");
        assert_eq!((kept.head, kept.snapshots), (Position(snapshot), 2), "what both have in them goes");
        assert!(kept.snapshot_bytes > 2 * WEIGHT as u64, "both are there: {kept:?}");
        let besides = kept.bytes.abs_diff(kept.snapshot_bytes);
        assert!(besides < WEIGHT as u64 / 4, "what is set aside keeps no line from its room: {kept:?}");
        assert_eq!(keeper.damaged().await, Ok(vec![Position(8)]));
    }
    let (journal, ..) = open(&path).await;
    // How much smaller the file is then depends on what of its log was taken in; that nothing is stuck any more, does not.
    journal.vacuum().await.expect("it is written anew, without what is damaged");
    journal.check().await.expect("whole");
    drop(journal);
    let (journal, _, past) = open(&path).await;
    assert_eq!((past.stuck, past.snapshot.map(|it| it.position)), (vec![], Some(Position(13))));
    assert_eq!(journal.snapshots().await, Ok(vec![Position(13), Position(12)]));
}

#[tokio::test]
async fn where_no_snapshot_can_be_read_any_more_the_next_one_is_kept_and_no_record_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path).await;
    scribble(&path, 4, 0);
    let journal = SqliteJournal::open(&path).expect("opens");
    let why = journal.snapshot(Position(8)).await.expect_err("the page leads to pieces of both");
    assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
    let snapshot = Snapshot { position: Position(10), bytes: vec![9; WEIGHT].into() };
    journal.keep(snapshot.clone()).await.expect("kept");
    let extent = journal.extent().await.expect("asked");
    assert_eq!((extent.head, extent.tip, extent.snapshots), (Position(4), Position(10), 1));
    assert_eq!(journal.snapshot(Position(10)).await, Ok(snapshot.bytes));
    assert_eq!(journal.damaged().await, Ok(vec![Position(8)]));
}

#[tokio::test]
async fn what_of_a_snapshot_that_was_broken_off_is_damaged_costs_no_other_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path).await;
    // As a process leaves it that is killed while it writes it.
    let broken_off = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 15) \
                      INSERT INTO piece SELECT (9 << 20) + i, randomblob(262144) FROM n";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(broken_off).expect("changed");
    scribble(&path, 9, 15);
    let (journal, mut log, past) = open(&path).await;
    assert_eq!(past.snapshot.map(|it| it.position), Some(Position(8)));
    log.prepare(b"more", &[]).expect("sealed");
    let tip = log.append().await.expect("appended");
    log.keeper().keep(tip, vec![1; WEIGHT].into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    assert_eq!(journal.snapshots().await, Ok(vec![Position(11), Position(8)]));
    drop((journal, log));
    let (_, _, past) = open(&path).await;
    assert_eq!(past.snapshot.map(|it| it.position), Some(Position(11)));
    assert_eq!(past.stuck, [Position(8)]);
}

#[tokio::test]
async fn what_can_not_be_removed_is_left_out_when_the_file_is_written_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path).await;
    // In the middle of a piece: others are found all the same.
    scribble_where(&path, [8, 2, 100_000], |_| true);
    let (journal, log, past) = open(&path).await;
    assert_eq!(past.damaged, [Position(8)]);
    log.keeper().keep(Position(10), vec![1; WEIGHT].into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    assert_eq!(journal.damaged().await, Ok(vec![Position(8)]));
    journal.vacuum().await.expect("it is written anew");
    journal.check().await.expect("whole");
    assert_eq!(journal.damaged().await, Ok(Vec::new()));
    drop((journal, log));
    let (journal, _, past) = open(&path).await;
    assert_eq!(past.snapshot.map(|it| it.bytes), Some(vec![1; WEIGHT].into()));
    assert_eq!(journal.snapshots().await, Ok(vec![Position(10), Position(4)]));
    drop(journal);
    // What is to be kept is never left out.
    scribble_where(&path, [10, 2, 100_000], |_| true);
    let journal = SqliteJournal::open(&path).expect("opens");
    let why = journal.vacuum().await.expect_err("a snapshot that is needed can't be read");
    assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
}

#[tokio::test]
async fn the_newest_line_that_can_not_be_read_costs_itself_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let (journal, mut log, _) = open(&path).await;
    // Larger than a page: the rest of it lies in others.
    let line = |at: u64| Line { at, bytes: vec![u8::try_from(at).expect("small"); 20_000].into() };
    log.prepare(b"1", &(1..=4).map(line).collect::<Vec<_>>()).expect("sealed");
    log.append().await.expect("appended");
    drop((journal, log));
    for number in [4, 3] {
        let some = "SELECT substr(bytes, 10000, 64) FROM line WHERE number = ?1";
        scribble_found(&path, (some, [number]), |_| true);
    }
    let (_journal, log, _) = open(&path).await;
    let why = log.lines().newest(None, 3).await.expect_err("it is damaged");
    assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
    let (found, damaged) = log.lines().legible(None, 3).await.expect("the rest is there");
    assert_eq!((found, damaged), (vec![(2, line(2)), (1, line(1))], vec![4, 3]));
}

#[tokio::test]
async fn what_was_broken_off_and_can_not_be_removed_keeps_no_snapshot_from_being_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path).await;
    let broken_off = "CREATE TABLE piece_next (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                      INSERT INTO piece_next SELECT column1, randomblob(262144) FROM (VALUES (1), (2), (3))";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(broken_off).expect("changed");
    scribble_found(&path, ("SELECT substr(bytes, 100000, 64) FROM piece_next WHERE number = 2", []), |_| {
        true
    });
    let journal = SqliteJournal::open(&path).expect("opens");
    let snapshot = Snapshot { position: Position(10), bytes: vec![9; WEIGHT].into() };
    journal.keep(snapshot).await.expect("kept");
    assert_eq!(journal.snapshots().await, Ok(vec![Position(10), Position(8)]));
    assert_eq!(journal.damaged().await, Ok(vec![Position(8)]), "it is told by the newest one there was");
    journal.vacuum().await.expect("written anew");
    journal.check().await.expect("whole");
    assert_eq!(journal.damaged().await, Ok(Vec::new()));
}
