//! What runs for each account of the team: its link, and its host if its puppet runs here.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use ha_wechaty_core::AccountId;
use ha_wechaty_host::{Home, Lines, keep};
use ha_wechaty_wire::tls::TlsError;
use tokio::time::{Instant, timeout_at};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    account::{Link, LinkStop},
    state::{
        Shared,
        accounts::AccountSide,
        records::{LineKind, Records, Who},
    },
};
use ha_wechaty_config::{AccountConfig, Hosted};

/// An account that is ready to run: nothing of it can fail any more.
#[derive(Debug)]
pub struct Ready {
    place: AccountId,
    link: Link,
    hosted: Option<Hosted>,
    ends: LinkStop,
}

impl Ready {
    /// Sets up everything that may fail. Nothing runs yet; its link will end when `stop` says so, at the latest.
    ///
    /// # Errors
    /// The account's certificate authorities can't be used.
    pub fn new(
        shared: &Arc<Shared>,
        place: AccountId,
        account: &AccountConfig,
        stop: &CancellationToken,
    ) -> Result<Self, TlsError> {
        let ends = LinkStop::with(stop);
        let link = Link::new(shared.clone(), place, &account.provider, ends.clone())?;
        Ok(Self { place, link, hosted: account.hosted().cloned(), ends })
    }
}

/// All that run.
#[derive(Debug, Default)]
pub(super) struct Members(BTreeMap<AccountId, Member>);

#[derive(Debug)]
struct Member {
    link: Running<LinkStop>,
    host: Option<Running<CancellationToken>>,
}

impl Members {
    /// Lets an account run; it is connected when the core says so.
    pub(super) fn begin(&mut self, shared: &Arc<Shared>, ready: Ready) {
        let Ready { place, link, hosted, ends } = ready;
        let orders = shared.accounts.links.begin(place);
        let link = Running::new(ends, link.run(orders));
        let host = hosted.map(|hosted| {
            let stop = CancellationToken::new();
            Running::new(stop.clone(), keep(home(shared, place), hosted, stop))
        });
        self.0.insert(place, Member { link, host });
    }

    /// Has one take in no more: what it has been told by then is read, and known when this returns.
    pub(super) async fn leave(&self, place: AccountId, until: Instant) {
        if let Some(member) = self.0.get(&place) {
            member.link.ends.leave(until).await;
        }
    }

    /// Has all take in no more, beside one another, as [`Members::leave`].
    pub(super) async fn leave_all(&self, until: Instant) {
        join_all(self.0.values().map(|member| member.link.ends.leave(until))).await;
    }

    /// Ends one: its link first, within so long, then its host, which keeps its session.
    pub(super) async fn end(&mut self, accounts: &AccountSide, place: AccountId, within: Duration) {
        if let Some(Member { mut link, host }) = self.0.remove(&place) {
            link.ends.stop();
            link.finish(Instant::now() + within).await;
            if let Some(host) = host {
                // It kills its process if that does not end in time.
                host.end_in_peace().await;
            }
        }
        accounts.links.end(place);
        accounts.hosts.end(place);
    }

    /// Ends all links, until then at the latest.
    pub(super) async fn end_links(&mut self, until: Instant) {
        self.0.values().for_each(|member| member.link.ends.stop());
        for member in self.0.values_mut() {
            member.link.finish(until).await;
        }
    }

    /// Ends all hosts, whose links have ended.
    pub(super) async fn end_hosts(&mut self) {
        self.0.values().filter_map(|member| member.host.as_ref()).for_each(|host| host.ends.cancel());
        for host in std::mem::take(&mut self.0).into_values().filter_map(|member| member.host) {
            host.end_in_peace().await;
        }
    }
}

/// What the host of an account needs of the team.
fn home(shared: &Arc<Shared>, account: AccountId) -> Home {
    Home {
        team: shared.config.self_id.clone(),
        name: shared.accounts.name(account).to_owned(),
        account,
        host: shared.config.host.clone(),
        backoff: shared.config.reconnect.backoff,
        hosts: shared.accounts.hosts.clone(),
        lines: Arc::new(Printed { records: shared.records.clone(), who: Who::Account(account) }),
    }
}

/// The lines that an account's puppet prints.
#[derive(Debug)]
struct Printed {
    records: Arc<Records>,
    who: Who,
}

impl Lines for Printed {
    fn lets(&self, words: &str) -> bool {
        self.records.hush.lets(self.who, LineKind::Printed, || words.to_owned())
    }

    fn holds(&self, words: &str) {
        self.records.hush.holds(self.who, LineKind::Printed, || words.to_owned());
    }
}

/// A task, and what tells it to end. Dropped, it ends at once.
#[derive(Debug)]
struct Running<E> {
    ends: E,
    task: AbortOnDropHandle<()>,
}

impl<E> Running<E> {
    fn new(ends: E, task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { ends, task: AbortOnDropHandle::new(tokio::spawn(task)) }
    }

    /// Waits until it has ended, and ends it then if it has not.
    async fn finish(&mut self, until: Instant) {
        if timeout_at(until, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Running<CancellationToken> {
    /// Tells it to end, and waits for it.
    async fn end_in_peace(self) {
        self.ends.cancel();
        // A task that has panicked has ended too.
        let _ = self.task.await;
    }
}
