//! What runs for each account of the team: its link, and its host if its puppet runs here.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ha_wechaty_core::AccountId;
use ha_wechaty_wire::tls::TlsError;
use tokio::time::{Instant, timeout_at};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    account::Link,
    config::{Account, Hosted},
    host,
    shared::Shared,
};

/// An account that is ready to run: nothing of it can fail any more.
#[derive(Debug)]
pub(crate) struct Ready {
    place: AccountId,
    link: Link,
    hosted: Option<Hosted>,
    stop_link: CancellationToken,
}

impl Ready {
    /// Sets up everything that may fail. Nothing runs yet; its link will end when `stop` says so, at the latest.
    ///
    /// # Errors
    /// The account's certificate authorities can't be used.
    pub(crate) fn new(
        shared: &Arc<Shared>,
        place: AccountId,
        account: &Account,
        stop: &CancellationToken,
    ) -> Result<Self, TlsError> {
        let stop_link = stop.child_token();
        let link = Link::new(shared.clone(), place, &account.provider, stop_link.clone())?;
        Ok(Self { place, link, hosted: account.hosted().cloned(), stop_link })
    }
}

/// All that run.
#[derive(Debug, Default)]
pub(crate) struct Members(BTreeMap<AccountId, Member>);

#[derive(Debug)]
struct Member {
    link: Running,
    host: Option<Running>,
}

impl Members {
    /// Lets an account run; it is connected when the core says so.
    pub(crate) fn begin(&mut self, shared: &Arc<Shared>, ready: Ready) {
        let Ready { place, link, hosted, stop_link } = ready;
        let orders = shared.links.begin(place);
        let link = Running::new(stop_link, link.run(orders));
        let host = hosted.map(|hosted| {
            let stop = CancellationToken::new();
            Running::new(stop.clone(), host::keep(shared.clone(), place, hosted, stop))
        });
        self.0.insert(place, Member { link, host });
    }

    /// Ends one: its link first, within so long, then its host, which keeps its session.
    pub(crate) async fn end(&mut self, shared: &Shared, place: AccountId, within: Duration) {
        if let Some(Member { link, host }) = self.0.remove(&place) {
            link.end(Instant::now() + within).await;
            if let Some(host) = host {
                // It kills its process if that does not end in time.
                host.end_in_peace().await;
            }
        }
        shared.links.end(place);
        shared.hosts.end(place);
    }

    /// Ends all links, until then at the latest.
    pub(crate) async fn end_links(&mut self, until: Instant) {
        self.0.values().for_each(|member| member.link.stop.cancel());
        for member in self.0.values_mut() {
            member.link.finish(until).await;
        }
    }

    /// Ends all hosts, whose links have ended.
    pub(crate) async fn end_hosts(&mut self) {
        self.0.values().filter_map(|member| member.host.as_ref()).for_each(|host| host.stop.cancel());
        for host in std::mem::take(&mut self.0).into_values().filter_map(|member| member.host) {
            host.end_in_peace().await;
        }
    }
}

/// A task, and what tells it to end. Dropped, it ends at once.
#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Running {
    fn new(stop: CancellationToken, task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { stop, task: AbortOnDropHandle::new(tokio::spawn(task)) }
    }

    /// Tells it to end, and ends it then if it has not.
    async fn end(mut self, until: Instant) {
        self.stop.cancel();
        self.finish(until).await;
    }

    /// Tells it to end, and waits for it.
    async fn end_in_peace(self) {
        self.stop.cancel();
        // A task that has panicked has ended too.
        let _ = self.task.await;
    }

    /// Waits until it has ended, and ends it then if it has not.
    async fn finish(&mut self, until: Instant) {
        if timeout_at(until, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
