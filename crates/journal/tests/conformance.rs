//! What every journal does, whatever it is kept in.
#![allow(missing_docs, clippy::expect_used)]
#![allow(clippy::print_stdout, reason = "which kind, and which seed")]

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use ha_wechaty_journal::{
    Journal, JournalError, JournalPast, Line, Log, MemoryJournal, Position, Record, SealKey, Snapshot,
    sim::{Faults, SimJournal},
};

/// More than a part of a snapshot.
const PARTS: usize = (1 << 20) + 77;

/// A journal, and a way to have it opened again as another process would.
struct Kind {
    name: &'static str,
    open: fn(&Path) -> Option<Arc<dyn Journal>>,
}

const KINDS: &[Kind] = &[
    Kind { name: "memory", open: |_| Some(Arc::new(MemoryJournal::default())) },
    Kind { name: "sim", open: |_| Some(Arc::new(SimJournal::new(7))) },
    #[cfg(feature = "sqlite")]
    Kind {
        name: "sqlite",
        open: |folder| {
            let store = ha_wechaty_journal::SqliteJournal::open(&folder.join("store.db")).expect("opens");
            Some(Arc::new(store))
        },
    },
];

fn key() -> SealKey {
    SealKey::from_bytes(&[7; 32], "a test")
}

fn record(number: u64) -> Bytes {
    Bytes::from(format!("record {number}"))
}

/// Runs a test on each kind.
async fn each<F: Future<Output = ()>>(test: impl Fn(Arc<dyn Journal>) -> F) {
    for kind in KINDS {
        let folder = tempfile::tempdir().expect("a folder");
        println!("{}", kind.name);
        test((kind.open)(folder.path()).expect("it is here")).await;
    }
}

#[tokio::test]
async fn records_are_read_as_they_were_appended() {
    each(async |journal| {
        let (mut log, past) = Log::open(journal.clone(), key()).await.expect("opens");
        assert_eq!(past, JournalPast::default());
        for number in 1..=100 {
            log.prepare(&record(number), &[]).expect("sealed");
            assert_eq!(log.append().await, Ok(Position(number)));
        }
        let (again, past) = Log::open(journal.clone(), key()).await.expect("opens");
        let expected: Vec<Record> =
            (1..=100).map(|number| Record { position: Position(number), bytes: record(number) }).collect();
        assert_eq!((again.tip(), past.snapshot, past.records), (Position(100), None, expected));
        let some = journal.read(Position(3), 1).await.expect("read");
        assert_eq!(some.iter().map(|it| it.position).collect::<Vec<_>>(), [Position(4)], "at least one");
        assert_eq!(journal.read(Position(100), 1 << 20).await, Ok(Vec::new()));
    })
    .await;
}

#[tokio::test]
async fn one_who_does_not_know_the_last_record_is_refused() {
    each(async |journal| {
        journal.append(Position::START, record(1), Vec::new()).await.expect("appended");
        for stale in [Position::START, Position(2), Position(9)] {
            let fenced = JournalError::Fenced { after: stale, tip: Position(1), replaced: None };
            assert_eq!(journal.append(stale, record(2), Vec::new()).await, Err(fenced));
        }
        assert_eq!(journal.extent().await.map(|it| it.tip), Ok(Position(1)), "and has changed nothing");
    })
    .await;
}

