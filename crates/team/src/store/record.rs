//! What is written down: one note behind another, in MessagePack with names.
//!
//! A record of the journal is notes in the order of what happened; a snapshot begins with the team itself. A later
//! version reads all that an earlier one wrote; what it does not know it refuses, rather than to leave something out.

use ha_wechaty_core::{Input, SendId, Setup, Team, Time};
use serde::{Deserialize, Serialize};

use crate::state::{knowledge::PageRecord, sends::OpenSend};

/// One note.
#[derive(Debug, Serialize, Deserialize)]
pub enum Noted {
    /// A team begins, with this setup and seed.
    Begins {
        /// When.
        at: Time,
        /// What it is made of.
        setup: Box<Setup>,
        /// All its randomness.
        seed: u64,
    },
    /// The team as it is then, in a snapshot.
    Team {
        /// When.
        at: Time,
        /// The team.
        team: Box<Team>,
    },
    /// The core was told something.
    Fact {
        /// When.
        at: Time,
        /// What.
        input: Input,
    },
    /// The core did what was due.
    Timeout {
        /// When.
        at: Time,
    },
    /// The core went on with what it had put off.
    Work {
        /// When.
        at: Time,
    },
    /// A send is under way from here on.
    Send {
        /// When.
        at: Time,
        /// Its number.
        send: SendId,
        /// What else is known of it.
        open: Box<OpenSend>,
    },
    /// What is known of a message.
    Page {
        /// When.
        at: Time,
        /// What.
        page: PageRecord,
    },
}

impl Noted {
    /// When.
    pub fn at(&self) -> Time {
        match self {
            Self::Begins { at, .. }
            | Self::Team { at, .. }
            | Self::Fact { at, .. }
            | Self::Send { at, .. }
            | Self::Timeout { at }
            | Self::Work { at }
            | Self::Page { at, .. } => *at,
        }
    }
}

/// The same as [`Noted::Fact`] and [`Noted::Team`], of what is somebody else's.
#[derive(Serialize)]
#[serde(rename = "Noted")]
enum Lent<'a> {
    Fact { at: Time, input: &'a Input },
    Team { at: Time, team: &'a Team },
}

/// Notes on their way to the journal.
#[derive(Debug, Default)]
pub struct Notes(Vec<u8>);

impl Notes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they weigh, in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The record that they make.
    pub fn into_record(self) -> Vec<u8> {
        self.0
    }

    /// A note more.
    pub fn note(&mut self, noted: &Noted) {
        self.write(noted);
    }

    /// The core is told this.
    pub fn fact(&mut self, at: Time, input: &Input) {
        self.write(&Lent::Fact { at, input });
    }

    /// The team is this.
    pub fn team(&mut self, at: Time, team: &Team) {
        self.write(&Lent::Team { at, team });
    }

    fn write(&mut self, note: &impl Serialize) {
        // Memory takes whatever there is room for, and all that we write can be written.
        let written = rmp_serde::encode::write_named(&mut self.0, note);
        debug_assert!(written.is_ok(), "{written:?}");
    }

    /// The first note of a record; what stands behind it is not read.
    ///
    /// # Errors
    /// In words: it is something else.
    pub fn first(record: &[u8]) -> Result<Option<Noted>, String> {
        let mut reader = rmp_serde::Deserializer::new(record);
        let first = (!record.is_empty()).then(|| Noted::deserialize(&mut reader));
        first.transpose().map_err(|error| error.to_string())
    }

    /// The notes of a record.
    ///
    /// # Errors
    /// In words: there is something else in it.
    pub fn read(record: &[u8]) -> Result<Vec<Noted>, String> {
        let (mut rest, mut found) = (record, Vec::new());
        while !rest.is_empty() {
            let mut reader = rmp_serde::Deserializer::new(&mut rest);
            found.push(Noted::deserialize(&mut reader).map_err(|error| error.to_string())?);
        }
        Ok(found)
    }
}
