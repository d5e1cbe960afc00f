//! Many sends while phones are killed and restarted at random: nothing twice, nothing lost unsaid.
//!
//! `SENDS` and `SEED` in the environment say how many and which course; the seed is printed.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use ha_wechaty_sim::Fault;
use tonic::{Code, Status};

use crate::house::House;

/// How many sends are under way at once.
const AT_ONCE: usize = 32;

fn from_environment(name: &str, default: impl FnOnce() -> u64) -> u64 {
    std::env::var(name).ok().map_or_else(default, |text| text.parse().expect("a number"))
}

/// A send, from when to when, and how it ended.
struct Sent {
    text: String,
    begun: Instant,
    ended: Instant,
    outcome: Result<String, Status>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_send_is_doubled_and_none_is_lost_without_an_error() {
    let sends = from_environment("SENDS", || 2_000);
    let seed = from_environment("SEED", || fastrand::u64(..));
    println!("SEED={seed} SENDS={sends}");
    let house = House::with(|config| config.delivery.witness_window = Duration::from_millis(500)).await;
    let bot = house.bot().await;
    let (killed, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let sending = async {
        let (room, alice) = (house.room.id(), house.alice.id());
        let all = stream::iter(0..sends).map(|n| {
            let mut puppet = bot.puppet.clone();
            async move {
                let (text, begun) = (format!("send {n}"), Instant::now());
                let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
                    conversation_id: if n % 2 == 0 { room } else { alice }.into(),
                    text: text.clone(),
                    ..Default::default()
                };
                let outcome = puppet.message_send_text(request).await.map(|it| it.into_inner().id);
                Sent { text, begun, ended: Instant::now(), outcome }
            }
        });
        let all: Vec<Sent> = all.buffer_unordered(AT_ONCE).collect().await;
        over.store(true, Ordering::Relaxed);
        all
    };
    let killing = async {
        let mut dice = fastrand::Rng::with_seed(seed);
        while !over.load(Ordering::Relaxed) {
            let phone = &house.phones[dice.usize(..3)];
            let from = Instant::now();
            phone.fail(Fault::Drop);
            killed.lock().expect("whole").push((phone.name().to_owned(), from, Instant::now()));
            tokio::time::sleep(Duration::from_millis(dice.u64(1..60))).await;
            // Sometimes it stays dead until it is its turn again: two or all may be dead at once.
            if dice.u8(..4) > 0 {
                phone.restore().await.expect("the same port");
            }
            tokio::time::sleep(Duration::from_millis(dice.u64(1..30))).await;
        }
        for phone in &house.phones {
            phone.restore().await.expect("the same port");
        }
    };
    // All may stay dead as far as the dice are concerned; a send does not wait for ever.
    let caring = async {
        while !over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(500)).await;
            for phone in &house.phones {
                phone.restore().await.expect("the same port");
            }
        }
    };
    let (all, (), ()) = tokio::join!(sending, killing, caring);
    let killed = killed.into_inner().expect("whole");

    let ledger = house.world.ledger();
    let times = |text: &str| ledger.sent_by_accounts().iter().filter(|it| it.text() == Some(text)).count();
    let (mut unsure_and_sent, mut unsure_and_lost, mut ids) = (0, 0, std::collections::BTreeSet::new());
    for Sent { text, begun, ended, outcome } in &all {
        let times = times(text);
        match outcome {
            Ok(id) => {
                assert_eq!(times, 1, "{text:?} was reported as sent");
                assert!(ids.insert(id), "{id} was given twice");
            }
            Err(error) => {
                assert!(times <= 1, "{text:?} was sent {times} times: {error}");
                assert_eq!(error.code(), Code::Unknown, "{text:?}: {error}");
                let is_to_blame = |(name, from, to): &(String, Instant, Instant)| {
                    error.message().contains(&format!("account {name} ")) && begun <= to && from <= ended
                };
                assert!(killed.iter().any(is_to_blame), "nobody was killed at {text:?}: {error}");
                *(if times == 1 { &mut unsure_and_sent } else { &mut unsure_and_lost }) += 1;
            }
        }
    }
    println!(
        "{sends} sends, {} kills: {} sent, {unsure_and_sent} unsure and sent, {unsure_and_lost} unsure and not \
         sent, 0 twice",
        killed.len(),
        ids.len(),
    );
    assert_eq!(all.len() as u64, sends);
    house.until_available(3).await;
}
