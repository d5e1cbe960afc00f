//! What every part of the shell reads, and where it tells what it found out.

pub mod accounts;
pub mod backlog;
pub mod bots;
pub mod bounded;
pub mod budget;
pub mod knowledge;
pub mod records;
pub mod sending;
pub mod sends;
pub mod transit;
pub mod underway;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use ha_wechaty_core::{AccountId, AccountSet, Draw, Identity, Input, Round, Routing, SendId};
use ha_wechaty_host::Hosts;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use self::{
    accounts::{Links, Roster},
    backlog::{Backlog, Held},
    bots::{Streams, Tokens},
    budget::Budget,
    knowledge::{Book, Fresh, Names},
    records::{Door, Hush, Metrics, Refusals},
    sending::{Doubts, Late, Pacer, Unsettled},
    sends::Ledger,
    transit::Spool,
    underway::{Alone, Aside, Rounds},
};
use crate::schema::Schema;
use ha_wechaty_config::{Config, bytes};

/// The state that calls work on. The core is not in it: it is told facts, and publishes its view.
#[derive(Debug)]
pub struct Shared {
    /// But for its accounts: they come and go, see `roster`.
    pub config: Config,
    /// Who is in the team.
    pub roster: Roster,
    /// What can be called.
    pub schema: Schema,
    /// The accounts' connections.
    pub links: Links,
    /// Puppets that run here.
    pub hosts: Arc<Hosts>,
    /// Which bot has which token.
    pub tokens: Tokens,
    /// The bots' open streams.
    pub streams: Streams,
    /// Messages that bots may ask for.
    pub book: Book,
    /// Who knows what is dirty.
    pub fresh: Fresh,
    /// What the team is called.
    pub names: Names,
    /// Files on their way.
    pub spool: Spool,
    /// What requests of bots and their answers weigh that are on their way.
    pub requests: Arc<Budget>,
    /// What calls weigh that have had their turn, until their accounts have answered.
    pub asked: Arc<Budget>,
    /// Files of which it is not known whether they were sent.
    pub unsure: Doubts,
    /// Sends that wait for a witness.
    pub unsettled: Unsettled,
    /// Where bots are given a backlog.
    pub late: Late,
    /// Calls that go on though nobody waits for them.
    pub alone: Alone,
    /// Lists of all that the accounts know.
    pub rounds: Rounds,
    /// Where long lists are worked on.
    pub aside: Aside,
    /// Numbers.
    pub metrics: Metrics,
    refusals: Refusals,
    /// How many lines of the log each account has.
    pub hush: Hush,
    /// Ends the calls that are still under way when the gateway must end.
    pub cut_calls: CancellationToken,
    /// What became of what bots sent.
    pub sends: Ledger,
    /// Where calls wait for their turn.
    pub pacer: Pacer,
    routing: ArcSwap<Routing>,
    version: watch::Sender<u64>,
    /// Unbounded, since calls must never wait for the core; those who tell are bounded by their own connections, and
    /// accounts' streams by their [`Backlog`].
    facts: mpsc::UnboundedSender<Fact>,
    tickets: [AtomicU64; TICKETS],
    send_ids: AtomicU64,
}

/// A fact on its way to the core.
#[derive(Debug)]
pub struct Fact {
    /// What is told.
    pub fact: Input,
    /// Its account may tell more once this is dropped.
    _held: Option<Held>,
}

/// Counters of tickets; sets of accounts share them by their bits.
const TICKETS: usize = 64;

