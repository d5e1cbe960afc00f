//! Bots come and go; nothing is lost for them.

use ha_wechaty_testkit::{Bot, House, TOKEN};
use ha_wechaty_wire::PuppetEvent;

#[tokio::test]
async fn what_a_bot_has_not_acknowledged_is_given_to_it_again() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "seen");
    assert_eq!(bot.next_message().await.text, "seen");
    house.alice.says(&house.room, "told");
    while !matches!(bot.next().await, PuppetEvent::Message { .. }) {}
    drop(bot);
    house.alice.says(&house.room, "missed");
    let mut bot = house.bot().await;
    assert_eq!(bot.next_message().await.text, "told");
    assert_eq!(bot.next_message().await.text, "missed");
}

#[tokio::test]
async fn every_bot_gets_every_event() {
    let house = House::new().await;
    let (mut one, mut other) = (house.bot().await, house.bot().await);
    house.alice.says(&house.room, "hello");
    assert_eq!(one.next_message().await.text, "hello");
    assert_eq!(other.next_message().await.text, "hello");
}

#[tokio::test]
async fn a_wrong_token_is_told_so() {
    let house = House::new().await;
    let Err(refused) = Bot::connect(&house.gateway, "insecure_wrong").await else { panic!("refused") };
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    assert_eq!(refused.message(), "Invalid Wechaty TOKEN \"insecure_wrong\"");
}

#[tokio::test]
async fn a_restarted_gateway_serves_the_same_team() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    let id = bot.say(house.room.id(), "before").await.expect("sent");
    house.restart_gateway().await;
    let mut bot = Bot::connect(&house.gateway, TOKEN).await.expect("a bot");
    assert_eq!(bot.payload(&id).await.expect("ids survive").text, "before");
    bot.say(house.room.id(), "after").await.expect("sent");
    assert!(house.phones.iter().all(|phone| phone.calls("Stop") == 0), "puppets keep running");
}
