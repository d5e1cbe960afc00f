//! Where a step stands in its journal.

use std::{fmt, str::FromStr};

use ha_wechaty_journal::Position;
use serde::{Deserialize, Serialize};

/// Where a step stands in its journal: the same as long as that has it. Those of later steps are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReplayMark {
    record: u64,
    /// Which note of the record, from 1 on; 0 is what all records before it came to.
    note: u64,
}

impl ReplayMark {
    /// Of the first note of a record.
    pub(super) fn of_record(position: Position) -> Self {
        Self { record: position.0, note: 1 }
    }

    /// Of what all records up to this one came to.
    pub(super) fn behind(position: Position) -> Self {
        Self { record: position.next().0, note: 0 }
    }

    /// Of the note behind it.
    pub(super) fn next(self) -> Self {
        Self { note: self.note + 1, ..self }
    }
}

impl fmt::Display for ReplayMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { record, note } = self;
        write!(f, "{record}.{note}")
    }
}

impl FromStr for ReplayMark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split_once('.')
            .and_then(|(record, note)| Some(Self { record: record.parse().ok()?, note: note.parse().ok()? }));
        numbers.ok_or_else(|| format!("{text:?} is no step; one is like 3.7"))
    }
}

impl TryFrom<String> for ReplayMark {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ReplayMark> for String {
    fn from(mark: ReplayMark) -> Self {
        mark.to_string()
    }
}
