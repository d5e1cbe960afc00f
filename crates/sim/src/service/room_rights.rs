//! What the newer generation can do with rooms: many members at once, admins, owners, rights, ends.

use ha_wechaty_wire::puppet as p;
use tonic::Status;

use super::Service;
use super::rooms::{add, member_payload, remove};
use crate::state::{Refusal, RoomCard, State};

impl Service {
    pub(super) fn room_add_v2(&self, request: p::RoomAddV2Request) -> Result<p::RoomAddV2Response, Status> {
        self.act(|state, me| {
            state.room_of(me, &request.id)?;
            let mut answer = p::RoomAddV2Response::default();
            for contact in request.contact_ids {
                match add(state, me, &request.id, contact.clone(), request.invite_only) {
                    Ok(()) => answer.success_ids.push(contact),
                    Err(Refusal(why)) => {
                        answer.failed_ids.push(contact);
                        answer.failed_reasons.push(why);
                    }
                }
            }
            Ok(answer)
        })
    }

    pub(super) fn room_del_v2(&self, request: p::RoomDelV2Request) -> Result<p::RoomDelV2Response, Status> {
        self.act(|state, me| {
            state.room_of(me, &request.id)?;
            let mut answer = p::RoomDelV2Response::default();
            for contact in request.contact_ids {
                match remove(state, me, &request.id, contact.clone()) {
                    Ok(()) => answer.success_ids.push(contact),
                    Err(Refusal(why)) => {
                        answer.failed_ids.push(contact);
                        answer.failed_reasons.push(why);
                    }
                }
            }
            Ok(answer)
        })
    }

    /// Of those that are not in the room there is nothing.
    pub(super) fn batch_room_member_payload(
        &self,
        request: p::BatchRoomMemberPayloadRequest,
    ) -> Result<p::BatchRoomMemberPayloadResponse, Status> {
        self.look(|state, me| {
            state.room_of(me, &request.id)?;
            let members = request.member_ids.into_iter();
            let payloads = members.filter_map(|it| member_payload(state, me, &request.id, it).ok());
            Ok(p::BatchRoomMemberPayloadResponse { member_payloads: payloads.collect() })
        })
    }

    pub(super) fn room_add_admins(
        &self,
        request: p::RoomAdminsRequest,
    ) -> Result<p::RoomAdminsResponse, Status> {
        self.act(|state, me| {
            let room = owned(state, me, &request.id)?;
            for contact in request.contact_ids {
                if !room.has(&contact) {
                    return Err(Refusal::new(format!("{contact} is not a member of room {}", room.id)));
                }
                if !room.admins.contains(&contact) {
                    room.admins.push(contact);
                }
            }
            Ok(p::RoomAdminsResponse {})
        })
    }

    pub(super) fn room_del_admins(
        &self,
        request: p::RoomAdminsRequest,
    ) -> Result<p::RoomAdminsResponse, Status> {
        self.act(|state, me| {
            owned(state, me, &request.id)?.admins.retain(|it| !request.contact_ids.contains(it));
            Ok(p::RoomAdminsResponse {})
        })
    }

    pub(super) fn room_owner_transfer(
        &self,
        request: p::RoomOwnerTransferRequest,
    ) -> Result<p::RoomOwnerTransferResponse, Status> {
        self.act(|state, me| {
            let room = owned(state, me, &request.id)?;
            if !room.has(&request.contact_id) {
                return Err(Refusal::new(format!("{} is not a member", request.contact_id)));
            }
            room.owner = request.contact_id;
            Ok(p::RoomOwnerTransferResponse {})
        })
    }

    /// Sets what is set in the request.
    pub(super) fn room_permission(
        &self,
        request: p::RoomPermissionRequest,
    ) -> Result<p::RoomPermissionResponse, Status> {
        let unset = i32::from(p::OptionalBoolean::BoolUnset);
        self.act(|state, me| {
            let asked = [
                request.invite_confirm,
                request.admin_only_manage,
                request.admin_only_at_all,
                request.mute_all,
                request.forbid_room_topic_edit,
                request.disable_member_mutual_add,
            ];
            let room = match asked.iter().all(|it| *it == unset) {
                true => state.room_mut(me, &request.id)?,
                false => owned(state, me, &request.id)?,
            };
            let now = &mut room.permission;
            let fields = [
                &mut now.invite_confirm,
                &mut now.admin_only_manage,
                &mut now.admin_only_at_all,
                &mut now.mute_all,
                &mut now.forbid_room_topic_edit,
                &mut now.disable_member_mutual_add,
            ];
            for (field, asked) in fields.into_iter().zip(asked).filter(|(_, asked)| *asked != unset) {
                *field = asked;
            }
            Ok(*now)
        })
    }

    pub(super) fn room_dismiss(
        &self,
        request: p::RoomDismissRequest,
    ) -> Result<p::RoomDismissResponse, Status> {
        self.act(|state, me| {
            let members = owned(state, me, &request.id)?.members.clone();
            state.leave(&request.id, &members, me);
            Ok(p::RoomDismissResponse {})
        })
    }

    pub(super) fn room_remark(&self, request: p::RoomRemarkRequest) -> Result<p::RoomRemarkResponse, Status> {
        self.act(|state, me| {
            state.room_of(me, &request.id)?;
            state.account_mut(me)?.extras.room_remarks.insert(request.id, request.remark);
            Ok(p::RoomRemarkResponse {})
        })
    }

    pub(super) fn room_parse_dynamic_qr_code(
        &self,
        request: p::RoomParseDynamicQrCodeRequest,
    ) -> Result<p::RoomParseDynamicQrCodeResponse, Status> {
        self.look(|state, _| {
            let room = behind(state, &request.url)?;
            Ok(p::RoomParseDynamicQrCodeResponse {
                qrcode: request.url.clone(),
                qrcode_image_url: format!("{}.png", request.url),
                room_name: room.topic.clone(),
            })
        })
    }

    pub(super) fn room_invitation_accept_by_qr_code(
        &self,
        request: p::RoomInvitationAcceptByQrCodeRequest,
    ) -> Result<p::RoomInvitationAcceptByQrCodeResponse, Status> {
        self.act(|state, me| {
            let (room_id, owner) =
                behind(state, &request.qrcode).map(|it| (it.id.clone(), it.owner.clone()))?;
            state.join(&room_id, &[me.to_owned()], &owner);
            Ok(p::RoomInvitationAcceptByQrCodeResponse { chat_id: room_id.clone(), room_id })
        })
    }
}

fn owned<'a>(state: &'a mut State, me: &str, id: &str) -> Result<&'a mut RoomCard, Refusal> {
    let room = state.room_mut(me, id)?;
    if room.owner == me { Ok(room) } else { Err(Refusal::new(format!("not the owner of room {id}"))) }
}

/// The room whose code this is.
fn behind<'a>(state: &'a State, code: &str) -> Result<&'a RoomCard, Refusal> {
    let id = code.rsplit('/').next().unwrap_or_default();
    state.rooms.get(id).ok_or_else(|| Refusal::new(format!("{code} leads into no room")))
}
