//! Rooms that the bot leaves by its own wish: no warning is due that they lost accounts, and an account that said
//! that it left is in the room no more, whether or not an event says so too.
//!
//! ```text
//!   the bot asks ─▶ meant for a while ─▶ an account did it ─▶ its event, or SETTLE later: it is not there
//! ```

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use crate::{account::AccountId, account_set::AccountSet, time::Time};

/// For how long accounts that go are meant to.
const MEANT: Duration = Duration::from_secs(600);
/// How long the event may take that tells it better: it says, too, whether the bot is to hear of it.
const SETTLE: Duration = Duration::from_secs(60);
/// How many rooms are remembered at most.
const MOST: usize = 1_000;

/// The rooms that the bot left lately.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Quitting {
    rooms: BTreeMap<String, Quit>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Quit {
    until: Time,
    /// These said that they left, and no event said so yet.
    done: AccountSet,
    settles: Option<Time>,
}

impl Quitting {
    /// How many rooms it knows.
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// The bot asks for it.
    pub(crate) fn begins(&mut self, now: Time, room: &str) {
        if self.rooms.len() >= MOST && !self.rooms.contains_key(room) {
            let oldest = self.rooms.iter().min_by_key(|(_, quit)| quit.until).map(|(room, _)| room.clone());
            oldest.map(|room| self.rooms.remove(&room));
        }
        let quit = Quit { until: now + MEANT, done: AccountSet::EMPTY, settles: None };
        self.rooms.entry(room.to_string()).or_insert(quit).until = now + MEANT;
    }

    /// An account says that it left.
    pub(crate) fn done(&mut self, now: Time, account: AccountId, room: &str) {
        if let Some(quit) = self.rooms.get_mut(room) {
            quit.done.insert(account);
            quit.settles.get_or_insert(now + SETTLE);
        }
    }

    /// Something else says where an account is: that it is there again, or that it left.
    pub(crate) fn is_told(&mut self, account: AccountId, room: &str) {
        if let Some(quit) = self.rooms.get_mut(room) {
            quit.done.remove(account);
        }
    }

    /// Whether the bot wants accounts to leave this room.
    pub(crate) fn is_meant(&self, now: Time, room: &str) -> bool {
        self.rooms.get(room).is_some_and(|quit| now < quit.until)
    }

    /// When [`Quitting::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.rooms.values().map(|quit| quit.settles.unwrap_or(quit.until)).min()
    }

    /// Those that left without a word since.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> Vec<(String, AccountSet)> {
        let mut left = Vec::new();
        for (room, quit) in &mut self.rooms {
            if quit.settles.take_if(|settles| *settles <= now).is_some() {
                left.push((room.clone(), core::mem::take(&mut quit.done)));
            }
        }
        self.rooms.retain(|_, quit| quit.settles.is_some() || now < quit.until);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn who_left_without_a_word_is_told_once_it_has_settled() {
        let mut quitting = Quitting::default();
        quitting.done(at(0), A, "unasked");
        quitting.begins(at(0), "room");
        assert!(quitting.is_meant(at(599), "room") && !quitting.is_meant(at(600), "room"));
        [A, B].into_iter().for_each(|account| quitting.done(at(1), account, "room"));
        quitting.is_told(A, "room");
        assert_eq!(quitting.poll_timeout(), Some(at(61)));
        assert_eq!(quitting.handle_timeout(at(61)), [("room".into(), [B].into_iter().collect())]);
        assert_eq!(quitting.poll_timeout(), Some(at(600)));
        assert_eq!((quitting.handle_timeout(at(600)).len(), quitting.poll_timeout()), (0, None));
    }

    #[test]
    fn it_is_bounded() {
        let mut quitting = Quitting::default();
        (0..2 * MOST as u64).for_each(|n| quitting.begins(at(n), &alloc::format!("{n}")));
        assert_eq!(quitting.rooms.len(), MOST);
        assert!(!quitting.rooms.contains_key("999") && quitting.rooms.contains_key("1000"));
    }
}
