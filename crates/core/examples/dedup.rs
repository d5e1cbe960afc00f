//! How long it takes to decide whether a message is news, with 200,000 in mind:
//! `cargo run --release -p ha-wechaty-core --example dedup`
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a measurement prints, and looks at the clock"
)]

use std::time::{Duration, Instant};

use ha_wechaty_core::{AccountId, Copy, Dedup, Key, MessageKind, Recall, Sort, Stamp, Time, content_of_text};

const EPOCH: i64 = 1_700_000_000;
const ACCOUNTS: u8 = 3;
const ROUNDS: usize = 101;
const ROUND: u64 = 1_000;

fn shown(n: u64) -> (Time, Key, [Copy; ACCOUNTS as usize]) {
    let key = Key {
        room: format!("{}@chatroom", 10_000_000_000 + n % 200),
        talker: format!("wxid_{:014}", n % 500),
        sort: Sort::Said(MessageKind::Text),
        // One in ten says what was said before.
        content: content_of_text(&if n.is_multiple_of(10) { 0 } else { n }.to_string()),
    };
    let copy =
        |account: usize| Copy::new(AccountId::at(account), &format!("{:019}", n * 10 + account as u64));
    (Time::after_origin(Duration::from_millis(10 * n)), key, std::array::from_fn(copy))
}

fn main() {
    let mut dedup = Dedup::new(Recall::default(), Stamp::new(EPOCH).expect("a time"));
    let mut n = 0;
    let mut rounds = Vec::new();
    for round in 0..200 + ROUNDS {
        let all: Vec<_> = (n..n + ROUND).map(shown).collect();
        n += ROUND;
        let begun = Instant::now();
        for (now, key, copies) in &all {
            let stamp = Stamp::new(EPOCH + now.since_origin().as_secs() as i64);
            for copy in copies {
                std::hint::black_box(dedup.observe(*now, key, copy, stamp));
            }
        }
        if round >= 200 {
            rounds.push(begun.elapsed() / (ROUND as u32 * u32::from(ACCOUNTS)));
        }
    }
    rounds.sort();
    println!(
        "{} messages in mind; one decision takes {:?} (median of {ROUNDS} rounds; fastest {:?}, slowest {:?})",
        dedup.len(),
        rounds[ROUNDS / 2],
        rounds[0],
        rounds[ROUNDS - 1],
    );
    for (what, text) in [
        ("20 plain letters", "ding, ding, ding, ok".to_owned()),
        ("20 Chinese ones", "今天晚上七点在老地方见，别忘了带那本书！".to_owned()),
        ("100 KB of either", "ok，好的！ ".repeat(7_000)),
    ] {
        let begun = Instant::now();
        for _ in 0..ROUND {
            std::hint::black_box(content_of_text(std::hint::black_box(&text)));
        }
        println!("a text's content, of {what}: {:?}", begun.elapsed() / ROUND as u32);
    }
    assert!(rounds[ROUNDS / 2] < Duration::from_micros(2), "more than 2 µs");
}
