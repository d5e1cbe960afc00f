//! Which RPCs a phone's service has.

/// The generation of the protocol that a phone's service is of. What it lacks it answers with `UNIMPLEMENTED`, and of
/// messages it reads and writes the fields that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneGeneration {
    /// Everything that both have.
    #[default]
    Both,
    /// The community's: `wechaty-grpc` 1.5.
    Community,
    /// The living fork's: `@juzi/wechaty-grpc` 1.0.
    Juzi,
}

/// What the fork has taken out.
const GONE: [&str; 7] = [
    "MessageFileStream",
    "MessageImageStream",
    "MessageSendFileStream",
    "TagContactAdd",
    "TagContactRemove",
    "TagContactDelete",
    "TagContactList",
];

/// What the fork has put in.
const NEW: [&str; 60] = [
    "CurrentUser",
    "EnterVerifyCode",
    "CancelVerifyCode",
    "RefreshQRCode",
    "ContactSelfRealName",
    "ContactSelfAka",
    "ContactSelfRoomAlias",
    "BatchContactPayload",
    "ContactDelete",
    "ContactPayloadModify",
    "ConversationRead",
    "MessageChannel",
    "MessageChannelCard",
    "MessageCallRecord",
    "MessageChatHistory",
    "MessageSendChannel",
    "MessageSendChannelCard",
    "MessageSendPost",
    "MessagePreview",
    "GetMessageBroadcastTarget",
    "CreateMessageBroadcast",
    "GetMessageBroadcastStatus",
    "RoomRemark",
    "RoomParseDynamicQRCode",
    "RoomOwnerTransfer",
    "RoomPermission",
    "RoomAddAdmins",
    "RoomDelAdmins",
    "RoomDismiss",
    "RoomAddV2",
    "RoomDelV2",
    "BatchRoomMemberPayload",
    "RoomInvitationAcceptByQRCode",
    "TagContactTagAdd",
    "TagContactTagRemove",
    "TagGroupAdd",
    "TagGroupDelete",
    "TagGroupPayload",
    "TagTagAdd",
    "TagTagDelete",
    "TagTagModify",
    "TagPayload",
    "TagGroupList",
    "TagGroupTagList",
    "TagTagList",
    "TagContactTagList",
    "TagTagContactList",
    "momentPublish",
    "MomentUnpublish",
    "postTap",
    "momentSignature",
    "momentCoverage",
    "postPayload",
    "postPayloadSayable",
    "MomentVisibleList",
    "GetContactExternalUserId",
    "GetRoomAntiSpamStrategyList",
    "GetRoomAntiSpamStrategyEffectRoomList",
    "ApplyRoomAntiSpamStrategy",
    "GetCorpMessageInterceptionStrategies",
];

impl PhoneGeneration {
    /// Whether there is such an RPC.
    pub(crate) fn has(self, rpc: &str) -> bool {
        match self {
            Self::Both => true,
            Self::Community => !NEW.contains(&rpc),
            Self::Juzi => !GONE.contains(&rpc),
        }
    }

    /// Whether messages have the fields that are new.
    pub(crate) fn is_new(self) -> bool {
        match self {
            Self::Both | Self::Juzi => true,
            Self::Community => false,
        }
    }
}
