//! Rooms with too few accounts: the team knows them, and brings teammates in where it may.

use alloc::{string::String, vec::Vec};

use super::Team;
use crate::{
    account::AccountId,
    account_set::AccountSet,
    command::{Command, Notice},
    coverage::{Covered, Risk},
    ejection::Work,
    event::WeChatEvent,
    invite::{Invitation, InviteResult, Scene},
    time::Time,
};

impl Team {
    /// The rooms that some account is in.
    pub fn rooms(&self) -> impl Iterator<Item = Covered<'_>> {
        let usable = self.usable();
        self.refresh.rooms().filter_map(move |(room, topic)| {
            let reach = self.directory.reach(room);
            let risk = Risk::of(reach.yes, usable);
            (!reach.yes.is_empty()).then_some(Covered { room, topic, reach, risk })
        })
    }

    /// The teammates that are missing from rooms, and what is to be done about each; the most urgent first.
    pub fn invitations(&self, now: Time) -> Vec<Invitation> {
        self.invites.schedule(now, &self.scene())
    }

    /// Tells the operator of rooms that have lost accounts.
    pub(super) fn tell_thinned(&mut self, now: Time) {
        let rooms = self.thinning.handle_timeout(now, &self.directory);
        if !rooms.is_empty() {
            let lost = rooms.iter().filter(|it| it.left.is_none()).map(|it| it.room.as_str());
            self.loses_rooms(now, lost);
            self.commands.push_back(Command::Note(Notice::RoomsThinned { rooms }));
        }
    }

    pub(super) fn on_room_made(&mut self, now: Time, account: AccountId, room: &str) {
        let room = self.identity.room_out(account, room);
        if !room.is_empty() {
            self.is_there(&room, account);
            self.invites.is_made(now, &room);
        }
    }

    pub(super) fn on_invited(
        &mut self,
        now: Time,
        by: AccountId,
        room: &str,
        teammate: AccountId,
        result: InviteResult,
    ) {
        match result {
            // Of one that has left since it says nothing.
            _ if !self.is_member(teammate) => {}
            InviteResult::Done => self.ties.learn(by, teammate, true),
            InviteResult::Stranger => {
                self.ties.learn(by, teammate, false);
                // Or it is not in the room.
                self.refresh.doubt_lists(now, by);
            }
            InviteResult::Refused | InviteResult::Throttled | InviteResult::Late => {}
        }
        self.invites.ended(now, by, room, teammate, result);
    }

    /// A teammate's invitation is accepted, and no business of the bot's. One that has left is no teammate: who
    /// knows in whose hands it is.
    pub(super) fn on_invitation(&mut self, now: Time, account: AccountId, id: String, inviter: &str) {
        let by = self.identity.account_of(inviter).filter(|by| *by != account);
        if by.is_some() && self.invites.is_enabled() {
            self.accepting.put(now, account, &id);
            self.commands.push_back(Command::AcceptInvitation { account, id });
        } else {
            self.on_event(now, account, WeChatEvent::RoomInvite { id });
        }
    }

    /// Has whoever is missing invited.
    pub(super) fn invite(&mut self, now: Time) {
        if !self.invites.is_due(now) {
            return;
        }
        // The scene shows all of the team but this.
        let mut invites = core::mem::take(&mut self.invites);
        let due = invites.take_turn(now, &self.scene());
        self.invites = invites;
        for (account, invitation) in due {
            let Invitation { room, teammate, .. } = invitation;
            // Whoever is missed is known.
            if let Some(contact) = self.accounts[teammate.index()].contact_id().map(String::from) {
                self.commands.push_back(Command::Invite { account, room, teammate, contact });
            }
        }
    }

    /// An account told whom of its teammates it has among its contacts; the others are strangers, if it told
    /// all of them.
    pub(super) fn on_ties(&mut self, account: AccountId, friends: AccountSet, all: bool) {
        let mut others = self.identity.comparable();
        others.remove(account);
        for teammate in others.iter() {
            let is_friend = friends.contains(teammate);
            if is_friend || all {
                self.ties.learn(account, teammate, is_friend);
            }
        }
    }

    fn spared(&self) -> AccountSet {
        self.which(|account| account.ejections().until(Work::Room).is_some())
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            rooms: self.refresh.rooms().map(|(room, _)| room).collect(),
            directory: &self.directory,
            ties: &self.ties,
            usable: self.usable(),
            spared: self.spared(),
            comparable: self.identity.comparable(),
        }
    }
}
