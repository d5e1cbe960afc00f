//! What a gateway takes of the machine's memory while much is said, and that it is small again afterwards.
//!
//! ```text
//! cargo test --profile interop -p ha-wechaty --test memory -- --nocapture                   the table
//! LARGE=1000 SMALL=120000 cargo test --profile interop -p ha-wechaty --test memory -- …     with so many messages
//! ```
#![allow(missing_docs, clippy::expect_used, reason = "tests")]

mod answers;
mod calls;
mod files;
mod stage;

use std::{env, time::Duration};

use ha_wechaty::admin::Status;
use stage::{Stage, held};
use tokio::time::timeout;

/// Nothing here takes this long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(120);
/// What messages may weigh here.
const MESSAGES: u64 = 8 << 20;
/// What the allocator keeps of what was given back, and what grows once. It was seen to be 7 to 19 MiB, whether 30 or
/// 200 MiB had been said: it does not grow with that.
const SLACK: u64 = 24 << 20;

fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().map_or(default, |it| it.parse().expect("a number"))
}

#[tokio::test]
async fn what_was_said_is_bounded_by_what_it_weighs_and_nothing_is_left_when_it_is_old() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut stage = timeout(DEADLINE, Stage::new(folder.path())).await.expect("in time");
    let first = stage.status().await.resident.expect("the system says so");
    println!("{:>26} {:>10} {:>12} {:>10}", "messages", "resident", "of messages", "of dedup");
    let row = |what: &str, status: &Status| {
        let [resident, messages, dedup] =
            [status.resident.unwrap_or(0), held(status, "messages"), held(status, "dedup")]
                .map(|bytes| bytes as f64 / f64::from(1 << 20));
        println!("{what:>26} {resident:>6.1} MiB {messages:>8.1} MiB {dedup:>6.1} MiB");
    };
    row("none", &stage.status().await);
    for (count, size) in [(number("LARGE", 600), 100_000), (number("SMALL", 2_000), 100)] {
        let (what, much) = (format!("{count} of {size} bytes"), count as u64 * size as u64 / 4);
        timeout(DEADLINE * 20, stage.says(count, size)).await.expect("in time");
        let status = stage.status().await;
        row(&what, &status);
        assert!(held(&status, "messages") <= MESSAGES, "{status:?}");
        let is_small = |resident: u64| resident < first + MESSAGES + held(&status, "dedup") + SLACK;
        assert!(is_small(status.resident.unwrap_or(0)), "{much} bytes and more were said");
        let status = timeout(DEADLINE, stage.idle()).await.expect("it is old by then");
        row("and when it is old", &status);
        assert!(status.resident.unwrap_or(0) < first + SLACK, "small again");
    }
}
