//! What every object of the library calls through: the team in the same process.
//!
//! A call takes the same way as one of a bot that is connected to a gateway, from the request's bytes on:
//! class, order of accounts, failover, ids and files translated there and back.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwapOption;
use ha_wechaty_core::{AccountId, BotId, ClientId, Rpc};
use prost::Message;

use super::{cache::Cache, error::Error, subscribers::Subscribers};
use ha_wechaty_config::{Config, bytes};
use ha_wechaty_team::{
    call::{Caller, UnaryAnswer, ask_one, unary},
    runtime::Asking,
    state::{Shared, sends::Done},
    view::Status,
};

/// The one bot that a team without a gateway has: the program itself.
pub(super) const BOT: BotId = BotId(0);

/// A way to the team, if it runs.
#[derive(Clone)]
pub(crate) struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    self_id: String,
    running: ArcSwapOption<Running>,
    cache: Cache,
    subscribers: Subscribers,
}

/// What is there while the team runs.
pub(super) struct Running {
    pub(super) shared: Arc<Shared>,
    pub(super) asking: Asking,
}

impl Client {
    pub(super) fn new(config: &Config) -> Self {
        let (cache, subscribers) =
            (Cache::new(bytes(config.memory.cache)), Subscribers::new(&config.library));
        let self_id = config.self_id.clone();
        Self { inner: Arc::new(Inner { self_id, running: ArcSwapOption::empty(), cache, subscribers }) }
    }

    /// The contact id of the team's one self.
    pub(super) fn self_id(&self) -> &str {
        &self.inner.self_id
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.inner.cache
    }

    pub(super) fn subscribers(&self) -> &Subscribers {
        &self.inner.subscribers
    }

    pub(super) fn set(&self, running: Option<Running>) {
        self.inner.running.store(running.map(Arc::new));
        self.inner.cache.clear();
    }

    /// The team's state.
    pub(super) fn shared(&self) -> Result<Arc<Shared>, Error> {
        let running = self.inner.running.load();
        running.as_ref().map(|running| running.shared.clone()).ok_or(Error::NotRunning)
    }

    /// How everything stands.
    pub(super) async fn status(&self) -> Result<Status, Error> {
        let running = self.inner.running.load_full().ok_or(Error::NotRunning)?;
        running.asking.look(Status::new).await.ok_or(Error::NotRunning)
    }

    /// An account's name.
    pub(super) fn name(&self, account: AccountId) -> Option<String> {
        Some(self.shared().ok()?.accounts.name(account).to_owned())
    }

    /// The account that alone can answer for this id, by what the id says; none once it has left the team.
    pub(super) fn owner_of(&self, id: &str) -> Option<AccountId> {
        self.shared().ok()?.core.with_identity(|it| it.untag(id).map(|(account, _)| account))
    }

    /// Calls an RPC.
    pub(super) async fn call<A: Message + Default>(
        &self,
        rpc: &'static Rpc,
        request: &impl Message,
    ) -> Result<A, Error> {
        self.call_by(rpc, request).await.map(|(answer, _)| answer)
    }

    /// Calls an RPC; tells which account did it, if one had to.
    pub(super) async fn call_by<A: Message + Default>(
        &self,
        rpc: &'static Rpc,
        request: &impl Message,
    ) -> Result<(A, Option<AccountId>), Error> {
        let (answer, done) = self.call_from(None, rpc, request).await?;
        Ok((answer, done.map(|done| done.by)))
    }

    /// Calls an RPC for the program's own event stream: asking for what an event is about acknowledges it.
    pub(super) async fn call_from<A: Message + Default>(
        &self,
        stream: Option<ClientId>,
        rpc: &'static Rpc,
        request: &impl Message,
    ) -> Result<(A, Option<Done>), Error> {
        let shared = self.shared()?;
        let method = shared.schema.method(rpc);
        let reply = unary(&shared, caller(stream), method, request.encode_to_vec().into()).await;
        let UnaryAnswer { answer, done, acknowledged } = reply;
        // The program has it.
        if let Some(acknowledged) = acknowledged {
            acknowledged.confirm();
        }
        let answer = answer.map_err(|error| Error::of(error, shared.config.reconnect.backoff.cap))?;
        Ok((decode(answer.message)?, done))
    }

    /// Calls an RPC that only looks, at this account if one is named; should it fail there, at any.
    pub(super) async fn look<A: Message + Default>(
        &self,
        via: Option<AccountId>,
        rpc: &'static Rpc,
        request: &impl Message,
    ) -> Result<A, Error> {
        match via {
            Some(account) => match self.ask(account, rpc, request).await {
                Err(_) => self.call(rpc, request).await,
                told => told,
            },
            None => self.call(rpc, request).await,
        }
    }

    /// Calls an RPC at one account.
    pub(super) async fn ask<A: Message + Default>(
        &self,
        account: AccountId,
        rpc: &'static Rpc,
        request: &impl Message,
    ) -> Result<A, Error> {
        let shared = self.shared()?;
        let method = shared.schema.method(rpc);
        let answer = ask_one(&shared, caller(None), method, account, request.encode_to_vec().into()).await;
        decode(answer.map_err(|error| Error::of(error, shared.config.reconnect.backoff.cap))?)
    }
}

/// Our own translation wrote it, so it can be read.
fn decode<A: Message + Default>(answer: bytes::Bytes) -> Result<A, Error> {
    A::decode(answer).map_err(|error| Error::defect(error.to_string()))
}

fn caller(client: Option<ClientId>) -> Caller {
    Caller { bot: BOT, client, inline_files: false, origin: None, until: None }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.inner.self_id)
    }
}
