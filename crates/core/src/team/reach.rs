//! What the team learns about who reaches whom, and how that is kept fresh.

use alloc::{string::String, vec::Vec};

use super::{Team, dice::draws};
use crate::{
    account::AccountId, account_set::AccountSet, command::Command, kind::DirtyType, refresh::Reading,
    time::Time,
};

/// What a room's payload says, with the ids of the account that told it.
pub(super) struct RoomPayload {
    pub(super) room: String,
    pub(super) topic: String,
    pub(super) members: Vec<String>,
    pub(super) owner: String,
    pub(super) admins: Vec<String>,
}

impl Team {
    pub(super) fn on_room(&mut self, now: Time, account: AccountId, told: &RoomPayload) {
        let room = self.identity.room_out(account, &told.room);
        let touched = self.refresh.room_read(now, account, &room, &mut draws(&mut self.dice));
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
        self.refresh.room_unread(now, account, &room, refused, &mut draws(&mut self.dice));
    }

    /// An account says that something which clients cache is stale; the id is the team's.
    pub(super) fn on_dirty(&mut self, now: Time, account: AccountId, kind: DirtyType, id: &str) {
        let reach = self.directory.reach(id);
        match kind {
            DirtyType::Contact if id == self.identity.self_id() => self.refresh.doubt_lists(now, account),
            DirtyType::Contact if reach.yes.contains(account) || reach.no.contains(account) => {
                self.refresh.doubt_contact(now, account, id);
            }
            // Of anybody else nothing is known that could be wrong.
            DirtyType::Contact => {}
            DirtyType::Room | DirtyType::RoomMember => self.refresh.doubt_room(now, id, reach.yes),
            DirtyType::Message
            | DirtyType::Friendship
            | DirtyType::Post
            | DirtyType::Tag
            | DirtyType::TagGroup
            | DirtyType::Other(_) => {}
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
        self.is_learnt(account, conversation, true);
        self.stale |= self.directory.can(conversation, account);
    }

    /// A contact wrote to an account.
    pub(super) fn wrote_to(&mut self, contact: &str, account: AccountId) {
        self.is_learnt(account, contact, true);
        self.stale |= self.directory.wrote_to(contact, account);
    }

    /// An account is in a room.
    pub(super) fn is_there(&mut self, room: &str, account: AccountId) {
        self.is_learnt(account, room, true);
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
        self.is_learnt(account, conversation, false);
        self.quitting.is_told(account, conversation);
        let was_there = self.directory.reach(conversation).yes.contains(account);
        self.stale |= self.directory.cannot(conversation, account);
        if was_there {
            self.has_left(conversation, account);
        }
    }

    /// An account is not where it was.
    pub(super) fn has_left(&mut self, conversation: &str, account: AccountId) {
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
}
