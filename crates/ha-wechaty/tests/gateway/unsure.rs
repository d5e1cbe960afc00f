//! Calls that fail at an account: what moves on to a teammate, what must not, and what the bot is told.

use std::time::Duration;

use ha_wechaty_core::{AccountId, Ids};
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::{Bot, DEADLINE, House, SELF, Setup, TOKEN};
use ha_wechaty_wire::puppet;
use tonic::{Code, Status};

fn words(text: &str) -> Fault {
    Fault::Answer { calls: RpcSelection::Sends, status: Status::failed_precondition(text), times: 1 }
}

/// Which account the bot was told of.
fn named<'a>(house: &'a House, error: &Status) -> Vec<&'a str> {
    house.phones.iter().map(ha_wechaty_sim::Phone::name).filter(|it| error.message().contains(*it)).collect()
}

#[tokio::test]
async fn a_private_message_that_was_cut_off_is_sent_once_and_its_account_is_named() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[1], "hello");
    bot.next_message().await;
    for (text, done) in [("done", true), ("not done", false)] {
        house.phones[1].fail(Fault::Cut { calls: RpcSelection::Sends, done, times: 1 });
        let error = bot.say(house.alice.id(), text).await.expect_err("nobody can know");
        assert_eq!((error.code(), named(&house, &error)), (Code::Unknown, vec!["south"]), "{error}");
        assert!(error.message().contains("may or may not have been done"), "{error}");
        assert_eq!(house.world.ledger().times(house.alice.id(), text), usize::from(done));
        house.until_available(3).await;
    }
    assert_eq!(house.calls("MessageSendText"), [0, 2, 0], "nobody else was asked");
}

#[tokio::test]
async fn a_puppets_no_moves_the_send_on_and_the_last_no_is_told_word_for_word() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for phone in &house.phones[..2] {
        phone.fail(words("my nose itches"));
    }
    for n in 0..3 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("somebody does it");
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
    let asked: u64 = house.calls("MessageSendText").iter().sum();
    for phone in &house.phones {
        phone.fail(words("my nose itches"));
    }
    let refused = bot.say(house.room.id(), "never").await.expect_err("all refuse");
    assert_eq!((refused.code(), refused.message()), (Code::FailedPrecondition, "my nose itches"));
    assert_eq!(house.calls("MessageSendText").iter().sum::<u64>(), asked + 3, "each was asked once");
    assert_eq!(house.times("never"), 0);
}

#[tokio::test]
async fn an_account_that_refuses_before_it_looks_costs_no_send() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.phones[2].fail(Fault::Refuse);
    for n in 0..9 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("a teammate does it");
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
}

#[tokio::test]
async fn a_send_to_an_account_that_hangs_is_not_sent_again() {
    let house = House::with(|config| {
        config.calls.send = Duration::from_millis(200);
        config.delivery.witness_window = Duration::from_millis(100);
    })
    .await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "hello");
    bot.next_message().await;
    house.phones[0].fail(Fault::Stall);
    let error = bot.say(house.alice.id(), "are you there").await.expect_err("nobody knows");
    assert!(named(&house, &error) == ["north"] && error.message().contains("0.2 s"), "{error}");
    assert_eq!(house.calls("MessageSendText"), [1, 0, 0]);
}

#[tokio::test]
async fn a_throttled_account_is_not_taken_for_one_that_is_not_there() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "hello");
    bot.next_message().await;
    house.phones[0].fail(words("Ret 1205"));
    bot.say(house.alice.id(), "hi").await.expect("a teammate does it");
    house.phones[1].fail(words("not a friend"));
    let [north, south] = [0, 1].map(AccountId);
    let reach = || house.gateway.routing().reach(house.alice.id());
    for _ in 0..2 {
        bot.say(house.alice.id(), "ho").await.expect("somebody does it");
    }
    house.until("who refused for another reason is known", || reach().no.contains(south)).await;
    assert!(reach().yes.contains(north) && !reach().no.contains(north), "{:?}", reach());
}

#[tokio::test]
async fn what_no_account_can_do_is_refused_at_once() {
    let house = Setup::new(SELF)
        .config(|config| {
            config.accounts[0].ids = Ids::Own;
            config.pace.max_wait = DEADLINE * 2;
        })
        .open()
        .await;
    house.until("all are there", || house.gateway.routing().available().len() == 3).await;
    let mut bot = house.bot().await;
    let norths_alice = format!("{}~north", house.alice.id());
    let card = puppet::MessageSendContactRequest {
        conversation_id: house.room.id().into(),
        contact_id: norths_alice.clone(),
    };
    let refused = at_once(bot.puppet.message_send_contact(card)).await;
    assert!(refused.message().contains(&norths_alice), "{refused}");
    house.lose(1).await;
    house.lose(2).await;
    house.phones[1].restore().await.expect("the same port");
    house.phones[2].restore().await.expect("the same port");
    bot.say(house.room.id(), "it waits for those that can").await.expect("sent in the end");
    // Whoever has ids of its own can't know an id that is everybody's.
    let only = Setup::new(SELF)
        .config(|config| config.accounts.iter_mut().for_each(|it| it.ids = Ids::Own))
        .open()
        .await;
    only.until("all are there", || only.gateway.routing().available().len() == 3).await;
    let mut bot = Bot::connect(&only.gateway, TOKEN).await.expect("a bot");
    let refused = at_once(bot.say("everybodys@chatroom", "hello")).await;
    assert!(refused.message().contains("no account can know this id"), "{refused}");
}

/// The refusal of a call that has nothing to wait for.
async fn at_once<T: std::fmt::Debug>(call: impl Future<Output = Result<T, Status>>) -> Status {
    tokio::time::timeout(DEADLINE / 2, call).await.expect("at once").expect_err("refused")
}
