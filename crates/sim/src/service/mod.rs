//! The 61 RPCs of `wechaty.Puppet`, as a stock TypeScript server answers them: it reads only the new request
//! fields (but for the few where that server still looks at a deprecated one), and writes the fields that
//! it writes.

#![allow(clippy::needless_pass_by_value, reason = "each RPC takes its request as it comes off the wire")]

mod contacts;
mod events;
mod files;
mod friendships;
mod lifecycle;
mod messages;
mod rooms;
mod sends;
mod tags;

use std::sync::Arc;

use ha_wechaty_wire::{puppet as p, puppet_server};
use tonic::{Request, Response, Status, Streaming};

use crate::state::{Refusal, State};
use crate::world::Inner;
use events::EventStream;
use files::Chunks;

/// One phone's puppet service.
#[derive(Clone)]
pub(crate) struct Service {
    world: Arc<Inner>,
    me: Arc<str>,
}

impl Service {
    pub(crate) fn new(world: Arc<Inner>, me: Arc<str>) -> Self {
        Self { world, me }
    }

    /// Does something as the account, which must be started and logged in.
    fn act<T>(&self, act: impl FnOnce(&mut State, &str) -> Result<T, Refusal>) -> Result<T, Status> {
        self.world.change(|state| {
            state.account(&self.me)?.online()?;
            Ok(act(state, &self.me)?)
        })
    }

    /// Looks at something as the account, which must be started and logged in.
    fn look<T>(&self, look: impl FnOnce(&State, &str) -> Result<T, Refusal>) -> Result<T, Status> {
        self.world.read(|state| {
            state.account(&self.me)?.online()?;
            Ok(look(state, &self.me)?)
        })
    }
}

impl Service {
    async fn until_not_hushed(&self, message_id: &str) {
        let mut changes = self.world.changes();
        let is_hushed =
            |state: &State| state.account(&self.me).is_ok_and(|it| it.hushed.contains(message_id));
        while self.world.read(is_hushed) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

/// A puppet's exception has no code of its own, so Node's gRPC makes it `UNKNOWN`.
impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Status::unknown(refusal.0)
    }
}

/// Each unary call goes to the method of its name in the file of its family; the streams are below.
macro_rules! puppet {
    ($($rpc:ident($request:ident) -> $response:ident;)*) => {
        #[tonic::async_trait]
        impl puppet_server::Puppet for Service {
            $(async fn $rpc(&self, request: Request<p::$request>) -> Result<Response<p::$response>, Status> {
                self.$rpc(request.into_inner()).map(Response::new)
            })*

            async fn message_payload(
                &self,
                request: Request<p::MessagePayloadRequest>,
            ) -> Result<Response<p::MessagePayloadResponse>, Status> {
                let request = request.into_inner();
                self.until_not_hushed(&request.id).await;
                self.message_payload(request).map(Response::new)
            }

            type EventStream = EventStream;

            async fn event(&self, _: Request<p::EventRequest>) -> Result<Response<EventStream>, Status> {
                EventStream::open(&self.world, &self.me).map(Response::new)
            }

            type MessageFileStreamStream = Chunks<p::MessageFileStreamResponse>;

            async fn message_file_stream(
                &self,
                request: Request<p::MessageFileStreamRequest>,
            ) -> Result<Response<Self::MessageFileStreamStream>, Status> {
                self.message_file_stream(&request.into_inner()).map(Response::new)
            }

            type MessageImageStreamStream = Chunks<p::MessageImageStreamResponse>;

            async fn message_image_stream(
                &self,
                request: Request<p::MessageImageStreamRequest>,
            ) -> Result<Response<Self::MessageImageStreamStream>, Status> {
                self.message_image_stream(&request.into_inner()).map(Response::new)
            }

            async fn message_send_file_stream(
                &self,
                request: Request<Streaming<p::MessageSendFileStreamRequest>>,
            ) -> Result<Response<p::MessageSendFileStreamResponse>, Status> {
                self.message_send_file_stream(request.into_inner()).await.map(Response::new)
            }

            type DownloadStream = Chunks<p::DownloadResponse>;

            async fn download(
                &self,
                request: Request<p::DownloadRequest>,
            ) -> Result<Response<Self::DownloadStream>, Status> {
                self.download(&request.into_inner()).map(Response::new)
            }

            async fn upload(
                &self,
                request: Request<Streaming<p::UploadRequest>>,
            ) -> Result<Response<p::UploadResponse>, Status> {
                self.upload(request.into_inner()).await.map(Response::new)
            }
        }
    };
}

