//! Private conversations: only an account that is the contact's friend can answer.

use std::time::Duration;

use ha_wechaty_core::AccountId;
use ha_wechaty_sim::{Fault, Person, RpcSelection};
use ha_wechaty_testkit::House;
use tonic::{Code, Status};

const SOUTH: AccountId = AccountId(1);

/// Bob, who is a friend of south's alone, and has written to it.
async fn bob(house: &House) -> Person {
    let bob = house.world.person("bob");
    house.world.befriend(&bob, &house.phones[1]);
    bob.says(&house.phones[1], "hello");
    house.until("he is known", || house.gateway.routing().reach(bob.id()).yes.contains(SOUTH)).await;
    bob
}

#[tokio::test]
async fn an_answer_waits_for_the_only_friend_and_strangers_are_none_the_worse() {
    let house = House::new().await;
    let bob = bob(&house).await;
    house.lose(1).await;
    let mut bots = Vec::new();
    for n in 0..6 {
        let (mut bot, to) = (house.bot().await, bob.id().to_owned());
        bots.push(tokio::spawn(async move { bot.say(&to, &format!("answer {n}")).await }));
    }
    let strangers = || house.gateway.routing().reach(bob.id()).no;
    house.until("the strangers have said no", || strangers().len() == 2).await;
    assert_eq!(house.status().await.accounts.iter().map(|it| it.errors).sum::<u32>(), 0);
    house.phones[1].restore().await.expect("the same port");
    for bot in bots {
        bot.await.expect("no panic").expect("said by its friend");
    }
    for n in 0..6 {
        assert_eq!(house.world.ledger().times(bob.id(), &format!("answer {n}")), 1);
    }
    let status = house.status().await;
    assert!(status.accounts.iter().all(|it| it.errors == 0 && it.ejected.is_empty()), "{status:?}");
}

#[tokio::test]
async fn an_answer_whose_only_friend_stays_away_says_who_that_is() {
    let house = House::with(|config| config.pace.max_wait = Duration::from_millis(300)).await;
    let bob = bob(&house).await;
    house.phones[1].fail(Fault::LogOut("kicked by the phone".into()));
    house.until("it is out", || !house.gateway.routing().available().contains(SOUTH)).await;
    let mut bot = house.bot().await;
    let refused = bot.say(bob.id(), "are you there").await.expect_err("nobody can");
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert!(refused.message().contains("south alone") && refused.message().contains("kicked"), "{refused}");
    let strangers = house.calls("MessageSendText");
    assert!(strangers[0] <= 1 && strangers[2] <= 1, "each stranger is asked once: {strangers:?}");
}

#[tokio::test]
async fn a_contact_that_nobody_knows_is_refused_at_once_in_the_puppets_own_words() {
    let house = House::new().await;
    let bob = house.world.person("bob");
    let mut bot = house.bot().await;
    for _ in 0..6 {
        let refused = bot.say(bob.id(), "who are you").await.expect_err("a stranger to all");
        assert_eq!(refused.message(), format!("{} is not a friend", bob.id()));
    }
    let status = house.status().await;
    assert!(status.accounts.iter().all(|it| it.errors == 0 && it.ejected.is_empty()), "{status:?}");
}

#[tokio::test]
async fn a_failure_where_the_account_belongs_counts_though_a_teammate_helps() {
    let house = House::with(|config| config.health.ejection.after = 3).await;
    let mut bot = house.bot().await;
    let (calls, status) = (RpcSelection::Sends, Status::unknown("something is wrong"));
    house.phones[0].fail(Fault::Answer { calls, status, times: u32::MAX });
    for n in 0..12 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("a teammate says it");
    }
    let north = &house.status().await.accounts[0];
    assert_eq!(north.ejected.len(), 1, "{north:?}");
    assert!(
        house.gateway.routing().reach(house.room.id()).yes.contains(AccountId(0)),
        "it is still in the room"
    );
}
