//! How a team is made: few accounts, little patience, small limits, so that a short life meets them all.

use std::{collections::BTreeSet, time::Duration};

use arbitrary::Unstructured;
use ha_wechaty_core::{
    AlarmRule, Allowance, Backoff, BotMode, BotSetup, EjectionRule, Ids, InviteRule, Limit, Member, Policy,
    Recall, Replay, Setup, Severity, Stamp, Vigil, WayRule,
};

use super::{ROOM, happens::NAMES, ids::DONG_FROM};
use crate::draw::{pick, pick_from, yes};

const POLICIES: [Policy; 5] =
    [Policy::RoundRobin, Policy::Random, Policy::LeastLoad, Policy::Sticky, Policy::Failover];
const MODES: [BotMode; 3] = [BotMode::All, BotMode::Standby, BotMode::Shard];

/// A team as the bytes say.
pub(super) fn setup(bytes: &mut Unstructured<'_>) -> Setup {
    let accounts = pick(bytes, 5);
    let is_impatient = yes(bytes);
    let bots = 1 + pick(bytes, 2);
    let count = if is_impatient { 8 } else { 10_000 };
    Setup {
        self_id: "bot".into(),
        accounts: (0..accounts).map(|index| member(NAMES[index], bytes)).collect(),
        bots: (0..bots).map(|place| bot(place, pick_from(bytes, MODES))).collect(),
        policy: pick_from(bytes, POLICIES),
        backoff: Backoff::default(),
        heartbeat_contact: yes(bytes).then(|| DONG_FROM.to_owned()),
        ramp_up: seconds(60),
        ejection: EjectionRule::default(),
        recall: Recall {
            age: seconds(60),
            count,
            bytes: if yes(bytes) { 4_000 } else { 1 << 20 },
            ..Recall::default()
        },
        epoch: pick_from(bytes, [Stamp::DAWN, Stamp::new(1_700_000_000).unwrap_or(Stamp::DAWN)]),
        witness_window: seconds(3),
        replay: match is_impatient {
            true => Replay { events: 5, bytes: 2_000, age: seconds(300) },
            false => Replay::default(),
        },
        refresh: yes(bytes).then(|| seconds(100)),
        per_conversation: Vec::new(),
        directory: if is_impatient { 3_000 } else { 1 << 20 },
        invite: InviteRule {
            enabled: yes(bytes),
            only: if yes(bytes) { BTreeSet::new() } else { [ROOM.to_owned()].into() },
            never: BTreeSet::new(),
        },
        common_ids: if yes(bytes) { BTreeSet::new() } else { ["alice".to_owned()].into() },
        alarms: AlarmRule {
            ways: if yes(bytes) {
                Vec::new()
            } else {
                vec![way(Severity::Info, 1), way(Severity::Critical, 2)]
            },
            ..AlarmRule::default()
        },
    }
}

/// The same team with other rules, and its bots by their places, some of which are nobody's. What is remembered stays as much,
/// and what ids are everybody's stays so.
pub(super) fn followed(before: &Setup, bytes: &mut Unstructured<'_>) -> (Setup, Vec<Option<BotSetup>>) {
    let mut after = setup(bytes);
    (after.recall, after.directory, after.epoch) = (before.recall, before.directory, before.epoch);
    after.common_ids.clone_from(&before.common_ids);
    after.replay = Replay { age: pick_from(bytes, [before.replay.age, seconds(1)]), ..before.replay };
    let vigil =
        pick_from(bytes, [60, 300].map(|time| Vigil { ding_after: seconds(time), ..Vigil::default() }));
    after.accounts.iter_mut().for_each(|it| it.vigil = vigil);
    let bots = (0..before.bots.len())
        .map(|place| yes(bytes).then(|| bot(place + pick(bytes, 2), pick_from(bytes, MODES))));
    let bots = bots.collect();
    (after, bots)
}

/// An account of this name.
pub(super) fn member(name: &str, bytes: &mut Unstructured<'_>) -> Member {
    let limits =
        [vec![], vec![Limit { count: 2, window: seconds(60) }], vec![Limit { count: 0, window: seconds(0) }]];
    Member {
        name: name.into(),
        weight: pick_from(bytes, [1, 0, 2, 5]),
        ids: if yes(bytes) { Ids::Own } else { Ids::Shared },
        vigil: Vigil::default(),
        allowance: Allowance { room_invitations: pick_from(bytes, limits), ..Allowance::unlimited() },
        domains: if yes(bytes) { Vec::new() } else { vec!["provider".to_owned()] },
    }
}

fn way(least: Severity, level: u8) -> WayRule {
    WayRule { name: format!("way {level}"), least, level }
}

fn bot(place: usize, mode: BotMode) -> BotSetup {
    BotSetup { name: format!("bot {place}"), mode }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
