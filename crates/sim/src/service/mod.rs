//! The RPCs of `wechaty.Puppet`, as a stock TypeScript server of their generation answers them: it reads only the new request
//! fields (but for the few where that server still looks at a deprecated one), and writes the fields that
//! it writes.

#![allow(clippy::needless_pass_by_value, reason = "each RPC takes its request as it comes off the wire")]

mod contacts;
mod events;
mod files;
mod friendships;
mod lifecycle;
mod messages;
mod posts;
mod room_rights;
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
    (
        serves { $($rpc:ident($request:ident) -> $response:ident;)* }
        lacks { $($lacked:ident($asked:ident) -> $given:ident;)* }
    ) => {
        #[tonic::async_trait]
        impl puppet_server::Puppet for Service {
            $(async fn $rpc(&self, request: Request<p::$request>) -> Result<Response<p::$response>, Status> {
                self.$rpc(request.into_inner()).map(Response::new)
            })*

            $(async fn $lacked(&self, _: Request<p::$asked>) -> Result<Response<p::$given>, Status> {
                Err(Status::unimplemented(concat!("no phone has ", stringify!($lacked))))
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

            async fn event(&self, request: Request<p::EventRequest>) -> Result<Response<EventStream>, Status> {
                EventStream::open(&self.world, &self.me, request.get_ref()).map(Response::new)
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
    serves {
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

        current_user(CurrentUserRequest) -> CurrentUserResponse;
        refresh_qr_code(RefreshQrCodeRequest) -> RefreshQrCodeRequest;
        enter_verify_code(EnterVerifyCodeRequest) -> EnterVerifyCodeResponse;
        cancel_verify_code(CancelVerifyCodeRequest) -> CancelVerifyCodeResponse;
        batch_contact_payload(BatchContactPayloadRequest) -> BatchContactPayloadResponse;
        contact_payload_modify(ContactPayloadModifyRequest) -> ContactPayloadModifyResponse;
        contact_delete(ContactDeleteRequest) -> ContactDeleteResponse;
        contact_self_real_name(ContactSelfRealNameRequest) -> ContactSelfRealNameResponse;
        contact_self_aka(ContactSelfAkaRequest) -> ContactSelfAkaResponse;
        contact_self_room_alias(ContactSelfRoomAliasRequest) -> ContactSelfRoomAliasResponse;
        message_channel(MessageChannelRequest) -> MessageChannelResponse;
        message_channel_card(MessageChannelCardRequest) -> MessageChannelCardResponse;
        message_call_record(MessageCallRecordRequest) -> MessageCallRecordResponse;
        message_chat_history(MessageChatHistoryRequest) -> MessageChatHistoryResponse;
        message_preview(MessagePreviewRequest) -> MessagePreviewResponse;
        message_send_channel(MessageSendChannelRequest) -> MessageSendChannelResponse;
        message_send_channel_card(MessageSendChannelCardRequest) -> MessageSendChannelCardResponse;
        message_send_post(MessageSendPostRequest) -> MessageSendPostResponse;
        conversation_read(ConversationReadRequest) -> ConversationReadResponse;
        get_message_broadcast_target(GetMessageBroadcastTargetRequest) -> GetMessageBroadcastTargetResponse;
        create_message_broadcast(CreateMessageBroadcastRequest) -> CreateMessageBroadcastResponse;
        get_message_broadcast_status(GetMessageBroadcastStatusRequest) -> GetMessageBroadcastStatusResponse;
        room_remark(RoomRemarkRequest) -> RoomRemarkResponse;
        room_permission(RoomPermissionRequest) -> RoomPermissionResponse;
        room_owner_transfer(RoomOwnerTransferRequest) -> RoomOwnerTransferResponse;
        room_add_admins(RoomAdminsRequest) -> RoomAdminsResponse;
        room_del_admins(RoomAdminsRequest) -> RoomAdminsResponse;
        room_add_v2(RoomAddV2Request) -> RoomAddV2Response;
        room_del_v2(RoomDelV2Request) -> RoomDelV2Response;
        room_dismiss(RoomDismissRequest) -> RoomDismissResponse;
        room_parse_dynamic_qr_code(RoomParseDynamicQrCodeRequest) -> RoomParseDynamicQrCodeResponse;
        batch_room_member_payload(BatchRoomMemberPayloadRequest) -> BatchRoomMemberPayloadResponse;
        room_invitation_accept_by_qr_code(RoomInvitationAcceptByQrCodeRequest) -> RoomInvitationAcceptByQrCodeResponse;
        tag_contact_tag_add(TagContactTagAddRequest) -> TagContactTagAddResponse;
        tag_contact_tag_remove(TagContactTagRemoveRequest) -> TagContactTagRemoveResponse;
        tag_contact_tag_list(TagContactTagListRequest) -> TagContactTagListResponse;
        tag_tag_contact_list(TagTagContactListRequest) -> TagTagContactListResponse;
        tag_tag_add(TagTagAddRequest) -> TagTagAddResponse;
        tag_tag_delete(TagTagDeleteRequest) -> TagTagDeleteResponse;
        tag_tag_modify(TagTagModifyRequest) -> TagTagModifyResponse;
        tag_tag_list(TagTagListRequest) -> TagTagListResponse;
        tag_payload(TagPayloadRequest) -> TagPayloadResponse;
        tag_group_add(TagGroupAddRequest) -> TagGroupAddResponse;
        tag_group_delete(TagGroupDeleteRequest) -> TagGroupDeleteResponse;
        tag_group_list(TagGroupListRequest) -> TagGroupListResponse;
        tag_group_tag_list(TagGroupTagListRequest) -> TagGroupTagListResponse;
        tag_group_payload(TagGroupPayloadRequest) -> TagGroupPayloadResponse;
        moment_publish(MomentPublishRequest) -> MomentPublishResponse;
        moment_unpublish(MomentUnpublishRequest) -> MomentUnpublishResponse;
        moment_visible_list(MomentVisibleListRequest) -> MomentVisibleListResponse;
        moment_signature(MomentSignatureRequest) -> MomentSignatureResponse;
        moment_coverage(MomentCoverageRequest) -> MomentCoverageResponse;
        post_payload(PostPayloadRequest) -> PostPayloadResponse;
        post_payload_sayable(PostPayloadSayableRequest) -> PostPayloadSayableResponse;
        post_tap(PostTapRequest) -> PostTapResponse;
        get_contact_external_user_id(GetContactExternalUserIdRequest) -> GetContactExternalUserIdResponse;
    }

    lacks {
        get_room_anti_spam_strategy_list(GetRoomAntiSpamStrategyListRequest) -> GetRoomAntiSpamStrategyListResponse;
        get_room_anti_spam_strategy_effect_room_list(GetRoomAntiSpamStrategyEffectRoomListRequest)
            -> GetRoomAntiSpamStrategyEffectRoomListResponse;
        apply_room_anti_spam_strategy(ApplyRoomAntiSpamStrategyRequest) -> ApplyRoomAntiSpamStrategyResponse;
        get_corp_message_interception_strategies(GetCorpMessageInterceptionStrategiesRequest)
            -> GetCorpMessageInterceptionStrategiesResponse;
    }
}
