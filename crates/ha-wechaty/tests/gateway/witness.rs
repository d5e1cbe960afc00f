//! What accounts see of one another: a send whose connection was cut is decided by whoever saw it, and
//! whatever one has seen another can tell.

use std::time::Duration;

use ha_wechaty::{
    Config,
    config::{AccountTls, BotConfig, Policy, Provider, WhenUnsure},
};
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::{House, SELF, Setup};
use ha_wechaty_wire::Token;
use tonic::Status;

use crate::sends::Sends as _;

fn cut(done: bool, times: u32) -> Fault {
    Fault::Cut { calls: RpcSelection::Sends, done, times }
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
async fn at_most_once_a_send_that_nobody_saw_is_told_to_the_bot_and_not_sent_again() {
    let house = House::with(|config| {
        config.delivery.witness_window = Duration::from_millis(200);
        config.delivery.when_unsure = WhenUnsure::AtMostOnce;
    })
    .await;
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
async fn what_a_teammate_that_hears_did_not_see_is_not_there_and_the_next_account_sends_it() {
    let house = House::with(|config| config.delivery.witness_window = Duration::from_millis(300)).await;
    let mut bot = house.bot().await;
    for n in 0..3 {
        // The cut waits for whatever the account sends next, and nobody is asked for a ding before it is lost.
        house.phones[n].fail(cut(false, 1));
        for turn in 0..3 {
            bot.say(house.room.id(), &format!("n{n} {turn}")).await.expect("the next account sends it");
            assert_eq!(house.times(&format!("n{n} {turn}")), 1);
        }
        house.until_available(3).await;
    }
    let sends = house.sends("").await;
    let missed: Vec<&str> =
        sends.iter().flat_map(|it| &it.tried).filter_map(|it| it.missed_by.as_deref()).collect();
    assert_eq!(missed.len(), 3, "{sends:?}");
}

#[tokio::test]
async fn nothing_is_proved_by_those_that_hear_nothing_or_of_an_account_that_may_go_on() {
    let house = House::with(|config| {
        config.calls.send = Duration::from_millis(200);
        config.delivery.witness_window = Duration::from_millis(100);
        config.team.policy = Policy::Failover;
    })
    .await;
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Stall);
    let error = bot.say(house.room.id(), "it hangs").await.expect_err("it may go on");
    assert!(error.message().contains("may or may not"), "{error}");
    house.phones[0].restore().await.expect("restored");
    house.until_available(3).await;
    for phone in &house.phones[1..] {
        phone.fail(Fault::Deaf);
    }
    house.phones[0].fail(cut(false, 1));
    let error = bot.say(house.room.id(), "nobody hears").await.expect_err("nobody can know");
    assert!(error.message().contains("may or may not"), "{error}");
    assert_eq!([house.times("it hangs"), house.times("nobody hears")], [0, 0]);
}

#[tokio::test]
async fn what_a_proxy_says_may_have_been_forwarded_and_is_proved_or_told() {
    let house = House::with(|config| {
        config.delivery.witness_window = Duration::from_millis(200);
        config.team.policy = Policy::Failover;
    })
    .await;
    let mut bot = house.bot().await;
    let unavailable = |words: &str| Fault::Answer {
        calls: RpcSelection::Sends,
        status: Status::unavailable(words),
        times: 1,
    };
    house.phones[0].fail(unavailable("upstream connect error or disconnect/reset before headers"));
    bot.say(house.room.id(), "in a room").await.expect("it is not there: the next account sends it");
    house.alice.says(&house.phones[0], "hello");
    bot.next_message().await;
    house.phones[0].fail(unavailable("upstream connect error or disconnect/reset before headers"));
    let error = bot.say(house.alice.id(), "in private").await.expect_err("nobody knows");
    assert!(error.message().contains("may or may not"), "{error}");
    house.phones[0].fail(unavailable("操作过于频繁"));
    bot.say(house.room.id(), "WeChat's own words").await.expect("a no is a no");
    assert_eq!([house.times("in a room"), house.times("WeChat's own words")], [1, 1]);
}

/// A house whose accounts are back at once, so that a thousand of them can be lost.
async fn quick(change: impl FnOnce(&mut Config)) -> House {
    let house = Setup::new(SELF).phones(|phone| phone.tls(false)).config(|config| {
        config.reconnect.backoff.base = Duration::from_millis(1);
        config.reconnect.backoff.cap = Duration::from_millis(5);
        for account in &mut config.accounts {
            let Provider::Service(service) = &mut account.provider else { continue };
            service.tls = AccountTls::Off;
        }
        change(config);
    });
    house.start().await
}

#[tokio::test]
async fn a_thousand_sends_whose_connection_is_cut_after_they_left_are_each_delivered_once_and_reported() {
    let house = quick(|_| {}).await;
    let mut bot = house.bot().await;
    for phone in &house.phones {
        phone.fail(cut(true, u32::MAX));
    }
    for n in 0..1_000 {
        let text = format!("n{n}");
        let id = bot.say(house.room.id(), &text).await.expect("a teammate saw it");
        assert_eq!(bot.payload(&id).await.expect("its id resolves").text, text);
    }
    for n in 0..1_000 {
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
    assert_eq!(house.calls("MessageSendText").iter().sum::<u64>(), 1_000, "each was asked for once");
}

#[tokio::test]
async fn at_least_once_delivers_a_thousand_sends_that_were_cut_before_they_were_done_once_each() {
    let house = quick(|config| {
        // Nobody will see them: there is nothing to wait for.
        config.delivery.witness_window = Duration::from_millis(2);
        config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
        config.team.policy = Policy::Failover;
    })
    .await;
    let mut bot = house.bot().await;
    for n in 0..1_000 {
        house.phones[0].fail(cut(false, 1));
        bot.say(house.room.id(), &format!("n{n}")).await.expect("the next account did it");
        house.until_available(3).await;
    }
    for n in 0..1_000 {
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
    assert_eq!(house.calls("MessageSendText"), [1_000, 1_000, 0]);
}

#[tokio::test]
async fn each_bot_may_choose_what_becomes_of_what_nobody_saw() {
    let house = House::with(|config| {
        config.delivery.witness_window = Duration::from_millis(50);
        config.delivery.when_unsure = WhenUnsure::AtMostOnce;
        let mut insistent = BotConfig::new("insistent", Token::new("insecure_insistent"));
        insistent.when_unsure = Some(WhenUnsure::AtLeastOnce);
        config.bots.push(insistent);
        config.team.policy = Policy::Failover;
    })
    .await;
    let mut main = house.bot().await;
    let mut insistent =
        ha_wechaty_testkit::Bot::connect(&house.gateway, "insecure_insistent").await.expect("a bot");
    house.phones[0].fail(cut(false, 1));
    let error = main.say(house.room.id(), "maybe").await.expect_err("nobody knows");
    assert!(error.message().contains("may or may not"), "{error}");
    house.until_available(3).await;
    house.phones[0].fail(cut(false, 1));
    insistent.say(house.room.id(), "surely").await.expect("the next account did it");
    assert_eq!((house.times("maybe"), house.times("surely")), (0, 1));
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
