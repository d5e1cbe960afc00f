//! What people must be told, to whom, and when: alarms, and what is told of them.

mod kind;

use alloc::{string::String, vec::Vec};

pub use kind::{AlarmKind, AlarmStep, Severity};

use crate::{incident::Subject, time::Time};

/// An alarm's number: no other one ever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmId(pub u64);

/// Something that a person should see to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Alarm {
    /// Its number.
    pub id: AlarmId,
    /// What it is about.
    pub kind: AlarmKind,
    /// How much it matters now.
    pub severity: Severity,
    /// Whom it is about; of a domain that is down its accounts.
    pub about: Vec<Subject>,
    /// Since when it is so, as far as can be known; the last time, if it came again.
    pub since: Time,
    /// Why, in words, without anything that was said.
    pub cause: String,
    /// What became of it last.
    pub step: AlarmStep,
    /// How high it has climbed: 1 for those who are told first, 2 once nobody acknowledged it in time.
    pub level: u8,
    /// How often, if it came again.
    pub times: u32,
    /// Who acknowledged it, if somebody did.
    pub seen_by: Option<String>,
    /// When it was over; `None` while it is not.
    pub ended: Option<Time>,
}
