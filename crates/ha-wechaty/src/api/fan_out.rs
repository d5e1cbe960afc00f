//! Questions that go to every account at once, and what has come back so far.

use std::{
    collections::HashSet,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    FutureExt as _, Stream, StreamExt as _, future::BoxFuture, stream, stream::FuturesUnordered,
};
use ha_wechaty_core::{AccountId, Rpc};
use ha_wechaty_wire::puppet::{ContactListRequest, ContactListResponse};
use tokio::time::{Sleep, sleep};

use super::{client::Client, error::Error};

/// How many payloads of one account are read at once.
const READING: usize = 32;

/// Reads one thing by its id, and says whether it was meant.
pub(super) type Read<T> =
    Arc<dyn Fn(Client, AccountId, String) -> BoxFuture<'static, Result<Option<T>, Error>> + Send + Sync>;

/// A question to every available account, which is asked when this is awaited or its parts are read.
///
/// * `.await` waits for all of them, for as long as `calls.union` says as soon as one has answered, and
///   fails only if none has.
/// * [`FanOut::within`] sets another deadline, and [`FanOut::gather`] tells besides who is missing.
/// * [`FanOut::parts`] gives each account's answer as it comes.
///
/// ```
/// use ha_wechaty::prelude::*;
/// use std::time::Duration;
/// # use ha_wechaty_sim::World;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let world = World::new(1);
/// # let alice = world.person("alice");
/// # let north = world.phone("north").serve().await?;
/// # let south = world.phone("south").serve().await?;
/// # world.room("ding room", &[&alice, &north]);
/// # world.room("dong room", &[&alice, &north, &south]);
/// # let ha = HaWechaty::builder()
/// #     .account(Account::service("insecure_north").endpoint(north.addr()).name("north"))
/// #     .account(Account::service("insecure_south").endpoint(south.addr()).name("south"))
/// #     .build()?;
/// # ha.start().await?;
/// let rooms = ha.rooms().find_all(any).await?;
/// assert_eq!(rooms.len(), 2);
///
/// let mut parts = ha.rooms().find_all(topic_contains("room")).parts()?;
/// while let Some(part) = parts.next().await {
///     println!("{} ({} of {}): {:?}", part.account, part.answered, part.asked, part.answer);
/// }
///
/// let gathered = ha.rooms().find_all(any).within(Duration::from_secs(2)).gather().await?;
/// assert!(gathered.missing.is_empty());
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[must_use = "nobody is asked until this is awaited"]
pub struct FanOut<T> {
    client: Client,
    /// The question that each account answers with a list of ids.
    list: &'static Rpc,
    read: Read<T>,
    within: Option<Duration>,
}

/// An account's answer that is on its way.
type Answer<T> = BoxFuture<'static, (String, Result<Vec<T>, Error>)>;

/// What has come back.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Gathered<T> {
    /// What was found, each once.
    pub found: Vec<T>,
    /// Who did not answer, and why.
    pub missing: Vec<Missing>,
}

/// An account that did not answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Missing {
    /// Its name.
    pub account: String,
    /// Why; `None` if it was still at it when the deadline came.
    pub why: Option<Error>,
}

/// One account's answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Part<T> {
    /// Its name.
    pub account: String,
    /// What it has that no account before it had.
    pub answer: Result<Vec<T>, Error>,
    /// How many accounts have answered by now.
    pub answered: usize,
    /// How many were asked.
    pub asked: usize,
}

