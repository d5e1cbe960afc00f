//! Events as they come from accounts and go to bots.

use std::hint::black_box;

use criterion::Criterion;
use ha_wechaty_wire::{PuppetEvent, event::RoomJoinPayload, puppet::EventResponse};

pub(super) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("events");
    let message = PuppetEvent::Message { id: "6513027412345678901".into() };
    let people: Vec<String> = (0..40).map(|n| format!("wxid_{n:014}")).collect();
    let join = PuppetEvent::RoomJoin(RoomJoinPayload {
        room_id: "10000000001@chatroom".into(),
        invitee_id_list: people,
        inviter_id: "wxid_00000000000001".into(),
        timestamp: Some(1_700_000_000),
    });
    for (what, event) in [("a message", message), ("forty that join", join)] {
        let response: EventResponse = event.to_response();
        assert_eq!(PuppetEvent::parse(&response).expect("it is ours"), event);
        group.bench_function(format!("reading {what}"), |bencher| {
            bencher.iter(|| PuppetEvent::parse(black_box(&response)));
        });
        group.bench_function(format!("writing {what}"), |bencher| {
            bencher.iter(|| black_box(&event).to_response());
        });
    }
    group.finish();
}
