//! Rooms: payloads, lists, members, topics, announcements, invitations.

use std::time::UNIX_EPOCH;

use ha_wechaty_wire::puppet as p;
use serde_json::Value;
use tonic::Status;

use super::Service;
use super::messages::{milliseconds, timestamp};
use crate::state::{InvitationCard, Refusal, State};

/// A room of so many takes invitations, and nobody is added directly any more.
const DIRECT_ADDS: usize = 40;

impl Service {
    pub(super) fn room_list(&self, _: p::RoomListRequest) -> Result<p::RoomListResponse, Status> {
        self.look(|state, me| {
            let mine = state.rooms.values().filter(|room| room.has(me));
            Ok(p::RoomListResponse { ids: mine.map(|room| room.id.clone()).collect() })
        })
    }

    pub(super) fn room_payload(
        &self,
        request: p::RoomPayloadRequest,
    ) -> Result<p::RoomPayloadResponse, Status> {
        self.look(|state, me| {
            let room = state.room_of(me, &request.id)?;
            let account = state.account(me)?;
            let remark = account.extras.room_remarks.get(&room.id).cloned();
            let is_new = account.options.generation.is_new();
            Ok(p::RoomPayloadResponse {
                id: room.id.clone(),
                topic: room.topic.clone(),
                avatar: format!("https://avatar.invalid/{}", room.id),
                owner_id: room.owner.clone(),
                admin_ids: room.admins.clone(),
                member_ids: room.members.clone(),
                room_remark: remark.filter(|_| is_new).unwrap_or_default(),
                ..Default::default()
            })
        })
    }

    pub(super) fn room_member_list(
        &self,
        request: p::RoomMemberListRequest,
    ) -> Result<p::RoomMemberListResponse, Status> {
        self.look(|state, me| {
            let member_ids = state.room_of(me, &request.id)?.members.clone();
            Ok(p::RoomMemberListResponse { member_ids })
        })
    }

    pub(super) fn room_member_payload(
        &self,
        request: p::RoomMemberPayloadRequest,
    ) -> Result<p::RoomMemberPayloadResponse, Status> {
        self.look(|state, me| member_payload(state, me, &request.id, request.member_id))
    }

    pub(super) fn room_create(&self, request: p::RoomCreateRequest) -> Result<p::RoomCreateResponse, Status> {
        self.act(|state, me| {
            if let Some(stranger) = request.contact_ids.iter().find(|it| !state.are_friends(me, it)) {
                return Err(Refusal::new(format!("{stranger} is not a friend")));
            }
            Ok(p::RoomCreateResponse { id: state.create_room(&request.topic, me, &request.contact_ids) })
        })
    }

    pub(super) fn room_add(&self, request: p::RoomAddRequest) -> Result<p::RoomAddResponse, Status> {
        self.act(|state, me| {
            let is_new = state.account(me)?.options.generation.is_new();
            for quoted in request.quote_ids.iter().filter(|_| is_new) {
                state.message_of(me, quoted)?;
            }
            for contact in named(is_new, request.contact_id, request.contact_ids) {
                add(state, me, &request.id, contact, request.invite_only)?;
            }
            Ok(p::RoomAddResponse {})
        })
    }

    pub(super) fn room_del(&self, request: p::RoomDelRequest) -> Result<p::RoomDelResponse, Status> {
        self.act(|state, me| {
            let is_new = state.account(me)?.options.generation.is_new();
            for contact in named(is_new, request.contact_id, request.contact_ids) {
                remove(state, me, &request.id, contact)?;
            }
            Ok(p::RoomDelResponse {})
        })
    }

    pub(super) fn room_quit(&self, request: p::RoomQuitRequest) -> Result<p::RoomQuitResponse, Status> {
        self.act(|state, me| {
            state.room_of(me, &request.id)?;
            state.leave(&request.id, &[me.to_owned()], me);
            Ok(p::RoomQuitResponse {})
        })
    }

    pub(super) fn room_topic(&self, request: p::RoomTopicRequest) -> Result<p::RoomTopicResponse, Status> {
        self.act(|state, me| {
            let now = state.room_of(me, &request.id)?.topic.clone();
            let Some(topic) = request.topic else {
                return Ok(p::RoomTopicResponse { topic: now, ..Default::default() });
            };
            state.set_topic(&request.id, me, &topic);
            Ok(p::RoomTopicResponse::default())
        })
    }

    pub(super) fn room_announce(
        &self,
        request: p::RoomAnnounceRequest,
    ) -> Result<p::RoomAnnounceResponse, Status> {
        self.act(|state, me| {
            let room = state.room_mut(me, &request.id)?;
            let Some(text) = request.text else {
                let text = room.announcement.clone();
                return Ok(p::RoomAnnounceResponse { text, ..Default::default() });
            };
            if !room.is_run_by(me) {
                return Err(Refusal::new(format!("neither owner nor admin of room {}", room.id)));
            }
            room.announcement = text;
            Ok(p::RoomAnnounceResponse::default())
        })
    }

