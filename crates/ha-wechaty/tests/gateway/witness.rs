//! What accounts see of one another: a send whose connection was cut is decided by whoever saw it, and
//! whatever one has seen another can tell.

use std::time::Duration;

use ha_wechaty::config::WhenUnsure;
use ha_wechaty_sim::{Calls, Fault};

use crate::house::House;

fn cut(done: bool, times: u32) -> Fault {
    Fault::Cut { calls: Calls::Sends, done, times }
}

#[tokio::test]
async fn a_teammate_that_saw_it_makes_it_a_success_and_nobody_sends_it_again() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for n in 0..20 {
        for phone in &house.phones {
            phone.fail(cut(true, 1));
        }
        let text = format!("n{n}");
        let id = bot.say(house.room.id(), &text).await.expect("a teammate saw it");
        assert_eq!(bot.payload(&id).await.expect("its id resolves").text, text);
        assert_eq!(house.times(&text), 1);
        for phone in &house.phones {
            phone.restore().await.expect("restored");
        }
        house.until_available(3).await;
    }
}

#[tokio::test]
async fn a_send_that_nobody_saw_is_told_to_the_bot_and_not_sent_again() {
    let house = House::with(|config| config.delivery.witness_window = Duration::from_millis(200)).await;
    let mut bot = house.bot().await;
    for phone in &house.phones {
        phone.fail(cut(false, 1));
    }
    let error = bot.say(house.room.id(), "lost").await.expect_err("nobody knows");
    assert!(error.message().contains("may or may not"), "{error}");
    assert_eq!(house.times("lost"), 0);
}

#[tokio::test]
async fn at_least_once_sends_it_through_the_next_account() {
    let house = House::with(|config| {
        config.delivery.witness_window = Duration::from_millis(200);
        config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
    })
    .await;
    let mut bot = house.bot().await;
    house.phones[0].fail(cut(false, 1));
    for n in 0..3 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("sent in the end");
    }
    for n in 0..3 {
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
}

#[tokio::test]
async fn a_recall_names_the_message_as_the_bot_knows_it_whoever_told_of_it() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let spoken = house.alice.says(&house.room, "oops");
    let told = bot.next_message().await;
    while !house.admin("/metrics", None).await.1.contains("copies_total 2\n") {
        tokio::task::yield_now().await;
    }
    house.lose(0).await;
    house.alice.recalls(&spoken);
    let recall = bot.next_message().await;
    assert_eq!((recall.r#type, &recall.text), (13, &told.id));
    assert_eq!(bot.payload(&recall.text).await.expect("it is known").text, "oops");
}
