//! How well rooms are covered: which accounts are in each, and when a room comes to hang on one alone.

use alloc::string::{String, ToString};

use super::Team;
use crate::{
    command::{Command, Note},
    directory::Reach,
};

impl Team {
    /// The rooms that any account is in, by the team's ids, with their topics (empty where they are not
    /// known).
    pub fn rooms(&self) -> impl Iterator<Item = (&str, &str, Reach)> {
        let rooms = self.refresh.rooms().map(|(room, topic)| (room, topic, self.directory.reach(room)));
        rooms.filter(|(_, _, reach)| reach.is_room && !reach.yes.is_empty())
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
