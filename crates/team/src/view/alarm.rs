//! Alarms as people and their receivers read them.

use ha_wechaty_core::{AlarmKind, AlarmStep, Severity};
use serde::{Deserialize, Serialize};

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmStatus {
    /// Its number: what is told of it again has the same.
    pub id: u64,
    /// How often something became of it that is told. A receiver that had this number and this revision before was told
    /// the same twice.
    pub revision: u32,
    /// What it is about.
    pub kind: AlarmKind,
    /// How much it matters.
    pub severity: Severity,
    /// What became of it last.
    pub step: AlarmStep,
    /// The accounts that are concerned, by their names.
    pub accounts: Vec<String>,
    /// The bots that are concerned, by their names.
    pub bots: Vec<String>,
    /// One line that says all: what, since when, why.
    pub text: String,
    /// Why alone, in English.
    pub cause: String,
    /// What to do about it, in one line.
    pub remedy: String,
    /// Since when it is so (RFC 3339).
    pub since: String,
    /// When it was over (RFC 3339), if it is.
    pub ended: Option<String>,
    /// For how many seconds it has been so, or was.
    pub seconds: u64,
    /// How often, if it came again.
    pub times: u32,
    /// 1 for those who are told first, 2 once nobody acknowledged it in time.
    pub level: u8,
    /// Who acknowledged it, if somebody did.
    pub seen_by: Option<String>,
}