puppet! {
    start(StartRequest) -> StartResponse;
    stop(StopRequest) -> StopResponse;
    logout(LogoutRequest) -> LogoutResponse;
    ding(DingRequest) -> DingResponse;
    version(VersionRequest) -> VersionResponse;
    dirty_payload(DirtyPayloadRequest) -> DirtyPayloadResponse;

    contact_self_qr_code(ContactSelfQrCodeRequest) -> ContactSelfQrCodeResponse;
    contact_self_name(ContactSelfNameRequest) -> ContactSelfNameResponse;
    contact_self_signature(ContactSelfSignatureRequest) -> ContactSelfSignatureResponse;
    contact_payload(ContactPayloadRequest) -> ContactPayloadResponse;
    contact_alias(ContactAliasRequest) -> ContactAliasResponse;
    contact_avatar(ContactAvatarRequest) -> ContactAvatarResponse;
    contact_phone(ContactPhoneRequest) -> ContactPhoneResponse;
    contact_corporation_remark(ContactCorporationRemarkRequest) -> ContactCorporationRemarkResponse;
    contact_description(ContactDescriptionRequest) -> ContactDescriptionResponse;
    contact_list(ContactListRequest) -> ContactListResponse;

    friendship_payload(FriendshipPayloadRequest) -> FriendshipPayloadResponse;
    friendship_search_phone(FriendshipSearchPhoneRequest) -> FriendshipSearchPhoneResponse;
    friendship_search_weixin(FriendshipSearchHandleRequest) -> FriendshipSearchHandleResponse;
    friendship_search_handle(FriendshipSearchHandleRequest) -> FriendshipSearchHandleResponse;
    friendship_add(FriendshipAddRequest) -> FriendshipAddResponse;
    friendship_accept(FriendshipAcceptRequest) -> FriendshipAcceptResponse;

    message_file(MessageFileRequest) -> MessageFileResponse;
    message_image(MessageImageRequest) -> MessageImageResponse;
    message_contact(MessageContactRequest) -> MessageContactResponse;
    message_mini_program(MessageMiniProgramRequest) -> MessageMiniProgramResponse;
    message_url(MessageUrlRequest) -> MessageUrlResponse;
    message_location(MessageLocationRequest) -> MessageLocationResponse;
    message_recall(MessageRecallRequest) -> MessageRecallResponse;

    message_forward(MessageForwardRequest) -> MessageForwardResponse;
    message_send_file(MessageSendFileRequest) -> MessageSendFileResponse;
    message_send_contact(MessageSendContactRequest) -> MessageSendContactResponse;
    message_send_text(MessageSendTextRequest) -> MessageSendTextResponse;
    message_send_mini_program(MessageSendMiniProgramRequest) -> MessageSendMiniProgramResponse;
    message_send_url(MessageSendUrlRequest) -> MessageSendUrlResponse;
    message_send_location(MessageSendLocationRequest) -> MessageSendLocationResponse;

    room_payload(RoomPayloadRequest) -> RoomPayloadResponse;
    room_list(RoomListRequest) -> RoomListResponse;
    room_add(RoomAddRequest) -> RoomAddResponse;
    room_avatar(RoomAvatarRequest) -> RoomAvatarResponse;
    room_create(RoomCreateRequest) -> RoomCreateResponse;
    room_del(RoomDelRequest) -> RoomDelResponse;
    room_quit(RoomQuitRequest) -> RoomQuitResponse;
    room_topic(RoomTopicRequest) -> RoomTopicResponse;
    room_qr_code(RoomQrCodeRequest) -> RoomQrCodeResponse;
    room_announce(RoomAnnounceRequest) -> RoomAnnounceResponse;
    room_member_payload(RoomMemberPayloadRequest) -> RoomMemberPayloadResponse;
    room_member_list(RoomMemberListRequest) -> RoomMemberListResponse;
    room_invitation_payload(RoomInvitationPayloadRequest) -> RoomInvitationPayloadResponse;
    room_invitation_accept(RoomInvitationAcceptRequest) -> RoomInvitationAcceptResponse;

    tag_contact_add(TagContactAddRequest) -> TagContactAddResponse;
    tag_contact_remove(TagContactRemoveRequest) -> TagContactRemoveResponse;
    tag_contact_delete(TagContactDeleteRequest) -> TagContactDeleteResponse;
    tag_contact_list(TagContactListRequest) -> TagContactListResponse;
}
