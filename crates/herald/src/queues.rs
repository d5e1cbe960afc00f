//! A queue for each way, so that one that hangs delays no other.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ha_wechaty_team::{runtime::Telling, view::AlarmStatus};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::error::TellError;

/// So much waits for one way.
const DEEP: usize = 32;
/// So many attempts are under way at once.
const AT_ONCE: usize = 8;
/// How long one attempt may take, its turn included: the core waits for 300 s.
const ATTEMPT: Duration = Duration::from_secs(240);
/// How long what is under way has at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Tells what it is given until it is to stop, and says what became of each. What had not begun by then is told nothing of.
/// `find` gives the number of a way that is there: what is told by one of another number waits for nothing of the one before.
pub(crate) async fn run<F>(
    find: impl Fn(&str) -> Option<u64>,
    mut tellings: mpsc::Receiver<Telling>,
    tell: impl Fn(String, Vec<AlarmStatus>) -> F + Clone + Send + Sync + 'static,
    told: impl Fn(u64, Result<(), TellError>) + Clone + Send + 'static,
    stop: CancellationToken,
) where
    F: Future<Output = Result<(), TellError>> + Send + 'static,
{
    let mut queues: BTreeMap<String, (u64, mpsc::Sender<Telling>)> = BTreeMap::new();
    let mut workers = JoinSet::new();
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let telling = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            telling = tellings.recv() => telling,
        };
        let Some(telling) = telling else { break };
        // Those of ways that are there no more, or lead elsewhere, end with what they have.
        while workers.try_join_next().is_some() {}
        let number = telling.number;
        let Some(way) = find(&telling.way) else {
            queues.remove(&telling.way);
            told(number, Err(TellError::Unknown(telling.way)));
            continue;
        };
        let known =
            queues.get(&telling.way).filter(|(known, _)| *known == way).map(|(_, queue)| queue.clone());
        let queue = known.unwrap_or_else(|| {
            let (queue, waiting) = mpsc::channel(DEEP);
            let worker = Worker {
                way: telling.way.clone(),
                at_once: at_once.clone(),
                stop: stop.clone(),
                not_before: None,
                is_failing: false,
            };
            workers.spawn(worker.run(waiting, tell.clone(), told.clone()));
            queues.insert(telling.way.clone(), (way, queue.clone()));
            queue
        });
        if queue.try_send(telling).is_err() {
            told(number, Err(TellError::Full(DEEP)));
        }
    }
    stop.cancelled().await;
    drop(queues);
    if timeout(FAREWELL, async { while workers.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(
            "people were still being told of alarms; it is told again once the gateway has started"
        );
    }
}

/// Tells what waits for one way, one after the other.
struct Worker {
    way: String,
    at_once: Arc<Semaphore>,
    stop: CancellationToken,
    /// The receiver has asked to be left alone until then.
    not_before: Option<Instant>,
    is_failing: bool,
}

impl Worker {
    async fn run<F>(
        mut self,
        mut waiting: mpsc::Receiver<Telling>,
        tell: impl Fn(String, Vec<AlarmStatus>) -> F,
        told: impl Fn(u64, Result<(), TellError>),
    ) where
        F: Future<Output = Result<(), TellError>>,
    {
        loop {
            let telling = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                telling = waiting.recv() => telling,
            };
            let Some(Telling { number, way, alarms, attempt }) = telling else { return };
            if let Some(until) = self.not_before.filter(|it| *it > Instant::now()) {
                told(number, Err(TellError::Later(until - Instant::now())));
                continue;
            }
            // It is never closed.
            let at_once = self.at_once.clone();
            let attempt_once = async {
                let _turn = at_once.acquire().await;
                tell(way, alarms).await
            };
            let end = timeout(ATTEMPT, attempt_once).await.unwrap_or(Err(TellError::Slow(ATTEMPT)));
            self.note(attempt, &end);
            told(number, end);
        }
    }

    fn note(&mut self, attempt: u32, end: &Result<(), TellError>) {
        let Self { way, is_failing, .. } = self;
        match end {
            Ok(()) => {
                if std::mem::take(is_failing) {
                    tracing::info!(way, "people are told of alarms by it again");
                }
                self.not_before = None;
            }
            Err(error) => {
                self.not_before = error.retry_after().map(|after| Instant::now() + after);
                if !std::mem::replace(is_failing, true) {
                    tracing::warn!(way, attempt, %error, "people could not be told of an alarm; it is tried again");
                }
            }
        }
    }
}
