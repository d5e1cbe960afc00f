//! Files as operators have them: taken, damaged, foreign, of another version, cut off.
#![cfg(feature = "sqlite")]
#![allow(missing_docs, clippy::expect_used)]

use std::{
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::Arc,
};

use ha_wechaty_journal::{Journal as _, JournalError, Line, Log, Position, SealKey, SqliteJournal};

fn key() -> SealKey {
    SealKey::from_bytes(&[7; 32], "a test")
}

/// A store with so many records, closed.
async fn store(path: &Path, records: u64) {
    let journal = Arc::new(SqliteJournal::open(path).expect("opens"));
    let (mut log, past) = Log::open(journal, key()).await.expect("opens");
    for number in 0..records {
        log.prepare(format!("{number}: {}", "x".repeat(900)).as_bytes(), &[]).expect("sealed");
        log.append().await.expect("appended");
    }
    assert!(past.records.len() as u64 + records == log.tip().0);
}

fn refused(path: &Path) -> String {
    SqliteJournal::open(path).map(|_| ()).expect_err("refused").to_string()
}

#[tokio::test]
async fn it_is_there_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 50).await;
    store(&path, 50).await;
    let journal = SqliteJournal::open(&path).expect("opens");
    journal.check().await.expect("whole");
    journal.vacuum().await.expect("small");
    assert_eq!(journal.extent().await.map(|it| it.tip), Ok(Position(100)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    }
}

#[tokio::test]
async fn a_second_process_is_told_that_one_serves_already() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let first = SqliteJournal::open(&path).expect("opens");
    let text = refused(&path);
    assert!(text.contains("in use by another process") && text.contains("ha-wechaty status"), "{text}");
    drop(first);
    SqliteJournal::open(&path).expect("it is free again");
}

#[tokio::test]
async fn a_page_that_is_damaged_is_said_and_nothing_is_begun_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 200).await;
    let before = {
        let mut file = OpenOptions::new().write(true).open(&path).expect("a file");
        for page in 3..20 {
            file.seek(SeekFrom::Start(page * 4096)).expect("there");
            file.write_all(&[0xA5; 4096]).expect("damaged");
        }
        fs::read(&path).expect("read")
    };
    let error = match SqliteJournal::open(&path) {
        Err(error) => error,
        Ok(journal) => {
            let checked = journal.check().await.expect_err("it is damaged");
            let opened = Log::open(Arc::new(journal), key()).await.map(|_| ()).expect_err("it can't be read");
            assert!(
                matches!(opened, JournalError::Corrupt { .. } | JournalError::WrongKey { .. }),
                "{opened}"
            );
            checked
        }
    };
    assert!(matches!(error, JournalError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("put back a backup"), "{error}");
    assert_eq!(fs::read(&path).expect("read"), before, "nothing was changed");
}

#[tokio::test]
async fn another_programs_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "milk, eggs, and a great deal of other things that are no database".repeat(20))
        .expect("written");
    let text = refused(&notes);
    assert!(text.contains("is no store of HAWechaty"), "{text}");
    assert!(fs::read_to_string(&notes).expect("read").starts_with("milk"));

    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other)
        .expect("opens")
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .expect("another program's");
    let text = refused(&other);
    assert!(text.contains("another program's SQLite file"), "{text}");
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 1).await;
    rusqlite::Connection::open(&path).expect("opens").pragma_update(None, "user_version", 9).expect("newer");
    let text = refused(&path);
    assert!(text.contains("newer HAWechaty (format 9, this one reads up to 3)"), "{text}");
}

