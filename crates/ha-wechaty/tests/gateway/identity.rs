//! One identity, and every event once.

use ha_wechaty_testkit::{House, SELF};
use ha_wechaty_wire::{PuppetEvent, puppet};

#[tokio::test]
async fn a_bot_is_greeted_by_one_puppet() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    assert!(matches!(bot.next().await, PuppetEvent::Heartbeat(_)), "a heartbeat comes first");
    assert_eq!(bot.next_news().await, PuppetEvent::Login { contact_id: SELF.into() });
    assert!(matches!(bot.next_news().await, PuppetEvent::Ready(_)));
}

#[tokio::test]
async fn a_room_message_that_three_accounts_see_reaches_the_bot_once() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for text in ["one", "1", "1", "two"] {
        house.alice.says(&house.room, text);
    }
    let mut seen = Vec::new();
    while seen.last().is_none_or(|text| text != "two") {
        let message = bot.next_message().await;
        assert_eq!(
            (message.talker_id.as_str(), message.room_id.as_str()),
            (house.alice.id(), house.room.id())
        );
        seen.push(message.text);
    }
    seen.sort();
    assert_eq!(seen, ["1", "1", "one", "two"]);
}

#[tokio::test]
async fn who_mentions_an_account_mentions_the_bot() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.mentions(&house.room, &[&house.phones[1]], "@south hello");
    assert_eq!(bot.next_message().await.mention_ids, [SELF]);
}

#[tokio::test]
async fn a_private_message_is_for_the_bot_and_is_answered_by_the_account_it_went_to() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[2], "psst");
    let message = bot.next_message().await;
    assert_eq!((message.talker_id.as_str(), message.listener_id.as_str()), (house.alice.id(), SELF));
    assert!(message.id.ends_with("~west"));
    for n in 0..3 {
        bot.say(house.alice.id(), &format!("answer {n}")).await.expect("sent");
    }
    let sent = house.world.ledger().sent_by_accounts();
    assert_eq!(sent.len(), 3);
    assert_eq!(house.phones[2].calls("MessageSendText"), 3);
}

#[tokio::test]
async fn the_team_is_one_member_of_its_room() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let room = puppet::RoomPayloadRequest { id: house.room.id().into() };
    let mut members = bot.puppet.room_payload(room).await.expect("a payload").into_inner().member_ids;
    members.sort();
    let mut people = vec![house.alice.id().to_owned(), SELF.to_owned()];
    people.sort();
    assert_eq!(members, people);
    let member = puppet::RoomMemberPayloadRequest { id: house.room.id().into(), member_id: SELF.into() };
    let member = bot.puppet.room_member_payload(member).await.expect("a payload").into_inner();
    assert_eq!(member.id, SELF);
}

#[tokio::test]
async fn what_the_bot_says_is_its_own_and_teammates_do_not_tell_it_again() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let id = bot.say(house.room.id(), "dong").await.expect("sent");
    let payload = bot.payload(&id).await.expect("what was sent can be asked for");
    assert_eq!(
        (payload.id.as_str(), payload.talker_id.as_str(), payload.text.as_str()),
        (id.as_str(), SELF, "dong")
    );
    house.alice.says(&house.room, "next");
    assert_eq!(bot.next_message().await.text, "next", "no echo came between");
    assert_eq!(house.times("dong"), 1);
}

#[tokio::test]
async fn bots_never_start_or_stop_or_log_out_an_account() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let login = |event| if let PuppetEvent::Login { contact_id } = event { Some(contact_id) } else { None };
    assert_eq!(bot.find(login).await, SELF);
    let refused = bot.puppet.logout(puppet::LogoutRequest {}).await.expect_err("refused");
    assert!(refused.message().contains("allow_logout"), "{refused}");
    let login =
        bot.find(|event| if let PuppetEvent::Login { contact_id } = event { Some(contact_id) } else { None });
    assert_eq!(login.await, SELF, "a client forgets who it is before it asks, and is told again");
    // Its stream ends by that.
    bot.puppet.stop(puppet::StopRequest {}).await.expect("answered here");
    for phone in &house.phones {
        assert_eq!((phone.calls("Start"), phone.calls("Stop"), phone.calls("Logout")), (1, 0, 0));
    }
}
