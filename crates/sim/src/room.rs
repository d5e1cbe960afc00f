//! Rooms, as the script sees them.

use std::fmt;
use std::sync::Arc;

use crate::person::{Addressee, Participant};
use crate::state::RoomCard;
use crate::world::Inner;

/// A group chat.
#[derive(Clone)]
pub struct GroupChat {
    inner: Arc<Inner>,
    id: String,
}

impl GroupChat {
    pub(crate) fn new(inner: Arc<Inner>, id: String) -> Self {
        Self { inner, id }
    }

    /// Its id, the same for everybody.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its topic.
    pub fn topic(&self) -> String {
        self.look(|room| room.topic.clone())
    }

    /// The contact id of its owner.
    pub fn owner(&self) -> String {
        self.look(|room| room.owner.clone())
    }

    /// The contact ids of its members, in the order of their coming.
    pub fn members(&self) -> Vec<String> {
        self.look(|room| room.members.clone())
    }

    /// Its announcement.
    pub fn announcement(&self) -> String {
        self.look(|room| room.announcement.clone())
    }

    /// Makes a member an admin.
    pub fn add_admin(&self, member: &impl Participant) {
        let id = member.contact_id();
        self.inner.change(|state| {
            if let Ok(room) = state.room_mut(id, &self.id)
                && !room.admins.iter().any(|it| it == id)
            {
                room.admins.push(id.to_owned());
            }
        });
    }

    /// Puts somebody out without a word: no phone is told.
    pub fn remove(&self, member: &impl Participant) {
        let id = member.contact_id();
        self.inner.change(|state| {
            if let Ok(room) = state.room_mut(id, &self.id) {
                room.members.retain(|it| it != id);
                room.admins.retain(|it| it != id);
            }
        });
    }

    /// Lets somebody in without a word: no phone is told.
    pub fn let_in(&self, contact: &impl Participant) {
        let id = contact.contact_id();
        self.inner.change(|state| {
            if let Some(room) = state.rooms.get_mut(&self.id)
                && !room.has(id)
            {
                room.members.push(id.to_owned());
            }
        });
    }

    /// What a member is called in here.
    pub fn set_alias(&self, member: &impl Participant, alias: &str) {
        let id = member.contact_id();
        self.inner.change(|state| {
            if let Ok(room) = state.room_mut(id, &self.id) {
                room.aliases.insert(id.to_owned(), alias.to_owned());
            }
        });
    }

    fn look<T: Default>(&self, look: impl FnOnce(&RoomCard) -> T) -> T {
        self.inner.read(|state| state.rooms.get(&self.id).map(look).unwrap_or_default())
    }
}

impl Addressee for GroupChat {
    fn conversation_id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for GroupChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Room({})", self.id)
    }
}
