//! What operators do to accounts by hand.

use alloc::string::String;

use super::{Team, dice::draws};
use crate::{
    account::AccountId,
    command::{Command, Notice},
    hand::{Hand, HandEnd},
    time::Time,
};

/// Who ends what an operator has begun for so long.
const NOBODY: &str = "ha-wechaty";
/// Why.
const TIME_IS_UP: &str = "its time is up";

impl Team {
    /// Whether nobody would get work if this account, which does, did not.
    pub fn is_last(&self, account: AccountId) -> bool {
        self.usable().contains(account) && self.usable_without(Some(account)).is_empty()
    }

    /// An operator sees to an account: who, and why.
    pub(super) fn on_hand(
        &mut self,
        now: Time,
        account: AccountId,
        hand: Hand,
        words: (&str, &str),
        force: bool,
    ) -> HandEnd {
        if !self.is_member(account) {
            return HandEnd::NotConnected;
        }
        if hand.takes_from_work() && !force && self.is_last(account) {
            return HandEnd::Last;
        }
        let state = &mut self.accounts[account.index()];
        let (end, due) = state.take_hand(now, hand, words, &mut draws(&mut self.dice));
        self.note_step(account);
        self.weigh(now);
        if let Some(due) = due {
            self.does(now, account, due);
        }
        end
    }

    /// What an operator had begun for so long is over.
    pub(super) fn note_resumed(&mut self, account: AccountId) {
        let (by, why) = (String::from(NOBODY), String::from(TIME_IS_UP));
        let (hand, done) = (Hand::Resume, HandEnd::Done);
        self.commands.push_back(Command::Note(Notice::Hand { account, hand, by, why, number: 0, done }));
    }
}