#[tokio::test]
async fn of_nine_that_race_for_a_place_one_has_it() {
    each(async |journal| {
        for round in 0..50 {
            let tries = (0..9).map(|racer| {
                let journal = journal.clone();
                tokio::spawn(async move { journal.append(Position(round), record(racer), Vec::new()).await })
            });
            let tries: Vec<_> = tries.collect();
            let mut won = 0;
            for it in tries {
                match it.await.expect("no panic") {
                    Ok(()) => won += 1,
                    Err(error) => assert!(matches!(error, JournalError::Fenced { .. }), "{error}"),
                }
            }
            assert_eq!(won, 1, "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_two_snapshots_have_in_them_goes() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
        for number in 1..=30 {
            log.prepare(&record(number), &[]).expect("sealed");
            log.append().await.expect("appended");
            if number % 10 == 5 {
                // It is more than one part.
                let state = Bytes::from(vec![number as u8; PARTS]);
                log.keeper().keep(Position(number), state, 0..u64::MAX, u64::MAX).await.expect("kept");
            }
        }
        let extent = log.extent().await.expect("asked");
        assert_eq!((extent.head, extent.tip), (Position(15), Position(30)));
        assert!(
            extent.snapshot_bytes > 2 * PARTS as u64 && extent.snapshot_bytes < 3 * PARTS as u64,
            "{extent:?}"
        );
        let kept: u64 = journal
            .read(Position(15), 1 << 20)
            .await
            .expect("read")
            .iter()
            .map(|it| it.bytes.len() as u64)
            .sum();
        assert_eq!(extent.record_bytes, kept);
        let (again, past) = Log::open(journal, key()).await.expect("opens");
        let Snapshot { position, bytes } = past.snapshot.expect("the newest");
        assert_eq!((position, &bytes[..]), (Position(25), &[25; PARTS][..]));
        assert_eq!(past.records.first().map(|it| it.position), Some(Position(26)));
        assert_eq!(again.tip(), Position(30));
    })
    .await;
}

#[tokio::test]
async fn another_version_knows_that_it_is_one_until_it_has_kept_a_snapshot() {
    each(async |journal| {
        // As a version leaves it that said nothing of itself.
        let (mut log, past) = Log::open(journal.clone(), key()).await.expect("opens");
        assert!(!past.is_of_another);
        log.prepare(&record(1), &[]).expect("sealed");
        log.append().await.expect("appended");
        let write_as = async |program| Log::write_as(program, journal.clone(), key()).await.expect("opens");
        for (program, other) in [("one", "two"), ("two", "one")] {
            for again in [program, program, other, program] {
                let (_, past) = write_as(again).await;
                assert!(past.is_of_another, "{again} has kept nothing");
            }
            let (mut log, _) = write_as(program).await;
            log.prepare(&record(2), &[]).expect("sealed");
            let tip = log.append().await.expect("appended");
            log.keeper().keep(tip, record(3), 0..u64::MAX, u64::MAX).await.expect("kept");
            for _ in 0..2 {
                assert!(!write_as(program).await.1.is_of_another, "all of it is of {program}");
                // Who only looks changes nothing.
                assert!(!Log::open(journal.clone(), key()).await.expect("opens").1.is_of_another);
            }
        }
    })
    .await;
    each(async |journal| {
        let (mut log, past) = Log::write_as("one", journal.clone(), key()).await.expect("opens");
        assert!(!past.is_of_another, "it is empty");
        log.prepare(&record(1), &[]).expect("sealed");
        log.append().await.expect("appended");
        let (_, past) = Log::write_as("one", journal, key()).await.expect("opens");
        assert!(!past.is_of_another, "it began with this one");
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_keeps_another_version_from_nothing_but_writing() {
    let journal = SimJournal::new(1);
    let write_as = async |program| Log::write_as(program, Arc::new(journal.clone()), key()).await;
    let (mut log, _) = write_as("one").await.expect("opens");
    append(&mut log, 1).await;
    journal.set(Faults { is_full: true, ..Faults::default() });
    let (mut log, past) = write_as("two").await.expect("a start writes nothing that it needs");
    assert!(past.is_of_another && past.records.len() == 1, "{past:?}");
    assert!(!write_as("one").await.expect("opens").1.is_of_another, "nothing was written meanwhile");
    log.prepare(&record(2), &[]).expect("sealed");
    let why = log.append().await.expect_err("there is no room");
    assert!(matches!(why, JournalError::NoRoom { .. }), "{why}");
    journal.set(Faults::default());
    assert_eq!(log.append().await, Ok(Position(2)));
    assert!(write_as("one").await.expect("opens").1.is_of_another, "a record of another one stands there");
}

#[tokio::test]
async fn lines_are_read_newest_first_and_forgotten_by_their_age() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
        let line = |at: u64| Line { at, bytes: Bytes::from(format!("secret {at}")) };
        for at in (0..100).step_by(10) {
            log.prepare(&record(at), &[line(at), line(at + 5)]).expect("sealed");
            log.append().await.expect("appended");
        }
        let lines = log.lines();
        let newest = async |before, most| {
            let found = lines.newest(before, most).await.expect("read");
            let next = found.last().map(|it| it.0);
            (found.into_iter().map(|it| it.1).collect::<Vec<_>>(), next)
        };
        let (some, next) = newest(None, 3).await;
        assert_eq!(some, [line(95), line(90), line(85)]);
        // What is written meanwhile moves nothing.
        log.prepare(&record(100), &[line(100)]).expect("sealed");
        log.append().await.expect("appended");
        let (some, next) = newest(next, 15).await;
        assert_eq!((some.len(), &some[0]), (15, &line(80)));
        assert_eq!(newest(next, 9).await.0, [line(5), line(0)]);
        let sealed = journal.lines(None, 1).await.expect("read");
        assert!(!sealed[0].1.bytes.windows(6).any(|it| it == b"secret"), "it is sealed");
        log.keeper().forget_lines(90..u64::MAX, u64::MAX).await.expect("forgotten");
        assert_eq!(newest(None, 9).await.0, [line(100), line(95), line(90)]);
        log.keeper().forget_lines(1_000..u64::MAX, u64::MAX).await.expect("forgotten");
        assert_eq!(newest(None, 9).await, (Vec::new(), None));
    })
    .await;
}

#[tokio::test]
async fn lines_of_a_clock_that_was_ahead_keep_no_older_ones_from_being_forgotten() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal, key()).await.expect("opens");
        let line = |at: u64| Line { at, bytes: Bytes::from(format!("line {at}")) };
        // More of them than are gone through at once.
        let ahead = std::iter::repeat_n(9_000, 2_500);
        let times = [7_000, 10].into_iter().chain(ahead).chain([20, 8_000, 95, 9_500, 30, 96]);
        log.prepare(&record(1), &times.map(line).collect::<Vec<_>>()).expect("sealed");
        log.append().await.expect("appended");
        log.keeper().forget_lines(90..100, u64::MAX).await.expect("forgotten");
        let left = log.lines().newest(None, 9).await.expect("read");
        // Nobody knows how old those are that stand between lines that are kept.
        let times: Vec<u64> = left.iter().map(|(_, line)| line.at).collect();
        assert_eq!(times, [96, 30, 9_500, 95, 8_000]);
        assert_eq!(log.extent().await.expect("asked").lines, 5);
    })
    .await;
}