#[tokio::test]
async fn a_log_that_is_cut_off_ends_with_a_whole_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("store.db"), folder.path().join("copy.db"));
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
    for number in 0..40_u32 {
        log.prepare(&number.to_be_bytes(), &[]).expect("sealed");
        log.append().await.expect("appended");
    }
    // As a machine that loses its power leaves it: the log is not moved to its place.
    let beside = |path: &Path| path.with_extension("db-wal");
    let whole = fs::read(beside(&path)).expect("a log");
    let mut ends = Vec::new();
    for percent in [100, 97, 71, 50, 3, 0] {
        fs::copy(&path, &copy).expect("copied");
        fs::write(beside(&copy), &whole[..whole.len() * percent / 100]).expect("cut");
        let journal = Arc::new(SqliteJournal::open(&copy).expect("opens"));
        let (log, past) = Log::open(journal.clone(), key()).await.expect("opens");
        assert_eq!(past.records.len() as u64, log.tip().0);
        journal.check().await.expect("whole");
        ends.push(log.tip().0);
        drop((log, journal));
        let _ = fs::remove_file(beside(&copy));
    }
    assert!(ends[0] == 40 && ends.is_sorted_by(|one, next| one >= next) && ends[4] < 40, "{ends:?}");

    // Where it is noted up to where it was written, nobody takes that for all there was.
    let note = |path: &Path| path.with_extension("db.tip");
    for percent in [100, 71, 0] {
        fs::copy(&path, &copy).expect("copied");
        fs::copy(note(&path), note(&copy)).expect("copied");
        fs::write(beside(&copy), &whole[..whole.len() * percent / 100]).expect("cut");
        match SqliteJournal::open(&copy) {
            Ok(journal) => {
                assert_eq!((percent, journal.tip().await), (100, Ok(Position(40))));
            }
            Err(why) => {
                assert!(percent < 100 && matches!(why, JournalError::Corrupt { .. }), "{why}");
                let text = why.to_string();
                assert!(text.contains("where 40 was written") && text.contains("-wal was removed"), "{text}");
                assert!(text.contains("remove ") && text.contains("copy.db.tip"), "{text}");
                fs::remove_file(note(&copy)).expect("as it says");
                SqliteJournal::open(&copy).expect("it goes on without them");
            }
        }
        let _ = fs::remove_file(beside(&copy));
    }
}

#[tokio::test]
async fn a_store_that_was_closed_later_than_it_ends_is_damaged_but_a_backup_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, backup) = (folder.path().join("store.db"), folder.path().join("backup.db"));
    store(&path, 20).await;
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
    log.prepare(b"21", &[]).expect("sealed");
    log.append().await.expect("appended");
    // In the same life: nothing but the backup itself says that it is one.
    journal.back_up(backup.clone()).await.expect("written");
    log.prepare(b"22", &[]).expect("sealed");
    log.append().await.expect("appended");
    drop((log, journal));
    let back = "DELETE FROM record WHERE position = 22; UPDATE extent SET tip = 21";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(back).expect("changed");
    let text = refused(&path);
    assert!(text.contains("its last record is 21, where 22 was written: 1 are missing"), "{text}");
    fs::copy(&backup, &path).expect("put back");
    for _ in 0..2 {
        let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
        let (mut log, _) = Log::open(journal, key()).await.expect("opens");
        log.prepare(b"again", &[]).expect("sealed");
        log.append().await.expect("appended");
    }
    assert_eq!(SqliteJournal::open(&path).expect("opens").tip().await, Ok(Position(23)));
}

#[tokio::test]
async fn a_backup_of_one_in_use_is_a_store_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("store.db"), folder.path().join("copy.db"));
    store(&path, 20).await;
    let journal = SqliteJournal::open(&path).expect("opens");
    journal.back_up(copy.clone()).await.expect("written");
    let again = journal.back_up(copy.clone()).await.expect_err("there is one");
    assert!(again.to_string().contains("never replaces one"), "{again}");
    let (log, past) =
        Log::open(Arc::new(SqliteJournal::open(&copy).expect("opens")), key()).await.expect("opens");
    assert_eq!((log.tip(), past.records.len()), (Position(20), 20));
}

#[tokio::test]
async fn a_record_that_was_changed_is_damage_and_no_matter_of_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 40).await;
    let change =
        "UPDATE record SET bytes = (SELECT bytes FROM record WHERE position = 7) WHERE position = 30";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(change).expect("changed");
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    journal.check().await.expect("SQLite sees nothing in it");
    let why = Log::open(journal, key()).await.map(|_| ()).expect_err("it was sealed as another one");
    assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
    assert!(why.to_string().contains("record 30 was changed since it was written"), "{why}");
}