    pub(super) fn room_avatar(&self, request: p::RoomAvatarRequest) -> Result<p::RoomAvatarResponse, Status> {
        let avatar = self.look(|state, me| Ok(state.room_of(me, &request.id)?.avatar.clone()))?;
        Ok(p::RoomAvatarResponse { file_box: self.file_box(&avatar)? })
    }

    pub(super) fn room_qr_code(
        &self,
        request: p::RoomQrCodeRequest,
    ) -> Result<p::RoomQrCodeResponse, Status> {
        self.look(|state, me| {
            let room = state.room_of(me, &request.id)?;
            Ok(p::RoomQrCodeResponse { qrcode: format!("https://g.invalid/{}", room.id) })
        })
    }

    pub(super) fn room_invitation_accept(
        &self,
        request: p::RoomInvitationAcceptRequest,
    ) -> Result<p::RoomInvitationAcceptResponse, Status> {
        self.act(|state, me| {
            state.accept_invitation(me, &request.id)?;
            Ok(p::RoomInvitationAcceptResponse {})
        })
    }

    /// Sets it when there is a payload in the request, the deprecated field included.
    pub(super) fn room_invitation_payload(
        &self,
        request: p::RoomInvitationPayloadRequest,
    ) -> Result<p::RoomInvitationPayloadResponse, Status> {
        #[allow(deprecated)]
        let old = request.payload_string_value_deprecated;
        let json = Some(request.payload).filter(|it| !it.is_empty()).or(old);
        self.act(|state, me| {
            let id = request.id;
            let card = state.account_mut(me)?.invitations.get_mut(&id);
            let card = card.ok_or_else(|| Refusal::new(format!("no room invitation {id}")))?;
            let Some(json) = json else { return Ok(payload_of(&id, card, me)) };
            let set = serde_json::from_str(&json).map_err(|error| {
                Refusal::new(format!("a malformed payload of a room invitation: {error}"))
            })?;
            card.overridden = Some(set);
            Ok(p::RoomInvitationPayloadResponse::default())
        })
    }
}

/// Whom a request names: the newer generation may name many at once.
fn named(is_new: bool, one: String, many: Vec<String>) -> Vec<String> {
    if is_new && !many.is_empty() { many } else { vec![one] }
}

pub(super) fn add(
    state: &mut State,
    me: &str,
    room_id: &str,
    contact: String,
    invite_only: bool,
) -> Result<(), Refusal> {
    let members = state.room_of(me, room_id)?.members.len();
    if !state.are_friends(me, &contact) {
        return Err(Refusal::new(format!("{contact} is not a friend")));
    }
    if invite_only || members >= DIRECT_ADDS {
        state.invite(me, &contact, room_id)?;
    } else {
        state.join(room_id, &[contact], me);
    }
    Ok(())
}

pub(super) fn remove(state: &mut State, me: &str, room_id: &str, contact: String) -> Result<(), Refusal> {
    let room = state.room_of(me, room_id)?;
    if !room.is_run_by(me) {
        return Err(Refusal::new(format!("neither owner nor admin of room {room_id}")));
    }
    if !room.has(&contact) {
        return Err(Refusal::new(format!("{contact} is not a member of room {room_id}")));
    }
    state.leave(room_id, &[contact], me);
    Ok(())
}

pub(super) fn member_payload(
    state: &State,
    me: &str,
    room_id: &str,
    member: String,
) -> Result<p::RoomMemberPayloadResponse, Refusal> {
    let room = state.room_of(me, room_id)?;
    let card = state.contacts.get(&member).filter(|_| room.has(&member));
    let card = card.ok_or_else(|| Refusal::new(format!("{member} is not a member of room {}", room.id)))?;
    Ok(p::RoomMemberPayloadResponse {
        room_alias: room.aliases.get(&member).cloned().unwrap_or_default(),
        inviter_id: room.inviters.get(&member).cloned().unwrap_or_default(),
        avatar: format!("https://avatar.invalid/{member}"),
        name: card.name.clone(),
        id: member,
        ..Default::default()
    })
}

fn payload_of(id: &str, card: &InvitationCard, me: &str) -> p::RoomInvitationPayloadResponse {
    let set = |key: &str| card.overridden.as_ref().and_then(|it| it.get(key)).and_then(Value::as_str);
    let at = card.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    #[allow(deprecated)]
    p::RoomInvitationPayloadResponse {
        id: id.to_owned(),
        inviter_id: set("inviterId").unwrap_or(&card.inviter_id).to_owned(),
        topic: set("topic").unwrap_or(&card.topic).to_owned(),
        member_count: i32::try_from(card.members.len()).unwrap_or(i32::MAX),
        member_ids: card.members.clone(),
        timestamp_uint64_deprecated: milliseconds(at),
        avatar: format!("https://avatar.invalid/{}", card.room_id),
        invitation: set("invitation").unwrap_or(&card.room_id).to_owned(),
        receiver_id: me.to_owned(),
        receive_time: Some(timestamp(at)),
    }
}
