//! How well rooms are covered: which accounts are in each, and when a room comes to hang on one alone.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::Team;
use crate::{
    account::AccountId,
    command::{Command, Note},
    coverage::Missing,
    directory::Reach,
};

impl Team {
    /// The rooms that any account is in, by the team's ids, with their topics (empty where they are not
    /// known).
    pub fn rooms(&self) -> impl Iterator<Item = (&str, &str, Reach)> {
        let rooms = self.refresh.rooms().map(|(room, topic)| (room, topic, self.directory.reach(room)));
        rooms.filter(|(_, _, reach)| reach.is_room && !reach.yes.is_empty())
    }

    /// The accounts that are not in a room, and who in it would invite each.
    pub fn missing(&self, room: &str, reach: &Reach) -> Vec<Missing> {
        let all = || (0..self.accounts.len() as u8).map(AccountId);
        let teammates = all().filter(|account| self.identity.room_in(*account, room).is_some()).collect();
        self.acquaintances.missing(reach, all().collect(), teammates, self.usable())
    }

    /// An account told its contacts, by its own ids, and its rooms.
    pub(super) fn on_teammates(&mut self, account: AccountId, contacts: &[String]) {
        // No account is without any contact: this one does not know them yet.
        if !contacts.is_empty() {
            let friends = self.own(contacts);
            self.acquaintances.tells(account, friends, self.which(|it| it.contact_id().is_some()));
        }
    }

    /// An account is in these no more. A room that never had a second one is none that came to this, so
    /// nothing is said while lists are being learnt.
    pub(super) fn has_shrunk(&mut self, conversations: &[String]) {
        for room in conversations {
            let reach = self.directory.reach(room);
            let mut left = reach.yes.iter();
            if let (true, Some(account), None) = (reach.is_room, left.next(), left.next()) {
                let topic = self.refresh.topic(room).to_string();
                self.commands.push_back(Command::Note(Note::OneLeft { room: room.clone(), topic, account }));
            }
        }
    }
}
