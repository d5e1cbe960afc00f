//! Rooms: who is in them, and what their members are told.

use std::collections::BTreeMap;

use ha_wechaty_wire::{
    PuppetEvent,
    event::{RoomJoinPayload, RoomLeavePayload, RoomTopicPayload},
    puppet::RoomPermissionResponse,
};

use super::{
    Refusal, State,
    contacts::{ROOM, dirty, pixel},
};
use crate::content::Attachment;

#[derive(Debug, Clone)]
pub(crate) struct RoomCard {
    pub(crate) id: String,
    pub(crate) topic: String,
    pub(crate) owner: String,
    pub(crate) admins: Vec<String>,
    pub(crate) members: Vec<String>,
    pub(crate) inviters: BTreeMap<String, String>,
    /// What members call themselves in here.
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) announcement: String,
    /// What its owner allows, in the order of the protocol.
    pub(crate) permission: RoomPermissionResponse,
    pub(crate) avatar: Attachment,
}

impl RoomCard {
    pub(crate) fn has(&self, contact: &str) -> bool {
        self.members.iter().any(|it| it == contact)
    }

    /// Whether a contact may remove members and announce.
    pub(crate) fn is_run_by(&self, contact: &str) -> bool {
        self.owner == contact || self.admins.iter().any(|it| it == contact)
    }
}

impl State {
    /// A room that has always been there; its first member owns it.
    pub(crate) fn add_room(&mut self, topic: &str, members: Vec<String>) -> String {
        let id = self.ids.room();
        let owner = members.first().cloned().unwrap_or_default();
        let card = RoomCard {
            id: id.clone(),
            topic: topic.into(),
            owner,
            admins: Vec::new(),
            members: Vec::new(),
            inviters: BTreeMap::new(),
            aliases: BTreeMap::new(),
            announcement: String::new(),
            permission: RoomPermissionResponse::default(),
            avatar: pixel(&id),
        };
        let room = self.rooms.entry(id.clone()).or_insert(card);
        for member in members {
            if !room.has(&member) {
                room.members.push(member);
            }
        }
        id
    }

    /// A room that `owner` makes now: the others are told that they are in it.
    pub(crate) fn create_room(&mut self, topic: &str, owner: &str, others: &[String]) -> String {
        let id = self.add_room(topic, vec![owner.to_owned()]);
        self.join(&id, others, owner);
        id
    }

    /// A room, as a member sees it.
    pub(crate) fn room_of(&self, me: &str, id: &str) -> Result<&RoomCard, Refusal> {
        self.rooms.get(id).filter(|room| room.has(me)).ok_or_else(|| not_in(id))
    }

    /// The same, to change it; its members are told by other means.
    pub(crate) fn room_mut(&mut self, me: &str, id: &str) -> Result<&mut RoomCard, Refusal> {
        self.rooms.get_mut(id).filter(|room| room.has(me)).ok_or_else(|| not_in(id))
    }

    pub(crate) fn join(&mut self, room_id: &str, invitees: &[String], inviter: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        let mut invitee_id_list = Vec::new();
        for invitee in invitees {
            if !room.has(invitee) {
                room.members.push(invitee.clone());
                room.inviters.insert(invitee.clone(), inviter.to_owned());
                invitee_id_list.push(invitee.clone());
            }
        }
        if invitee_id_list.is_empty() {
            return;
        }
        let members = room.members.clone();
        let event = PuppetEvent::RoomJoin(RoomJoinPayload {
            invitee_id_list,
            inviter_id: inviter.into(),
            room_id: room_id.into(),
            timestamp: Some(self.clock.unix_seconds()),
        });
        self.tell_room(room_id, &members, &event);
    }

    pub(crate) fn leave(&mut self, room_id: &str, removees: &[String], remover: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        let before = room.members.clone();
        room.members.retain(|it| !removees.contains(it));
        room.admins.retain(|it| !removees.contains(it));
        if room.members.len() == before.len() {
            return;
        }
        if removees.contains(&room.owner) {
            room.owner = room.members.first().cloned().unwrap_or_default();
        }
        let gone = |it: &&String| removees.contains(it);
        let event = PuppetEvent::RoomLeave(RoomLeavePayload {
            removee_id_list: before.iter().filter(gone).cloned().collect(),
            remover_id: remover.into(),
            room_id: room_id.into(),
            timestamp: Some(self.clock.unix_seconds()),
        });
        self.tell_room(room_id, &before, &event);
    }

    pub(crate) fn set_topic(&mut self, room_id: &str, changer: &str, topic: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        let old_topic = std::mem::replace(&mut room.topic, topic.to_owned());
        let members = room.members.clone();
        let event = PuppetEvent::RoomTopic(RoomTopicPayload {
            changer_id: changer.into(),
            new_topic: topic.into(),
            old_topic,
            room_id: room_id.into(),
            timestamp: Some(self.clock.unix_seconds()),
        });
        self.tell_room(room_id, &members, &event);
    }

    fn tell_room(&mut self, room_id: &str, members: &[String], event: &PuppetEvent) {
        for member in members {
            self.tell(member, &dirty(ROOM, room_id));
            self.tell(member, event);
        }
    }
}

fn not_in(room_id: &str) -> Refusal {
    Refusal::new(format!("not a member of room {room_id}"))
}
