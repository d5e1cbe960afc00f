//! Callbacks that come late, are told to stop, panic or never return.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ha_wechaty::prelude::*;
use ha_wechaty_testkit::{Town, wait::within};
use tokio::sync::{Notify, Semaphore};

use crate::team::TeamOf as _;

#[tokio::test]
async fn one_that_comes_while_the_team_runs_may_finish_at_the_end_too() {
    let town = Town::new().await;
    let ha = town.started().await;
    let (begun, done) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (begin, count) = (begun.clone(), done.clone());
    ha.on_message(move |_| {
        let (begin, count) = (begin.clone(), count.clone());
        async move {
            begin.notify_one();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    town.alice.says(&town.room, "hello");
    within("it runs", begun.notified()).await;
    ha.stop().await;
    assert_eq!(done.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn one_that_is_off_is_not_run_for_what_waits_for_it_either() {
    let town = Town::new().await;
    let ha = town.team().set("library.callbacks", 1).build().expect("a team");
    let (begun, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (count, wait) = (begun.clone(), gate.clone());
    let subscription = ha.on_message(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        let wait = wait.clone();
        async move { drop(wait.acquire().await) }
    });
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    for text in ["one", "two", "three"] {
        town.alice.says(&town.room, text);
        within("a message", messages.next()).await.expect("it runs");
    }
    within("the first is run", town.world.until(|| begun.load(Ordering::Relaxed) == 1)).await;
    subscription.off();
    gate.add_permits(3);
    ha.stop().await;
    assert_eq!(begun.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn one_that_panics_is_an_error_like_any_other_and_is_run_again() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut errors = ha.errors();
    ha.on_message(|message| async move {
        assert_ne!(message.text(), "boo", "how it scared me");
        message.reply("I am brave").await.map(drop)
    });
    // It panics before there is anything to wait for.
    ha.on_message(|message| {
        assert_ne!(message.text(), "boo", "me too");
        std::future::ready(())
    });
    ha.start().await.expect("started");
    town.alice.says(&town.room, "boo");
    let mut whys = Vec::new();
    for _ in 0..2 {
        let error = within("an error", errors.next()).await.expect("it runs");
        let Error::Handler { event: "message", why } = error else { panic!("{error:?}") };
        whys.push(why);
    }
    for words in ["how it scared me", "me too"] {
        assert!(whys.iter().any(|why| why.starts_with("it panicked: ") && why.contains(words)), "{whys:?}");
    }
    town.alice.says(&town.room, "hello");
    town.until_said("I am brave", 1).await;
    ha.stop().await;
}

#[tokio::test]
async fn one_may_stop_the_team_and_go_on_after_that() {
    let town = Town::new().await;
    // Whoever waits for itself waits so long.
    let ha = town.team().set("gateway.shutdown", "1h").build().expect("a team");
    let gone = Arc::new(Notify::new());
    let (team, end) = (ha.clone(), gone.clone());
    ha.on_message(move |_| {
        let (team, end) = (team.clone(), end.clone());
        async move {
            team.stop().await;
            tokio::task::yield_now().await;
            end.notify_one();
        }
    });
    ha.start().await.expect("started");
    town.alice.says(&town.room, "that will do");
    within("the callback is at its end", gone.notified()).await;
    assert!(!ha.logonoff());
}

#[tokio::test]
async fn one_that_never_returns_does_not_keep_the_team_from_stopping() {
    let town = Town::new().await;
    let ha = town.team().set("gateway.shutdown", "50ms").build().expect("a team");
    let held = Arc::new(());
    let holds = held.clone();
    ha.on_message(move |_| {
        let holds = holds.clone();
        async move {
            std::future::pending::<()>().await;
            drop(holds);
        }
    });
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.says(&town.room, "hello");
    within("a message", messages.next()).await.expect("it runs");
    within("it is run", town.world.until(|| Arc::strong_count(&held) == 3)).await;
    within("it stops", ha.stop()).await;
    within("its run is dropped", town.world.until(|| Arc::strong_count(&held) == 2)).await;
}

#[test]
fn one_may_come_from_a_thread_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (town, ha) = runtime.block_on(async {
        let town = Town::new().await;
        let ha = town.started().await;
        (town, ha)
    });
    ha.on_message(|message| async move { message.reply("heard").await });
    runtime.block_on(async {
        town.alice.says(&town.room, "hello");
        town.world.until(|| town.world.ledger().times(town.room.id(), "heard") > 0).await;
        ha.stop().await;
    });
}
