//! For how long accounts got no work, or might not have worked, and for how long nobody did: counted whenever one changes, and whenever somebody asks.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    time::Instant,
};

use ha_wechaty_core::{Footing, Standing};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::{Registry, Unit},
};

/// Whose, and how it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FootingLabels {
    account: String,
    footing: &'static str,
}

/// How each account stands, and up to when that is counted.
#[derive(Debug)]
pub(super) struct Footings {
    marks: Mutex<BTreeMap<String, (Footing, Instant)>>,
    seconds: Family<FootingLabels, Counter<f64, AtomicU64>>,
    /// Whether anybody got work, and up to when that is counted.
    team: Mutex<(bool, Instant)>,
    team_seconds: Counter<f64, AtomicU64>,
}

impl Default for Footings {
    /// Nobody gets work in a process that has just begun.
    fn default() -> Self {
        let team = Mutex::new((false, Instant::now()));
        Self { marks: Mutex::default(), seconds: Family::default(), team, team_seconds: Counter::default() }
    }
}

impl Footings {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "account_unavailable",
            "For how long the account did not work, might not have worked, or was kept from work, while this process ran",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register_with_unit(
            "team_unavailable",
            "For how long no account got work, while this process ran",
            Unit::Seconds,
            self.team_seconds.clone(),
        );
    }

    /// Somebody gets work, or nobody does, and did since it was told so last.
    pub(super) fn team_stands(&self, is_up: bool, now: Instant) {
        let mut team = self.team.lock().unwrap_or_else(PoisonError::into_inner);
        let (was_up, since) = std::mem::replace(&mut *team, (is_up, now));
        if !was_up {
            self.team_seconds.inc_by(now.saturating_duration_since(since).as_secs_f64());
        }
    }

    /// An account stands there, and did since it was told so last.
    pub(super) fn stands(&self, account: &str, standing: Standing, now: Instant) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let footing = standing.footing();
        if let Some((before, since)) = marks.get(account).copied()
            && let Footing::Suspect | Footing::Down | Footing::Maintenance = before
        {
            let labels = FootingLabels { account: account.to_owned(), footing: before.name() };
            let passed = now.saturating_duration_since(since).as_secs_f64();
            self.seconds.get_or_create(&labels).inc_by(passed);
        }
        if standing == Standing::Removed {
            marks.remove(account);
        } else {
            marks.insert(account.to_owned(), (footing, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_passes_is_counted_once_whoever_asks_meanwhile() {
        let (footings, began) = (Footings::default(), Instant::now());
        let stands = |standing, at| footings.stands("north", standing, began + Duration::from_secs(at));
        stands(Standing::Available, 0);
        stands(Standing::Offline, 10);
        stands(Standing::Offline, 13);
        stands(Standing::WaitingScan, 20);
        stands(Standing::Available, 25);
        stands(Standing::Available, 100);
        stands(Standing::Maintenance, 100);
        stands(Standing::Removed, 107);
        stands(Standing::Connecting, 1_000);
        let of = |footing: Footing| {
            let labels = FootingLabels { account: "north".into(), footing: footing.name() };
            footings.seconds.get_or_create(&labels).get()
        };
        let team = |is_up, at| footings.team_stands(is_up, began + Duration::from_secs(at));
        let before = footings.team_seconds.get();
        team(true, 10);
        team(true, 20);
        team(false, 30);
        team(false, 33);
        team(true, 40);
        team(true, 90);
        let counted = footings.team_seconds.get() - before;
        // It began a moment before this test did.
        assert!((20.0..20.1).contains(&counted), "{counted}");
        assert_eq!([Footing::Down, Footing::Maintenance, Footing::Suspect].map(of), [15.0, 7.0, 0.0]);
    }
}
