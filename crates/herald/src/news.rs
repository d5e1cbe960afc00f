//! What is told at once: one alarm, or some that came together, with what people need to act on them.

use ha_wechaty_core::AlarmStep;
use ha_wechaty_team::view::AlarmStatus;

/// What is told at once.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// The team, by its name.
    pub team: String,
    /// Whose it is, by which programs tell it from another team's: its id, and when it began.
    pub source: String,
    /// The alarms, what matters most first.
    pub alarms: Vec<AlarmStatus>,
    /// The codes that wait to be scanned, of the accounts that the alarms are about.
    pub scans: Vec<ScanNews>,
}

/// A code that waits to be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanNews {
    /// The account.
    pub account: String,
    /// A one-time link for the owner of its phone, where one can be made.
    pub link: Option<String>,
    /// The code as a PNG.
    pub picture: Option<Vec<u8>>,
}

impl News {
    /// Of these alarms, without any code.
    pub fn new(team: impl Into<String>, source: impl Into<String>, mut alarms: Vec<AlarmStatus>) -> Self {
        // Stable: of those that matter as much the first is first.
        alarms.sort_by_key(|alarm| (is_over(alarm), std::cmp::Reverse(alarm.severity)));
        Self { team: team.into(), source: source.into(), alarms, scans: Vec::new() }
    }

    /// The codes that belong to an alarm.
    pub(crate) fn scans_of<'a>(&'a self, alarm: &'a AlarmStatus) -> impl Iterator<Item = &'a ScanNews> {
        let is_open = !is_over(alarm);
        self.scans.iter().filter(move |scan| is_open && alarm.accounts.contains(&scan.account))
    }
}

/// Whether there is nothing to do any more.
pub(crate) fn is_over(alarm: &AlarmStatus) -> bool {
    match alarm.step {
        AlarmStep::Closed => true,
        AlarmStep::Opened
        | AlarmStep::Changed
        | AlarmStep::Reminded
        | AlarmStep::Escalated
        | AlarmStep::Acknowledged => false,
    }
}
