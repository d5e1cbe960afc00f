//! What is counted, in the terms of Prometheus.
//!
//! Counters are kept as things happen; what can be read off the status is written when somebody asks for it, by the view.

use std::{
    fmt,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_core::{HandEnd, Paced, Standing};
use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};

use super::{
    Door,
    exports::Exports,
    footings::Footings,
    labels::{
        AccountLabels, AlarmLabels, AttemptLabels, BotLabels, CallLabels, DoorLabels, HandLabels, HeldLabels,
        LimitLabels, PacedLabels, PhaseLabels, ReloadLabels, SendLabels, TellingLabels, TurnLabels,
    },
};
use crate::state::sends::{Proof, SendOutcome};

/// All counters.
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    seconds: Histogram,
    attempts: Family<AttemptLabels, Counter>,
    refused: Family<DoorLabels, Counter>,
    dings: Family<AccountLabels, Counter>,
    resets: Family<AccountLabels, Counter>,
    evictions: Family<AccountLabels, Counter>,
    deaf: Family<AccountLabels, Counter>,
    copies: Counter,
    pub(crate) up: Gauge,
    pub(crate) usable: Gauge,
    pub(crate) phase: Family<PhaseLabels, Gauge>,
    pub(crate) alarms: Family<AlarmLabels, Gauge>,
    tellings: Family<TellingLabels, Counter>,
    pub(crate) evidence: Family<AccountLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    pub(crate) outstanding: Family<AccountLabels, Gauge>,
    pub(crate) same_person: Family<AccountLabels, Gauge>,
    pub(crate) streams: Family<BotLabels, Gauge>,
    pub(crate) bot_backlog: Family<BotLabels, Gauge>,
    pub(crate) bot_dropped: Family<BotLabels, Gauge>,
    footings: Footings,
    /// Traces that were handed to their collector.
    pub exports: Exports,
    hands: Family<HandLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
    pub(crate) backlog: Gauge,
    pub(crate) waiting_events: Family<BotLabels, Gauge>,
    pub(crate) waiting_calls: Family<BotLabels, Gauge>,
    pub(crate) away: Family<BotLabels, Gauge>,
    pub(crate) dropped: Gauge,
    sends: Family<SendLabels, Counter>,
    pub(crate) waiting: Gauge,
    pub(crate) rooms: Gauge,
    pub(crate) rooms_alone: Gauge,
    pub(crate) rooms_unavailable: Gauge,
    pub(crate) longest_wait: Gauge<f64, std::sync::atomic::AtomicU64>,
    pub(crate) queue_oldest: Family<PacedLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    pub(crate) probation: Family<AccountLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    waits: Histogram,
    longest_input: Gauge<f64, std::sync::atomic::AtomicU64>,
    turns: Family<TurnLabels, Counter>,
    expired: Family<PacedLabels, Counter>,
    full: Counter,
    pub(crate) used: Family<LimitLabels, Gauge>,
    pub(crate) held: Family<HeldLabels, Gauge>,
    pub(crate) held_bytes: Family<HeldLabels, Gauge>,
    pub(crate) held_limit: Family<HeldLabels, Gauge>,
    pub(crate) resident: Gauge,
    pub(crate) tasks: Gauge,
    pub(crate) entries: Family<HeldLabels, Gauge>,
    pub(crate) store_bytes: Gauge,
    pub(crate) store_position: Gauge,
    pub(crate) store_trouble: Gauge<f64, std::sync::atomic::AtomicU64>,
    pub(crate) store_unkept: Gauge<f64, std::sync::atomic::AtomicU64>,
    pub(crate) journal_lag: Gauge<f64, std::sync::atomic::AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut it = Self {
            registry: Registry::with_prefix("ha_wechaty"),
            calls: Family::default(),
            // From 100 µs to 52 s.
            seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 20)),
            attempts: Family::default(),
            refused: Family::default(),
            dings: Family::default(),
            resets: Family::default(),
            evictions: Family::default(),
            deaf: Family::default(),
            copies: Counter::default(),
            up: Gauge::default(),
            usable: Gauge::default(),
            phase: Family::default(),
            alarms: Family::default(),
            tellings: Family::default(),
            evidence: Family::default(),
            outstanding: Family::default(),
            same_person: Family::default(),
            streams: Family::default(),
            bot_backlog: Family::default(),
            bot_dropped: Family::default(),
            footings: Footings::default(),
            exports: Exports::default(),
            hands: Family::default(),
            reloads: Family::default(),
            backlog: Gauge::default(),
            waiting_events: Family::default(),
            waiting_calls: Family::default(),
            away: Family::default(),
            dropped: Gauge::default(),
            sends: Family::default(),
            waiting: Gauge::default(),
            rooms: Gauge::default(),
            rooms_alone: Gauge::default(),
            rooms_unavailable: Gauge::default(),
            longest_wait: Gauge::default(),
            queue_oldest: Family::default(),
            probation: Family::default(),
            longest_input: Gauge::default(),
            // From 1 ms to 131 s.
            waits: Histogram::new(exponential_buckets(0.001, 2.0, 18)),
            turns: Family::default(),
            expired: Family::default(),
            full: Counter::default(),
            used: Family::default(),
            held: Family::default(),
            held_bytes: Family::default(),
            held_limit: Family::default(),
            resident: Gauge::default(),
            tasks: Gauge::default(),
            entries: Family::default(),
            store_bytes: Gauge::default(),
            store_position: Gauge::default(),
            store_trouble: Gauge::default(),
            store_unkept: Gauge::default(),
            journal_lag: Gauge::default(),
        };
        let r = &mut it.registry;
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        r.register("build", "Which version this is", version);
        let began = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        began.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        r.register_with_unit("start_time", "When it began, since 1970", Unit::Seconds, began);
        it.footings.register(r);
        it.exports.register(r);
        r.register("hands", "What operators did to accounts, by what came of it", it.hands.clone());
        r.register("reloads", "Configurations that were read again", it.reloads.clone());
        for result in ["taken", "partly", "refused"] {
            drop(it.reloads.get_or_create(&ReloadLabels { result }));
        }
        r.register("calls", "Calls of bots, by what they were answered", it.calls.clone());
        r.register_with_unit(
            "call_duration",
            "From a bot's call to its answer",
            Unit::Seconds,
            it.seconds.clone(),
        );
        r.register("attempts", "Calls at accounts, by what came of them", it.attempts.clone());
        r.register("refused", "Bots and operators that were not let in", it.refused.clone());
        for door in [Door::Bot, Door::Admin, Door::Login] {
            drop(it.refused.get_or_create(&DoorLabels { door: door.name() }));
        }
        r.register("dings", "Dings that were sent", it.dings.clone());
        r.register("resets", "Puppets that were reset", it.resets.clone());
        r.register(
            "evictions",
            "Puppets that were stopped, since another client held the account's event stream",
            it.evictions.clone(),
        );
        r.register(
            "deaf_streams",
            "Event streams by which nothing came any more, and that were opened anew",
            it.deaf.clone(),
        );
        r.register("copies", "Messages that another account had shown before", it.copies.clone());
        r.register("team_available", "1 while any account gets work", it.up.clone());
        r.register("accounts_usable", "Accounts that get work", it.usable.clone());
        r.register("account_phase", "1 for the phase that the account is in", it.phase.clone());
        r.register("alarms_open", "Alarms that are open", it.alarms.clone());
        r.register(
            "alarm_tellings",
            "How often it was tried to tell people of alarms, and whether that arrived",
            it.tellings.clone(),
        );
        r.register_with_unit(
            "account_last_evidence",
            "Since the account last showed that it works",
            Unit::Seconds,
            it.evidence.clone(),
        );
        r.register(
            "account_same_person",
            "How many others are logged in as the same WeChat person: one of them gets work",
            it.same_person.clone(),
        );
        r.register("account_dings_outstanding", "Dings that were not answered", it.outstanding.clone());
        r.register("bot_streams", "Event streams of a bot that are open", it.streams.clone());
        r.register("bot_backlog_events", "Events that a bot has not acknowledged", it.bot_backlog.clone());
        r.register("bot_dropped_events", "Events that a bot was never given", it.bot_dropped.clone());
        r.register("backlog_events", "Events that bots have not acknowledged", it.backlog.clone());
        r.register(
            "bot_waiting_events",
            "Events that wait for a bot that has no stream",
            it.waiting_events.clone(),
        );
        r.register("bot_waiting_calls", "Calls of a bot that wait for their turn", it.waiting_calls.clone());
        r.register_with_unit(
            "bot_away",
            "Since a bot has no stream, 0 if it has one",
            Unit::Seconds,
            it.away.clone(),
        );
        r.register(
            "dropped_events",
            "Events dropped unseen, since a bot was away too long",
            it.dropped.clone(),
        );
        r.register("sends", "Sends of bots, by what became of them and how that is known", it.sends.clone());
        r.register("rooms", "Rooms that some account is in", it.rooms.clone());
        r.register("rooms_alone", "Rooms that one account alone is in", it.rooms_alone.clone());
        r.register("rooms_unavailable", "Rooms in which no account gets work", it.rooms_unavailable.clone());
        r.register("waiting_sends", "Calls that wait for their turn", it.waiting.clone());
        r.register_with_unit(
            "longest_wait",
            "Since when the call waits that has waited longest",
            Unit::Seconds,
            it.longest_wait.clone(),
        );
        r.register_with_unit(
            "queue_oldest",
            "Since when the call waits that has waited longest, of each kind of work; 0 if none waits",
            Unit::Seconds,
            it.queue_oldest.clone(),
        );
        r.register_with_unit(
            "account_probation",
            "For how long the account's event stream is still watched, since it may have gone deaf; 0 if it is not",
            Unit::Seconds,
            it.probation.clone(),
        );
        r.register_with_unit(
            "core_longest_input",
            "The longest that all accounts and bots waited for the core to be done with one thing",
            Unit::Seconds,
            it.longest_input.clone(),
        );
        r.register_with_unit(
            "wait_duration",
            "From a call to its turn with an account",
            Unit::Seconds,
            it.waits.clone(),
        );
        r.register("turns", "Work that an account was given within its pace", it.turns.clone());
        r.register("expired_waits", "Calls that waited too long", it.expired.clone());
        // From 0 on: a rule that looks at what grows sees the first as well.
        for paced in Paced::ALL {
            drop(it.expired.get_or_create(&PacedLabels { work: paced.name() }));
        }
        r.register("refused_waits", "Calls refused since too many waited already", it.full.clone());
        r.register("account_pace_used", "How much of a limit the account has used", it.used.clone());
        r.register("held", "Things that are remembered", it.held.clone());
        r.register_with_unit("held", "What they weigh", Unit::Bytes, it.held_bytes.clone());
        r.register_with_unit("held_limit", "What they may weigh", Unit::Bytes, it.held_limit.clone());
        r.register_with_unit(
            "resident",
            "What the process has of the machine's memory",
            Unit::Bytes,
            it.resident.clone(),
        );
        r.register("tasks", "What the process works on, at once and by and by", it.tasks.clone());
        r.register("entries", "Entries of tables that are bounded by a number or an age", it.entries.clone());
        r.register_with_unit(
            "store",
            "What the store takes on the disk",
            Unit::Bytes,
            it.store_bytes.clone(),
        );
        r.register(
            "store_position",
            "The last record of the store that is durable",
            it.store_position.clone(),
        );
        r.register_with_unit(
            "store_unwritable",
            "For how long nothing can be written to the store; 0 while it can be",
            Unit::Seconds,
            it.store_trouble.clone(),
        );
        r.register_with_unit(
            "store_unkept",
            "For how long no snapshot of the store can be kept; 0 while it can be",
            Unit::Seconds,
            it.store_unkept.clone(),
        );
        r.register_with_unit(
            "journal_lag",
            "The age of the oldest fact that is not durable yet; 0 when all are",
            Unit::Seconds,
            it.journal_lag.clone(),
        );
        it
    }
}

