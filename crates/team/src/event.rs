//! Events as the protocol writes them, and as the core knows them, in both directions: what is read of an account and
//! written for a bot says the same.

use ha_wechaty_core::{DirtyKind, Event, RoomChange, Scan, ScanStatus};
use ha_wechaty_wire as wire;

/// What an account's event is.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    /// An event that the core knows.
    Event(Event),
    /// A puppet's own words about an error.
    Error(String),
    /// That the service's process lives, which its link knows better.
    SignOfLife,
}

/// An account's event, as the core knows it.
pub(crate) fn from_wire(event: wire::Event) -> Heard {
    Heard::Event(match event {
        wire::Event::Message { id } => Event::Message { id },
        wire::Event::Friendship { id } => Event::Friendship { id },
        wire::Event::RoomInvite { id } => Event::RoomInvite { id },
        wire::Event::Post { id } => Event::Post { id },
        wire::Event::RoomJoin(it) => Event::RoomJoin(RoomChange {
            room: it.room_id,
            people: it.invitee_id_list,
            by: it.inviter_id,
            timestamp: it.timestamp,
        }),
        wire::Event::RoomLeave(it) => Event::RoomLeave(RoomChange {
            room: it.room_id,
            people: it.removee_id_list,
            by: it.remover_id,
            timestamp: it.timestamp,
        }),
        wire::Event::RoomTopic(it) => Event::RoomTopic {
            room: it.room_id,
            changer: it.changer_id,
            new: it.new_topic,
            old: it.old_topic,
            timestamp: it.timestamp,
        },
        wire::Event::Dirty(it) => {
            Event::Dirty { kind: DirtyKind::from_wire(it.payload_type), id: it.payload_id }
        }
        wire::Event::Login { contact_id } => Event::Login { contact_id },
        wire::Event::Logout(it) => Event::Logout { contact_id: it.contact_id, reason: it.data },
        wire::Event::Scan(it) => {
            Event::Scan(Scan { status: ScanStatus::from_wire(it.status), qrcode: it.qrcode, data: it.data })
        }
        wire::Event::Dong(it) => Event::Dong { data: it.data },
        wire::Event::Ready(_) => Event::Ready,
        wire::Event::Error(it) => return Heard::Error(it.gerror.unwrap_or(it.data)),
        wire::Event::Heartbeat(_) | wire::Event::Reset(_) => return Heard::SignOfLife,
    })
}

/// An event as bots read it.
pub(crate) fn to_wire(event: &Event) -> wire::Event {
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

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        option::of,
        prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest},
    };

    use super::*;

    fn change() -> impl Strategy<Value = RoomChange> {
        (".*", vec(".*", 0..3), ".*", of(any::<i64>())).prop_map(|(room, people, by, timestamp)| RoomChange {
            room,
            people,
            by,
            timestamp,
        })
    }

    /// Every event that the core knows; the match at its end does not compile if one is forgotten.
    fn event() -> impl Strategy<Value = Event> {
        let dirty =
            (any::<i32>(), ".*").prop_map(|(kind, id)| Event::Dirty { kind: DirtyKind::from_wire(kind), id });
        let scan = (any::<i32>(), of(".*"), of(".*")).prop_map(|(status, qrcode, data)| {
            Event::Scan(Scan { status: ScanStatus::from_wire(status), qrcode, data })
        });
        let topic =
            (".*", ".*", ".*", ".*", of(any::<i64>())).prop_map(|(room, changer, new, old, timestamp)| {
                Event::RoomTopic { room, changer, new, old, timestamp }
            });
        let all = prop_oneof![
            ".+".prop_map(|id| Event::Message { id }),
            ".+".prop_map(|id| Event::Friendship { id }),
            ".+".prop_map(|id| Event::RoomInvite { id }),
            ".+".prop_map(|id| Event::Post { id }),
            change().prop_map(Event::RoomJoin),
            change().prop_map(Event::RoomLeave),
            topic,
            dirty,
            ".+".prop_map(|contact_id| Event::Login { contact_id }),
            (".*", ".*").prop_map(|(contact_id, reason)| Event::Logout { contact_id, reason }),
            scan,
            ".*".prop_map(|data| Event::Dong { data }),
            Just(Event::Ready),
        ];
        all.prop_map(|event| match &event {
            Event::Message { .. }
            | Event::Friendship { .. }
            | Event::RoomInvite { .. }
            | Event::Post { .. }
            | Event::RoomJoin(_)
            | Event::RoomLeave(_)
            | Event::RoomTopic { .. }
            | Event::Dirty { .. }
            | Event::Login { .. }
            | Event::Logout { .. }
            | Event::Scan(_)
            | Event::Dong { .. }
            | Event::Ready => event,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_for_a_bot_is_read_as_the_same_event(event in event()) {
            let written = to_wire(&event).to_response();
            let read = wire::Event::parse(&written).expect("it was just written");
            prop_assert_eq!(from_wire(read), Heard::Event(event));
        }
    }

    #[test]
    fn what_is_no_event_of_wechat_is_none_of_the_core() {
        let note = || wire::event::Note { data: String::from("still here") };
        assert_eq!(from_wire(wire::Event::Heartbeat(note())), Heard::SignOfLife);
        assert_eq!(from_wire(wire::Event::Reset(note())), Heard::SignOfLife);
    }
}
