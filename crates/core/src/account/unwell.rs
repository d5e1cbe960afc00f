//! Since when an account has not worked, whatever it passed through meanwhile, and how often it was reset since.

use super::AccountState;
use crate::{phase::Standing, time::Time};

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

    /// Whether another client has its event stream, and took that from us more often than chance would.
    pub(crate) fn is_taken_again(&self) -> bool {
        self.claim.is_given_up()
    }

    /// It stands elsewhere.
    pub(super) fn feels(&mut self, now: Time, standing: Standing) {
        match standing {
            Standing::Available | Standing::Removed | Standing::Draining | Standing::Maintenance => {
                self.unwell = None;
            }
            Standing::Connecting
            | Standing::Preparing
            | Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Suspect
            | Standing::Failed => {
                self.unwell.get_or_insert(Unwell { since: now, resets: 0, reset: None });
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