#[tokio::test]
async fn the_oldest_lines_go_until_all_of_it_needs_no_more_than_it_may() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
        for at in 0..40 {
            let lines: Vec<Line> =
                (0..100).map(|_| Line { at, bytes: Bytes::from(vec![b'x'; 900]) }).collect();
            log.prepare(&record(at), &lines).expect("sealed");
            log.append().await.expect("appended");
        }
        let mut keeper = log.keeper();
        let all = log.extent().await.expect("asked");
        assert!(all.lines == 4_000 && all.bytes > 4_000 * 900, "{all:?}");
        // Room for what is to come is made first.
        let state = Bytes::from(vec![7; PARTS]);
        let kept = keeper.keep(Position(40), state.clone(), 0..u64::MAX, 3 << 20).await.expect("kept");
        assert!(kept.bytes <= 3 << 20 && (900..2_500).contains(&kept.lines), "{kept:?}");
        let newest = log.lines().newest(None, 1).await.expect("read");
        assert_eq!(newest[0].1.at, 39);
        // What the team needs is kept, though it needs more than it may.
        let kept = keeper.keep(Position(40), state, 0..u64::MAX, 1 << 10).await.expect("kept");
        assert_eq!((kept.lines, kept.snapshots), (0, 1), "{kept:?}");
    })
    .await;
}

