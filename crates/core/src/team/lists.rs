//! What an account lists, piece by piece: a list may have a million names, and nobody is to wait for that.
//!
//! ```text
//!   Lists, Reaches ─▶ reads: own ids to the team's ─▶ judges: of what is not named, what it reaches no more ─▶ enters
//!                                        a slice at once, the others by Team::work, with other inputs between
//! ```
//!
//! What is learnt between two slices is newer than the lists: they do not judge it, and do not undo it.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    string::String,
    vec::Vec,
};

use super::{Team, dice::draws};
use crate::{account::AccountId, account_set::AccountSet, directory::Reach, refresh::Meanwhile, time::Time};

/// How much is done at once: so many names are read, or a quarter of them entered.
const SLICE: usize = 2_000;
/// What is done between two looks at how much that was.
const PART: usize = 250;
/// What it costs to enter a name, compared to reading it.
const ENTERING: usize = 4;
/// Calls see what lists name after so many parts, and when all is done.
const PUBLISH: usize = 64;
/// Of so many conversations it is remembered that they were learnt of meanwhile.
const MOST_NEWER: usize = 10_000;

/// Lists of an account that are being worked through.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Listing {
    account: AccountId,
    /// These are all that it reaches, and not what somebody heard in passing.
    is_whole: bool,
    has_contacts: bool,
    has_rooms: bool,
    /// Whether there are any contacts, and any rooms.
    names: [bool; 2],
    /// What is not read yet.
    unread: [VecDeque<String>; 2],
    friends: AccountSet,
    contacts: BTreeSet<String>,
    rooms: BTreeSet<String>,
    meanwhile: Meanwhile,
    /// What was learnt since the lists came: whether the account reaches it.
    newer: BTreeMap<String, bool>,
    stage: Stage,
    parts: usize,
    /// Whether calls do not see yet what it said.
    is_news: bool,
}

impl Listing {
    /// How many names it has to remember.
    pub(super) fn size(&self) -> usize {
        let unread = self.unread.iter().map(VecDeque::len).sum::<usize>();
        unread + self.contacts.len() + self.rooms.len() + self.newer.len() + self.meanwhile.size()
    }
}

/// How far they are; with the last conversation that was looked at, where all are.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Stage {
    Reads,
    /// Whether its lists name all rooms that it is in, as far as that has been looked at.
    Learns {
        from: Option<String>,
        names_any: bool,
    },
    Judges {
        from: Option<String>,
        names_all: bool,
    },
    Unlists {
        from: Option<String>,
    },
    Enters,
    /// They are of no use any more.
    Forgets,
    Done,
}

impl Listing {
    fn new(
        account: AccountId,
        is_whole: bool,
        contacts: Option<Vec<String>>,
        rooms: Option<Vec<String>>,
    ) -> Self {
        Self {
            account,
            is_whole,
            has_contacts: contacts.is_some(),
            has_rooms: rooms.is_some(),
            names: [&contacts, &rooms].map(|list| list.as_ref().is_some_and(|list| !list.is_empty())),
            unread: [contacts, rooms].map(|list| list.unwrap_or_default().into()),
            friends: AccountSet::EMPTY,
            contacts: BTreeSet::new(),
            rooms: BTreeSet::new(),
            meanwhile: Meanwhile::default(),
            newer: BTreeMap::new(),
            stage: Stage::Reads,
            parts: 0,
            is_news: false,
        }
    }

    fn is_named(&self, id: &str) -> bool {
        self.contacts.contains(id) || self.rooms.contains(id)
    }

    fn is_room_named(&self, room: &str) -> bool {
        self.rooms.contains(room) || self.is_newer(room)
    }

    fn is_newer(&self, id: &str) -> bool {
        self.meanwhile.learnt.contains(id) || self.newer.contains_key(id)
    }

    /// Whether it says nothing against an account's reaching this.
    fn keeps(&self, id: &str, reach: &Reach, was_listed: bool, names_all: bool) -> bool {
        let is_doubted = self.meanwhile.doubts.contains(id);
        let is_judged = match reach.is_room {
            true => names_all || self.has_rooms && self.meanwhile.refused.contains(id),
            // It may be a room of which nobody said so. And one that no list ever named is missed by none.
            false => self.has_contacts && self.has_rooms && (was_listed || is_doubted),
        };
        let wrote = reach.last == Some(self.account) && !is_doubted;
        !is_judged || self.is_named(id) || self.is_newer(id) || wrote
    }