impl Metrics {
    /// A bot's call was answered.
    pub fn call(&self, rpc: &'static str, code: tonic::Code, took: Duration) {
        self.calls.get_or_create(&CallLabels { rpc, code: format!("{code:?}") }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// An account was asked.
    pub fn attempt(&self, account: &str, outcome: &'static str) {
        self.attempts.get_or_create(&AttemptLabels { account: account.to_owned(), outcome }).inc();
    }

    /// Somebody was not let in.
    pub fn refused(&self, door: Door) {
        self.refused.get_or_create(&DoorLabels { door: door.name() }).inc();
    }

    /// An account was asked for a sign of life.
    pub fn ding(&self, account: &str) {
        self.dings.get_or_create(&AccountLabels { account: account.to_owned() }).inc();
    }

    /// An account's puppet was reset.
    pub fn reset(&self, account: &str) {
        self.resets.get_or_create(&AccountLabels { account: account.to_owned() }).inc();
    }

    /// An account's event stream was taken from whoever held it, or was to be.
    pub fn eviction(&self, account: &str) {
        self.evictions.get_or_create(&AccountLabels { account: account.to_owned() }).inc();
    }

    /// An account's event stream was found deaf.
    pub fn deaf_stream(&self, account: &str) {
        self.deaf.get_or_create(&AccountLabels { account: account.to_owned() }).inc();
    }

    /// An account stands there now, and until now where it was told so last.
    pub fn stands(&self, account: &str, standing: Standing) {
        self.footings.stands(account, standing, Instant::now());
    }

    /// Whether any account gets work now, and until now what was told so last.
    pub fn team_stands(&self, is_up: bool) {
        self.footings.team_stands(is_up, Instant::now());
    }

    /// An operator has done something to an account.
    pub fn hand(&self, hand: &'static str, end: HandEnd) {
        self.hands.get_or_create(&HandLabels { hand, end: end.name() }).inc();
    }

    /// A configuration was read again: it was taken, but for accounts that could not be added or changed; or it was not.
    pub fn reload(&self, is_taken: bool, is_whole: bool) {
        let result = match (is_taken, is_whole) {
            (false, _) => "refused",
            (true, false) => "partly",
            (true, true) => "taken",
        };
        self.reloads.get_or_create(&ReloadLabels { result }).inc();
    }

    /// It was tried to tell people of alarms.
    pub fn telling(&self, way: &str, has_arrived: bool) {
        let result = if has_arrived { "arrived" } else { "failed" };
        self.tellings.get_or_create(&TellingLabels { way: way.to_owned(), result }).inc();
    }

    /// A bot's send is over.
    pub fn send(&self, outcome: SendOutcome, how: Proof) {
        self.sends.get_or_create(&SendLabels { outcome: outcome.name(), how: how.name() }).inc();
    }

    /// A call has its turn with an account.
    pub fn turn(&self, account: &str, paced: Paced, waited: Duration) {
        self.turns.get_or_create(&TurnLabels { account: account.to_owned(), work: paced.name() }).inc();
        self.waits.observe(waited.as_secs_f64());
    }

    /// The core was busy with one thing for so long.
    pub fn input(&self, took: Duration) {
        // One task alone tells.
        if took.as_secs_f64() > self.longest_input.get() {
            self.longest_input.set(took.as_secs_f64());
        }
    }

    /// A call's time was up.
    pub fn expired(&self, paced: Paced) {
        self.expired.get_or_create(&PacedLabels { work: paced.name() }).inc();
    }

    /// A call was refused, since too many waited.
    pub fn queue_was_full(&self) {
        self.full.inc();
    }

    /// A message was no news.
    pub fn copy(&self) {
        self.copies.inc();
    }

    /// Everything as text. What is read off the status, whoever asks has written before.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
