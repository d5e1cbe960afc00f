//! Event streams that a service thinks are taken, and those that it has forgotten, as stock services do.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Bot, plaintext, soon};
use ha_wechaty_sim::{Fault, Person, Phone, World};
use ha_wechaty_wire::{PuppetEvent, puppet as p};
use tonic::Code;

async fn stock() -> (World, Person, Phone) {
    let world = World::new(1);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).catch_up(false).serve().await.unwrap();
    world.befriend(&alice, &north);
    (world, alice, north)
}

/// One whose stream is half open.
async fn half_open() -> (World, Person, Phone) {
    let (world, alice, north) = stock().await;
    let mut gone = Bot::on(&north).await;
    north.fail(Fault::HalfOpen);
    while soon(gone.events.message()).await.is_ok_and(|event| event.is_some()) {}
    (world, alice, north)
}

async fn refusal(north: &Phone) -> Code {
    let mut rpc = plaintext(north.addr(), north.token().reveal());
    soon(rpc.event(p::EventRequest::default())).await.unwrap_err().code()
}

/// Takes its stream from whoever has it.
async fn evict(north: &Phone) -> Bot {
    let mut rpc = plaintext(north.addr(), north.token().reveal());
    soon(rpc.stop(p::StopRequest {})).await.unwrap();
    let mut bot = Bot::watching(rpc).await;
    soon(bot.rpc.start(p::StartRequest {})).await.unwrap();
    bot
}

#[tokio::test]
async fn a_half_open_stream_stays_taken_until_its_puppet_is_stopped() {
    let (_world, alice, north) = half_open().await;
    for _ in 0..3 {
        assert_eq!(refusal(&north).await, Code::AlreadyExists);
    }
    north.restore().await.unwrap();
    assert_eq!(refusal(&north).await, Code::AlreadyExists, "that was no fault of the phone");
    alice.says(&north, "nobody hears it");
    let mut bot = evict(&north).await;
    alice.says(&north, "hello");
    assert_eq!(bot.message().await.text, "hello");
}

#[tokio::test]
async fn one_that_is_noticed_late_is_free_then() {
    let (_world, alice, north) = half_open().await;
    north.fail(Fault::LateClose);
    let mut bot = Bot::on(&north).await;
    alice.says(&north, "hello");
    assert_eq!(bot.message().await.text, "hello");
    north.fail(Fault::LateClose);
    alice.says(&north, "still");
    assert_eq!(bot.message().await.text, "still", "there is none any more");
}

#[tokio::test]
async fn one_that_is_noticed_after_an_eviction_takes_the_next_stream_with_it_in_silence() {
    let (_world, alice, north) = half_open().await;
    let mut deaf = evict(&north).await;
    alice.says(&north, "before");
    assert_eq!(deaf.message().await.text, "before");
    north.fail(Fault::LateClose);
    alice.says(&north, "lost");
    deaf.rpc.ding(p::DingRequest { data: "x".into() }).await.unwrap();
    // The call is answered, and the dong goes nowhere; a stop does not even end the stream.
    deaf.rpc.stop(p::StopRequest {}).await.unwrap();
    deaf.rpc.start(p::StartRequest {}).await.unwrap();
    let silence = tokio::time::timeout(std::time::Duration::from_millis(200), deaf.events.message()).await;
    assert!(silence.is_err(), "{silence:?}");

    drop(deaf.events);
    let mut bot = Bot::watching(deaf.rpc).await;
    assert!(matches!(bot.event().await, PuppetEvent::Heartbeat(_)));
    alice.says(&north, "after");
    assert_eq!(bot.message().await.text, "after");
}