    /// Lets go of some of it. Returns whether anything is left.
    fn forget_some(&mut self) -> bool {
        for _ in 0..PART {
            let unread = self.unread.iter_mut().any(|list| list.pop_back().is_some());
            if !unread && self.contacts.pop_last().is_none() && self.rooms.pop_last().is_none() {
                return false;
            }
        }
        true
    }
}

impl Team {
    /// Whether [`Team::work`] has something to do.
    pub fn has_work(&self) -> bool {
        !self.listings.is_empty() || self.directory.is_unswept()
    }

    /// Does a piece of what takes long: some milliseconds of it. Whoever drives the team does that as long as there is
    /// work, and tells it between two pieces what has happened.
    pub fn work(&mut self, now: Time) {
        self.now = now;
        let mut spent = 0;
        while spent < SLICE
            && let Some(mut listing) = self.listings.pop_front()
        {
            while spent < SLICE && listing.stage != Stage::Done {
                spent += self.part(now, &mut listing);
                listing.parts += 1;
                if listing.stage == Stage::Done || listing.parts.is_multiple_of(PUBLISH) {
                    self.stale |= core::mem::take(&mut listing.is_news);
                }
            }
            if listing.stage != Stage::Done {
                // Those of other accounts have their turns too.
                self.listings.push_back(listing);
            }
        }
        while spent < SLICE && self.directory.is_unswept() {
            spent += PART + ENTERING * self.directory.sweep(PART);
            // Whoever has the last look at it keeps all that was forgotten.
            self.stale |= !self.directory.is_unswept();
        }
    }

    /// An account told its lists. What they name it reaches. What they leave out it may reach all the same: many
    /// providers list only the rooms that a person saved. So that says something only of contacts that a list of
    /// its named before, of rooms that it was refused to read, and of all rooms once it is learnt that its lists
    /// name them all; never of what was learnt since it was asked, or of contacts that wrote to it. What it leaves
    /// out for the first time is looked at.
    pub(super) fn on_lists(
        &mut self,
        now: Time,
        account: AccountId,
        contacts: Option<Vec<String>>,
        rooms: Option<Vec<String>>,
    ) {
        self.drop_lists(account, true);
        let whole = Listing::new(account, true, contacts, rooms);
        self.drop_heard(account, whole.names);
        self.listings.push_front(whole);
        self.work(now);
    }

    /// Somebody heard in passing that an account reaches these.
    pub(super) fn on_reaches(
        &mut self,
        now: Time,
        account: AccountId,
        contacts: Vec<String>,
        rooms: Vec<String>,
    ) {
        if contacts.len() + rooms.len() > SLICE / (1 + ENTERING) {
            self.drop_heard(account, [!contacts.is_empty(), !rooms.is_empty()]);
        }
        self.listings.push_front(Listing::new(account, false, Some(contacts), Some(rooms)));
        self.work(now);
    }

    /// What lists of an account said is of no use any more.
    pub(super) fn forget_lists(&mut self, account: AccountId) {
        self.drop_lists(account, true);
        self.drop_lists(account, false);
    }

    /// Something was learnt of an account and a conversation.
    pub(super) fn is_learnt(&mut self, account: AccountId, conversation: &str, reaches: bool) {
        self.refresh.learnt(account, conversation);
        for it in self.listings.iter_mut().filter(|it| it.account == account) {
            if it.newer.len() < MOST_NEWER {
                it.newer.insert(conversation.into(), reaches);
            }
        }
    }

    fn drop_lists(&mut self, account: AccountId, whole: bool) {
        let those = self.listings.iter_mut().filter(|it| it.account == account && it.is_whole == whole);
        those.for_each(|it| it.stage = Stage::Forgets);
    }

    /// What was heard in passing of contacts, or of rooms, is of no use since a list `says` the same, or newer.
    fn drop_heard(&mut self, account: AccountId, says: [bool; 2]) {
        let is_older = |it: &&mut Listing| {
            it.account == account && !it.is_whole && (0..2).all(|kind| says[kind] || !it.names[kind])
        };
        self.listings.iter_mut().filter(is_older).for_each(|it| it.stage = Stage::Forgets);
    }