impl<T: Send + 'static> FanOut<T> {
    pub(super) fn new(client: Client, list: &'static Rpc, read: Read<T>) -> Self {
        Self { client, list, read, within: None }
    }

    /// Waits for so long, and then takes what has come.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.within = Some(deadline);
        self
    }

    /// Each account's answer, as it comes, until the deadline if there is one.
    ///
    /// # Errors
    /// The team does not run, or no account is available.
    pub fn parts(self) -> Result<Parts<T>, Error> {
        let shared = self.client.shared()?;
        let routing = shared.core.routing();
        let among: Vec<AccountId> = routing.available().iter().collect();
        if among.is_empty() {
            let retry_after = shared.config.reconnect.backoff.cap;
            return Err(Error::Unavailable { why: routing.outage(), retry_after });
        }
        let claimed = Arc::new(Mutex::new(HashSet::new()));
        let answers = among.iter().map(|account| {
            let name = shared.accounts.name(*account).to_owned();
            let (client, read, claimed) = (self.client.clone(), self.read.clone(), claimed.clone());
            let (account, list) = (*account, self.list);
            async move { (name, answer(client, account, list, read, claimed).await) }.boxed()
        });
        Ok(Parts {
            answers: answers.collect(),
            waiting: among.iter().map(|account| shared.accounts.name(*account).to_owned()).collect(),
            asked: among.len(),
            deadline: self.within.map(|within| Box::pin(sleep(within))),
        })
    }

    /// What has come when all have answered, or the deadline is there, and who is missing.
    ///
    /// # Errors
    /// No account answered at all.
    pub async fn gather(self) -> Result<Gathered<T>, Error> {
        let patience = sleep(self.client.shared()?.limits.calls.union);
        tokio::pin!(patience);
        // Nobody waits for the slow as long as somebody has answered, unless it was said how long.
        let is_patient = self.within.is_some();
        let mut parts = self.parts()?;
        let (mut gathered, mut has_answer) = (Gathered { found: Vec::new(), missing: Vec::new() }, false);
        loop {
            tokio::select! {
                part = parts.next() => match part {
                    Some(Part { answer: Ok(found), .. }) => {
                        has_answer = true;
                        gathered.found.extend(found);
                    }
                    Some(Part { answer: Err(why), account, .. }) => {
                        gathered.missing.push(Missing { account, why: Some(why) });
                    }
                    None => break,
                },
                () = &mut patience, if !is_patient && has_answer => break,
            }
        }
        let late = parts.waiting.into_iter().map(|account| Missing { account, why: None });
        gathered.missing.extend(late);
        let why = gathered.missing.iter().find_map(|missing| missing.why.clone());
        match why {
            Some(why) if !has_answer => Err(why),
            _ => Ok(gathered),
        }
    }

    /// The first thing that is found; the rest is not waited for.
    ///
    /// # Errors
    /// No account answered at all.
    pub async fn first(self) -> Result<Option<T>, Error> {
        let mut parts = self.parts()?;
        let (mut has_answer, mut failure) = (false, None);
        while let Some(part) = parts.next().await {
            match part.answer {
                Ok(found) => {
                    has_answer = true;
                    if let Some(first) = found.into_iter().next() {
                        return Ok(Some(first));
                    }
                }
                Err(why) => failure = Some(why),
            }
        }
        match failure {
            Some(why) if !has_answer => Err(why),
            _ => Ok(None),
        }
    }
}

impl<T: Send + 'static> IntoFuture for FanOut<T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move { Ok(self.gather().await?.found) }.boxed()
    }
}

/// Each account's answer, as it comes.
#[must_use = "nobody is asked until this is read"]
pub struct Parts<T> {
    answers: FuturesUnordered<Answer<T>>,
    waiting: Vec<String>,
    asked: usize,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<T> Parts<T> {
    /// The next answer; `None` once all have answered, or the deadline is there.
    pub async fn next(&mut self) -> Option<Part<T>> {
        std::future::poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// The accounts that have not answered yet.
    pub fn unanswered(&self) -> &[String] {
        &self.waiting
    }
}

impl<T> Stream for Parts<T> {
    type Item = Part<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Part<T>>> {
        match self.answers.poll_next_unpin(cx) {
            Poll::Ready(Some((account, answer))) => {
                self.waiting.retain(|name| *name != account);
                let (answered, asked) = (self.asked - self.waiting.len(), self.asked);
                Poll::Ready(Some(Part { account, answer, answered, asked }))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match &mut self.deadline {
                Some(deadline) => deadline.as_mut().poll(cx).map(|()| None),
                None => Poll::Pending,
            },
        }
    }
}

impl<T> fmt::Debug for Parts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("unanswered", &self.waiting).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for FanOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanOut")
            .field("list", &self.list.name)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}

/// What one account has that nobody before it had.
async fn answer<T: Send + 'static>(
    client: Client,
    account: AccountId,
    list: &'static Rpc,
    read: Read<T>,
    claimed: Arc<Mutex<HashSet<String>>>,
) -> Result<Vec<T>, Error> {
    // Each such list is asked for with nothing, and is one of ids.
    let ids = client.ask::<ContactListResponse>(account, list, &ContactListRequest {}).await?.ids;
    // Ids are inserted whole: a panic elsewhere can't leave half of one.
    let is_new = |id: &String| claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    let new: Vec<String> = ids.into_iter().filter(is_new).collect();
    let found = stream::iter(new).map(|id| read(client.clone(), account, id)).buffer_unordered(READING);
    let found: Vec<Result<Option<T>, Error>> = found.collect().await;
    // One thing that can't be read is as if it were not there; the account's list was read.
    Ok(found.into_iter().filter_map(Result::unwrap_or_default).collect())
}
