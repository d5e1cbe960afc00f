//! Queues: which attempt waits for which, and what is told of it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ha_wechaty_core::{AlarmKind, AlarmStep};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use ha_wechaty_team::runtime::Telling;

use crate::{TellError, queues::run, words::tests::alarm};

type Ends = Arc<Mutex<Vec<(u64, Result<(), String>)>>>;

/// Queues of three ways: one that hangs, one that fails and asks for a minute, one that is well.
struct Stage {
    orders: mpsc::Sender<Telling>,
    ends: Ends,
    stop: CancellationToken,
    running: JoinHandle<()>,
    /// The number of each way.
    number: Arc<AtomicU64>,
}

impl Stage {
    fn new() -> Self {
        let (orders, taken) = mpsc::channel(1);
        let (ends, stop) = (Ends::default(), CancellationToken::new());
        let told = {
            let ends = ends.clone();
            move |number, end: Result<(), TellError>| {
                ends.lock().expect("no panic").push((number, end.map_err(|it| it.to_string())));
            }
        };
        let tell = |way: String, _| async move {
            match way.as_str() {
                "hangs" => std::future::pending().await,
                "slow" => {
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    Ok(())
                }
                "busy" => Err(TellError::Refused {
                    cause: String::from("HTTP 429"),
                    remedy: String::from("wait"),
                    retry_after: Some(Duration::from_secs(60)),
                }),
                _ => Ok(()),
            }
        };
        let number = Arc::new(AtomicU64::new(0));
        let find = {
            let number = number.clone();
            let ways = ["hangs", "slow", "busy", "well"];
            move |way: &str| ways.contains(&way).then(|| number.load(Ordering::SeqCst))
        };
        let running = tokio::spawn(run(find, taken, tell, told, stop.clone()));
        Self { orders, ends, stop, running, number }
    }

    async fn order(&self, number: u64, way: &str) {
        let alarms = vec![alarm(number, AlarmKind::Test, AlarmStep::Opened)];
        let order = Telling { number, way: way.to_owned(), alarms, attempt: 1 };
        self.orders.send(order).await.expect("they run");
    }

    fn ends(&self) -> Vec<(u64, Result<(), String>)> {
        self.ends.lock().expect("no panic").clone()
    }

    async fn has_ended(&self, how_many: usize) {
        while self.ends().len() < how_many {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_delays_no_other_and_too_much_for_it_is_refused() {
    let stage = Stage::new();
    for number in 0..50 {
        stage.order(number, "hangs").await;
    }
    stage.order(100, "well").await;
    stage.order(101, "gone").await;
    stage.has_ended(2 + 17).await;
    let ends = stage.ends();
    assert!(ends.contains(&(100, Ok(()))), "{ends:?}");
    let of =
        |number| ends.iter().find(|it| it.0 == number).expect("it ended").1.clone().expect_err("it failed");
    assert!(of(101).contains("there is no way \"gone\""), "{}", of(101));
    assert!(of(49).contains("32 alarms wait for this way already"), "{}", of(49));
    assert!(!ends.iter().any(|it| it.0 == 0), "it hangs");
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_less_is_left_alone_for_as_long() {
    let stage = Stage::new();
    stage.order(1, "busy").await;
    stage.order(2, "busy").await;
    stage.has_ended(2).await;
    assert!(stage.ends()[0].1.as_ref().is_err_and(|it| it.contains("HTTP 429")));
    assert!(
        stage.ends()[1].1.as_ref().is_err_and(|it| it.contains("takes nothing for another 60 s")),
        "{:?}",
        stage.ends()
    );
    tokio::time::advance(Duration::from_secs(61)).await;
    stage.order(3, "busy").await;
    stage.has_ended(3).await;
    assert!(stage.ends()[2].1.as_ref().is_err_and(|it| it.contains("HTTP 429")), "it was asked again");
}

#[tokio::test(start_paused = true)]
async fn at_the_end_what_is_under_way_has_five_seconds_and_nothing_else_begins() {
    let stage = Stage::new();
    for (number, way) in [(1, "hangs"), (2, "slow"), (3, "slow")] {
        stage.order(number, way).await;
    }
    // All of them are with their ways.
    while stage.orders.capacity() < stage.orders.max_capacity() {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = tokio::time::Instant::now();
    stage.stop.cancel();
    let Stage { ends, running, .. } = stage;
    running.await.expect("it ends");
    assert_eq!(begun.elapsed().as_secs(), 5, "one hangs");
    assert_eq!(*ends.lock().expect("no panic"), [(2, Ok(()))]);
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_given_up_before_the_core_would_take_it_for_gone() {
    let stage = Stage::new();
    let begun = tokio::time::Instant::now();
    stage.order(1, "hangs").await;
    stage.has_ended(1).await;
    let why = stage.ends()[0].1.clone().expect_err("it hangs");
    assert_eq!(why, "it was not done after 240 s: see what is slow there");
    assert!(begun.elapsed() < Duration::from_secs(300));
}

#[tokio::test(start_paused = true)]
async fn a_way_that_leads_elsewhere_waits_for_nothing_of_the_one_before_and_nothing_is_told_twice() {
    let stage = Stage::new();
    stage.order(1, "busy").await;
    stage.has_ended(1).await;
    stage.order(2, "slow").await;
    stage.order(3, "busy").await;
    stage.has_ended(2).await;
    assert!(stage.ends()[1].1.as_ref().is_err_and(|why| !why.contains("429")), "{:?}", stage.ends());
    stage.number.store(1, Ordering::SeqCst);
    stage.order(4, "busy").await;
    stage.order(5, "slow").await;
    stage.has_ended(5).await;
    let mut ends = stage.ends();
    ends.sort_by_key(|(number, _)| *number);
    assert!(ends[3].1.as_ref().is_err_and(|why| why.contains("429")), "it was tried: {ends:?}");
    assert_eq!(ends.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(ends[1].1.is_ok() && ends[4].1.is_ok(), "{ends:?}");
}
