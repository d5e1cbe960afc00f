//! How much is remembered, of what, and how much may be.

use std::collections::BTreeMap;

use ha_wechaty_core::{Refresh, Team};
use serde::{Deserialize, Serialize};

use crate::state::{Shared, accounts::AccountSide, backlog::Backlog, bounded::Load};
use ha_wechaty_config::bytes;

/// How much is remembered of one sort of things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of what: `messages`, `strangers`, …
    pub of: String,
    /// How many of them.
    pub entries: u64,
    /// What they weigh.
    pub bytes: u64,
    /// What they may weigh.
    pub limit: u64,
}

impl Held {
    fn new(of: &str, load: Load) -> Self {
        let Load { entries, bytes, limit } = load;
        let [entries, bytes, limit] = [entries, bytes, limit].map(|n| n.try_into().unwrap_or(u64::MAX));
        Self { of: of.to_owned(), entries, bytes, limit }
    }
}

/// All that is remembered.
pub(super) fn held(team: &Team, shared: &Shared) -> Vec<Held> {
    let (bots, config) = (team.bots(), &shared.config.gateway);
    // Each stream of a bot has a backlog of its own, and so has each bot that is away.
    let backlogs = bots.connected() + shared.bots.all().len();
    let backlog = Load {
        entries: bots.backlog(),
        bytes: bots.backlog_bytes(),
        limit: bytes(config.replay_bytes).saturating_mul(backlogs),
    };
    let memory = &shared.config.memory;
    let (dedup, directory) = (team.dedup(), team.directory());
    let dedup = Load { entries: dedup.len(), bytes: dedup.weight(), limit: bytes(memory.dedup) };
    let limit = bytes(memory.conversations);
    let directory = Load { entries: directory.len(), bytes: directory.weight(), limit };
    let refresh = team.refresh();
    let rooms = Load { entries: refresh.kept(), bytes: refresh.weight(), limit: Refresh::limit() };
    let (entries, bytes_waiting) = shared.sending.pacer.look(|queue, _| (queue.waiting(), queue.weight()));
    let waiting = Load { entries, bytes: bytes_waiting, limit: bytes(memory.waiting) };
    let (requests, facts) = (shared.transit.requests.load(), facts(&shared.accounts, bytes(memory.facts)));
    let core = [
        ("facts", facts),
        ("backlog", backlog),
        ("requests", requests),
        ("waiting", waiting),
        ("asked", shared.sending.asked.load()),
        ("streams", shared.bots.streams.load()),
        ("dedup", dedup),
        ("conversations", directory),
        ("rooms", rooms),
        ("sends", shared.records.sends.load()),
    ];
    let tail = shared.records.tail.get().map(|tail| ("log", tail.load()));
    let all =
        shared.knowledge.book.loads().into_iter().chain(shared.transit.spool.loads()).chain(core).chain(tail);
    all.map(|(of, load)| Held::new(of, load)).collect()
}

/// How many entries each table has that is bounded by a number or an age, and not by what it weighs.
pub(super) fn tables(team: &Team, shared: &Shared) -> BTreeMap<String, u64> {
    let pace = shared.sending.pacer.look(|queue, _| queue.tables());
    let [streams, origins] = shared.bots.streams.sizes();
    let shell = [
        ("audit", shared.records.audit.len()),
        ("fresh", shared.knowledge.fresh.len()),
        ("late", shared.sending.late.len()),
        ("log_lines", shared.records.hush.len()),
        ("names", shared.knowledge.names.len()),
        ("open_sends", shared.sending.open.len()),
        ("origins", origins),
        ("refusals", shared.records.refusals().len()),
        ("streams", streams),
        ("unread_messages", shared.accounts.links.unread_messages()),
        ("unsettled", shared.sending.unsettled.len()),
        ("unsure_files", shared.sending.doubts.len()),
    ];
    let core = team.tables().into_iter().map(|(name, len)| (format!("team_{name}"), len));
    let pace = pace.into_iter().map(|(name, len)| (format!("pace_{name}"), len));
    let shell = shell.into_iter().map(|(name, len)| (name.to_owned(), len));
    core.chain(pace).chain(shell).map(|(name, len)| (name, len as u64)).collect()
}

/// What the process works on, at once and by and by.
pub(super) fn tasks() -> Option<u64> {
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    Some(runtime.metrics().num_alive_tasks() as u64)
}

/// What accounts have told, and the core has not taken yet.
fn facts(accounts: &AccountSide, each: usize) -> Load {
    let limit = each.saturating_mul(accounts.everybody().len());
    let waiting = accounts.links.backlogs().map(Backlog::waiting);
    waiting.fold(Load { entries: 0, bytes: 0, limit }, |all, (entries, bytes)| Load {
        entries: all.entries + entries,
        bytes: all.bytes + bytes,
        limit,
    })
}

/// What the process has of the machine's memory, in bytes; unknown where the system does not say.
pub(super) fn resident() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib =
        told.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse().ok());
    kib.map(|kib: u64| kib * 1_024)
}
