//! Moments, posts, and one thing said to many.

use std::time::UNIX_EPOCH;

use ha_wechaty_wire::puppet as p;
use tonic::Status;

use super::Service;
use super::messages::timestamp;
use crate::content::{Attachment, Content};
use crate::state::{Broadcast, Moment, Refusal};

impl Service {
    pub(super) fn moment_publish(
        &self,
        request: p::MomentPublishRequest,
    ) -> Result<p::MomentPublishResponse, Status> {
        self.act(|state, me| {
            let mut post = request.post.ok_or_else(|| Refusal::new("there is no post"))?;
            for file in post.sayable_list.iter().filter(|it| !it.file_box.is_empty()) {
                super::files::unbox(state, me, &file.file_box)?;
            }
            let moment_id = format!("moment-{}", state.ids.serial());
            for (number, sayable) in post.sayable_list.iter_mut().enumerate() {
                sayable.id = format!("{moment_id}-{number}");
            }
            let at = state.now();
            let moment = Moment { post, at, likes: std::collections::BTreeSet::new() };
            state.account_mut(me)?.extras.moments.insert(moment_id.clone(), moment);
            Ok(p::MomentPublishResponse { moment_id })
        })
    }

    pub(super) fn moment_unpublish(
        &self,
        request: p::MomentUnpublishRequest,
    ) -> Result<p::MomentUnpublishResponse, Status> {
        self.act(|state, me| {
            let gone = state.account_mut(me)?.extras.moments.remove(&request.moment_id);
            gone.ok_or_else(|| no_post(&request.moment_id))?;
            Ok(p::MomentUnpublishResponse {})
        })
    }

    pub(super) fn moment_visible_list(
        &self,
        _: p::MomentVisibleListRequest,
    ) -> Result<p::MomentVisibleListResponse, Status> {
        self.look(|state, me| {
            let contact_ids = state.friends_of(me).map(str::to_owned).collect();
            Ok(p::MomentVisibleListResponse { contact_ids })
        })
    }

    /// Sets it when there is a text.
    pub(super) fn moment_signature(
        &self,
        request: p::MomentSignatureRequest,
    ) -> Result<p::MomentSignatureResponse, Status> {
        self.act(|state, me| {
            let signature = &mut state.account_mut(me)?.extras.signature;
            if !request.text.is_empty() {
                *signature = request.text;
            }
            Ok(p::MomentSignatureResponse { text: signature.clone() })
        })
    }

    /// Sets it when there is a file.
    pub(super) fn moment_coverage(
        &self,
        request: p::MomentCoverageRequest,
    ) -> Result<p::MomentCoverageResponse, Status> {
        let cover = self.act(|state, me| {
            if !request.file_box.is_empty() {
                let file = super::files::unbox(state, me, &request.file_box)?;
                state.account_mut(me)?.extras.cover = Some(file);
                return Ok(None);
            }
            Ok(state.account(me)?.extras.cover.clone())
        })?;
        let file_box = cover.map(|it: Attachment| self.file_box(&it)).transpose()?.unwrap_or_default();
        Ok(p::MomentCoverageResponse { file_box })
    }

    pub(super) fn post_payload(
        &self,
        request: p::PostPayloadRequest,
    ) -> Result<p::PostPayloadResponse, Status> {
        self.look(|state, me| {
            let moment = state.account(me)?.extras.moments.get(&request.post_id);
            let Moment { post, at, likes } = moment.ok_or_else(|| no_post(&request.post_id))?.clone();
            Ok(p::PostPayloadResponse {
                post: Some(p::PostPayloadServer {
                    parent_id: post.parent_id,
                    root_id: post.root_id,
                    r#type: post.r#type,
                    sayable_list: post.sayable_list,
                    contact_id: me.to_owned(),
                    timestamp: Some(timestamp(at.duration_since(UNIX_EPOCH).unwrap_or_default())),
                    like: i32::try_from(likes.len()).unwrap_or(i32::MAX),
                    visible_list: post.visible_list,
                    location: post.location,
                    ..Default::default()
                }),
            })
        })
    }

    pub(super) fn post_payload_sayable(
        &self,
        request: p::PostPayloadSayableRequest,
    ) -> Result<p::PostPayloadSayableResponse, Status> {
        self.look(|state, me| {
            let moment = state.account(me)?.extras.moments.get(&request.post_id);
            let post = &moment.ok_or_else(|| no_post(&request.post_id))?.post;
            let sayable = post.sayable_list.iter().find(|it| it.id == request.sayable_id).cloned();
            let none = || Refusal::new(format!("no sayable {}", request.sayable_id));
            Ok(p::PostPayloadSayableResponse { sayable: Some(sayable.ok_or_else(none)?) })
        })
    }

    pub(super) fn post_tap(&self, request: p::PostTapRequest) -> Result<p::PostTapResponse, Status> {
        self.act(|state, me| {
            let moment = state.account_mut(me)?.extras.moments.get_mut(&request.post_id);
            let likes = &mut moment.ok_or_else(|| no_post(&request.post_id))?.likes;
            match request.tap {
                true => likes.insert(me.to_owned()),
                false => likes.remove(me),
            };
            Ok(p::PostTapResponse { tap: request.tap })
        })
    }

    pub(super) fn get_message_broadcast_target(
        &self,
        _: p::GetMessageBroadcastTargetRequest,
    ) -> Result<p::GetMessageBroadcastTargetResponse, Status> {
        self.look(|state, me| {
            let contact_ids = state.friends_of(me).map(str::to_owned).collect();
            let rooms = state.rooms.values().filter(|room| room.has(me));
            Ok(p::GetMessageBroadcastTargetResponse {
                contact_ids,
                room_ids: rooms.map(|room| room.id.clone()).collect(),
            })
        })
    }

    /// Says the post in each conversation.
    pub(super) fn create_message_broadcast(
        &self,
        request: p::CreateMessageBroadcastRequest,
    ) -> Result<p::CreateMessageBroadcastResponse, Status> {
        self.act(|state, me| {
            let content = request.content.ok_or_else(|| Refusal::new("there is no post"))?;
            let mut targets = Vec::new();
            for target in request.target_ids {
                let told = state.send(me, &target, Content::Post(content.clone()), &[]).is_ok();
                targets.push((target, told));
            }
            let id = format!("broadcast-{}", state.ids.serial());
            state.account_mut(me)?.extras.broadcasts.insert(id.clone(), Broadcast { targets });
            Ok(p::CreateMessageBroadcastResponse { id })
        })
    }

    pub(super) fn get_message_broadcast_status(
        &self,
        request: p::GetMessageBroadcastStatusRequest,
    ) -> Result<p::GetMessageBroadcastStatusResponse, Status> {
        self.look(|state, me| {
            let broadcast = state.account(me)?.extras.broadcasts.get(&request.id);
            let none = || Refusal::new(format!("no broadcast {}", request.id));
            let detail = broadcast.ok_or_else(none)?.targets.iter().map(|(id, told)| {
                let status = match told {
                    true => p::BroadcastTargetStatus::Sent,
                    false => p::BroadcastTargetStatus::NotFriend,
                };
                let is_room = id.ends_with("@chatroom");
                let (room_id, contact_id) =
                    if is_room { (id.clone(), "".into()) } else { ("".into(), id.clone()) };
                p::BroadcastTarget { contact_id, room_id, status: status.into() }
            });
            let detail = detail.collect();
            Ok(p::GetMessageBroadcastStatusResponse { status: p::BroadcastStatus::Sent.into(), detail })
        })
    }
}

fn no_post(id: &str) -> Refusal {
    Refusal::new(format!("no post {id}"))
}
