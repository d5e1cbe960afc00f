//! Accounts that cost as little as they can: puppet services on a thread of their own, plaintext HTTP/2, which take any
//! token, answer every RPC with bytes that are nearly ready, and tell events.

mod answers;
mod serve;
mod telling;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::time::{ClockId, clock_gettime};
use tokio::{
    sync::{mpsc, oneshot},
    task::LocalSet,
};

use serve::Account;

pub(crate) use answers::{ALICE, FILE, MESSAGE, file_box, framed};
pub(crate) use telling::Telling;

/// So many orders may wait.
const ORDERS: usize = 4;

/// What the thread is asked to do.
enum Order {
    /// How much processor it has taken so far.
    Taken(oneshot::Sender<Duration>),
    /// To tell messages; it says when all are told.
    Tell(Telling, oneshot::Sender<()>),
}

/// Accounts, at least one. They end with this.
pub(crate) struct Town {
    accounts: Vec<SocketAddr>,
    calls: Arc<AtomicU64>,
    orders: mpsc::Sender<Order>,
}

impl Town {
    /// So many, each on a port of its own.
    pub(crate) fn start(accounts: usize) -> Result<Self> {
        let listen = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listeners = (0..accounts).map(listen).collect::<Result<Vec<_>, _>>()?;
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        let (orders, taken) = mpsc::channel(ORDERS);
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        thread::Builder::new().name("accounts".into()).spawn(move || live(listeners, counted, taken))?;
        Ok(Self { accounts: addresses, calls, orders })
    }

    /// Where they listen.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.accounts
    }

    /// How many calls have come so far, event streams among them.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How much processor all of them have taken so far.
    pub(crate) async fn taken(&self) -> Result<Duration> {
        let (answer, taken) = oneshot::channel();
        self.orders.send(Order::Taken(answer)).await.ok().context("the accounts are gone")?;
        taken.await.context("the accounts are gone")
    }

    /// Tells messages on all event streams that are open; returns when all are told.
    pub(crate) async fn tell(&self, telling: Telling) -> Result<()> {
        let (answer, told) = oneshot::channel();
        self.orders.send(Order::Tell(telling, answer)).await.ok().context("the accounts are gone")?;
        told.await.context("the accounts are gone")
    }
}

fn live(listeners: Vec<TcpListener>, calls: Arc<AtomicU64>, mut orders: mpsc::Receiver<Order>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    LocalSet::new().block_on(&runtime, async move {
        let mut accounts = Vec::new();
        for (place, listener) in listeners.into_iter().enumerate() {
            let account = Rc::new(Account::new(place, calls.clone()));
            tokio::task::spawn_local(serve::serve(listener, account.clone()));
            accounts.push(account);
        }
        while let Some(order) = orders.recv().await {
            match order {
                Order::Taken(answer) => {
                    let _ = answer.send(processor());
                }
                Order::Tell(telling, answer) => {
                    let accounts = accounts.clone();
                    tokio::task::spawn_local(async move {
                        telling::tell(&accounts, telling).await;
                        let _ = answer.send(());
                    });
                }
            }
        }
    });
}

/// How much processor this thread has taken.
fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
