//! Many sends while phones are killed and restarted at random: nothing twice, nothing lost unsaid; and in a
//! room, where teammates are witnesses, nothing lost at all if the bot wants everything sent.
//!
//! `SENDS` and `SEED` in the environment say how many and which course; the seed is printed.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use ha_wechaty::config::WhenUnsure;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::House;
use tonic::{Code, Status};

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

/// What happened.
struct Course {
    all: Vec<Sent>,
    /// Who was killed, from when to when at the latest.
    killed: Vec<(String, Instant, Instant)>,
}

impl Course {
    /// Sends while phones die, at most so long after one another: in turn to each of these conversations.
    async fn run(house: &House, pause: Duration, conversations: &[&str]) -> Self {
        let sends = from_environment("SENDS", || 2_000);
        let seed = from_environment("SEED", || fastrand::u64(..));
        println!("SEED={seed} SENDS={sends}");
        let bot = house.bot().await;
        let (killed, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
        let sending = async {
            let all = stream::iter((0..sends).zip(conversations.iter().cycle())).map(|(n, conversation)| {
                let mut puppet = bot.puppet.clone();
                async move {
                    let (text, begun) = (format!("send {n}"), Instant::now());
                    let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
                        conversation_id: (*conversation).into(),
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
                tokio::time::sleep(pause.mul_f64(dice.f64())).await;
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
        assert_eq!(all.len() as u64, sends);
        Self { all, killed: killed.into_inner().expect("whole") }
    }

    /// Whether the account that the error names was killed meanwhile.
    fn is_explained(&self, sent: &Sent, error: &Status) -> bool {
        self.killed.iter().any(|(name, from, to)| {
            error.message().contains(&format!("account {name} ")) && sent.begun <= *to && *from <= sent.ended
        })
    }
}

/// How often people saw it.
fn times(house: &House, text: &str) -> usize {
    let ledger = house.world.ledger();
    ledger.sent_by_accounts().iter().filter(|it| it.text() == Some(text)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_send_is_doubled_and_none_is_lost_without_an_error() {
    let house = House::with(|config| {
        config.delivery.witness_window = Duration::from_millis(500);
        // On a busy machine nobody may be there for long: that a send is given up in time is another test's.
        config.pace.max_wait = Duration::from_secs(300);
    })
    .await;
    let course = Course::run(&house, Duration::from_millis(30), &[house.room.id(), house.alice.id()]).await;
    let (mut unsure_and_sent, mut unsure_and_lost, mut ids) = (0, 0, BTreeSet::new());
    for sent in &course.all {
        let (text, times) = (&sent.text, times(&house, &sent.text));
        match &sent.outcome {
            Ok(id) => {
                assert_eq!(times, 1, "{text:?} was reported as sent");
                assert!(ids.insert(id), "{id} was given twice");
            }
            Err(error) => {
                assert!(times <= 1, "{text:?} was sent {times} times: {error}");
                assert_eq!(error.code(), Code::Unknown, "{text:?}: {error}");
                assert!(course.is_explained(sent, error), "nobody was killed at {text:?}: {error}");
                *(if times == 1 { &mut unsure_and_sent } else { &mut unsure_and_lost }) += 1;
            }
        }
    }
    println!(
        "{} kills: {} sent, {unsure_and_sent} unsure and sent, {unsure_and_lost} unsure and not sent, 0 twice",
        course.killed.len(),
        ids.len(),
    );
    house.until_available(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_room_every_send_arrives_once_if_the_bot_wants_it_at_least_once() {
    let house = House::with(|config| {
        config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
        // One that is killed in every other account's hands too waits a window for each.
        config.pace.max_wait = Duration::from_secs(300);
    })
    .await;
    let course = Course::run(&house, Duration::from_millis(300), &[house.room.id()]).await;
    let mut ids = BTreeSet::new();
    for Sent { text, outcome, .. } in &course.all {
        let id = outcome.as_ref().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(ids.insert(id), "{id} was given twice");
        assert_eq!(times(&house, text), 1, "{text:?}");
    }
    println!("{} kills: {} sent, 0 errors, 0 twice", course.killed.len(), ids.len());
    house.until_available(3).await;
}
