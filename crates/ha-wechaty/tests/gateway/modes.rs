//! Bots that connect several times: one works and the others wait, or they share the conversations.

use std::time::Duration;

use ha_wechaty::{
    admin::{Role, StreamStatus},
    config::BotMode,
};
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{Bot, DEADLINE, House, TOKEN, target, wait};
use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{ContactAliasRequest, DingRequest},
};

async fn house(mode: BotMode) -> House {
    House::with(|config| config.bots[0].mode = mode).await
}

/// Each stream's role and what it has not acknowledged.
async fn roles(house: &House) -> Vec<(Role, usize)> {
    let status = house.status().await;
    let role = |it: &StreamStatus| (it.role, it.unacknowledged);
    status.bots[0].streams.iter().map(role).collect()
}

async fn until_roles(house: &House, expected: &[(Role, usize)]) {
    wait::until_some("the roles", async || (roles(house).await == expected).then_some(())).await;
}

async fn until_logged_in(bot: &mut Bot) {
    bot.find(|event| matches!(event, PuppetEvent::Ready(_)).then_some(())).await;
}

#[tokio::test]
async fn the_bot_that_waits_takes_over_at_once_with_what_was_not_acknowledged() {
    let house = house(BotMode::Standby).await;
    let mut works = house.bot().await;
    let mut waits = house.bot().await;
    for bot in [&mut works, &mut waits] {
        until_logged_in(bot).await;
    }
    until_roles(&house, &[(Role::Active, 0), (Role::Standby, 0)]).await;
    house.alice.says(&house.room, "seen");
    assert_eq!(works.next_message().await.text, "seen");
    house.alice.says(&house.room, "told");
    let told =
        works.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    waits.say(house.room.id(), "I can speak").await.expect("who waits may call");
    until_roles(&house, &[(Role::Active, 1), (Role::Standby, 0)]).await;
    drop(works);
    let heard =
        waits.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    assert_eq!(heard, told, "it heard nothing before");
    assert_eq!(waits.payload(&heard).await.expect("a payload").text, "told");
    house.alice.says(&house.room, "missed by nobody");
    assert_eq!(waits.next_message().await.text, "missed by nobody");
    until_roles(&house, &[(Role::Active, 0)]).await;
}

#[tokio::test]
async fn each_conversation_is_one_bots_alone_and_moves_when_that_goes() {
    let house = house(BotMode::Shard).await;
    let rooms: Vec<_> = (0..12)
        .map(|n| {
            let [north, south, west] = [0, 1, 2].map(|it| &house.phones[it]);
            house.world.room(&format!("room {n}"), &[&house.alice, north, south, west])
        })
        .collect();
    let mut bots = [house.bot().await, house.bot().await];
    for bot in &mut bots {
        until_logged_in(bot).await;
    }
    for round in 0..3 {
        for room in &rooms {
            house.alice.says(room, &format!("round {round}"));
        }
    }
    // One takes its own, in order, and asks for nothing; the other one works, and then has all.
    let [mut first, mut second] = bots;
    let mut left = 36;
    let (mut of_second, mut idle) = (Vec::new(), 0);
    while left > 0 {
        tokio::select! {
            event = first.next() => if matches!(event, PuppetEvent::Message { .. }) { idle += 1; left -= 1; },
            // Waiting for its payload too must not be cut short by an event of the other's.
            event = second.next() => if let PuppetEvent::Message { id } = event {
                of_second.push(second.payload(&id).await.expect("a payload").room_id);
                left -= 1;
            },
        }
    }
    assert!(idle > 0 && !of_second.is_empty(), "{idle} and {}", of_second.len());
    let status = ha_wechaty_cli::text::status(&house.status().await);
    assert!(status.contains("connected 2 times, each with its share of the conversations"), "{status}");
    let is_of_second = |room: &String| of_second.iter().filter(|it| *it == room).count() == 3;
    assert!(of_second.iter().all(is_of_second), "its conversations are its own alone: {of_second:?}");
    drop(first);
    for _ in 0..idle {
        let message = second.next_message().await;
        assert!(!of_second.contains(&message.room_id), "it gets what the other one left, and only that");
    }
    house.alice.says(&rooms[0], "and now all");
    assert_eq!(second.next_message().await.text, "and now all");
}

#[tokio::test]
async fn a_ding_on_another_connection_is_answered_on_the_bots_stream() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let target = target(&house.gateway, TOKEN, false);
    let mut puppet = ha_wechaty::transport::dial(&target).await.expect("a connection").puppet();
    puppet.ding(DingRequest { data: "who".into() }).await.expect("done");
    let data =
        bot.find(|event| if let PuppetEvent::Dong(note) = event { Some(note.data) } else { None }).await;
    assert_eq!(data, "who");
}

#[tokio::test]
async fn what_all_are_to_do_does_not_wait_for_one_that_hangs_once_another_has_done_it() {
    let house = House::with(|config| {
        config.calls.union = Duration::from_millis(100);
        config.calls.send = DEADLINE * 2;
    })
    .await;
    let mut bot = house.bot().await;
    house.phones[1].fail(Fault::Stall);
    let alias = ContactAliasRequest {
        id: house.alice.id().into(),
        alias: Some("Alice of the tea room".into()),
        ..Default::default()
    };
    let asked = tokio::time::timeout(DEADLINE, bot.puppet.contact_alias(alias));
    asked.await.expect("in time").expect("two did it");
    assert_eq!(house.calls("ContactAlias"), [1, 1, 1]);
}