#[tokio::test]
async fn a_backup_that_fails_leaves_nothing_and_a_copy_has_no_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 20).await;
    let journal = SqliteJournal::open(&path).expect("opens");
    let nowhere = folder.path().join("nowhere/copy.db");
    let why = journal.back_up(nowhere.clone()).await.expect_err("there is no such folder");
    assert!(why.to_string().contains("nowhere/copy.db can't be written"), "{why}");
    // What a process left that was killed while it made one: it goes with the next one, or at the next start.
    let left = folder.path().join("store.db.being-copied");
    fs::write(&left, "half a copy").expect("written");
    let mut copy = journal.copy().await.expect("made");
    assert!(!left.exists(), "it has no name");
    let again = folder.path().join("again.db");
    std::io::copy(&mut copy, &mut fs::File::create(&again).expect("ours")).expect("copied");
    let opened = SqliteJournal::open(&again).expect("opens");
    assert_eq!(opened.extent().await.map(|it| it.tip), Ok(Position(20)));
    let on_disk = journal.on_disk().expect("a file");
    assert!(on_disk.path == path && on_disk.format == 3 && on_disk.bytes > 20 * 900, "{on_disk:?}");
    drop(journal);
    fs::write(&left, "half a copy").expect("written");
    drop(SqliteJournal::open(&path).expect("opens"));
    assert!(!left.exists(), "a start removes it");
}

#[tokio::test]
async fn a_store_of_the_formats_before_is_read_and_goes_on() {
    let second =
        "CREATE TABLE snapshot (position INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
                  PRIMARY KEY (position, part)) WITHOUT ROWID;
                  INSERT INTO snapshot SELECT number >> 20, number & 0xFFFFF, bytes FROM piece;
                  DROP TABLE piece; DROP TABLE damaged; DROP TABLE life; PRAGMA user_version = 2";
    let first = format!("{second}; DROP TABLE whole; DROP TABLE mark; PRAGMA user_version = 1");
    for before in [&first, second] {
        goes_on_from(before).await;
    }
}

async fn goes_on_from(before: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 5).await;
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (log, _) = Log::open(journal.clone(), key()).await.expect("opens");
    log.keeper().keep(Position(5), "all".into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    drop((log, journal));
    rusqlite::Connection::open(&path).expect("opens").execute_batch(before).expect("as it was");
    for _ in 0..2 {
        let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
        let (_, past) = Log::open(journal.clone(), key()).await.expect("opens");
        assert_eq!(past.snapshot.map(|it| it.position), Some(Position(5)));
        let on_disk = journal.on_disk().expect("a file");
        assert_eq!(on_disk.format, 3);
    }
}

#[tokio::test]
async fn a_snapshot_that_sqlite_can_not_read_is_not_the_end_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 10).await;
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (log, _) = Log::open(journal.clone(), key()).await.expect("opens");
    for (position, byte) in [(4, 4), (8, 8)] {
        let state = vec![byte; 1 << 20];
        log.keeper().keep(Position(position), state.into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    }
    drop((log, journal));
    // A part of it is gone.
    let change = "DELETE FROM piece WHERE number = (8 << 20) + 1";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(change).expect("changed");
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (log, past) = Log::open(journal.clone(), key()).await.expect("opens");
    assert_eq!((past.damaged, past.snapshot.map(|it| it.position)), (vec![Position(8)], Some(Position(4))));
    assert_eq!((past.records.len(), log.tip()), (6, Position(10)));
}

#[tokio::test]
async fn a_store_whose_last_record_is_missing_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 10).await;
    let change = "DELETE FROM record WHERE position = 10";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(change).expect("changed");
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let why = Log::open(journal, key()).await.map(|_| ()).expect_err("it is not whole");
    assert!(why.to_string().contains("its last record is 9, where 10 was written"), "{why}");
}

#[tokio::test]
async fn a_line_that_was_changed_costs_itself_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (mut log, _) = Log::open(journal, key()).await.expect("opens");
    let line = |at| Line { at, bytes: format!("line {at}").into() };
    log.prepare(b"1", &(1..=9).map(line).collect::<Vec<_>>()).expect("sealed");
    log.append().await.expect("appended");
    drop(log);
    let change = "UPDATE line SET bytes = (SELECT bytes FROM mark) WHERE number > 6";
    rusqlite::Connection::open(&path).expect("opens").execute_batch(change).expect("changed");
    let (log, _) =
        Log::open(Arc::new(SqliteJournal::open(&path).expect("opens")), key()).await.expect("opens");
    let (found, damaged) = log.lines().legible(None, 2).await.expect("the rest is there");
    assert_eq!((found, damaged), (vec![(6, line(6)), (5, line(5))], vec![9, 8, 7]));
    let why = log.lines().newest(None, 2).await.expect_err("it is damaged");
    assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
    assert!(why.to_string().contains("line 9 was changed since it was written"), "{why}");
}

