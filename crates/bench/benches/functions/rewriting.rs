//! Answers of accounts, whose ids become the team's: decoded by their descriptors, rewritten, encoded.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use ha_wechaty_core::{Ids, Setup};
use ha_wechaty_team::{call::Outward, schema::Schema};
use ha_wechaty_wire::puppet::{MessagePayloadResponse, RoomMemberListResponse};
use prost::Message as _;

use super::{
    support::{NORTH, member, setup},
    team,
};

pub(super) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rewriting");
    let own = ha_wechaty_core::Member { ids: Ids::Own, ..member("north") };
    let world = team(3, Setup { accounts: vec![own], ..setup(1) });
    let outward = Outward { identity: world.team.identity(), account: NORTH };
    let schema = Schema::new().expect("it is the community's");
    let payload = MessagePayloadResponse {
        id: "6513027412345678901".into(),
        text: "今天晚上七点在老地方见，别忘了带那本书！".into(),
        talker_id: "wxid_00000000000001".into(),
        room_id: "10000000001@chatroom".into(),
        mention_ids: vec!["wxid_00000000000002".into()],
        ..Default::default()
    };
    let members = RoomMemberListResponse { member_ids: (0..500).map(|n| format!("wxid_{n:014}")).collect() };
    for (what, rpc, answer, ids) in [
        ("a message's payload", "MessagePayload", payload.encode_to_vec(), 1),
        ("each of 500 members", "RoomMemberList", members.encode_to_vec(), 500),
    ] {
        let method = schema.named(rpc).expect("it is in the table");
        group.throughput(Throughput::Elements(ids));
        group.bench_function(what, |bencher| {
            bencher.iter(|| {
                let mut answer = method.read_answer(black_box(&answer)).expect("it is one");
                outward.apply(&mut answer, &method.gives);
                answer.encode_to_vec()
            });
        });
    }
    group.finish();
}
