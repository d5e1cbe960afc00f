//! It begins quickly and ends cleanly.

use std::time::{Duration, Instant};

use ha_wechaty::{
    Config, Gateway,
    config::{BotConfig, GatewayTls, StorePlace},
    transport::dial,
};
use ha_wechaty_sim::Fault;
use ha_wechaty_team::store;
use ha_wechaty_testkit::{Bot, DEADLINE, House, TOKEN, target};
use ha_wechaty_wire::{Token, puppet};
use tonic::Code;

/// Takes the gateway out of its house.
async fn stop(house: &mut House) -> Duration {
    let begun = Instant::now();
    house.shut_down().await;
    begun.elapsed()
}

#[tokio::test]
async fn it_serves_at_once() {
    for tls in [GatewayTls::Off, GatewayTls::Community] {
        let with_tls = tls != GatewayTls::Off;
        let mut config = Config::new("quick");
        config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
        config.gateway.tls = tls;
        config.admin.listen = None;
        config.bots.push(BotConfig::new("main", Token::new(TOKEN)));
        let begun = Instant::now();
        let gateway = Gateway::start(config).await.expect("a gateway");
        let started = begun.elapsed();
        let bot = dial(&target(&gateway, TOKEN, with_tls)).await.expect("a connection");
        bot.puppet().version(puppet::VersionRequest {}).await.expect("answered");
        println!("serving after {started:?}, first answer after {:?} (TLS: {with_tls})", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(1));
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn whoever_starts_next_has_the_store_though_somebody_still_holds_the_last_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = Config::new("again");
    config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
    config.admin.listen = None;
    config.bots.push(BotConfig::new("main", Token::new(TOKEN)));
    config.store.path = StorePlace::File(folder.path().join("team.db"));
    let mut held = Vec::new();
    for _ in 0..3 {
        let opened = store::open(&config).await.expect("it is free").expect("a file");
        held.push(opened.log.journal().clone());
        Gateway::with(config.clone(), opened).await.expect("a gateway").shutdown().await;
    }
    for journal in held {
        let closed = journal.extent().await.expect_err("it is closed");
        assert!(closed.to_string().contains("the store is closed"), "{closed}");
    }
}

#[tokio::test]
async fn streams_end_calls_finish_and_the_puppets_go_on() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    bot.next().await;
    for phone in &house.phones {
        phone.fail(Fault::Slow(Duration::from_millis(300)));
    }
    let (room, mut sender) = (house.room.id().to_owned(), house.bot().await);
    let sending = tokio::spawn(async move { sender.say(&room, "last words").await });
    house.until("it is under way", || house.calls("MessageSendText").iter().sum::<u64>() == 1).await;
    let address = house.gateway.local_addr();
    let took = stop(&mut house).await;
    assert!(took < Duration::from_secs(4), "gateway.shutdown is no pause: {took:?}");
    sending.await.expect("no panic").expect("a call under way is finished");
    assert_eq!(house.times("last words"), 1);
    let ended =
        tokio::time::timeout(DEADLINE, async { while let Ok(Some(_)) = bot.events.message().await {} });
    ended.await.expect("its stream ends");
    std::net::TcpListener::bind(address).expect("the port is free");
    house.until("the streams are closed", || house.phones.iter().all(|it| !it.is_streaming())).await;
    assert!(house.phones.iter().all(ha_wechaty_sim::Phone::is_running));
    assert_eq!((house.calls("Stop"), house.calls("Logout")), (vec![0; 3], vec![0; 3]));
}

#[tokio::test]
async fn what_hangs_does_not_hold_it() {
    let mut house = House::with(|config| config.gateway.shutdown = Duration::from_millis(300)).await;
    let mut bot = house.bot().await;
    bot.next().await;
    for phone in &house.phones {
        phone.fail(Fault::Stall);
    }
    // The payload of this one is asked for in vain.
    house.alice.says(&house.room, "hello");
    house.until("the payload is asked for", || house.calls("MessagePayload") == [1; 3]).await;
    let (room, mut sender) = (house.room.id().to_owned(), house.bot().await);
    let sending = tokio::spawn(async move { sender.say(&room, "last words").await });
    house.until("it is under way", || house.calls("MessageSendText").iter().sum::<u64>() == 1).await;
    let took = stop(&mut house).await;
    println!("stopped after {took:?}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    let told = tokio::time::timeout(DEADLINE, sending).await.expect("an end").expect("no panic");
    let told = told.expect_err("it hung");
    assert_eq!(told.code(), Code::Unavailable);
    assert!(
        told.message().contains("gateway.shutdown") && told.message().contains("may or may not"),
        "{told}"
    );
    assert_eq!(house.calls("Stop"), [0; 3]);
}

#[tokio::test]
async fn a_gateway_that_is_dropped_leaves_its_port_and_its_accounts() {
    let mut house = House::new().await;
    let address = house.gateway.local_addr();
    let mut bot = house.bot().await;
    house.drop_gateway().await;
    house.until("the port is free", || std::net::TcpListener::bind(address).is_ok()).await;
    house.until("the streams are closed", || house.phones.iter().all(|it| !it.is_streaming())).await;
    let ended =
        tokio::time::timeout(DEADLINE, async { while let Ok(Some(_)) = bot.events.message().await {} });
    ended.await.expect("its stream ends");
}

#[tokio::test]
async fn a_bot_finds_the_next_gateway_on_the_same_port() {
    let mut house = House::new().await;
    for n in 0..3 {
        house.restart_gateway().await;
        let mut bot = Bot::connect(&house.gateway, TOKEN).await.expect("a bot");
        bot.say(house.room.id(), &format!("n{n}")).await.expect("sent");
        assert_eq!(house.times(&format!("n{n}")), 1);
    }
    assert!(house.phones.iter().all(|it| it.calls("Event") >= 4 && it.calls("Stop") == 0));
}
