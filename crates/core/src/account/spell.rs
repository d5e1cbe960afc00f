//! What people are told of where an account stands: since when, why, and what has been tried since.
//!
//! An account moves more often than it truly changes: it is dialled again and again while it is offline, gets new
//! codes while it waits for a scan, logs out and in while we reset it. A spell is what stays the same: it has one
//! beginning and one cause, and counts the rest.

use alloc::string::String;

use crate::{phase::Standing, time::Time};

/// A stretch of an account's life in which nothing truly changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spell {
    pub(super) standing: Standing,
    since: Time,
    cause: String,
    repeats: u32,
    latest: String,
}

impl Spell {
    pub(crate) fn new(now: Time, standing: Standing, cause: String) -> Self {
        Self { standing, since: now, cause, repeats: 0, latest: String::new() }
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Since when.
    pub fn since(&self) -> Time {
        self.since
    }

    /// Why it has stood there since then.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// How often the same came again: attempts that failed, codes that were shown.
    pub fn repeats(&self) -> u32 {
        self.repeats
    }

    /// What the last of those said, if that is something else.
    pub fn latest(&self) -> Option<&str> {
        (!self.latest.is_empty() && self.latest != self.cause).then_some(&self.latest)
    }

    /// The same again. True if it is worth telling: the first time, the second, the fourth, and so on.
    pub(crate) fn repeat(&mut self, said: String) -> bool {
        self.repeats = self.repeats.saturating_add(1);
        self.latest = said;
        self.repeats.is_power_of_two()
    }
}