    /// Goes on a little; returns what that cost.
    fn part(&mut self, now: Time, it: &mut Listing) -> usize {
        let account = it.account;
        match core::mem::replace(&mut it.stage, Stage::Done) {
            Stage::Reads => {
                self.read_some(it);
                it.stage = match it.unread.iter().all(VecDeque::is_empty) {
                    true => self.after_reading(now, it),
                    false => Stage::Reads,
                };
                PART
            }
            Stage::Learns { from, names_any } => {
                let named =
                    self.directory.lists_rooms(account, from.as_deref(), PART, |room| it.is_room_named(room));
                it.stage = match named {
                    None => Stage::Judges { from: None, names_all: false },
                    Some((any, None)) => Stage::Judges { from: None, names_all: names_any || any },
                    Some((any, from)) => Stage::Learns { from, names_any: names_any || any },
                };
                PART / 2
            }
            Stage::Judges { from, names_all } => {
                let keep =
                    |id: &str, reach: &Reach, was_listed: bool| it.keeps(id, reach, was_listed, names_all);
                let (lost, next) = self.directory.only(account, from.as_deref(), PART, keep);
                it.is_news |= !lost.is_empty();
                lost.iter().for_each(|conversation| self.has_left(conversation, account));
                it.stage = match next {
                    Some(next) => Stage::Judges { from: Some(next), names_all },
                    None if it.has_rooms => Stage::Unlists { from: None },
                    None => Stage::Enters,
                };
                PART / 2
            }
            Stage::Unlists { from } => {
                let (missed, next) =
                    self.directory.unlist(account, from.as_deref(), PART, |room| it.is_room_named(room));
                for room in missed {
                    // Its payload tells whether the account is there.
                    self.refresh.doubt_room(now, &room, self.directory.reach(&room).yes);
                }
                it.stage = if next.is_some() { Stage::Unlists { from: next } } else { Stage::Enters };
                PART / 2
            }
            Stage::Enters => {
                it.stage = if self.enter_some(it) { Stage::Enters } else { Stage::Done };
                PART
            }
            Stage::Forgets => {
                it.stage = if it.forget_some() { Stage::Forgets } else { Stage::Done };
                PART / 2
            }
            Stage::Done => PART,
        }
    }

    fn read_some(&self, it: &mut Listing) {
        let [contacts, rooms] = &mut it.unread;
        for _ in 0..PART {
            if let Some(contact) = contacts.pop_front() {
                it.friends = it.friends.or(self.identity.account_of(&contact).into_iter().collect());
                let contact = self.identity.contact_out(it.account, &contact);
                // The team itself is nobody's contact.
                if contact != self.identity.self_id() {
                    it.contacts.insert(contact);
                }
            } else if let Some(room) = rooms.pop_front() {
                if !room.is_empty() {
                    it.rooms.insert(self.identity.room_out(it.account, &room));
                }
            } else {
                return;
            }
        }
    }

    fn after_reading(&mut self, now: Time, it: &mut Listing) -> Stage {
        if !it.is_whole {
            self.on_ties(it.account, it.friends, false);
            return Stage::Enters;
        }
        let any = it.has_contacts || it.has_rooms;
        let meanwhile = self.refresh.lists_read(now, it.account, any, &mut draws(&mut self.dice));
        // No account is without any contact: this one does not know them yet.
        it.has_contacts &= !it.contacts.is_empty();
        self.on_ties(it.account, it.friends, it.has_contacts && meanwhile.is_some());
        match meanwhile {
            None => Stage::Enters,
            Some(meanwhile) => {
                it.meanwhile = meanwhile;
                match it.has_rooms {
                    true => Stage::Learns { from: None, names_any: false },
                    false => Stage::Judges { from: None, names_all: false },
                }
            }
        }
    }

    /// Returns whether there is more.
    fn enter_some(&mut self, it: &mut Listing) -> bool {
        for _ in 0..PART / ENTERING {
            let (id, is_room) = match it.contacts.pop_first() {
                Some(contact) => (contact, false),
                None => match it.rooms.pop_first() {
                    Some(room) => (room, true),
                    None => return false,
                },
            };
            if it.newer.get(&id) == Some(&false) {
                continue;
            }
            match it.is_whole {
                true => self.refresh.learnt(it.account, &id),
                // Other lists of the account that are under way must not judge it.
                false => self.is_learnt(it.account, &id, true),
            }
            let is_news = match is_room || it.is_whole {
                true => self.directory.is_listed(&id, it.account, is_room),
                false => self.directory.can(&id, it.account),
            };
            it.is_news |= is_news;
            if is_room && is_news {
                self.refresh.is_in(self.now, it.account, &id);
                self.invites.joined(self.now, &id, it.account);
            }
        }
        true
    }
}