#[tokio::test]
async fn of_a_snapshot_that_is_damaged_the_one_before_and_the_records_behind_it_make_up() {
    let journal = SimJournal::new(1);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    for number in 1..=30 {
        append(&mut log, number).await;
        if number % 10 == 0 {
            let state = Bytes::from(format!("all up to {number}"));
            log.keeper().keep(Position(number), state, 0..u64::MAX, u64::MAX).await.expect("kept");
        }
    }
    append(&mut log, 31).await;
    journal.damage(Position(30));
    let (log, past) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    assert_eq!(past.damaged, [Position(30)]);
    assert_eq!(past.snapshot.map(|it| (it.position, it.bytes)), Some((Position(20), "all up to 20".into())));
    assert_eq!(
        past.records.iter().map(|it| it.position.0).collect::<Vec<_>>(),
        (21..=31).collect::<Vec<_>>()
    );

    // The next one stands beside the one that can be read.
    log.keeper().keep(Position(31), "all up to 31".into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    assert_eq!(journal.snapshots().await, Ok(vec![Position(31), Position(20)]));
    journal.damage(Position(31));
    let (_, past) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    assert_eq!((past.damaged, past.records.len()), (vec![Position(31)], 11));

    // Without any there is nothing that the records could stand behind: it is damage, and no matter of the key.
    journal.damage(Position(20));
    let why = Log::open(Arc::new(journal), key()).await.map(|_| ()).expect_err("nothing says what was");
    assert!(matches!(why, JournalError::Corrupt { .. }), "{why}");
    assert!(why.to_string().contains("none of its snapshots can be read"), "{why}");
}

#[tokio::test]
async fn another_key_is_told_from_damage_whatever_there_is() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
        append(&mut log, 1).await;
        log.keeper().keep(Position(1), "all".into(), 0..u64::MAX, u64::MAX).await.expect("kept");
        let another = || SealKey::from_bytes(&[8; 32], "another");
        let wrong = Some(JournalError::WrongKey { key: String::from("another") });
        assert_eq!(Log::open(journal.clone(), another()).await.err(), wrong);
        // A mark that was changed is made anew by whoever can open the rest.
        journal.set_mark("no mark".into()).await.expect("set");
        assert_eq!(Log::open(journal.clone(), another()).await.err(), wrong);
        Log::open(journal.clone(), key()).await.expect("opens");
        assert!(journal.mark().await.expect("read").is_some_and(|it| it != "no mark"));
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_that_a_disk_can_not_read_costs_itself_and_no_record() {
    let journal = SimJournal::new(7);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    for number in 1..=40 {
        log.prepare(&record(number), &[]).expect("sealed");
        log.append().await.expect("appended");
        if number % 10 == 0 && number < 40 {
            log.keeper().keep(Position(number), record(number), 0..u64::MAX, u64::MAX).await.expect("kept");
        }
    }
    journal.lose_snapshot(Position(30));
    let (_, past) = Log::open(Arc::new(journal.clone()), key()).await.expect("the one before is there");
    assert_eq!((past.damaged, past.records.len()), (vec![Position(30)], 20));
    assert_eq!(past.snapshot.map(|it| it.position), Some(Position(20)));
    // What it can't do without is never left out.
    journal.lose_record(Position(25));
    let why = Log::open(Arc::new(journal.clone()), key()).await.map(|_| ()).expect_err("one is missing");
    assert!(matches!(why, JournalError::Unreadable { .. }), "{why}");
    journal.lose_snapshot(Position(20));
    let why = Log::open(Arc::new(journal), key()).await.map(|_| ()).expect_err("both are missing");
    assert!(matches!(why, JournalError::Unreadable { .. }), "{why}");
    assert!(why.to_string().contains("Start again, in case it passes"), "{why}");
}

#[tokio::test]
async fn lines_that_a_disk_can_not_read_cost_themselves_alone() {
    let journal = SimJournal::new(7);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    let line = |at| Line { at, bytes: Bytes::from(format!("line {at}")) };
    log.prepare(b"1", &(0..100).map(line).collect::<Vec<_>>()).expect("sealed");
    log.append().await.expect("appended");
    let lost = [99, 98, 80, 79, 13];
    for number in lost {
        journal.lose_line(number);
    }
    let (found, damaged) = log.lines().legible(None, 90).await.expect("the rest is there");
    let expected: Vec<u64> = (0..100).rev().filter(|it| !lost.contains(it)).take(90).collect();
    assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), expected);
    assert_eq!(damaged, lost);
    let why = log.lines().newest(None, 90).await.expect_err("whoever looks it over is told");
    assert!(matches!(why, JournalError::Unreadable { .. }), "{why}");
}

#[tokio::test]
async fn a_journal_that_ends_before_its_last_record_is_damaged() {
    let journal = SimJournal::new(1);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    append(&mut log, 1).await;
    append(&mut log, 2).await;
    log.keeper().keep(Position(2), "all".into(), 0..u64::MAX, u64::MAX).await.expect("kept");
    journal.roll_back(1);
    let why = Log::open(Arc::new(journal), key()).await.map(|_| ()).expect_err("a record is missing");
    assert!(why.to_string().contains("its last record is 2, where 1 was written"), "{why}");
}

