//! Why a journal can't be used, and what helps.

use std::path::{Path, PathBuf};

use crate::Position;

/// Why a journal can't be used. Each text names cause and remedy, for an operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another writer has appended, or what is at the store's path is not what was opened there.
    #[error("{}", fenced(*after, *tip, replaced.as_deref()))]
    Fenced {
        /// The position that we knew.
        after: Position,
        /// Where it is now.
        tip: Position,
        /// The store's path, if its file was deleted or replaced there.
        replaced: Option<PathBuf>,
    },
    /// Another process has it open.
    #[error(
        "{path} is in use by another process: a gateway serves this team already. Ask that one (ha-wechaty status), or \
         end it first; two gateways never share a store. If this is to be another team, give it a name (--name), or a \
         [store] path, of its own"
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("there is no room left for {path}: make room on its disk; it goes on by itself then")]
    NoRoom {
        /// The file.
        path: PathBuf,
    },
    /// It may not be written.
    #[error(
        "{path} can't be written ({cause}): the user that runs the gateway needs to own it and its folder; or name another \
         file, see [store] path"
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        cause: String,
    },
    /// It is there, and can't be read.
    #[error(
        "{path} is damaged ({cause}). Nothing was changed. Keep the file, put back a backup of it, or move it away to begin \
         with nothing: then it is forgotten what bots have not acknowledged, and what accounts did today"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Its disk can't read a part of it.
    #[error(
        "a part of {path} can't be read ({cause}): its disk, or what it hangs on, fails. Nothing was changed, and no record was \
         left out. Start again, in case it passes; else copy the file, its key, and what stands beside it, to another disk, or \
         put back a backup"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        cause: String,
    },
    /// It is no store of ours.
    #[error("{path} is no store of HAWechaty ({cause}): choose another path, see [store] path")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        cause: String,
    },
    /// A newer version wrote it.
    #[error(
        "{path} was written by a newer HAWechaty (format {found}, this one reads up to {known}): start that version again, \
         or put back a backup of before"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest that we know.
        known: u32,
    },
    /// The key is not the one that it was written with.
    #[error(
        "the store was not written with this key ({key}): put back the key that was there (it belongs to a backup), or move \
         both away to begin with nothing"
    )]
    WrongKey {
        /// Where the key is from.
        key: String,
    },
    /// The key can't be used.
    #[error("the store's key {path} can't be used: {cause}")]
    BadKey {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// It does not answer, or the system refused.
    #[error("the store can't be reached: {cause}")]
    Unavailable {
        /// In the system's own words.
        cause: String,
    },
}

impl JournalError {
    /// The same for an operator whose gateway runs, and tries again by itself: what it was told last may be in its memory alone.
    pub fn while_serving(&self) -> String {
        let Self::Unreadable { path, cause } = self else { return self.to_string() };
        format!(
            "a part of {} can't be read ({cause}): its disk, or what it hangs on, fails. It is tried again by itself, in case it \
             passes; have a backup written to another disk meanwhile (ha-wechaty store backup FILE)",
            path.display()
        )
    }

    /// Whether it may go well later, without anybody starting anew.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoRoom { .. }
            | Self::ReadOnly { .. }
            | Self::Unreadable { .. }
            | Self::Unavailable { .. } => true,
            Self::Fenced { .. }
            | Self::Locked { .. }
            | Self::Corrupt { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::WrongKey { .. }
            | Self::BadKey { .. } => false,
        }
    }

    /// Whether what was asked for is there, and can't be had: it is damaged, or its disk can't read it. What stands elsewhere
    /// may be whole.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Corrupt { .. } | Self::Unreadable { .. } => true,
            Self::Fenced { .. }
            | Self::Locked { .. }
            | Self::NoRoom { .. }
            | Self::ReadOnly { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::WrongKey { .. }
            | Self::BadKey { .. }
            | Self::Unavailable { .. } => false,
        }
    }
}

fn fenced(after: Position, tip: Position, replaced: Option<&Path>) -> String {
    match replaced {
        None => format!(
            "another process has written to the store (its last record is {tip}, ours was {after}): two gateways share it, or \
             it was replaced while this one ran. Nothing more is written here; end one of them, and start again"
        ),
        Some(path) => format!(
            "{} was deleted, moved or replaced while the gateway had it open. Nothing more is written, and what it holds up to \
             record {after} is gone for good when the gateway ends: first have a backup written (ha-wechaty store backup FILE), \
             then end the gateway, put the backup in the store's place, and start again",
            path.display()
        ),
    }
}
