//! Since when an account has not worked, whatever it passed through meanwhile, and how often it was reset since.

use core::time::Duration;

use super::AccountState;
use crate::{phase::Standing, time::Time};

/// What a reset healed for less than this, it has not healed: an account that hears, and whose sends vanish, works after each
/// reset until the next silence.
const RELAPSE: Duration = Duration::from_secs(20 * 60);

/// An account that does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Unwell {
    /// Since when.
    pub(crate) since: Time,
    /// How often its puppet was restarted since.
    pub(crate) resets: u32,
    /// When, the last time.
    pub(crate) reset: Option<Time>,
}

/// So many restarts that did not help are enough.
const RESETS: u32 = 2;

impl Unwell {
    /// When its puppet was restarted the last time, if that has not helped often enough: somebody has to see to it.
    pub(crate) fn in_vain(self) -> Option<Time> {
        self.reset.filter(|_| self.resets >= RESETS)
    }
}

impl AccountState {
    /// Since when it has not worked; `None` while it does, and while an operator keeps it from work.
    pub(crate) fn unwell(&self) -> Option<Unwell> {
        self.unwell
    }

    /// How it did not work, and was reset, before it began to work again a short while ago; and until when that counts.
    pub(crate) fn lapse(&self, now: Time) -> Option<(Unwell, Time)> {
        let until = |lapse: &Unwell| lapse.reset.map(|reset| reset + RELAPSE);
        self.lapse
            .filter(|_| self.unwell.is_none())
            .and_then(|it| Some((it, until(&it)?)))
            .filter(|it| it.1 > now)
    }

    /// How often it was reset lately though that helped for a short while only: it works at the moment.
    pub fn resets_in_vain(&self, now: Time) -> u32 {
        self.lapse(now).map_or(0, |(lapse, _)| lapse.resets)
    }

    /// Whether another client has its event stream, and took that from us more often than chance would.
    pub(crate) fn is_taken_again(&self) -> bool {
        self.claim.is_given_up()
    }

    /// It stands elsewhere.
    pub(super) fn feels(&mut self, now: Time, standing: Standing) {
        match standing {
            Standing::Available => {
                self.lapse = self.unwell.take().filter(|it| it.resets > 0).or(self.lapse);
            }
            Standing::Removed | Standing::Draining | Standing::Maintenance => {
                (self.unwell, self.lapse) = (None, None);
            }
            Standing::Connecting
            | Standing::Preparing
            | Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Suspect
            | Standing::Failed => {
                let before = self.lapse(now).map(|(it, _)| it);
                let (resets, reset) = before.map_or((0, None), |it| (it.resets, it.reset));
                self.unwell.get_or_insert(Unwell { since: now, resets, reset });
            }
        }
    }

    /// Its puppet is restarted.
    pub(super) fn counts_reset(&mut self, now: Time) {
        if let Some(unwell) = &mut self.unwell {
            (unwell.resets, unwell.reset) = (unwell.resets.saturating_add(1), Some(now));
        }
    }
}
