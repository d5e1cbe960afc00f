//! Accounts come and go; the bot does not notice.

use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{House, SELF};
use ha_wechaty_wire::PuppetEvent;

#[tokio::test]
async fn work_is_spread_over_the_accounts() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for n in 0..9 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("sent");
    }
    for phone in &house.phones {
        assert_eq!(phone.calls("MessageSendText"), 3, "{}", phone.name());
    }
}

#[tokio::test]
async fn a_dead_account_costs_no_send() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Drop);
    for n in 0..30 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("a teammate does it");
    }
    for n in 0..30 {
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
    house.phones[0].restore().await.expect("the same port");
    house.until_available(3).await;
}

#[tokio::test]
async fn the_team_fails_with_its_last_account_and_recovers_with_the_first() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    assert_eq!(bot.next_news().await, PuppetEvent::Login { contact_id: SELF.into() });
    bot.next_news().await;
    for phone in &house.phones {
        phone.fail(Fault::Drop);
    }
    let logout = loop {
        if let PuppetEvent::Logout(logout) = bot.next_news().await {
            break logout;
        }
    };
    assert_eq!(logout.contact_id, SELF);
    for name in ["north", "south", "west"] {
        assert!(logout.data.contains(name), "{}", logout.data);
    }
    house.phones[1].restore().await.expect("the same port");
    assert_eq!(bot.next_news().await, PuppetEvent::Login { contact_id: SELF.into() });
}

#[tokio::test]
async fn a_send_waits_for_an_account_that_comes_back() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for phone in &house.phones {
        phone.fail(Fault::Drop);
    }
    house.until("the team is down", || house.gateway.routing().available().is_empty()).await;
    let room = house.room.id().to_owned();
    let said = tokio::spawn(async move { bot.say(&room, "late").await });
    house.phones[2].restore().await.expect("the same port");
    said.await.expect("no panic").expect("sent in the end");
    assert_eq!(house.times("late"), 1);
}
