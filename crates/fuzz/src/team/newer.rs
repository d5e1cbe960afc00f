//! What accounts of the newer generation tell.

use arbitrary::Unstructured;
use ha_wechaty_core::{ChallengeProgress, LoginChallenge, PendingCode, PendingSlide, TagChange, WeChatEvent};

use super::ids::{id, ids, room, stamp};
use crate::draw::{byte, pick, yes};

pub(super) fn challenge(bytes: &mut Unstructured<'_>) -> LoginChallenge {
    let status = ChallengeProgress::from_wire(i32::from(byte(bytes)) - 1);
    if yes(bytes) {
        LoginChallenge::Code(PendingCode { id: id(bytes), status, ..PendingCode::default() })
    } else {
        LoginChallenge::Slide(PendingSlide { program: id(bytes), status, ..PendingSlide::default() })
    }
}

pub(super) fn event(bytes: &mut Unstructured<'_>) -> WeChatEvent {
    match pick(bytes, 4) {
        0 => {
            let (room, changer, new, old) = (room(bytes), id(bytes), id(bytes), id(bytes));
            WeChatEvent::RoomAnnounce { room, changer, new, old, timestamp: stamp(bytes) }
        }
        1 => WeChatEvent::Tag(TagChange {
            change: i32::from(byte(bytes)),
            ids: ids(bytes),
            timestamp: stamp(bytes),
        }),
        2 => WeChatEvent::PostComment { post: id(bytes), comment: id(bytes) },
        _ => WeChatEvent::PostTap {
            post: id(bytes),
            kind: 1,
            contact: id(bytes),
            is_there: yes(bytes),
            timestamp: stamp(bytes),
        },
    }
}
