//! People, phones and official accounts, as WeChat knows them.

use ha_wechaty_wire::event::DirtyPayload;

use super::{OFFICIAL, State};
use crate::content::Attachment;
use ha_wechaty_wire::PuppetEvent;

#[derive(Debug, Clone)]
pub(crate) struct ContactCard {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) official: bool,
    /// What strangers search for.
    pub(crate) handle: String,
    pub(crate) number: String,
    pub(crate) signature: String,
    pub(crate) avatar: Attachment,
    /// Whether a friend request is accepted at once; of people only.
    pub(crate) accepts: bool,
}

/// The smallest PNG: one pixel.
const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63,
    0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0, 0x04, 0x85, 0x01, 0x80, 0x84, 0xa9, 0x8c, 0x21, 0, 0, 0, 0, b'I', b'E',
    b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

pub(super) fn pixel(name: &str) -> Attachment {
    Attachment::new(format!("{name}.png"), PIXEL)
}

impl ContactCard {
    fn personal(id: &str, name: &str, number: String) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            official: false,
            handle: id.trim_start_matches("wxid_").into(),
            number,
            signature: String::new(),
            avatar: pixel(id),
            accepts: true,
        }
    }

    pub(super) fn official(id: &str, name: &str) -> Self {
        Self { official: true, ..Self::personal(id, name, String::new()) }
    }
}

impl State {
    /// A new contact; its id tells its name.
    pub(crate) fn add_contact(&mut self, name: &str) -> String {
        let slug: String =
            name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let mut id = format!("wxid_{slug}");
        while self.contacts.contains_key(&id) {
            id = format!("wxid_{slug}-{}", self.ids.serial());
        }
        let number = self.ids.phone_number();
        self.contacts.insert(id.clone(), ContactCard::personal(&id, name, number));
        id
    }

    /// A person of this name, a new one if there is none.
    pub(crate) fn person(&mut self, name: &str) -> String {
        let known = self.contacts.values().find(|it| it.name == name && !self.accounts.contains_key(&it.id));
        known.map(|it| it.id.clone()).unwrap_or_else(|| self.add_contact(name))
    }

    pub(crate) fn are_friends(&self, a: &str, b: &str) -> bool {
        self.friends.contains(&pair(a, b))
    }

    pub(crate) fn befriend(&mut self, a: &str, b: &str) {
        if a != b && self.friends.insert(pair(a, b)) {
            self.friendship_changed(a, b);
        }
    }

    pub(crate) fn unfriend(&mut self, a: &str, b: &str) {
        if self.friends.remove(&pair(a, b)) {
            self.friendship_changed(a, b);
        }
    }

    fn friendship_changed(&mut self, a: &str, b: &str) {
        self.tell(a, &dirty(CONTACT, b));
        self.tell(b, &dirty(CONTACT, a));
    }

    /// The friends of a contact, itself not among them.
    pub(crate) fn friends_of<'a>(&'a self, me: &'a str) -> impl Iterator<Item = &'a str> {
        self.friends.iter().filter_map(move |(a, b)| {
            if a == me {
                Some(b.as_str())
            } else if b == me {
                Some(a.as_str())
            } else {
                None
            }
        })
    }

    /// Whether `me` can look at `other`: itself, a friend, somebody in a common room, somebody it has found.
    pub(crate) fn visible(&self, me: &str, other: &str) -> bool {
        me == other
            || other == OFFICIAL
            || self.are_friends(me, other)
            || self.accounts.get(me).is_some_and(|it| it.found.contains(other))
            || self.rooms.values().any(|room| room.has(me) && room.has(other))
    }

    /// A contact changed its name, signature or avatar: everybody who can see it learns that.
    pub(crate) fn contact_changed(&mut self, id: &str) {
        let viewers: Vec<_> = self.accounts.keys().filter(|me| self.visible(me, id)).cloned().collect();
        for viewer in viewers {
            self.tell(&viewer, &dirty(CONTACT, id));
        }
    }
}

fn pair(a: &str, b: &str) -> (String, String) {
    if a < b { (a.into(), b.into()) } else { (b.into(), a.into()) }
}

pub(super) const CONTACT: i32 = 2;
pub(super) const ROOM: i32 = 3;

pub(super) fn dirty(payload_type: i32, payload_id: &str) -> PuppetEvent {
    PuppetEvent::Dirty(DirtyPayload { payload_type, payload_id: payload_id.into() })
}
