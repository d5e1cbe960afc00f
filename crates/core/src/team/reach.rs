//! What the team learns about who reaches whom, and how that is kept fresh.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use super::Team;
use crate::{
    account::AccountId, account_set::AccountSet, command::Command, directory::Reach, refresh::Reading,
    time::Time,
};

/// What a DIRTY event is about, by its number on the wire.
const CONTACT: i32 = 2;
const ROOM: i32 = 3;
const ROOM_MEMBER: i32 = 4;

/// What a room's payload says, with the ids of the account that told it.
pub(super) struct RoomPayload {
    pub(super) room: String,
    pub(super) topic: String,
    pub(super) members: Vec<String>,
    pub(super) owner: String,
    pub(super) admins: Vec<String>,
}

impl Team {
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
        let (has_contacts, has_rooms) = (contacts.is_some(), rooms.is_some());
        let friends = self.own(contacts.as_deref().unwrap_or_default());
        let contacts = self.contacts_out(account, &contacts.unwrap_or_default());
        let rooms = self.rooms_out(account, &rooms.unwrap_or_default());
        let dice = &mut self.dice;
        let any = has_contacts || has_rooms;
        let meanwhile = self.refresh.lists_read(now, account, any, &mut || dice.f64());
        // No account is without any contact: this one does not know them yet.
        let has_contacts = has_contacts && !contacts.is_empty();
        let is_whole = has_contacts && meanwhile.is_some();
        if let Some(meanwhile) = meanwhile {
            let names_all = has_rooms && {
                let is_named = |room: &str| rooms.contains(room) || meanwhile.learnt.contains(room);
                self.directory.lists_all_rooms(account, is_named)
            };
            let keep = |id: &str, reach: &Reach, was_listed: bool| {
                let is_judged = match reach.is_room {
                    true => names_all || has_rooms && meanwhile.refused.contains(id),
                    // It may be a room of which nobody said so. And one that no list ever named is missed by none.
                    false => has_contacts && has_rooms && (was_listed || meanwhile.doubts.contains(id)),
                };
                let wrote = reach.last == Some(account) && !meanwhile.doubts.contains(id);
                !is_judged
                    || contacts.contains(id)
                    || rooms.contains(id)
                    || meanwhile.learnt.contains(id)
                    || wrote
            };
            let lost = self.directory.only(account, keep);
            self.stale |= !lost.is_empty();
            lost.iter().for_each(|conversation| self.has_left(conversation, account));
            if has_rooms {
                let is_named = |room: &str| rooms.contains(room) || meanwhile.learnt.contains(room);
                for room in self.directory.unlist(account, is_named) {
                    // Its payload tells whether the account is there.
                    self.refresh.doubt_room(now, &room, self.directory.reach(&room).yes);
                }
            }
        }
        self.on_ties(account, friends, is_whole);
        self.is_listed(account, &contacts, &rooms);
    }

    /// Somebody heard in passing that an account reaches these.
    pub(super) fn on_reaches(&mut self, account: AccountId, contacts: &[String], rooms: &[String]) {
        self.on_ties(account, self.own(contacts), false);
        let contacts = self.contacts_out(account, contacts);
        contacts.iter().for_each(|contact| self.can(contact, account));
        let rooms = self.rooms_out(account, rooms);
        self.is_listed(account, &BTreeSet::new(), &rooms);
    }

    fn is_listed(&mut self, account: AccountId, contacts: &BTreeSet<String>, rooms: &BTreeSet<String>) {
        for contact in contacts {
            self.refresh.learnt(account, contact);
            self.stale |= self.directory.is_listed(contact, account, false);
        }
        for room in rooms {
            self.refresh.learnt(account, room);
            let is_news = self.directory.is_listed(room, account, true);
            self.comes_into(room, account, is_news);
        }
    }

    pub(super) fn on_room(&mut self, now: Time, account: AccountId, told: &RoomPayload) {
        let room = self.identity.room_out(account, &told.room);
        let dice = &mut self.dice;
        let touched = self.refresh.room_read(now, account, &room, &mut || dice.f64());
        let named = self.own(&told.members);
        let known = self.directory.reach(&room).yes;
        // A payload without members says nothing of them.
        let mut there = if told.members.is_empty() { known } else { named };
        there.insert(account);
        let mut gone = AccountSet::EMPTY;
        // One that does not name whoever tells it has not all of them.
        if let Some(touched) = touched.filter(|_| named.contains(account)) {
            there = there.without(touched).or(known.and(touched));
            gone = known.without(there);
        }
        let owner = self.identity.account_of(&told.owner);
        let admins = self.own(&told.admins);
        self.stale |= self.directory.room(&room, there, gone, owner, admins);
        for member in there.without(known).iter() {
            self.refresh.is_in(now, member, &room);
            self.invites.joined(now, &room, member);
        }
        gone.iter().for_each(|account| self.has_left(&room, account));
        self.refresh.set_topic(&room, &told.topic);
    }

    pub(super) fn on_room_unread(&mut self, now: Time, account: AccountId, room: &str, refused: bool) {
        let room = self.identity.room_out(account, room);
        let dice = &mut self.dice;
        self.refresh.room_unread(now, account, &room, refused, &mut || dice.f64());
    }

    /// An account says that something which clients cache is stale; the id is the team's.
    pub(super) fn on_dirty(&mut self, now: Time, account: AccountId, kind: i32, id: &str) {
        let reach = self.directory.reach(id);
        match kind {
            CONTACT if id == self.identity.self_id() => self.refresh.doubt_lists(now, account),
            // Of anybody else nothing is known that could be wrong.
            CONTACT if reach.yes.contains(account) || reach.no.contains(account) => {
                self.refresh.doubt_contact(now, account, id);
            }
            ROOM | ROOM_MEMBER => self.refresh.doubt_room(now, id, reach.yes),
            _ => {}
        }
    }

    /// Has whatever is due read.
    pub(super) fn read_on(&mut self, now: Time) {
        for (account, reading) in self.refresh.handle_timeout(now, self.usable(), &self.directory) {
            let command = match reading {
                Reading::Lists => Command::Learn { account },
                Reading::Room(room) => match self.identity.room_in(account, &room) {
                    Some(room) => Command::ReadRoom { account, room },
                    None => continue,
                },
            };
            self.commands.push_back(command);
        }
    }

    /// An account reaches a conversation.
    pub(super) fn can(&mut self, conversation: &str, account: AccountId) {
        self.refresh.learnt(account, conversation);
        self.stale |= self.directory.can(conversation, account);
    }

    /// A contact wrote to an account.
    pub(super) fn wrote_to(&mut self, contact: &str, account: AccountId) {
        self.refresh.learnt(account, contact);
        self.stale |= self.directory.wrote_to(contact, account);
    }

    /// An account is in a room.
    pub(super) fn is_there(&mut self, room: &str, account: AccountId) {
        self.refresh.learnt(account, room);
        self.quitting.is_told(account, room);
        let is_news = self.directory.is_in(room, account);
        self.comes_into(room, account, is_news);
    }

    fn comes_into(&mut self, room: &str, account: AccountId, is_news: bool) {
        if is_news {
            self.stale = true;
            self.refresh.is_in(self.now, account, room);
            self.invites.joined(self.now, room, account);
        }
    }

    /// An account does not reach a conversation, or no more.
    pub(super) fn cannot(&mut self, conversation: &str, account: AccountId) {
        self.refresh.learnt(account, conversation);
        self.quitting.is_told(account, conversation);
        let was_there = self.directory.reach(conversation).yes.contains(account);
        self.stale |= self.directory.cannot(conversation, account);
        if was_there {
            self.has_left(conversation, account);
        }
    }

    /// An account is not where it was.
    fn has_left(&mut self, conversation: &str, account: AccountId) {
        let reach = self.directory.reach(conversation);
        if reach.is_room && !self.quitting.is_meant(self.now, conversation) {
            let topic = self.refresh.topic(conversation);
            self.thinning.loses(self.now, conversation, topic, reach.yes.len());
        }
        if reach.yes.is_empty() {
            self.invites.forget_room(self.now, conversation);
        } else if reach.is_room {
            self.invites.left(self.now, conversation, account);
        }
    }

    /// A bot leaves a room: whatever it lost, nobody need be warned of.
    pub(super) fn on_quits(&mut self, now: Time, room: &str) {
        self.quitting.begins(now, room);
        self.thinning.forget(room);
    }

    /// Accounts left rooms by the bot's wish, and no event of theirs said so.
    pub(super) fn settle_quits(&mut self, now: Time) {
        for (room, accounts) in self.quitting.handle_timeout(now) {
            accounts.iter().for_each(|account| self.cannot(&room, account));
        }
    }

    /// As bots know them; the team itself is nobody's contact.
    fn contacts_out(&self, account: AccountId, contacts: &[String]) -> BTreeSet<String> {
        let contacts = contacts.iter().map(|contact| self.identity.contact_out(account, contact));
        contacts.filter(|contact| contact != self.identity.self_id()).collect()
    }

    fn rooms_out(&self, account: AccountId, rooms: &[String]) -> BTreeSet<String> {
        rooms
            .iter()
            .filter(|room| !room.is_empty())
            .map(|room| self.identity.room_out(account, room))
            .collect()
    }
}
