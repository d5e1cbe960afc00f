//! Events as the protocol writes them, and as the core knows them, in both directions: what is read of an account and
//! written for a bot says the same.

use ha_wechaty_core::{
    ChallengeProgress, DirtyType, LoginChallenge, PendingCode, PendingScan, PendingSlide, RoomChange,
    ScanProgress, TagChange, WeChatEvent,
};
use ha_wechaty_wire as wire;

/// What an account's event is.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    /// An event that the core knows.
    Event(WeChatEvent),
    /// A puppet's own words about an error.
    Error(String),
    /// That the service's process lives, which its link knows better.
    SignOfLife,
}

/// An account's event, as the core knows it.
pub(crate) fn from_wire(event: wire::PuppetEvent) -> Heard {
    Heard::Event(match event {
        wire::PuppetEvent::Message { id } => WeChatEvent::Message { id },
        wire::PuppetEvent::Friendship { id } => WeChatEvent::Friendship { id },
        wire::PuppetEvent::RoomInvite { id } => WeChatEvent::RoomInvite { id },
        wire::PuppetEvent::Post { id } => WeChatEvent::Post { id },
        wire::PuppetEvent::RoomJoin(it) => WeChatEvent::RoomJoin(RoomChange {
            room: it.room_id,
            people: it.invitee_id_list,
            by: it.inviter_id,
            timestamp: it.timestamp,
        }),
        wire::PuppetEvent::RoomLeave(it) => WeChatEvent::RoomLeave(RoomChange {
            room: it.room_id,
            people: it.removee_id_list,
            by: it.remover_id,
            timestamp: it.timestamp,
        }),
        wire::PuppetEvent::RoomTopic(it) => WeChatEvent::RoomTopic {
            room: it.room_id,
            changer: it.changer_id,
            new: it.new_topic,
            old: it.old_topic,
            timestamp: it.timestamp,
        },
        wire::PuppetEvent::Dirty(it) => {
            WeChatEvent::Dirty { kind: DirtyType::from_wire(it.payload_type), id: it.payload_id }
        }
        wire::PuppetEvent::Login { contact_id } => WeChatEvent::Login { contact_id },
        wire::PuppetEvent::Logout(it) => WeChatEvent::Logout { contact_id: it.contact_id, reason: it.data },
        wire::PuppetEvent::Scan(it) => WeChatEvent::Scan(PendingScan {
            status: ScanProgress::from_wire(it.status),
            qrcode: it.qrcode,
            data: it.data,
            kind: it.kind,
            created: it.created,
            expires: it.expires,
        }),
        wire::PuppetEvent::Tag(it) => WeChatEvent::Tag(tags_from(it)),
        wire::PuppetEvent::TagGroup(it) => WeChatEvent::TagGroup(tags_from(it)),
        wire::PuppetEvent::PostComment(it) => {
            WeChatEvent::PostComment { post: it.post_id, comment: it.comment_id }
        }
        wire::PuppetEvent::PostTap(it) => WeChatEvent::PostTap {
            post: it.post_id,
            kind: it.tap_type,
            contact: it.contact_id,
            is_there: it.tap,
            timestamp: it.timestamp,
        },
        wire::PuppetEvent::RoomAnnounce(it) => WeChatEvent::RoomAnnounce {
            room: it.room_id,
            changer: it.changer_id,
            new: it.new_announce,
            old: it.old_announce,
            timestamp: it.timestamp,
        },
        wire::PuppetEvent::VerifyCode(it) => WeChatEvent::Challenge(LoginChallenge::Code(PendingCode {
            id: it.id,
            scene: it.scene,
            status: ChallengeProgress::from_wire(it.status),
            message: it.message,
        })),
        wire::PuppetEvent::VerifySlide(it) => WeChatEvent::Challenge(LoginChallenge::Slide(PendingSlide {
            scene: it.scene,
            status: ChallengeProgress::from_wire(it.status),
            program: it.slider_exe_url,
            secret: it.slider_verify_encrypt,
        })),
        wire::PuppetEvent::Dong(it) => WeChatEvent::Dong { data: it.data },
        wire::PuppetEvent::Ready(_) => WeChatEvent::Ready,
        wire::PuppetEvent::Error(it) => return Heard::Error(it.gerror.unwrap_or(it.data)),
        wire::PuppetEvent::Heartbeat(_) | wire::PuppetEvent::Reset(_) => return Heard::SignOfLife,
    })
}

fn tags_from(it: wire::event::TagsPayload) -> TagChange {
    TagChange { change: it.change, ids: it.id_list, timestamp: it.timestamp }
}

fn tags_to(it: TagChange) -> wire::event::TagsPayload {
    wire::event::TagsPayload { change: it.change, id_list: it.ids, timestamp: it.timestamp }
}

