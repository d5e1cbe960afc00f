//! Accounts die and come back at random while a bot sends: whatever was answered was done once, and what
//! failed was done at most once.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{plaintext, soon, text_to};
use ha_wechaty_sim::{Fault, RpcSelection, World};
use ha_wechaty_wire::puppet as p;
use tonic::Code;

const SENDS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answered_is_done_once_and_failed_at_most_once() {
    let seed = std::process::id().into();
    println!("seed {seed}");
    let world = World::new(seed);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let room = world.room("room", &[&alice, &north]);

    let over = Arc::new(AtomicBool::new(false));
    let storm = tokio::spawn({
        let (over, north, world) = (over.clone(), north.clone(), world.clone());
        let mut dice = fastrand::Rng::with_seed(seed);
        async move {
            while !over.load(Ordering::Relaxed) {
                // Some calls get through between two faults.
                let next = north.calls("MessageSendText") + dice.u64(1..20);
                let enough = || north.calls("MessageSendText") >= next || over.load(Ordering::Relaxed);
                soon(world.until(enough)).await;
                match dice.u8(0..3) {
                    0 => north.fail(Fault::Drop),
                    1 => north.fail(Fault::Hang),
                    _ => north.fail(Fault::Cut { calls: RpcSelection::Sends, done: dice.bool(), times: 1 }),
                }
                for _ in 0..dice.u8(0..50) {
                    tokio::task::yield_now().await;
                }
                north.restore().await.unwrap();
            }
        }
    });

    let (mut answered, mut failed, mut refused) = (0, 0, 0);
    let mut rpc = plaintext(north.addr(), north.token().reveal());
    for number in 0..SENDS {
        let text = number.to_string();
        loop {
            // Whatever died is started again first, as a gateway does.
            if soon(rpc.start(p::StartRequest {})).await.is_err() {
                refused += 1;
                tokio::task::yield_now().await;
                continue;
            }
            break;
        }
        let answer = soon(rpc.message_send_text(text_to(room.id(), &text))).await;
        let times = world.ledger().times(room.id(), &text);
        match answer {
            Ok(_) => {
                answered += 1;
                assert_eq!(times, 1, "seed {seed}: answered, not done once: {text}");
            }
            Err(error) => {
                failed += 1;
                assert!(times <= 1, "seed {seed}: done {times} times: {text}");
                let puppet_said_no = error.code() == Code::Unknown && error.message().contains("not started");
                assert!(!puppet_said_no || times == 0, "seed {seed}: refused and done: {text}");
            }
        }
    }
    over.store(true, Ordering::Relaxed);
    world.person("wake the storm up");
    soon(storm).await.unwrap();
    println!("{answered} answered, {failed} failed, {refused} tries to start again");
    assert_eq!(alice.seen().len(), world.ledger().said().len());
    assert_eq!(answered + failed, SENDS);
}
