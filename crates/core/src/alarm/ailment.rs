//! Something that is wrong now: by what it is one alarm, and when that opens and closes.

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use super::{AlarmKind, Severity};
use crate::{incident::Subject, time::Time};

/// What there is one open alarm about at a time, whatever becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum AlarmKey {
    /// Where the account of this name stands.
    Account(String),
    /// The account of this name is the same person as others behind it.
    SamePerson(String),
    /// The account of this name can't write to the heartbeat contact.
    Heartbeat(String),
    /// What accounts share.
    Domain(String),
    /// How many accounts get work.
    Team,
    /// The bot of this name.
    Bot(String),
    /// Rooms without an account.
    Rooms,
    /// This machine, or what the shell alone knows.
    Machine(AlarmKind, String),
    /// A test.
    Test(u64),
}

/// Something that is wrong now.
#[derive(Debug, Clone)]
pub(crate) struct Ailment {
    pub(crate) key: AlarmKey,
    pub(crate) kind: AlarmKind,
    pub(crate) severity: Severity,
    pub(crate) about: Vec<Subject>,
    pub(crate) since: Time,
    pub(crate) cause: String,
    /// When it becomes an alarm; `None`: never by itself, but one that is open goes on.
    pub(crate) opens: Option<Time>,
    /// When one of another kind becomes this.
    pub(crate) settles: Option<Time>,
}

impl AlarmKind {
    /// How long it must have been well until an alarm closes.
    pub(super) fn closes_after(self) -> Duration {
        let seconds = match self {
            Self::Scan
            | Self::LoggedOut
            | Self::Offline
            | Self::NotLoggedIn
            | Self::Failed
            | Self::Taken
            | Self::SamePerson
            | Self::NoHeartbeat
            | Self::DomainDown => 60,
            Self::TeamDegraded | Self::TeamDown | Self::BotGone => 30,
            Self::CoverageLost | Self::Certificate | Self::Clock | Self::StoreUnwritable | Self::Test => 0,
            // What is near its limit is so again in a moment.
            Self::PaceLimit | Self::QueueFull | Self::DiskLow => 600,
        };
        Duration::from_secs(seconds)
    }
}