/// An event as bots read it.
pub(crate) fn to_wire(event: &WeChatEvent) -> wire::PuppetEvent {
    use wire::event;
    match event.clone() {
        WeChatEvent::Message { id } => wire::PuppetEvent::Message { id },
        WeChatEvent::Friendship { id } => wire::PuppetEvent::Friendship { id },
        WeChatEvent::RoomInvite { id } => wire::PuppetEvent::RoomInvite { id },
        WeChatEvent::Post { id } => wire::PuppetEvent::Post { id },
        WeChatEvent::RoomJoin(it) => wire::PuppetEvent::RoomJoin(event::RoomJoinPayload {
            invitee_id_list: it.people,
            inviter_id: it.by,
            room_id: it.room,
            timestamp: it.timestamp,
        }),
        WeChatEvent::RoomLeave(it) => wire::PuppetEvent::RoomLeave(event::RoomLeavePayload {
            removee_id_list: it.people,
            remover_id: it.by,
            room_id: it.room,
            timestamp: it.timestamp,
        }),
        WeChatEvent::RoomTopic { room, changer, new, old, timestamp } => {
            wire::PuppetEvent::RoomTopic(event::RoomTopicPayload {
                changer_id: changer,
                new_topic: new,
                old_topic: old,
                room_id: room,
                timestamp,
            })
        }
        WeChatEvent::Dirty { kind, id } => {
            wire::PuppetEvent::Dirty(event::DirtyPayload { payload_type: kind.to_wire(), payload_id: id })
        }
        WeChatEvent::Login { contact_id } => wire::PuppetEvent::Login { contact_id },
        WeChatEvent::Logout { contact_id, reason } => {
            wire::PuppetEvent::Logout(event::LogoutPayload { contact_id, data: reason })
        }
        WeChatEvent::Scan(it) => wire::PuppetEvent::Scan(event::ScanPayload {
            status: it.status.to_wire(),
            kind: it.kind,
            qrcode: it.qrcode,
            data: it.data,
            created: it.created,
            expires: it.expires,
        }),
        WeChatEvent::Tag(it) => wire::PuppetEvent::Tag(tags_to(it)),
        WeChatEvent::TagGroup(it) => wire::PuppetEvent::TagGroup(tags_to(it)),
        WeChatEvent::PostComment { post, comment } => {
            wire::PuppetEvent::PostComment(event::PostCommentPayload { post_id: post, comment_id: comment })
        }
        WeChatEvent::PostTap { post, kind, contact, is_there, timestamp } => {
            wire::PuppetEvent::PostTap(event::PostTapPayload {
                post_id: post,
                tap_type: kind,
                contact_id: contact,
                tap: is_there,
                timestamp,
            })
        }
        WeChatEvent::RoomAnnounce { room, changer, new, old, timestamp } => {
            wire::PuppetEvent::RoomAnnounce(event::RoomAnnouncePayload {
                changer_id: changer,
                new_announce: new,
                old_announce: old,
                room_id: room,
                timestamp,
            })
        }
        WeChatEvent::Challenge(LoginChallenge::Code(it)) => {
            wire::PuppetEvent::VerifyCode(event::VerifyCodePayload {
                id: it.id,
                scene: it.scene,
                status: it.status.to_wire(),
                message: it.message,
            })
        }
        WeChatEvent::Challenge(LoginChallenge::Slide(it)) => {
            wire::PuppetEvent::VerifySlide(event::VerifySlidePayload {
                scene: it.scene,
                status: it.status.to_wire(),
                slider_verify_encrypt: it.secret,
                slider_exe_url: it.program,
            })
        }
        WeChatEvent::Dong { data } => wire::PuppetEvent::Dong(event::TextPayload { data }),
        WeChatEvent::Ready => wire::PuppetEvent::Ready(event::TextPayload { data: "ready".into() }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        option::of,
        prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest},
    };

    use super::*;

    /// Up to the end of the year 9999, in milliseconds: other times are taken for none.
    const TIMES: std::ops::Range<i64> = 1..253_402_300_800_000;

    fn change() -> impl Strategy<Value = RoomChange> {
        (".+", vec(".+", 0..3), ".*", of(TIMES)).prop_map(|(room, people, by, timestamp)| RoomChange {
            room,
            people,
            by,
            timestamp,
        })
    }

    /// Every event that the core knows, with the ids that none is without; the match at its end does not compile if one is
    /// forgotten.
    fn event() -> impl Strategy<Value = WeChatEvent> {
        let dirty = (any::<i32>(), ".+")
            .prop_map(|(kind, id)| WeChatEvent::Dirty { kind: DirtyType::from_wire(kind), id });
        let scan = (any::<i32>(), of(".*"), of(".*"), of(any::<i32>()), of(TIMES));
        let scan = scan.prop_map(|(status, qrcode, data, kind, expires)| {
            let status = ScanProgress::from_wire(status);
            WeChatEvent::Scan(PendingScan { status, qrcode, data, kind, created: None, expires })
        });
        let code = (any::<i32>(), ".*", of(".+")).prop_map(|(status, id, message)| {
            let status = ChallengeProgress::from_wire(status);
            WeChatEvent::Challenge(LoginChallenge::Code(PendingCode { id, scene: 1, status, message }))
        });
        let slide = (any::<i32>(), ".*", ".*").prop_map(|(status, program, secret)| {
            let status = ChallengeProgress::from_wire(status);
            WeChatEvent::Challenge(LoginChallenge::Slide(PendingSlide { scene: 1, status, program, secret }))
        });
        let tags = || {
            (any::<i32>(), vec(".+", 0..3), of(TIMES)).prop_map(|(change, ids, timestamp)| TagChange {
                change,
                ids,
                timestamp,
            })
        };
        let tap = (".+", any::<i32>(), ".*", any::<bool>(), of(TIMES));
        let tap = tap.prop_map(|(post, kind, contact, is_there, timestamp)| WeChatEvent::PostTap {
            post,
            kind,
            contact,
            is_there,
            timestamp,
        });
        let announce =
            (".+", ".*", ".*", ".*", of(TIMES)).prop_map(|(room, changer, new, old, timestamp)| {
                WeChatEvent::RoomAnnounce { room, changer, new, old, timestamp }
            });
        let newer = prop_oneof![
            code,
            slide,
            tags().prop_map(WeChatEvent::Tag),
            tags().prop_map(WeChatEvent::TagGroup),
            (".+", ".+").prop_map(|(post, comment)| WeChatEvent::PostComment { post, comment }),
            tap,
            announce,
        ];
        let topic = (".+", ".*", ".*", ".*", of(TIMES)).prop_map(|(room, changer, new, old, timestamp)| {
            WeChatEvent::RoomTopic { room, changer, new, old, timestamp }
        });
        let all = prop_oneof![
            ".+".prop_map(|id| WeChatEvent::Message { id }),
            ".+".prop_map(|id| WeChatEvent::Friendship { id }),
            ".+".prop_map(|id| WeChatEvent::RoomInvite { id }),
            ".+".prop_map(|id| WeChatEvent::Post { id }),
            change().prop_map(WeChatEvent::RoomJoin),
            change().prop_map(WeChatEvent::RoomLeave),
            topic,
            dirty,
            ".+".prop_map(|contact_id| WeChatEvent::Login { contact_id }),
            (".*", ".*").prop_map(|(contact_id, reason)| WeChatEvent::Logout { contact_id, reason }),
            scan,
            ".*".prop_map(|data| WeChatEvent::Dong { data }),
            Just(WeChatEvent::Ready),
            newer,
        ];
        all.prop_map(|event| match &event {
            WeChatEvent::Message { .. }
            | WeChatEvent::Friendship { .. }
            | WeChatEvent::RoomInvite { .. }
            | WeChatEvent::Post { .. }
            | WeChatEvent::RoomJoin(_)
            | WeChatEvent::RoomLeave(_)
            | WeChatEvent::RoomTopic { .. }
            | WeChatEvent::Dirty { .. }
            | WeChatEvent::Login { .. }
            | WeChatEvent::Logout { .. }
            | WeChatEvent::Scan(_)
            | WeChatEvent::Challenge(_)
            | WeChatEvent::Tag(_)
            | WeChatEvent::TagGroup(_)
            | WeChatEvent::PostComment { .. }
            | WeChatEvent::PostTap { .. }
            | WeChatEvent::RoomAnnounce { .. }
            | WeChatEvent::Dong { .. }
            | WeChatEvent::Ready => event,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_for_a_bot_is_read_as_the_same_event(event in event()) {
            let written = to_wire(&event).to_response();
            let read = wire::PuppetEvent::parse(&written).expect("it was just written");
            prop_assert_eq!(from_wire(read), Heard::Event(event));
        }
    }

    #[test]
    fn what_is_no_event_of_wechat_is_none_of_the_core() {
        let note = || wire::event::TextPayload { data: String::from("still here") };
        assert_eq!(from_wire(wire::PuppetEvent::Heartbeat(note())), Heard::SignOfLife);
        assert_eq!(from_wire(wire::PuppetEvent::Reset(note())), Heard::SignOfLife);
        let error = |payload: &str| {
            let kind = wire::puppet::EventType::Error.into();
            let told = wire::puppet::EventResponse {
                r#type: kind,
                payload: payload.to_owned(),
                ..Default::default()
            };
            from_wire(wire::PuppetEvent::parse(&told).expect("it is readable"))
        };
        assert_eq!(error(r#"{"data":"all","gerror":"more"}"#), Heard::Error(String::from("more")));
        assert_eq!(error(r#"{"data":"all"}"#), Heard::Error(String::from("all")));
    }
}
