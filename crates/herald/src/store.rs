//! The one alarm that the core can't tell: while nothing can be written down it takes in nothing, so it hears of nothing, this
//! least of all. What the writer says of the store goes to the ways from here.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_core::{AlarmKind, AlarmStep, Severity};
use ha_wechaty_team::{state::records::StoreTrouble, view::AlarmStatus};
use tokio::time::{Instant, sleep};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::error::TellError;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// It may get well by itself within so long.
const AFTER: Duration = Duration::from_secs(30);
/// And so long those who are told first have.
const SECOND: Duration = Duration::from_secs(15 * 60);
/// It is told again after so long.
const AGAIN: Duration = Duration::from_secs(4 * 3_600);
/// How long after a failure it is tried again, at first, and at the most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(300));
/// That it is over is of interest for so long.
const NEWS: Duration = Duration::from_secs(24 * 3_600);

/// No alarm of the core has this number.
const ID: u64 = 0;

/// Tells it by each way that is there by then, whose level is told with it, until it is to stop.
pub(crate) async fn watch<F>(
    trouble: impl Fn() -> Option<Arc<StoreTrouble>> + Clone + Send + Sync + 'static,
    ways: impl Fn() -> Vec<(String, u8)>,
    tell: impl Fn(String, Vec<AlarmStatus>) -> F + Clone + Send + Sync + 'static,
    stop: CancellationToken,
) where
    F: Future<Output = Result<(), TellError>> + Send + 'static,
{
    let mut watchers = BTreeMap::new();
    loop {
        let there = ways();
        watchers.retain(|way, _| there.contains(way));
        for way in there {
            watchers.entry(way).or_insert_with_key(|(way, level)| {
                let after = if *level > 1 { SECOND } else { AFTER };
                let watcher =
                    Watcher { trouble: trouble.clone(), tell: tell.clone(), way: way.clone(), after };
                AbortOnDropHandle::new(tokio::spawn(watcher.run()))
            });
        }
        if stop.run_until_cancelled(sleep(LOOK)).await.is_none() {
            return;
        }
    }
}

/// Who tells it by one way.
struct Watcher<T, U> {
    trouble: T,
    tell: U,
    way: String,
    after: Duration,
}

impl<T, U, F> Watcher<T, U>
where
    T: Fn() -> Option<Arc<StoreTrouble>>,
    U: Fn(String, Vec<AlarmStatus>) -> F,
    F: Future<Output = Result<(), TellError>>,
{
    async fn run(self) {
        loop {
            let (begun, trouble) = self.begins().await;
            let mut times = 0;
            let mut has_told = false;
            while (self.trouble)().is_some() {
                let step = if has_told { AlarmStep::Reminded } else { AlarmStep::Opened };
                let status = status(&trouble, step, times, begun.elapsed());
                has_told |= self.until_told(status, || (self.trouble)().is_none()).await;
                times += 1;
                let told = Instant::now();
                while (self.trouble)().is_some() && told.elapsed() < AGAIN {
                    sleep(LOOK).await;
                }
            }
            if has_told {
                let over = Instant::now();
                let status = status(&trouble, AlarmStep::Closed, times, begun.elapsed());
                self.until_told(status, || (self.trouble)().is_some() || over.elapsed() > NEWS).await;
            }
        }
    }

    /// Waits until it has been so for long enough.
    async fn begins(&self) -> (Instant, Arc<StoreTrouble>) {
        let mut since = None;
        loop {
            match (self.trouble)() {
                Some(trouble) => {
                    let since = *since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= self.after {
                        return (since, trouble);
                    }
                }
                None => since = None,
            }
            sleep(LOOK).await;
        }
    }

    /// Tries until it is told, which it returns, or of no use any more.
    async fn until_told(&self, status: AlarmStatus, is_useless: impl Fn() -> bool) -> bool {
        let (mut wait, most) = BACKOFF;
        loop {
            match (self.tell)(self.way.clone(), vec![status.clone()]).await {
                Ok(()) => return true,
                Err(error) => {
                    tracing::debug!(way = self.way, %error, "people could not be told of the store");
                }
            }
            let until = Instant::now() + wait;
            while Instant::now() < until {
                if is_useless() {
                    return false;
                }
                sleep(LOOK).await;
            }
            wait = (wait * 2).min(most);
        }
    }
}

fn status(trouble: &StoreTrouble, step: AlarmStep, times: u32, lasted: Duration) -> AlarmStatus {
    let at = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
    let is_over = step == AlarmStep::Closed;
    let seconds = trouble.since.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let text = match is_over {
        false => format!("the store can't be written, so bots and accounts wait: {}", trouble.why),
        true => format!("the store can be written again; before: {}", trouble.why),
    };
    AlarmStatus {
        id: ID,
        // No other trouble has begun at this moment, and it is told at most once an hour.
        revision: u32::try_from(seconds).unwrap_or(u32::MAX).saturating_add(times),
        kind: AlarmKind::StoreUnwritable,
        severity: Severity::Critical,
        step,
        accounts: Vec::new(),
        bots: Vec::new(),
        text,
        cause: trouble.why.clone(),
        remedy: String::from(match trouble.is_final {
            false => {
                "give the store's disk room, or make it answer: ha-wechaty status says what it is short of"
            }
            true => {
                "it can't get well by itself: see what ha-wechaty status says of the store, and start the gateway again"
            }
        }),
        since: at(trouble.since),
        ended: is_over.then(|| at(SystemTime::now())),
        seconds: lasted.as_secs(),
        times: 1,
        level: 1,
        seen_by: None,
        seen_until: None,
    }
}