impl Shared {
    /// The state of a team that begins.
    ///
    /// # Errors
    /// The spool can't be used.
    pub fn new(
        mut config: Config,
        schema: Schema,
        routing: Routing,
        facts: mpsc::UnboundedSender<Fact>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            links: Links::new(bytes(config.memory.facts)),
            hosts: Arc::new(Hosts::new(config.host.clone())),
            tokens: Tokens::new(config.bots.iter().map(|bot| &bot.token)),
            streams: Streams::new(bytes(config.memory.streams)),
            book: Book::new(&config.memory),
            fresh: Fresh::default(),
            names: Names::default(),
            spool: Spool::new(&config)?,
            requests: Budget::new(bytes(config.memory.requests), config.bots.len()),
            asked: Budget::new(bytes(config.memory.waiting), config.bots.len()),
            unsure: Doubts::default(),
            unsettled: Unsettled::default(),
            late: Late::default(),
            alone: Alone::default(),
            rounds: Rounds::default(),
            aside: Aside::new(config.bots.len()),
            metrics: Metrics::default(),
            refusals: Refusals::default(),
            hush: Hush::new(config.admin.log_lines),
            cut_calls: CancellationToken::new(),
            sends: Ledger::new(config.admin.sends, bytes(config.memory.sends)),
            pacer: Pacer::new(&config),
            roster: Roster::new(&mut config),
            routing: ArcSwap::from_pointee(routing),
            version: watch::Sender::new(0),
            tickets: std::array::from_fn(|_| AtomicU64::new(0)),
            send_ids: AtomicU64::new(0),
            config,
            schema,
            facts,
        })
    }

    /// Somebody was not let in.
    pub fn refuse(&self, door: Door, peer: Option<IpAddr>) {
        self.metrics.refused(door);
        self.refusals.note(door, peer);
    }

    /// Who was not let in lately.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The team as it is now.
    pub fn routing(&self) -> Arc<Routing> {
        self.routing.load_full()
    }

    /// The core published a new view.
    pub fn publish(&self, routing: Arc<Routing>) {
        self.routing.store(routing);
        self.tell_change();
    }

    /// Something has changed that is not in the core's view: whoever waits for a change looks again.
    pub fn tell_change(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Says when something has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// How ids are translated, for one use: names and the virtual self never change.
    pub fn with_identity<T>(&self, f: impl FnOnce(&Identity) -> T) -> T {
        f(self.routing.load().identity())
    }

    /// Tells the core. Once it is gone nobody needs to know.
    pub fn tell(&self, fact: Input) {
        let _ = self.facts.send(Fact { fact, _held: None });
    }

    /// Tells the core what an account's own stream has told, which counts there until the core has taken it.
    pub fn tell_from(&self, backlog: &Arc<Backlog>, fact: Input) {
        let held = backlog.hold(&fact);
        let _ = self.facts.send(Fact { fact, _held: Some(held) });
    }

    /// A number for a send.
    pub fn next_send(&self) -> SendId {
        SendId(self.send_ids.fetch_add(1, Ordering::Relaxed))
    }

    /// All accounts of the team.
    pub fn everybody(&self) -> AccountSet {
        self.roster.everybody()
    }

    /// An account's name, for people; that of one that has left, too.
    pub fn name(&self, account: AccountId) -> &str {
        self.roster.name(account).unwrap_or("?")
    }

    /// The largest message of the protocol, in bytes.
    pub fn max_message(&self) -> usize {
        usize::try_from(self.config.gateway.max_message.as_u64()).unwrap_or(usize::MAX)
    }

    /// A message over the limit is refused in numbers only; this says which key sets the limit.
    pub fn explain_size(&self, status: Status) -> Status {
        if status.code() != Code::OutOfRange || !status.message().contains("too large") {
            return status;
        }
        let max = self.max_message();
        Status::out_of_range(format!("{} (gateway.max_message = {max} bytes)", status.message()))
    }

    /// Whether WeChat's own words say that it was too much.
    pub fn is_throttled(&self, status: &Status) -> bool {
        let words = &self.config.health.throttle_words;
        words.iter().any(|words| status.message().contains(words.as_str()))
    }

    /// Whether these are words by which a puppet is known to refuse.
    pub fn has_known_words(&self, status: &Status) -> bool {
        let words = &self.config.health.unreachable_words;
        self.is_throttled(status) || words.iter().any(|words| status.message().contains(words.as_str()))
    }

    /// How long one attempt of a call may take.
    pub fn deadline(&self, idempotent: bool, file: bool) -> Duration {
        let calls = &self.config.calls;
        match (file, idempotent) {
            (true, _) => calls.file,
            (_, true) => calls.read,
            _ => calls.send,
        }
    }
}

impl Draw for Shared {
    fn ticket(&self, among: AccountSet, round: Round) -> u64 {
        let set = among.bits().wrapping_mul(2).wrapping_add(round as u64);
        let slot = set.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        self.tickets[slot as usize % TICKETS].fetch_add(1, Ordering::Relaxed)
    }

    fn random(&self) -> u64 {
        // A counter, stirred: spreading needs no secrets.
        let count = self.tickets[0].fetch_add(1, Ordering::Relaxed);
        fastrand::Rng::with_seed(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)).u64(..)
    }

    fn load(&self, account: AccountId) -> u64 {
        self.links.load(account)
    }
}
