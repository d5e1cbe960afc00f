//! What people are told of where an account stands: since when, why, and what has been tried since.
//!
//! An account moves more often than it truly changes: it is dialled again and again while it is offline, gets new
//! codes while it waits for a scan, logs out and in while we reset it. A spell is what stays the same: it has one
//! beginning and one cause, and counts the rest.

use alloc::string::String;

use crate::time::Time;

/// Where an account stands, as people are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has joined, and its first connection is not made yet.
    Connecting,
    /// Its connection is gone, or was never made.
    Offline,
    /// Connected, and its provider tells neither a login nor a code.
    NotLoggedIn,
    /// A person must scan.
    WaitingScan,
    /// It logged out.
    LoggedOut,
    /// It works.
    Available,
    /// It may not work.
    Suspect,
    /// It does not work.
    Failed,
    /// It left the team.
    Removed,
}

impl Standing {
    /// Its name in kebab case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Offline => "offline",
            Self::NotLoggedIn => "not-logged-in",
            Self::WaitingScan => "waiting-scan",
            Self::LoggedOut => "logged-out",
            Self::Available => "available",
            Self::Suspect => "suspect",
            Self::Failed => "failed",
            Self::Removed => "removed",
        }
    }

    /// Whether an account passes through it while it comes, and while it is reset.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Connecting | Self::Offline | Self::NotLoggedIn | Self::LoggedOut)
    }
}

/// A stretch of an account's life in which nothing truly changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
    pub(crate) standing: Standing,
    since: Time,
    cause: String,
    repeats: u32,
    latest: String,
}

impl Spell {
    pub(crate) fn new(now: Time, standing: Standing, cause: String) -> Self {
        Self { standing, since: now, cause, repeats: 0, latest: String::new() }
    }

    /// Where it stands, in kebab case.
    pub fn name(&self) -> &'static str {
        self.standing.name()
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
