//! The queue that sends wait in: the core's, on the runtime's clock.
//!
//! Whoever calls turns it himself, under a lock that is held for microseconds; nobody waits for the team's
//! core. Only what time or a change of the team brings about is turned by a task of its own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ha_wechaty_core::{
    AccountId, AccountSet, Allowance, Errand, Full, Pace, Paced, Queue, Routing, Seek, SpentPace, Ticket,
    Time, TryEnd, Turn,
};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::state::{clock::Clock, facts::CoreHandle};
use ha_wechaty_config::{Config, bytes};

/// Who could do it, in which order; `None` if nobody ever could.
pub(crate) type Choose = Box<dyn Fn(&Routing, Seek) -> Option<Vec<AccountId>> + Send>;

/// The queue, and those who wait in it.
#[derive(Debug)]
pub struct Pacer {
    clock: Clock,
    inner: Mutex<Inner>,
    /// The queue wants to be turned sooner than its task knows.
    sooner: Notify,
    /// Whose view of the team turns go by.
    core: Arc<CoreHandle>,
}

struct Inner {
    queue: Queue,
    callers: BTreeMap<Ticket, Caller>,
    next: u64,
    /// When the task turns it, if nobody wakes it.
    wake: Option<Time>,
}

struct Caller {
    choose: Choose,
    told: Option<oneshot::Sender<Turn>>,
}

/// The core's queue, as the operator wants it. The places of accounts have these names; without names the order of the
/// configuration.
pub fn queue(config: &Config, names: &[String]) -> Queue {
    let pace = &config.pace;
    // Of one that has left nothing is asked.
    let of_name =
        |name: &String| config.accounts.iter().find(|it| it.name == *name).map(|it| pace.of(it).clone());
    let accounts = match names {
        [] => config.accounts.iter().map(|account| pace.of(account).clone()).collect(),
        names => names.iter().map(|name| of_name(name).unwrap_or_default()).collect(),
    };
    Queue::new(pace_of(config, accounts))
}

/// What is configured, for these accounts.
fn pace_of(config: &Config, accounts: Vec<Allowance>) -> Pace {
    let pace = &config.pace;
    Pace {
        enabled: pace.enabled,
        accounts,
        per_conversation: pace.per_conversation.clone(),
        max_queue: pace.max_queue,
        max_weight: bytes(config.memory.waiting),
        answer_within: pace.answer_within,
        answers_first: pace.answers_first,
        for_answers: pace.for_answers,
        burst: config.team.burst,
    }
}

impl Pacer {
    /// The queue, in which nobody waits.
    pub fn new(queue: Queue, core: Arc<CoreHandle>, clock: Clock) -> Self {
        let inner = Inner { queue, callers: BTreeMap::new(), next: 0, wake: None };
        Self { clock, inner: Mutex::new(inner), sooner: Notify::new(), core }
    }

    /// Before anybody waits: so much was spent before a restart.
    pub fn resume(&self, spent: &SpentPace) {
        self.lock().queue.resume(self.now(), spent);
    }

    /// Stands in line until `until`; the turn comes through the receiver.
    pub(crate) fn join(
        &self,
        errand: Errand,
        until: Instant,
        choose: Choose,
    ) -> Result<(Ticket, oneshot::Receiver<Turn>), Full> {
        let (told, turn) = oneshot::channel();
        let until = self.clock.at(until);
        let mut inner = self.lock();
        let ticket = Ticket(inner.next);
        inner.next += 1;
        inner.callers.insert(ticket, Caller { choose, told: Some(told) });
        let now = self.now();
        let Inner { queue, callers, .. } = &mut *inner;
        // Looked up under the lock: should it be old, the task will look again.
        let routing = self.core.routing();
        let joined = queue
            .join(now, ticket, errand, until, |ticket, seek| (callers.get(&ticket)?.choose)(&routing, seek));
        if joined.is_err() {
            callers.remove(&ticket);
        }
        self.hand_out(inner);
        joined.map(|()| (ticket, turn))
    }

    /// The account of its turn is asked from now on.
    pub(crate) fn asks(&self, ticket: Ticket) {
        let mut inner = self.lock();
        inner.queue.asks(self.now(), ticket);
        self.hand_out(inner);
    }

    /// The account could not do it; the next turn comes through the receiver. What `end` says counts.
    pub(crate) fn failed(&self, ticket: Ticket, end: TryEnd) -> oneshot::Receiver<Turn> {
        self.await_turn(ticket, |queue, now| queue.failed(now, ticket, end))
    }

