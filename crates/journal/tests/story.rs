//! What a journal still tells: from as far back as there is, past what is damaged, beside its writer.
#![allow(missing_docs, clippy::expect_used)]

use std::sync::Arc;

use bytes::Bytes;
use ha_wechaty_journal::{
    Journal, JournalError, JournalReader, Log, Position, SealKey, StoryPiece, sim::SimJournal,
};

fn key() -> SealKey {
    SealKey::from_bytes(&[7; 32], "a test")
}

fn record(number: u64) -> Bytes {
    Bytes::from(format!("record {number}"))
}

async fn append(log: &mut Log, number: u64) {
    log.prepare(&record(number), &[]).expect("sealed");
    log.append().await.expect("appended");
}

async fn keep(log: &Log) {
    let state = Bytes::from(format!("all up to {}", log.tip()));
    log.keeper().keep(log.tip(), state, 0..u64::MAX, u64::MAX).await.expect("kept");
}

/// Twelve records, and snapshots of the fourth, the eighth and the tenth: the first of them is gone.
async fn filled(journal: Arc<dyn Journal>) -> Log {
    let (mut log, _) = Log::open(journal, key()).await.expect("opens");
    for number in 1..=12 {
        append(&mut log, number).await;
        if [4, 8, 10].contains(&number) {
            keep(&log).await;
        }
    }
    log
}

/// A story in words: `s8` for a snapshot, `9` for a record, `!9` for what can't be read.
fn words(story: &[StoryPiece]) -> String {
    let word = |it: &StoryPiece| match it {
        StoryPiece::Snapshot(it) => {
            assert_eq!(it.bytes, format!("all up to {}", it.position));
            format!("s{}", it.position)
        }
        StoryPiece::Record(it) => {
            assert_eq!(it.bytes, record(it.position.0));
            it.position.to_string()
        }
        StoryPiece::Damage { position, why } => {
            assert!(why.contains(&format!("record {position} can't be read")), "{why}");
            format!("!{position}")
        }
    };
    story.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_story_goes_back_to_the_oldest_snapshot_though_a_start_needs_only_the_newest() {
    let journal = SimJournal::new(1);
    let log = filled(Arc::new(journal.clone())).await;
    assert_eq!(words(&log.reader().story().await.expect("it is whole")), "s8 9 10 11 12");
    let (_, past) = Log::open(Arc::new(journal), key()).await.expect("opens");
    assert_eq!(past.records.len(), 2, "a start reads two");

    let new = SimJournal::new(1);
    let (mut log, _) = Log::open(Arc::new(new), key()).await.expect("opens");
    assert_eq!(words(&log.reader().story().await.expect("it is empty")), "");
    append(&mut log, 1).await;
    assert_eq!(words(&log.reader().story().await.expect("it has begun")), "1");
}

#[tokio::test]
async fn what_is_damaged_is_named_and_the_next_snapshot_goes_on_behind_it() {
    type Damage = fn(&SimJournal);
    let cases: [(Damage, &str); 6] = [
        (|it| it.lose_record(Position(9)), "s8 !9 s10 11 12"),
        (|it| it.lose_record(Position(10)), "s8 9 !10 s10 11 12"),
        (|it| it.lose_record(Position(11)), "s8 9 10 !11"),
        (|it| it.damage(Position(8)), "!8 s10 11 12"),
        (|it| it.lose_snapshot(Position(8)), "!8 s10 11 12"),
        (
            |it| {
                it.damage(Position(8));
                it.lose_snapshot(Position(10));
            },
            "!8 !10",
        ),
    ];
    for (damage, expected) in cases {
        let journal = SimJournal::new(1);
        let log = filled(Arc::new(journal.clone())).await;
        damage(&journal);
        assert_eq!(words(&log.reader().story().await.expect("it is told")), expected);
    }
}

#[tokio::test]
async fn another_key_is_not_taken_for_damage() {
    let journal = SimJournal::new(1);
    drop(filled(Arc::new(journal.clone())).await);
    let other = JournalReader::new(Arc::new(journal), SealKey::from_bytes(&[8; 32], "another"));
    let why = other.story().await.expect_err("it can't be read with it");
    assert!(matches!(why, JournalError::WrongKey { .. }), "{why}");
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_story_has_no_gap_however_much_is_forgotten_while_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let journal = Arc::new(ha_wechaty_journal::SqliteJournal::open(&path).expect("opens"));
    let mut log = filled(journal).await;
    let reader = log.reader();
    let reading = tokio::spawn(async move {
        let mut read = 0;
        for _ in 0..50 {
            let story = match reader.story().await {
                Ok(story) => story,
                Err(JournalError::Unavailable { .. }) => continue,
                Err(other) => panic!("{other}"),
            };
            let positions = story.iter().map(|it| match it {
                StoryPiece::Snapshot(it) => it.position.0,
                StoryPiece::Record(it) => it.position.0,
                StoryPiece::Damage { why, .. } => panic!("nothing is damaged: {why}"),
            });
            let positions: Vec<u64> = positions.collect();
            assert!(positions.len() > 2, "{positions:?}");
            assert!(positions.windows(2).all(|two| two[1] == two[0] + 1), "{positions:?}");
            read += 1;
        }
        read
    });
    let mut number = 12;
    while !reading.is_finished() {
        for _ in 0..3 {
            number += 1;
            append(&mut log, number).await;
        }
        keep(&log).await;
    }
    let read = reading.await.expect("no gap");
    println!("{read} stories were read");
    assert!(read > 0, "it forgets faster than it can be read");
}
