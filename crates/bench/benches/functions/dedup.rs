//! Whether a message is news, with 200,000 in mind.

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion, Throughput};
use ha_wechaty_bench::is_measured;
use ha_wechaty_core::{
    AccountId, Dedup, Key, MessageCopy, MessageKind, Recall, Sort, Stamp, Time, content_of_text,
};

const EPOCH: i64 = 1_700_000_000;
const ACCOUNTS: usize = 3;

/// The `n`th message: when it is said, what, and what it is at each account.
fn shown(n: u64) -> (Time, Key, [MessageCopy; ACCOUNTS]) {
    let key = Key {
        room: format!("{}@chatroom", 10_000_000_000 + n % 200),
        talker: format!("wxid_{:014}", n % 500),
        sort: Sort::Said(MessageKind::Text),
        // One in ten says what was said before.
        content: content_of_text(&if n.is_multiple_of(10) { 0 } else { n }.to_string()),
    };
    let copy = |account: usize| {
        MessageCopy::new(AccountId::at(account), &format!("{:019}", n * 10 + account as u64))
    };
    (Time::after_origin(Duration::from_millis(10 * n)), key, std::array::from_fn(copy))
}

fn observe(dedup: &mut Dedup, (now, key, copies): &(Time, Key, [MessageCopy; ACCOUNTS])) {
    let stamp = Stamp::new(EPOCH + now.since_origin().as_secs() as i64);
    for copy in copies {
        black_box(dedup.observe(*now, key, copy, stamp));
    }
}

pub(super) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dedup");
    let mut dedup = Dedup::new(Recall::default(), Stamp::new(EPOCH).expect("a time"));
    // As many as are ever kept.
    let mut n = if is_measured() { 200_000 } else { 200 };
    for n in 0..n {
        observe(&mut dedup, &shown(n));
    }
    group.throughput(Throughput::Elements(ACCOUNTS as u64));
    group.bench_function("a copy, 200,000 messages in mind", |bencher| {
        let next = || {
            n += 1;
            shown(n)
        };
        bencher.iter_batched_ref(next, |message| observe(&mut dedup, message), BatchSize::SmallInput);
    });
    group.throughput(Throughput::Elements(1));
    for (what, text) in [
        ("20 plain letters", "ding, ding, ding, ok".to_owned()),
        ("20 Chinese ones", "今天晚上七点在老地方见，别忘了带那本书！".to_owned()),
        ("100 KB of either", "ok，好的！ ".repeat(7_000)),
    ] {
        group.bench_function(format!("the content of a text, {what}"), |bencher| {
            bencher.iter(|| content_of_text(black_box(&text)));
        });
    }
    group.finish();
}
