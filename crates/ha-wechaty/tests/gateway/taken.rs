//! An account whose event stream somebody else holds: a connection that died, or a client that lives.

use ha_wechaty::config::{AccountTls, Config, Provider};
use ha_wechaty_core::Standing;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{Bot, House, SELF, Setup};
use ha_wechaty_wire::puppet::{EventRequest, StopRequest};

/// As stock services are: what happens while nobody holds the stream is lost.
async fn stock() -> House {
    let off = |config: &mut Config| {
        for account in &mut config.accounts {
            if let Provider::Service(service) = &mut account.provider {
                service.tls = AccountTls::Off;
            }
        }
    };
    Setup::new(SELF).phones(|phone| phone.tls(false).catch_up(false)).config(off).start().await
}

/// Alice writes to north until the bot has heard it.
async fn until_heard(house: &House, bot: &mut Bot, text: &str) {
    let north = &house.phones[0];
    let says = async {
        loop {
            house.alice.says(north, text);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let heard = async { while bot.next_message().await.text != text {} };
    tokio::select! {
        () = heard => {}
        () = says => {}
    }
}

#[tokio::test]
async fn a_dead_holder_is_evicted_and_the_silence_that_follows_is_healed_without_a_second_stop() {
    let house = stock().await;
    let (north, mut bot) = (&house.phones[0], house.bot().await);
    north.fail(Fault::HalfOpen);
    house.until("its puppet is stopped", || north.calls("Stop") == 1).await;
    house.until_available(3).await;
    until_heard(&house, &mut bot, "are you there").await;

    // The dead connection's call closes at last.
    north.fail(Fault::LateClose);
    let streams = north.calls("Event");
    until_heard(&house, &mut bot, "and now").await;
    assert_eq!((north.calls("Stop"), north.calls("Event")), (1, streams + 1));
    let status = house.status().await;
    let account = status.account("north").expect("it is there");
    assert_eq!((account.evictions, account.deaf_streams), (1, 1));
    assert!(account.probation.is_some_and(|left| left > 1_000.0), "{account:?}");
    let text = ha_wechaty_cli::text::status(&status);
    assert!(text.contains("another client was evicted from its event stream once"), "{text}");
    let (_, metrics) = house.admin("/metrics", None).await;
    for line in [
        "ha_wechaty_evictions_total{account=\"north\"} 1",
        "ha_wechaty_deaf_streams_total{account=\"north\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn a_puppet_that_is_slow_is_not_taken_for_deaf() {
    let house = stock().await;
    let north = &house.phones[0];
    north.fail(Fault::HalfOpen);
    house.until("its puppet is stopped", || north.calls("Stop") == 1).await;
    house.until_available(3).await;
    let (streams, dings) = (north.calls("Event"), north.calls("Ding"));
    // Longer than a dong may take, and much is to be read before it.
    north.fail(Fault::Slow(std::time::Duration::from_secs(7)));
    let talk = async {
        for number in 0.. {
            house.alice.says(north, &number.to_string());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = talk => {}
        () = house.until("it was asked again and again", || {
            north.calls("Ding") >= dings + 4 || north.calls("Event") > streams
        }) => {}
    }
    let status = house.status().await;
    assert_eq!(status.account("north").expect("it is there").deaf_streams, 0);
    assert_eq!(north.calls("Event"), streams, "its stream was let be");
}

#[tokio::test]
async fn a_client_that_takes_the_stream_from_us_lives_and_is_let_be() {
    let house = stock().await;
    let north = &house.phones[0];
    let other = Bot::dial(north.addr(), north.token()).await;
    let mut events = None;
    while events.is_none() {
        other.puppet().stop(StopRequest {}).await.expect("it stops");
        events = other.puppet().event(EventRequest::default()).await.ok();
    }
    let stops = north.calls("Stop");
    house.until("it is missed", || house.gateway.routing().available().len() == 2).await;
    let dials = north.calls("Event");
    // A dead one would be evicted by now: it is dialled each tenth of a second.
    house.until("it was tried for long", || north.calls("Event") > dials + 60).await;
    let status = house.status().await;
    let account = status.account("north").expect("it is there");
    assert_eq!((account.phase, north.calls("Stop")), (Standing::Offline, stops));
    assert!(account.text.contains("another client has taken its event stream from us"), "{}", account.text);
    drop(events);
    house.until_available(3).await;
    assert_eq!(north.calls("Stop"), stops, "it was free");
}
