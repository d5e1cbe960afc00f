//! People: they talk, they join and leave, they see what is said to them.

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::content::Content;
use crate::ledger::{Delivered, Ledger};
use crate::phone::Phone;
use crate::room::GroupChat;
use crate::world::Inner;

/// Somewhere to say something: a room, or a contact.
pub trait Addressee {
    /// The room's or the contact's id.
    fn conversation_id(&self) -> &str;
}

/// Somebody: a person, or a phone of ours.
pub trait Participant: Addressee {
    /// The id by which everybody knows this contact.
    fn contact_id(&self) -> &str {
        self.conversation_id()
    }
}

/// Somebody out there, with eyes and a keyboard.
///
/// As in WeChat, what is not possible does not happen: words in a room that the person is not in, or to a
/// contact who is no friend, reach nobody.
#[derive(Clone)]
pub struct Person {
    inner: Arc<Inner>,
    id: String,
    name: String,
}

/// A message that a person has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken {
    pub(crate) serial: Option<u64>,
}

impl Spoken {
    /// Its number in the ledger; none if it reached nobody.
    pub fn serial(&self) -> Option<u64> {
        self.serial
    }
}

impl Person {
    pub(crate) fn new(inner: Arc<Inner>, id: String, name: &str) -> Self {
        Self { inner, id, name: name.to_owned() }
    }

    /// The contact id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name by which the script calls this person.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says a text, in a room or to a friend.
    pub fn says(&self, to: &impl Addressee, text: &str) -> Spoken {
        self.sends(to, text)
    }

    /// Says a text in a room that mentions others; the text itself must name them.
    pub fn mentions(&self, room: &GroupChat, whom: &[&dyn Participant], text: &str) -> Spoken {
        let whom: Vec<_> = whom.iter().map(|it| it.contact_id().to_owned()).collect();
        self.speak(room.id(), text.into(), &whom)
    }

    /// Sends anything: a text, a file, a card.
    pub fn sends(&self, to: &impl Addressee, content: impl Into<Content>) -> Spoken {
        self.speak(to.conversation_id(), content.into(), &[])
    }

    /// Says a text in answer to what was said.
    pub fn quotes(&self, to: &impl Addressee, quoted: &Spoken, text: &str) -> Spoken {
        let to = to.conversation_id();
        let serial = self.inner.change(|state| {
            let to = state.reach(&self.id, to).ok()?;
            Some(state.reply(&self.id, &to, text.into(), &[], quoted.serial))
        });
        Spoken { serial }
    }

    fn speak(&self, to: &str, content: Content, mentions: &[String]) -> Spoken {
        let serial = self.inner.change(|state| {
            let to = state.reach(&self.id, to).ok()?;
            Some(state.say(&self.id, &to, content, mentions))
        });
        Spoken { serial }
    }

    /// Takes back what was said.
    pub fn recalls(&self, spoken: &Spoken) {
        if let Some(serial) = spoken.serial {
            // Taking back twice is taking back once.
            let _ = self.inner.change(|state| state.recall(&self.id, serial));
        }
    }

    /// Becomes a friend of somebody, without a request.
    pub fn befriends(&self, other: &impl Participant) {
        self.inner.change(|state| state.befriend(&self.id, other.contact_id()));
    }

    /// Is no friend any more.
    pub fn unfriends(&self, other: &impl Participant) {
        self.inner.change(|state| state.unfriend(&self.id, other.contact_id()));
    }

    /// Asks a phone to be friends: it gets a `friendship` event.
    pub fn asks_friendship(&self, phone: &Phone, hello: &str) {
        // Asking a friend changes nothing.
        let _ = self.inner.change(|state| state.request_friendship(&self.id, phone.contact_id(), hello));
    }

    /// Whether requests of our accounts are accepted, at once; people do by default.
    pub fn accepts_friends(&self, accepts: bool) {
        self.inner.change(|state| {
            if let Some(card) = state.contacts.get_mut(&self.id) {
                card.accepts = accepts;
            }
        });
    }

    /// Accepts the request of a phone that was let be.
    pub fn accepts(&self, phone: &Phone) {
        self.inner.change(|state| state.confirm_friendship(phone.id(), &self.id));
    }

    /// Makes a room with others in it, who are told so.
    pub fn makes_room(&self, topic: &str, others: &[&dyn Participant]) -> GroupChat {
        let others: Vec<_> = others.iter().map(|it| it.contact_id().to_owned()).collect();
        let id = self.inner.change(|state| state.create_room(topic, &self.id, &others));
        GroupChat::new(self.inner.clone(), id)
    }

    /// Invites somebody into a room: a phone gets a `room-invite` event.
    pub fn invites(&self, whom: &impl Participant, room: &GroupChat) {
        // An invitation into a room that one is not in does not exist.
        let _ = self.inner.change(|state| state.invite(&self.id, whom.contact_id(), room.id()));
    }

    /// Takes somebody into a room at once.
    pub fn adds(&self, whom: &impl Participant, room: &GroupChat) {
        self.inner.change(|state| {
            if state.room_of(&self.id, room.id()).is_ok() {
                state.join(room.id(), &[whom.contact_id().to_owned()], &self.id);
            }
        });
    }

    /// Puts somebody out of a room that this person owns or administers.
    pub fn removes(&self, whom: &impl Participant, room: &GroupChat) {
        self.inner.change(|state| {
            if state.room_of(&self.id, room.id()).is_ok_and(|it| it.is_run_by(&self.id)) {
                state.leave(room.id(), &[whom.contact_id().to_owned()], &self.id);
            }
        });
    }

    /// Comes into a room, by its QR code or an invitation.
    pub fn joins(&self, room: &GroupChat) {
        self.inner.change(|state| {
            let inviter = state.rooms.get(room.id()).map(|it| it.owner.clone()).unwrap_or_default();
            state.join(room.id(), std::slice::from_ref(&self.id), &inviter);
        });
    }

    /// Goes out of a room.
    pub fn leaves(&self, room: &GroupChat) {
        self.inner.change(|state| state.leave(room.id(), std::slice::from_ref(&self.id), &self.id));
    }

    /// Changes a room's topic.
    pub fn sets_topic(&self, room: &GroupChat, topic: &str) {
        self.inner.change(|state| {
            if state.room_of(&self.id, room.id()).is_ok() {
                state.set_topic(room.id(), &self.id, topic);
            }
        });
    }

    /// Takes another name; who can see this person gets a `dirty` event.
    pub fn renames_to(&self, name: &str) {
        self.inner.change(|state| {
            if let Some(card) = state.contacts.get_mut(&self.id) {
                card.name = name.to_owned();
            }
            state.contact_changed(&self.id);
        });
    }

    /// The number by which strangers find this person.
    pub fn phone_number(&self) -> String {
        self.inner.read(|state| state.contacts.get(&self.id).map(|it| it.number.clone())).unwrap_or_default()
    }

    /// The WeChat handle by which strangers find this person.
    pub fn handle(&self) -> String {
        self.inner.read(|state| state.contacts.get(&self.id).map(|it| it.handle.clone())).unwrap_or_default()
    }

    /// Everything seen so far, in order.
    pub fn seen(&self) -> Vec<Delivered> {
        Ledger { inner: self.inner.clone() }.seen_by(self)
    }

    /// What this person sees from now on.
    pub fn watch(&self) -> mpsc::UnboundedReceiver<Delivered> {
        self.inner.watch(Some(self.id.clone()))
    }
}

impl Addressee for Person {
    fn conversation_id(&self) -> &str {
        &self.id
    }
}

impl Participant for Person {}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.id)
    }
}
