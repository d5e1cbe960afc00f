//! The ledger of sends: what became of each, how that is known, and never what was said.

use std::time::Duration;

use ha_wechaty::{
    config::Limit,
    sends::{Proof, SendOutcome, SendRecord},
};
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::House;
use tonic::Status;

pub(crate) trait Sends {
    /// The sends that a query finds, newest first.
    async fn sends(&self, query: &str) -> Vec<SendRecord>;

    /// The newest of all.
    async fn last_send(&self) -> SendRecord;
}

impl Sends for House {
    async fn sends(&self, query: &str) -> Vec<SendRecord> {
        let (code, json) = self.admin(&format!("/sends{query}"), None).await;
        assert_eq!(code, 200, "{json}");
        assert!(!json.contains("secret"), "{json}");
        serde_json::from_str(&json).expect("sends")
    }

    async fn last_send(&self) -> SendRecord {
        self.sends("?limit=1").await.remove(0)
    }
}

fn tried(record: &SendRecord) -> Vec<(&str, SendOutcome)> {
    record.tried.iter().map(|it| (it.account.as_str(), it.outcome)).collect()
}

#[tokio::test]
async fn each_send_tells_who_sent_it_and_how_that_is_known() {
    let house = House::with(|config| {
        config.delivery.witness_window = Duration::from_millis(200);
        config.delivery.when_unsure = ha_wechaty::config::WhenUnsure::AtMostOnce;
    })
    .await;
    let mut bot = house.bot().await;
    let id = bot.say(house.room.id(), "secret").await.expect("sent");
    let record = house.last_send().await;
    assert_eq!(
        (record.outcome, record.how, record.id.as_deref()),
        (SendOutcome::Sent, Proof::Answered, Some(&*id))
    );
    assert_eq!((record.bot.as_str(), record.conversation.as_str()), ("main", house.room.id()));
    assert_eq!((record.rpc.as_str(), record.number), ("MessageSendText", 1));
    assert_eq!(tried(&record).len(), 1);

    for phone in &house.phones {
        phone.fail(Fault::Cut { calls: RpcSelection::Sends, done: true, times: 1 });
    }
    bot.say(house.room.id(), "secret, too").await.expect("a teammate saw it");
    let record = house.last_send().await;
    assert_eq!((record.outcome, record.how), (SendOutcome::Sent, Proof::Witness));
    let (account, witness) = (record.tried[0].account.clone(), record.witness.expect("somebody saw it"));
    assert!(account != witness && house.phones.iter().any(|phone| phone.name() == witness), "{witness}");
    for phone in &house.phones {
        phone.restore().await.expect("restored");
    }
    house.until_available(3).await;

    for phone in &house.phones {
        phone.fail(Fault::Cut { calls: RpcSelection::Sends, done: false, times: 1 });
    }
    bot.say(house.room.id(), "secret, lost").await.expect_err("nobody knows");
    let record = house.last_send().await;
    assert_eq!((record.outcome, record.how), (SendOutcome::Unsure, Proof::Lost));
    assert_eq!(house.sends("?outcome=sent").await.len(), 2);
    assert_eq!(house.sends(&format!("?account={account}&how=witness")).await.len(), 1);
    assert_eq!(house.sends("?conversation=nowhere").await, []);
    let (code, why) = house.admin("/sends?outcome=maybe", None).await;
    assert!(code == 400 && why.contains("sent, not-sent, unsure"), "{code} {why}");
    let metrics = house.admin("/metrics", None).await.1;
    for line in [
        "ha_wechaty_sends_total{outcome=\"sent\",how=\"answered\"} 1",
        "ha_wechaty_sends_total{outcome=\"sent\",how=\"witness\"} 1",
        "ha_wechaty_sends_total{outcome=\"unsure\",how=\"lost\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let text = ha_wechaty_cli::text::sends(&house.sends("").await);
    assert!(text.contains("sent (witness ") && text.contains("unsure (lost)"), "{text}");
}

#[tokio::test]
async fn what_was_not_sent_says_why() {
    let house = House::with(|config| {
        config.pace.enabled = true;
        config.pace.allowance.messages = vec![Limit { count: 1, window: Duration::from_secs(60) }];
        config.pace.per_conversation = Vec::new();
        config.pace.max_wait = Duration::from_millis(200);
    })
    .await;
    let mut bot = house.bot().await;
    for phone in &house.phones {
        phone.fail(Fault::Answer { calls: RpcSelection::Sends, status: Status::unknown("no"), times: 1 });
    }
    bot.say(house.room.id(), "secret").await.expect_err("all refuse");
    let record = house.last_send().await;
    assert_eq!((record.outcome, record.how), (SendOutcome::NotSent, Proof::Refused));
    assert!(record.tried.len() == 3 && record.tried.iter().all(|it| it.outcome == SendOutcome::NotSent));

    bot.say(house.room.id(), "secret").await.expect_err("nobody is within its pace");
    let record = house.last_send().await;
    assert_eq!((record.outcome, record.how, tried(&record)), (SendOutcome::NotSent, Proof::Expired, vec![]));
    assert!(record.waited >= 0.2 && record.took >= record.waited, "{record:?}");

    let mut other = house.bot().await;
    let room = house.room.id().to_owned();
    let call = tokio::spawn(async move { other.say(&room, "secret").await });
    house.until("it waits", || house.gateway.waiting() == 1).await;
    call.abort();
    house.until("it is gone", || house.gateway.waiting() == 0).await;
    assert_eq!(house.last_send().await.how, Proof::HungUp);
}

#[tokio::test]
async fn a_bot_that_hangs_up_while_an_account_sends_leaves_it_unsure() {
    let house = House::new().await;
    house.phones.iter().for_each(|phone| phone.fail(Fault::Stall));
    let mut bot = house.bot().await;
    let room = house.room.id().to_owned();
    let call = tokio::spawn(async move { bot.say(&room, "secret").await });
    house.until("it is asked", || house.calls("MessageSendText").iter().sum::<u64>() == 1).await;
    call.abort();
    let mut found = Vec::new();
    while found.is_empty() {
        tokio::task::yield_now().await;
        found = house.sends("").await;
    }
    assert_eq!((found[0].outcome, found[0].how), (SendOutcome::Unsure, Proof::HungUp));
}
