//! What a bot is told, as bots read it.

use ha_wechaty_core::Event;
use ha_wechaty_wire as wire;

/// An event as bots read it.
pub(super) fn to_wire(event: &Event) -> wire::Event {
    use wire::event;
    match event.clone() {
        Event::Message { id } => wire::Event::Message { id },
        Event::Friendship { id } => wire::Event::Friendship { id },
        Event::RoomInvite { id } => wire::Event::RoomInvite { id },
        Event::Post { id } => wire::Event::Post { id },
        Event::RoomJoin(it) => wire::Event::RoomJoin(event::RoomJoin {
            invitee_id_list: it.people,
            inviter_id: it.by,
            room_id: it.room,
            timestamp: it.timestamp,
        }),
        Event::RoomLeave(it) => wire::Event::RoomLeave(event::RoomLeave {
            removee_id_list: it.people,
            remover_id: it.by,
            room_id: it.room,
            timestamp: it.timestamp,
        }),
        Event::RoomTopic { room, changer, new, old, timestamp } => wire::Event::RoomTopic(event::RoomTopic {
            changer_id: changer,
            new_topic: new,
            old_topic: old,
            room_id: room,
            timestamp,
        }),
        Event::Dirty { kind, id } => {
            wire::Event::Dirty(event::Dirty { payload_type: kind.to_wire(), payload_id: id })
        }
        Event::Login { contact_id } => wire::Event::Login { contact_id },
        Event::Logout { contact_id, reason } => {
            wire::Event::Logout(event::Logout { contact_id, data: reason })
        }
        Event::Scan(it) => {
            wire::Event::Scan(event::Scan { status: it.status.to_wire(), qrcode: it.qrcode, data: it.data })
        }
        Event::Dong { data } => wire::Event::Dong(event::Note { data }),
        Event::Ready => wire::Event::Ready(event::Note { data: "ready".into() }),
    }
}