    /// The account has failed, and it is being found out whether it did it all the same.
    pub(crate) fn is_in_doubt(&self, ticket: Ticket) {
        let mut inner = self.lock();
        inner.queue.is_in_doubt(self.now(), ticket);
    }

    /// Begins anew with all who could do it.
    pub(crate) fn retry(&self, ticket: Ticket) -> oneshot::Receiver<Turn> {
        self.await_turn(ticket, |queue, now| queue.retry(now, ticket))
    }

    /// It is over, or nobody wants it any more.
    pub(crate) fn leave(&self, ticket: Ticket, is_done: bool) {
        let mut inner = self.lock();
        inner.callers.remove(&ticket);
        inner.queue.leave(self.now(), ticket, is_done);
        self.turn(inner, false);
    }

    /// An account joins the team, and may do so much. What it did before it left counts.
    pub fn admit(&self, account: AccountId, allowance: &Allowance) {
        self.lock().queue.admit(account, allowance);
    }

    /// From now on this is the pace, and accounts may do so much. What was done counts on, and who waits goes on at once if
    /// that is in order now.
    pub(crate) fn follow(&self, config: &Config, accounts: &[(AccountId, Allowance)]) {
        let mut inner = self.lock();
        inner.queue.follow(self.now(), pace_of(config, Vec::new()));
        for (account, allowance) in accounts {
            inner.queue.admit(*account, allowance);
        }
        self.turn(inner, true);
    }

    /// An account's place is another one's from now on.
    pub fn renew(&self, account: AccountId) {
        self.lock().queue.renew(account);
    }

    /// Somebody who is not of the team spoke there.
    pub fn heard(&self, conversation: &str) {
        let mut inner = self.lock();
        inner.queue.heard(self.now(), conversation);
    }

    /// An account did something that could not wait.
    pub fn count(&self, account: AccountId, paced: Paced) {
        let mut inner = self.lock();
        inner.queue.count(self.now(), account, paced);
    }

    /// Looks at the queue as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&Queue, Time) -> T) -> T {
        let inner = self.lock();
        look(&inner.queue, self.now())
    }

    /// Those who could serve a ticket now, were they within their pace.
    pub(crate) fn candidates(&self, ticket: Ticket) -> AccountSet {
        let anybody = Seek { tried: AccountSet::EMPTY, speaker: None };
        let inner = self.lock();
        let choose = inner.callers.get(&ticket).map(|caller| &caller.choose);
        let order = choose.and_then(|choose| choose(&self.core.routing(), anybody));
        order.into_iter().flatten().collect()
    }

    /// Turns it whenever time or the team makes it worth while.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.core.changes();
        loop {
            let wake = self.lock().wake.map(|at| self.clock.instant(at));
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let is_changed = tokio::select! {
                () = stop.cancelled() => return,
                changed = changes.changed() => match changed {
                    Ok(()) => true,
                    Err(_) => return,
                },
                () = self.sooner.notified() => continue,
                () = timer => false,
            };
            self.turn(self.lock(), is_changed);
        }
    }

    fn await_turn(&self, ticket: Ticket, act: impl FnOnce(&mut Queue, Time)) -> oneshot::Receiver<Turn> {
        let (told, turn) = oneshot::channel();
        let mut inner = self.lock();
        if let Some(caller) = inner.callers.get_mut(&ticket) {
            caller.told = Some(told);
        }
        act(&mut inner.queue, self.now());
        self.turn(inner, false);
        turn
    }

    fn turn(&self, mut inner: MutexGuard<'_, Inner>, is_changed: bool) {
        let Inner { queue, callers, .. } = &mut *inner;
        let routing = self.core.routing();
        queue.advance(self.now(), is_changed, |ticket, seek| (callers.get(&ticket)?.choose)(&routing, seek));
        self.hand_out(inner);
    }

    fn hand_out(&self, mut inner: MutexGuard<'_, Inner>) {
        let Inner { queue, callers, wake, .. } = &mut *inner;
        while let Some((ticket, turn)) = queue.poll_turn() {
            let told = callers.get_mut(&ticket).and_then(|caller| caller.told.take());
            // Whoever has hung up leaves by himself.
            let _ = told.map(|told| told.send(turn));
        }
        let next = queue.poll_timeout();
        let is_sooner = next.is_some_and(|next| wake.is_none_or(|wake| next < wake));
        *wake = next;
        drop(inner);
        if is_sooner {
            self.sooner.notify_one();
        }
    }

    fn now(&self) -> Time {
        self.clock.now()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("queue", &self.queue).finish_non_exhaustive()
    }
}
