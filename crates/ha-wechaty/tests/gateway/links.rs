//! An account's link: how it is lost, and how it comes back.

use std::time::Duration;

use ha_wechaty_core::{AccountId, Notice, Standing};
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_team::view::Remedy;
use ha_wechaty_testkit::{Bot, DEADLINE, House, SELF, Setup, wait};
use ha_wechaty_wire::{PuppetEvent, puppet};
use tokio::sync::broadcast::Receiver;
use tonic::Status;

const NORTH: AccountId = AccountId(0);

fn cut(rpc: &str) -> Fault {
    Fault::Cut { calls: RpcSelection::named(rpc), done: false, times: 1 }
}

/// Cuts north's connection: it is always the one to tell of oneself.
async fn cut_north(house: &House, bot: &mut Bot) {
    let streams = house.phones[0].calls("Event");
    house.phones[0].fail(cut("ContactSelfQRCode"));
    bot.puppet.contact_self_qr_code(puppet::ContactSelfQrCodeRequest {}).await.expect("a teammate answers");
    house.until("it is back", || house.phones[0].calls("Event") > streams).await;
    house.until_available(3).await;
}

/// What is said of north until it is available.
async fn until_back(notes: &mut Receiver<Notice>) -> String {
    let mut said = String::new();
    let follow = async {
        loop {
            let (to, text) = match notes.recv().await {
                Ok(Notice::Phase { account: NORTH, to, text, .. }) => (to, text),
                Ok(Notice::Still { account: NORTH, at, text, .. }) => (at, text),
                _ => continue,
            };
            said += &format!("{to}: {text}\n");
            if to == Standing::Available {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, follow).await.expect("it comes back");
    said
}

#[tokio::test]
async fn an_account_whose_stream_another_client_holds_says_so_and_joins_later() {
    let house = House::with(|config| config.delivery.witness_window = Duration::from_millis(100)).await;
    let mut notes = house.gateway.notes();
    let status = Status::already_exists("there is an event stream");
    house.phones[0].fail(Fault::Answer { calls: RpcSelection::named("Event"), status, times: 3 });
    house.phones[0].fail(cut("MessageSendText"));
    let mut bot = house.bot().await;
    while house.phones[0].calls("MessageSendText") == 0 {
        // It is north that is cut, and nobody knows what it did.
        let _ = bot.say(house.room.id(), "whose turn is it").await;
    }
    let said = until_back(&mut notes).await;
    assert!(said.contains("another client holds its event stream"), "{said}");
    house.until_available(3).await;
}

#[tokio::test]
async fn a_puppet_that_does_not_start_is_started_again() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let mut notes = house.gateway.notes();
    let status = Status::internal("no such puppet");
    house.phones[0].fail(Fault::Answer { calls: RpcSelection::named("Start"), status, times: 2 });
    house.phones[0].fail(cut("Start"));
    let starts = house.phones[0].calls("Start");
    cut_north(&house, &mut bot).await;
    house.until("it was tried until it worked", || house.phones[0].calls("Start") == starts + 4).await;
    let mut said = until_back(&mut notes).await;
    while !said.contains("did not start") {
        said += &until_back(&mut notes).await;
    }
    assert!(said.contains("its puppet did not start: no such puppet"), "{said}");
    house.until_available(3).await;
}

#[tokio::test]
async fn a_frozen_account_is_known_by_its_silence() {
    let house = House::with(|config| config.reconnect.keepalive = Duration::from_millis(200)).await;
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Hang);
    house.until("it is missed", || !house.gateway.routing().available().contains(NORTH)).await;
    for n in 0..3 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("teammates go on");
    }
    house.phones[0].restore().await.expect("it thaws");
    house.until_available(3).await;
}

#[tokio::test]
async fn a_message_that_could_not_be_read_is_read_on_the_next_connection() {
    // Nobody shows these a second time.
    let house = Setup::new(SELF).phones(|phone| phone.catch_up(false)).start().await;
    let mut bot = house.bot().await;
    house.phones[0].fail(cut("MessagePayload"));
    house.alice.says(&house.phones[0], "do not lose me");
    assert_eq!(bot.next_message().await.text, "do not lose me");
    assert_eq!(house.phones[0].calls("Event"), 2, "the connection was cut at it");
}

#[tokio::test]
async fn a_message_that_its_puppet_never_shows_is_given_up() {
    let house = Setup::new(SELF).phones(|phone| phone.catch_up(false)).start().await;
    let mut bot = house.bot().await;
    let status = Status::not_found("what message");
    house.phones[0].fail(Fault::Answer {
        calls: RpcSelection::named("MessagePayload"),
        status,
        times: u32::MAX,
    });
    house.alice.says(&house.phones[0], "never seen");
    let asked = || house.phones[0].calls("MessagePayload");
    house.until("it was tried", || asked() == 3).await;
    cut_north(&house, &mut bot).await;
    house.until("it was tried again", || asked() == 6).await;
    for _ in 0..2 {
        cut_north(&house, &mut bot).await;
    }
    house.alice.says(&house.phones[1], "fence");
    assert_eq!(bot.next_message().await.text, "fence");
    assert_eq!(asked(), 6, "and no more");
}

#[tokio::test]
async fn a_second_stream_of_a_connection_replaces_the_first_and_loses_nothing() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "before");
    while !matches!(bot.next().await, PuppetEvent::Message { .. }) {}
    let second =
        bot.puppet.event(puppet::EventRequest::default()).await.expect("a second stream").into_inner();
    let mut first = std::mem::replace(&mut bot.events, second);
    let ended = tokio::time::timeout(DEADLINE, async { while let Ok(Some(_)) = first.message().await {} });
    ended.await.expect("the first one ends");
    house.alice.says(&house.room, "after");
    assert_eq!(bot.next_message().await.text, "before", "it had not been acknowledged");
    assert_eq!(bot.next_message().await.text, "after");
    bot.puppet.ding(puppet::DingRequest { data: "still".into() }).await.expect("answered");
    let dong = bot.find(|event| if let PuppetEvent::Dong(it) = event { Some(it.data) } else { None });
    assert_eq!(dong.await, "still", "on the new one");
}

#[tokio::test]
async fn why_an_account_is_not_reached_leads_to_what_to_do() {
    let house = House::new().await;
    let remedy = async || house.status().await.account("north").and_then(|it| it.remedy);
    assert_eq!(remedy().await, None, "it works");
    house.phones[0].fail(Fault::Drop);
    wait::until_some("nobody listens", async || (remedy().await == Some(Remedy::Refused)).then_some(()))
        .await;
    let text = ha_wechaty_cli::text::status(&house.status().await);
    assert!(text.contains("  north: offline for ") && text.contains("(docs/runbook.md#refused)"), "{text}");
    house.phones[0].restore().await.expect("its port is free");
    house.until_available(3).await;
    assert_eq!(remedy().await, None, "it works again");
}
