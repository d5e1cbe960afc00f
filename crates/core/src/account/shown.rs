//! What an account shows of itself: where it stands, for people, and whether it gets work.

use alloc::{
    format,
    string::{String, ToString},
};
use core::time::Duration;

use super::{AccountState, Spell, Step, Unwell};
use crate::{
    ejection::Ejections,
    hand::Withdrawn,
    health::{Condition, Health},
    phase::{Phase, Standing},
    remedy::Remedy,
    time::Time,
};

/// After how long an account that could not write to the heartbeat contact tries it again.
const HEARTBEAT_AGAIN: Duration = Duration::from_secs(3_600);

impl AccountState {
    /// Where it stands, at this moment.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Where it stands, as people see it at this moment: that its host does not run yet counts too.
    pub fn shown(&self) -> Standing {
        match self.phase {
            Phase::Preparing { .. } if !self.is_let_be() => Standing::Preparing,
            Phase::Preparing { .. }
            | Phase::Connecting
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::WaitingScan { .. }
            | Phase::LoggedOut { .. }
            | Phase::LoggedIn(_)
            | Phase::Removed => self.spell.standing,
        }
    }

    /// Where it stands, as people are told: since when, and why.
    pub fn spell(&self) -> &Spell {
        &self.spell
    }

    /// Where it stands, why, and what would help.
    pub fn text(&self) -> String {
        match self.withdrawal() {
            None => self.text_below(),
            Some(it) if self.is_available() => it.to_string(),
            Some(it) if self.spell.standing.is_withdrawn() => format!("{it}; meanwhile: {}", self.phase),
            Some(it) => format!("{}; and {it}", self.text_below()),
        }
    }

    fn text_below(&self) -> String {
        let (repeats, latest) = (self.spell.repeats(), self.spell.latest());
        let latest = latest.map(|latest| format!(", last: {latest}")).unwrap_or_default();
        match (self.spell.standing, &self.phase) {
            (_, phase @ Phase::Preparing { .. }) => phase.to_string(),
            (Standing::Offline, _) if repeats == 0 => format!("offline: {}", self.spell.cause()),
            (Standing::Offline, _) => {
                let attempts = if repeats == 1 { "attempt" } else { "attempts" };
                format!("offline: {}; {repeats} {attempts} since{latest}", self.spell.cause())
            }
            (Standing::Connecting, phase) => phase.to_string(),
            (Standing::WaitingScan, phase @ Phase::WaitingScan { .. }) if repeats > 0 => {
                format!("{phase}; {repeats} {} since the first", if repeats == 1 { "code" } else { "codes" })
            }
            (standing, phase) if standing == self.standing() => phase.to_string(),
            _ => self.spell.cause().to_string(),
        }
    }

    /// What to do about where it stands, as far as the team knows: why it can't be reached its link knows better.
    pub fn remedy(&self) -> Option<Remedy> {
        match self.shown() {
            Standing::Offline if self.claim.is_theirs() => Some(Remedy::Taken),
            Standing::WaitingScan if self.challenge().is_some() => Some(Remedy::VerifyCode),
            Standing::Suspect if self.unwell().and_then(Unwell::in_vain).is_some() => Some(Remedy::Silent),
            shown @ (Standing::Connecting
            | Standing::Preparing
            | Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Available
            | Standing::Suspect
            | Standing::Failed
            | Standing::Removed
            | Standing::Draining
            | Standing::Maintenance) => shown.remedy(),
        }
    }

    /// Its own contact id, known since its first login and kept when it goes away: its messages in
    /// common rooms are still the team's own. Nobody's once it has left.
    pub fn contact_id(&self) -> Option<&str> {
        self.contact_id.as_deref()
    }

    /// Whether it gets work.
    pub fn is_available(&self) -> bool {
        self.health().is_some_and(|health| health.condition() == Condition::Well)
    }

    /// Whether it gets work when nobody is left that is well.
    pub fn is_suspect(&self) -> bool {
        self.health().is_some_and(|health| health.condition() == Condition::Suspect)
    }

    /// Whether it gets work when nobody else is left at all: one that asks for a scan though it was logged in does for a
    /// moment, since most go on working. Else one stray scan would log all bots out, and what they were just given
    /// would be lost.
    pub fn has_benefit(&self) -> bool {
        self.benefit.is_some()
    }

    /// Whether there is a connection to it.
    pub fn is_connected(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Offline { .. } | Phase::Connecting | Phase::Preparing { .. } | Phase::Removed
        )
    }

    /// Whether its puppet service is being dialled, or waited for.
    pub(super) fn is_dialled(&self) -> bool {
        matches!(self.phase, Phase::Connecting | Phase::Preparing { .. })
    }

    /// Whether it was in the team, and is no more.
    pub(crate) fn has_left(&self) -> bool {
        self.phase == Phase::Removed
    }

    /// Its health, while it is logged in.
    pub fn health(&self) -> Option<&Health> {
        if let Phase::LoggedIn(health) = &self.phase { Some(health) } else { None }
    }

    /// What it is kept from for a while.
    pub fn ejections(&self) -> &Ejections {
        &self.ejections
    }

    /// Whether it can write to the heartbeat contact, as far as is known.
    pub fn follows_heartbeat(&self) -> bool {
        self.no_heartbeat.is_none()
    }

    /// Since when it can't write to the heartbeat contact: it tried last then.
    pub(crate) fn heartbeat_lost(&self) -> Option<Time> {
        self.no_heartbeat
    }

    /// Since when it is in its phase.
    pub(crate) fn entered(&self) -> Time {
        self.entered
    }

    /// Whether its next ding goes to the heartbeat contact. One that could not write there tries it again from
    /// time to time, since its puppet's own dong proves nothing: the account may have been throttled.
    pub(crate) fn asks_heartbeat(&self, now: Time) -> bool {
        self.no_heartbeat.is_none_or(|at| now - at >= HEARTBEAT_AGAIN)
    }

    /// Its last steps, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Step> {
        self.history.steps()
    }

    /// How many quarters of its share of the work it gets: one that comes back is not given all at once.
    pub fn quarters(&self, now: Time) -> u32 {
        self.ramp.quarters(now)
    }

    /// Where it stands, for people: one that is let be does so whatever goes on below, and one that is drained while it
    /// would work.
    pub(super) fn standing(&self) -> Standing {
        let below = self.below();
        match (self.withdrawal().map(|it| it.how), below) {
            (Some(Withdrawn::Maintenance), _) => Standing::Maintenance,
            (Some(Withdrawn::Draining), Standing::Available | Standing::Suspect) => Standing::Draining,
            (Some(Withdrawn::Draining) | None, below) => below,
        }
    }

    /// Where its phase is, for people: that it is dialled is no news of one that was somewhere before.
    fn below(&self) -> Standing {
        match self.phase.standing() {
            dialled @ (Standing::Connecting | Standing::Preparing) if self.spell.standing.is_withdrawn() => {
                dialled
            }
            Standing::Connecting | Standing::Preparing => self.spell.standing,
            standing @ (Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Available
            | Standing::Suspect
            | Standing::Failed
            | Standing::Removed
            | Standing::Draining
            | Standing::Maintenance) => standing,
        }
    }
}