#[tokio::test]
async fn another_key_opens_nothing() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal.clone(), key()).await.expect("opens");
        log.prepare(b"secret words", &[]).expect("sealed");
        log.append().await.expect("appended");
        let sealed = journal.read(Position::START, 1).await.expect("read");
        assert!(!sealed[0].bytes.windows(6).any(|it| it == b"secret"), "it is sealed");
        let other = Log::open(journal, SealKey::from_bytes(&[8; 32], "another")).await;
        assert_eq!(other.err(), Some(JournalError::WrongKey { key: String::from("another") }));
    })
    .await;
}

/// Appends until it is durable.
async fn append(log: &mut Log, number: u64) -> Position {
    log.prepare(&record(number), &[]).expect("sealed");
    loop {
        match log.append().await {
            Ok(position) => return position,
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_acknowledgements_are_lost_a_record_stands_there_once() {
    let seed = fastrand::u64(..1_000_000);
    println!("SEED={seed}");
    let journal = SimJournal::new(seed);
    let faults =
        Faults { lost_acks: 300, refusals: 300, jitter: Duration::from_secs(9), ..Faults::default() };
    journal.set(faults);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    for number in 1..=500 {
        assert_eq!(append(&mut log, number).await, Position(number));
    }
    let (_, past) = Log::open(Arc::new(journal), key()).await.expect("opens");
    let read: Vec<Bytes> = past.records.into_iter().map(|it| it.bytes).collect();
    assert_eq!(read, (1..=500).map(record).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_acknowledgement_anothers_record_is_not_taken_for_its_own() {
    let journal = SimJournal::new(1);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    append(&mut log, 1).await;
    journal.set(Faults { refusals: 1_000, ..Faults::default() });
    log.prepare(&record(2), &[]).expect("sealed");
    log.append().await.expect_err("nobody knows");
    journal.cut_in(record(2)).expect("another wrote the same, in its own hand");
    journal.set(Faults::default());
    let fenced = JournalError::Fenced { after: Position(1), tip: Position(2), replaced: None };
    assert_eq!(log.append().await, Err(fenced));
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_lost_what_it_had_promised_refuses_what_follows() {
    let journal = SimJournal::new(1);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    append(&mut log, 1).await;
    append(&mut log, 2).await;
    journal.roll_back(1);
    log.prepare(&record(3), &[]).expect("sealed");
    let fenced = JournalError::Fenced { after: Position(2), tip: Position(1), replaced: None };
    assert_eq!(log.append().await, Err(fenced));
}

#[tokio::test(start_paused = true)]
async fn a_full_journal_takes_the_same_record_once_there_is_room() {
    let journal = SimJournal::new(1);
    let (mut log, _) = Log::open(Arc::new(journal.clone()), key()).await.expect("opens");
    journal.set(Faults { is_full: true, ..Faults::default() });
    log.prepare(&record(1), &[]).expect("sealed");
    let full = log.append().await.expect_err("no room");
    assert!(full.is_passing() && full.to_string().contains("make room"), "{full}");
    journal.set(Faults::default());
    assert_eq!(log.append().await, Ok(Position(1)));
}

#[tokio::test]
async fn snapshots_that_are_spared_stay_and_all_records_behind_the_oldest_of_them() {
    each(async |journal| {
        let (mut log, _) = Log::open(journal, key()).await.expect("opens");
        let mut keeper = log.keeper();
        for number in 1..=20 {
            log.prepare(&record(number), &[]).expect("sealed");
            log.append().await.expect("appended");
            if number % 4 == 0 {
                // One of them is not there yet, and another one never will be.
                keeper.spare(vec![Position(4), Position(8), Position(9)]).await.expect("told");
                keeper.keep(log.tip(), record(number), 0..u64::MAX, u64::MAX).await.expect("kept");
            }
        }
        assert_eq!(keeper.snapshots().await, Ok(vec![Position(4), Position(8), Position(16), Position(20)]));
        assert_eq!(keeper.extent().await.map(|it| it.head), Ok(Position(4)));
        assert_eq!(log.reader().story().await.expect("whole").len(), 1 + 16);
        keeper.spare(Vec::new()).await.expect("told");
        log.prepare(&record(21), &[]).expect("sealed");
        log.append().await.expect("appended");
        let extent = keeper.keep(log.tip(), record(21), 0..u64::MAX, u64::MAX).await.expect("kept");
        assert_eq!((extent.snapshots, extent.head), (2, Position(20)));
    })
    .await;
}
