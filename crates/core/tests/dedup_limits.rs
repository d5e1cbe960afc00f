//! What remembering costs: 200,000 messages, each shown by three accounts, within 100 MiB.
#![allow(missing_docs, clippy::expect_used)]

use std::{alloc::System, time::Duration};

use ha_wechaty_core::{
    AccountId, Dedup, Key, MessageCopy, MessageKind, Recall, Sort, Stamp, Time, Verdict, content_of_text,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MESSAGES: u64 = 200_000;
const ACCOUNTS: u8 = 3;
const LIMIT: usize = 100 << 20;
const EPOCH: i64 = 1_700_000_000;

#[test]
fn two_hundred_thousand_messages_fit_into_a_hundred_mebibytes_and_no_more_are_kept() {
    let region = Region::new(HEAP);
    let mut dedup = Dedup::new(Recall::default(), Stamp::new(EPOCH).expect("a time"));
    for n in 0..MESSAGES + 1_000 {
        // 100 messages a second, from 500 people in 200 rooms.
        let now = Time::after_origin(Duration::from_millis(10 * n));
        let key = Key {
            room: format!("{}@chatroom", 10_000_000_000 + n % 200),
            talker: format!("wxid_{:014}", n % 500),
            sort: Sort::Said(MessageKind::Text),
            content: content_of_text(&n.to_string()),
        };
        for account in 0..ACCOUNTS {
            let copy = MessageCopy::new(AccountId(account), &format!("{:019}", n * 10 + u64::from(account)));
            let verdict = dedup.observe(now, &key, &copy, Stamp::new(EPOCH + (n / 100) as i64));
            assert_eq!(verdict.is_new(), account == 0, "{verdict:?}");
            assert_ne!(verdict, Verdict::Repeat);
        }
    }
    let heap = region.change();
    let bytes = heap.bytes_allocated - heap.bytes_deallocated;
    println!("{} messages of {ACCOUNTS} copies: {:.1} MiB", dedup.len(), bytes as f64 / f64::from(1 << 20));
    assert!(dedup.len() as u64 <= MESSAGES + 1);
    assert!(bytes < LIMIT, "{bytes} bytes");
}
