//! What people must be told, to whom, and when: alarms, and what is told of them.
//!
//! ```text
//!   how the team stands ─▶ ailments ─▶ desk: opens, changes, reminds, closes ─▶ ways: group, hold, try, try again ─▶ Tell
//!                                        ▲                                         ▲
//!                    AlarmSeen, AlarmTest┘                                     Told┘
//! ```
//!
//! Both go by how things stand, not by what happened: an alarm is open as long as its ailment lasts, and each way is told
//! whatever it has not been told yet of the alarms as they are now. So nothing that is missed stays missed.
//!
//! | module | what it holds |
//! |---|---|
//! | `kind` | what alarms are about, how much they matter, what becomes of them |
//! | `rule` | whom alarms are told, and when |
//! | `ailment` | something that is wrong: what it is one alarm by, and when that opens and closes |
//! | `desk` | the alarms that are open, and those closed lately |
//! | `kept` | one alarm, with what is due for it |
//! | `way` | one way to people: what it was told, what waits, what failed |

mod ailment;
mod desk;
mod kept;
mod kind;
mod rule;
mod way;

use alloc::{string::String, vec::Vec};

pub(crate) use ailment::{Ailment, AlarmKey};
pub(crate) use desk::AlarmDesk;
pub use kind::{AlarmKind, AlarmStep, Severity};
pub use rule::{AlarmRule, Quiet, WayRule};
pub use way::{WayHad, WayState};

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
    /// How often something became of it that is told: with its number this names what a receiver may have had before.
    pub revision: u32,
    /// How high it has climbed: 1 for those who are told first, 2 once nobody acknowledged it in time.
    pub level: u8,
    /// How often, if it came again.
    pub times: u32,
    /// Who acknowledged it, if somebody did.
    pub seen_by: Option<String>,
    /// Until when, if not until it is over or changes.
    #[cfg_attr(feature = "serde", serde(default))]
    pub seen_until: Option<Time>,
    /// When it was over; `None` while it is not.
    pub ended: Option<Time>,
}