/// Scribbles over a page in the middle of a part of this snapshot.
fn scribble(path: &Path, snapshot: u64) {
    let part = "SELECT bytes FROM piece WHERE number = (?1 << 20) + 2";
    let part: Vec<u8> = rusqlite::Connection::open(path)
        .expect("opens")
        .query_row(part, [i64::try_from(snapshot).expect("small")], |row| row.get(0))
        .expect("it is there");
    let (bytes, some) = (fs::read(path).expect("read"), &part[100_000..100_032]);
    let place = bytes.windows(some.len()).position(|it| it == some).expect("it is in the file");
    let mut file = OpenOptions::new().write(true).open(path).expect("a file");
    file.seek(SeekFrom::Start(place as u64 / 4096 * 4096)).expect("there");
    file.write_all(&[0xA5; 4096]).expect("damaged");
}

#[tokio::test]
async fn a_snapshot_that_can_neither_be_read_nor_removed_keeps_no_other_from_being_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    store(&path, 10).await;
    let open = async || {
        let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
        let (log, past) = Log::open(journal.clone(), key()).await.expect("opens");
        (journal, log, past)
    };
    let (journal, log, _) = open().await;
    for (position, byte) in [(4, 4), (8, 8)] {
        let state = vec![byte; 1 << 20];
        log.keeper().keep(Position(position), state.into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    }
    drop((log, journal));
    scribble(&path, 8);
    for (life, snapshot) in [(0, 4), (1, 11), (2, 12)] {
        let (journal, mut log, past) = open().await;
        assert_eq!(past.snapshot.map(|it| it.position), Some(Position(snapshot)));
        let (damaged, stuck) =
            if life == 0 { (vec![Position(8)], vec![]) } else { (vec![], vec![Position(8)]) };
        assert_eq!((past.damaged, past.stuck), (damaged, stuck), "it is told at each start");
        log.prepare(b"more", &[]).expect("sealed");
        let tip = log.append().await.expect("appended");
        let mut keeper = log.keeper();
        let kept = keeper.keep(tip, vec![1; 1 << 20].into(), 0..u64::MAX, u64::MAX).await.expect("kept");
        assert_eq!((kept.head, kept.snapshots), (Position(snapshot), 2), "what both have in them goes");
        assert_eq!(keeper.damaged().await, Ok(vec![Position(8)]));
        let why = journal.check().await.expect_err("it is damaged");
        assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
    }
}

#[tokio::test]
async fn a_file_that_is_taken_away_while_it_is_open_takes_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, away) = (folder.path().join("store.db"), folder.path().join("away.db"));
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (mut log, _) = Log::open(journal, key()).await.expect("opens");
    log.prepare(b"1", &[]).expect("sealed");
    log.append().await.expect("appended");
    fs::rename(&path, &away).expect("moved");
    log.prepare(b"2", &[]).expect("sealed");
    let why = log.append().await.expect_err("it is gone");
    assert!(!why.is_passing() && why.to_string().contains("was deleted, moved or replaced"), "{why}");
    fs::copy(&away, &path).expect("another one");
    let again = log.append().await.expect_err("it is another one");
    assert_eq!(again, why);
}

#[test]
fn whoever_waits_for_a_store_does_not_keep_another_one_from_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    // One that has begun to read, and wants to write next; the other one comes between.
    let first = rusqlite::Connection::open(&path).expect("opens");
    first.execute_batch("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema").expect("read");
    std::thread::scope(|threads| {
        let second = threads.spawn(|| SqliteJournal::open(&path).map(|_| ()));
        // It is there by then, or later: then this test shows nothing.
        std::thread::sleep(std::time::Duration::from_millis(100));
        first.busy_timeout(std::time::Duration::from_millis(1_500)).expect("set");
        first.execute_batch("BEGIN EXCLUSIVE").expect("the second one lets go");
        let why = second.join().expect("no panic").expect_err("the first one has it");
        assert!(matches!(why, JournalError::Locked { .. }), "{why}");
    });
}

#[test]
fn of_two_that_begin_a_new_store_at_once_one_has_it() {
    for round in 0..4 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let gate = std::sync::Barrier::new(2);
        let begin = || {
            gate.wait();
            SqliteJournal::open(&path)
        };
        let opened = std::thread::scope(|threads| {
            [threads.spawn(begin), threads.spawn(begin)].map(|it| it.join().expect("no panic"))
        });
        let count = opened.iter().filter(|it| it.is_ok()).count();
        assert_eq!(count, 1, "round {round}: {opened:?}");
    }
}
