//! What can be read off the status, in the terms of Prometheus.

use std::sync::{Mutex, PoisonError};

use ha_wechaty_core::Paced;

use super::Status;
use crate::state::records::{
    AccountLabels, AlarmLabels, BotLabels, HeldLabels, LimitLabels, Metrics, PacedLabels, PhaseLabels,
};

/// What has been is put down before what is now: nobody else reads it meanwhile.
static ALONE: Mutex<()> = Mutex::new(());

/// All numbers as text, those of the status among them.
pub fn numbers(metrics: &Metrics, status: &Status) -> String {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let team = &status.team;
    metrics.up.set(i64::from(team.available));
    metrics.team_stands(team.available);
    metrics.usable.set(count(team.usable));
    metrics.backlog.set(count(team.backlog));
    let of_bots = [
        &metrics.waiting_events,
        &metrics.waiting_calls,
        &metrics.streams,
        &metrics.bot_backlog,
        &metrics.bot_dropped,
        &metrics.away,
    ];
    for it in of_bots {
        it.clear();
    }
    for bot in &status.bots {
        let (labels, away) = (BotLabels { bot: bot.name.clone() }, bot.away.as_ref());
        metrics.waiting_events.get_or_create(&labels).set(count(away.map_or(0, |it| it.waiting)));
        metrics.waiting_calls.get_or_create(&labels).set(count(bot.waiting_calls));
        metrics.streams.get_or_create(&labels).set(count(bot.streams.len()));
        let given: usize = bot.streams.iter().map(|it| it.unacknowledged).sum();
        metrics.bot_backlog.get_or_create(&labels).set(count(given + away.map_or(0, |it| it.waiting)));
        metrics.bot_dropped.get_or_create(&labels).set(i64::try_from(bot.dropped).unwrap_or(i64::MAX));
        metrics.away.get_or_create(&labels).set(away.map_or(0, |it| it.seconds as i64));
    }
    metrics.dropped.set(i64::try_from(team.dropped).unwrap_or(i64::MAX));
    metrics.waiting.set(count(team.waiting));
    metrics.rooms.set(count(team.rooms));
    metrics.rooms_alone.set(count(team.rooms_alone));
    metrics.rooms_unavailable.set(count(team.rooms_unavailable));
    metrics.longest_wait.set(team.longest_wait.unwrap_or(0.0));
    for paced in Paced::ALL {
        let oldest = team.longest_waits.get(&paced).copied().unwrap_or(0.0);
        metrics.queue_oldest.get_or_create(&PacedLabels { work: paced.name() }).set(oldest);
    }
    for it in &status.held {
        let labels = HeldLabels { of: it.of.clone() };
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        metrics.held.get_or_create(&labels).set(number(it.entries));
        metrics.held_bytes.get_or_create(&labels).set(number(it.bytes));
        metrics.held_limit.get_or_create(&labels).set(number(it.limit));
    }
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    if let Some(store) = &status.store {
        metrics.store_bytes.set(number(store.bytes));
        metrics.store_position.set(number(store.position));
        metrics.journal_lag.set(store.lag);
        metrics.store_trouble.set(store.trouble.as_ref().map_or(0.0, |it| it.seconds));
    }
    metrics.store_unkept.set(status.unkept.as_ref().map_or(0.0, |it| it.seconds));
    for (of, entries) in &status.tables {
        metrics.entries.get_or_create(&HeldLabels { of: of.clone() }).set(number(*entries));
    }
    metrics.tasks.set(number(status.tasks.unwrap_or(0)));
    metrics.resident.set(i64::try_from(status.resident.unwrap_or(0)).unwrap_or(i64::MAX));
    metrics.alarms.clear();
    for it in &status.alarms {
        let labels = AlarmLabels { kind: it.kind.name(), severity: it.severity.name() };
        metrics.alarms.get_or_create(&labels).inc();
    }
    metrics.phase.clear();
    metrics.evidence.clear();
    metrics.used.clear();
    metrics.outstanding.clear();
    metrics.same_person.clear();
    metrics.probation.clear();
    for it in &status.accounts {
        let labels = AccountLabels { account: it.name.clone() };
        let phase = PhaseLabels { account: it.name.clone(), phase: it.phase.name() };
        metrics.phase.get_or_create(&phase).set(1);
        metrics.stands(&it.name, it.phase);
        if let Some(evidence) = &it.last_evidence {
            metrics.evidence.get_or_create(&labels).set(evidence.seconds);
        }
        for limit in &it.pace {
            let (work, text) = (limit.work.name(), limit.limit.clone());
            let labels = LimitLabels { account: it.name.clone(), work, limit: text };
            metrics.used.get_or_create(&labels).set(limit.used.into());
        }
        metrics.probation.get_or_create(&labels).set(it.probation.unwrap_or(0.0));
        metrics.outstanding.get_or_create(&labels).set(it.dings_outstanding.into());
        metrics.same_person.get_or_create(&labels).set(count(it.same_person_as.len()));
    }
    metrics.text()
}
