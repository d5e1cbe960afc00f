//! What one bot asks on one connection keeps its order; a burst in a room has one speaker.

use std::time::Duration;

use futures_util::future::join_all;
use ha_wechaty::config::WhenUnsure;
use ha_wechaty_core::Policy;
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::House;
use ha_wechaty_wire::puppet;
use tonic::Status;

/// What was said in the room, in order.
fn said(house: &House) -> Vec<String> {
    house.world.ledger().said().iter().filter_map(|it| it.text().map(str::to_owned)).collect()
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("n{n}")).collect()
}

/// Says all of it at once on one connection.
async fn say_at_once(house: &House, texts: &[String]) {
    let bot = house.bot().await;
    let sends = texts.iter().map(|text| {
        let mut puppet = bot.puppet.clone();
        let request = puppet::MessageSendTextRequest {
            conversation_id: house.room.id().into(),
            text: text.clone(),
            ..Default::default()
        };
        async move { puppet.message_send_text(request).await.expect("sent") }
    });
    join_all(sends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_said_at_once_comes_in_order_with_every_policy_and_with_pace_or_without() {
    for policy in [Policy::RoundRobin, Policy::Random, Policy::LeastLoad, Policy::Sticky, Policy::Failover] {
        for paced in [false, true] {
            let house = House::with(|config| {
                config.team.policy = policy;
                config.pace.enabled = paced;
                config.pace.per_conversation = Vec::new();
            })
            .await;
            say_at_once(&house, &numbered(20)).await;
            assert_eq!(said(&house), numbered(20), "{policy:?}, paced: {paced}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_fails_over_or_is_unsure_is_not_overtaken() {
    let refused = Fault::Answer { calls: RpcSelection::Sends, status: Status::internal("not now"), times: 1 };
    let cut = Fault::Cut { calls: RpcSelection::Sends, done: false, times: 1 };
    for fault in [refused, cut] {
        let house = House::with(|config| {
            config.team.policy = Policy::Failover;
            config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
            config.delivery.witness_window = Duration::from_millis(200);
        })
        .await;
        house.phones[0].fail(fault);
        say_at_once(&house, &numbered(5)).await;
        assert_eq!(said(&house), numbered(5));
    }
}

#[tokio::test]
async fn a_burst_has_one_speaker() {
    let house = House::with(|config| config.team.burst = Duration::from_secs(60)).await;
    let mut bot = house.bot().await;
    for text in numbered(6) {
        bot.say(house.room.id(), &text).await.expect("sent");
    }
    let calls = house.calls("MessageSendText");
    assert!(calls.contains(&6), "{calls:?}");
    let speaker = calls.iter().position(|calls| *calls == 6).expect("one of them");
    house.phones[speaker].fail(Fault::Drop);
    for text in numbered(6) {
        bot.say(house.room.id(), &text).await.expect("sent");
    }
    let calls = house.calls("MessageSendText");
    assert_eq!(calls.iter().filter(|calls| **calls > 0).count(), 2, "{calls:?}: one takes over");
}
