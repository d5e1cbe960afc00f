//! What was written down, as a team again.

use std::collections::BTreeMap;

use ha_wechaty_core::{AccountId, Command, Input, Notice, SendId, SendResult, Settled, Team, Time};
use ha_wechaty_journal::{JournalError, JournalPast};

use super::record::{Noted, Notes};
use crate::state::{knowledge::PageRecord, sends::OpenSend};

/// So many sends are gone through; beyond it the first are not.
const MOST_SENDS: usize = 20_000;

/// A team as it was when its process ended.
#[derive(Debug)]
pub struct Restored {
    /// The team.
    pub team: Team,
    /// What is known of messages, and when that was written down; oldest first.
    pub pages: Vec<(Time, PageRecord)>,
    /// Copies of one message, which the core found out.
    pub joins: Vec<Command>,
    /// Sends that are not over, as far as was written down, and those that are and may not be in the ledger.
    pub sends: BTreeMap<SendId, OpenSend>,
    /// When the snapshot was made that was read, or the team began.
    pub since: Time,
    /// The time of the last note.
    pub last: Time,
    /// How many facts were gone through.
    pub facts: u64,
}

/// Goes through all that was written down; `None` if that is nothing.
///
/// # Errors
/// A note can't be read: a newer version wrote it, or it is damaged.
pub fn restore(past: JournalPast) -> Result<Option<Restored>, JournalError> {
    let JournalPast { snapshot, records, damaged: _, stuck: _, is_of_another: _ } = past;
    let mut restoring = Restoring::default();
    if let Some(snapshot) = snapshot {
        restoring.record(&format!("the snapshot of record {}", snapshot.position), &snapshot.bytes)?;
    }
    for record in records {
        restoring.record(&format!("record {}", record.position), &record.bytes)?;
    }
    Ok(restoring.restored)
}

/// What all notes so far come to.
#[derive(Debug, Default)]
pub(super) struct Restoring {
    restored: Option<Restored>,
    /// What operators were to know since that was taken; nothing where nobody asks for it.
    notices: Option<Vec<Notice>>,
}

impl Restoring {
    /// One that keeps what operators were to know, and nothing but the team.
    pub(super) fn attentive() -> Self {
        Self { restored: None, notices: Some(Vec::new()) }
    }

    /// What operators were to know since the last call.
    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        if let Some(restored) = &mut self.restored {
            restored.pages.clear();
            restored.joins.clear();
        }
        self.notices.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The time of the last note.
    pub(super) fn last(&self) -> Time {
        self.restored.as_ref().map_or(Time::ZERO, |it| it.last)
    }

    /// The team as it is now, if anything says what team it is about.
    pub(super) fn team(&self) -> Option<&Team> {
        self.restored.as_ref().map(|it| &it.team)
    }

    fn record(&mut self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        for noted in Notes::read(bytes).map_err(|cause| unread(name, &cause))? {
            self.note(noted).map_err(|cause| unread(name, cause))?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, noted: Noted) -> Result<(), &'static str> {
        let begins = |team, last| Restored {
            team,
            pages: Vec::new(),
            joins: Vec::new(),
            sends: BTreeMap::new(),
            since: last,
            last,
            facts: 0,
        };
        match noted {
            Noted::Begins { at, setup, seed } => {
                self.restored = Some(begins(Team::new(at, &setup, seed), at));
                self.drain();
                return Ok(());
            }
            Noted::Team { at, team } => {
                self.restored = Some(begins(*team, at));
                return Ok(());
            }
            Noted::Fact { .. }
            | Noted::Timeout { .. }
            | Noted::Work { .. }
            | Noted::Send { .. }
            | Noted::Page { .. } => {}
        }
        let restored = self.restored.as_mut().ok_or("nothing says what team it is about")?;
        let at = match noted {
            Noted::Fact { at, input } => {
                if let Input::SendEnds { send, account, outcome, .. } = &input
                    && let Some(open) = restored.sends.get_mut(send)
                {
                    let id = id_given(&restored.team, *account, outcome);
                    open.answered(at, outcome, id);
                }
                restored.team.handle(at, input);
                restored.facts += 1;
                at
            }
            Noted::Timeout { at } => {
                restored.team.handle_timeout(at);
                at
            }
            Noted::Work { at } => {
                restored.team.work(at);
                at
            }
            Noted::Send { at, send, mut open } => {
                // Older versions did not write it there.
                if open.row.sends.is_empty() {
                    open.row.sends.push(send);
                }
                restored.sends.insert(send, *open);
                if restored.sends.len() > MOST_SENDS {
                    restored.sends.pop_first();
                }
                at
            }
            Noted::Page { at, page } => {
                restored.pages.push((at, page));
                at
            }
            Noted::Begins { .. } | Noted::Team { .. } => return Ok(()),
        };
        restored.last = restored.last.max(at);
        self.drain();
        Ok(())
    }

    /// Its wishes were granted, or were not; those that are left are for what is in memory.
    fn drain(&mut self) {
        let Some(restored) = &mut self.restored else { return };
        while let Some(command) = restored.team.poll_command() {
            if let Command::Settle { send, settled } = &command
                && let Some(open) = restored.sends.get_mut(send)
            {
                let identity = restored.team.identity();
                let seen = match settled {
                    Settled::Seen(copy) => {
                        Some((identity.name(copy.account), identity.tag(copy.account, &copy.id)))
                    }
                    Settled::NotThere { .. } | Settled::Unknown => None,
                };
                open.settled(restored.last, seen);
            }
            if matches!(command, Command::Join { .. }) {
                restored.joins.push(command);
            } else if let Command::Note(notice) = command
                && let Some(notices) = &mut self.notices
            {
                notices.push(notice);
            }
        }
    }
}

/// The id by which bots know what an account says it sent, if it gave any.
pub fn id_given(team: &Team, account: AccountId, outcome: &SendResult) -> Option<String> {
    match outcome {
        SendResult::Sent { id } if !id.is_empty() => Some(team.identity().tag(account, id)),
        SendResult::Sent { .. } | SendResult::NotSent | SendResult::Refused | SendResult::Unsure { .. } => {
            None
        }
    }
}

/// A note can't be read.
pub(super) fn unread(name: &str, cause: &str) -> JournalError {
    JournalError::Corrupt {
        path: "the store".into(),
        cause: format!("{name} can't be read: {cause}; was it written by a newer version?"),
    }
}
