//! Rooms that lose accounts until one alone is left, or none: the operator is told, once for each.
//!
//! What was learnt may be wrong for a moment: a list that was cut short, a login as somebody else. So it is told
//! once it has settled, and all that happened meanwhile together.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use crate::{account::AccountId, directory::Directory, time::Time};

/// How long it must have been so.
const SETTLE: Duration = Duration::from_secs(60);

/// A room that more accounts had been in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thinned {
    /// Its id, as bots know it.
    pub room: String,
    /// Its topic; empty if it is not known.
    pub topic: String,
    /// The account that is left in it, if one is.
    pub left: Option<AccountId>,
}

/// The rooms that lost accounts.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Thinning {
    rooms: BTreeMap<String, Thin>,
    due: Option<Time>,
}

/// A room that one account is left in, or none, of more.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Thin {
    topic: String,
    /// Whether it was told that one is left.
    is_told: bool,
}

impl Thinning {
    /// How many rooms it knows.
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// An account is in a room no more, and so many are left there.
    pub(crate) fn loses(&mut self, now: Time, room: &str, topic: &str, left: usize) {
        match left {
            0 if self.rooms.contains_key(room) => {}
            1 => {
                let thin = Thin { topic: topic.to_string(), is_told: false };
                self.rooms.insert(room.to_string(), thin);
            }
            // It is still many, or it never was more than one.
            _ => return,
        }
        self.due.get_or_insert(now + SETTLE);
    }

    /// Nobody need be told of this room: the bot leaves it by its own wish.
    pub(crate) fn forget(&mut self, room: &str) {
        self.rooms.remove(room);
    }

    /// When [`Thinning::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.due
    }

    /// What is to be told now.
    pub(crate) fn handle_timeout(&mut self, now: Time, directory: &Directory) -> Vec<Thinned> {
        if self.due.take_if(|due| *due <= now).is_none() {
            return Vec::new();
        }
        let mut told = Vec::new();
        self.rooms.retain(|room, thin| {
            let there = directory.reach(room).yes;
            if there.len() <= 1 && !(thin.is_told && there.len() == 1) {
                thin.is_told = true;
                let (room, topic) = (room.clone(), thin.topic.clone());
                told.push(Thinned { room, topic, left: there.iter().next() });
            }
            // One that is left may go as well.
            there.len() == 1
        });
        told
    }
}
