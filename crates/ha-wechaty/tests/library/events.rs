//! Streams and callbacks: order, backpressure, ends.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use ha_wechaty::prelude::*;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{DEADLINE, Town, wait::within};

use crate::team::TeamOf as _;

#[tokio::test]
async fn a_team_tells_of_its_life_in_order() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let names = Arc::new(Mutex::new(Vec::new()));
    let told = names.clone();
    let noisy = ["heartbeat", "account", "dirty"];
    ha.on_event(move |event| {
        if !noisy.contains(&event.name()) {
            told.lock().expect("no panic").push(event.name());
        }
        std::future::ready(())
    });
    let mut dongs = ha.dongs();
    ha.start().await.expect("started");
    ha.start().await.expect("it runs already");
    ha.ready().await.expect("it is there");
    within("the stream is open", async {
        while ha.status().await.expect("a status").bots[0].streams.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    ha.ding("are you there?").expect("it runs");
    assert_eq!(within("a dong", dongs.next()).await.as_deref(), Some("are you there?"));
    ha.stop().await;
    ha.stop().await;
    assert_eq!(*names.lock().expect("no panic"), ["start", "login", "ready", "dong", "stop"]);
}

#[tokio::test]
async fn a_stopped_team_says_so_and_can_be_started_again() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let heard = Arc::new(AtomicUsize::new(0));
    let count = heard.clone();
    ha.on_message(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        std::future::ready(())
    });
    ha.start().await.expect("started");
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    ha.stop().await;
    assert!(!ha.logonoff());
    let stopped = room.say("too late").await.expect_err("nobody is there");
    assert_eq!((stopped.clone(), stopped.was_sent()), (Error::NotRunning, WasSent::Never));
    assert!(town.phones.iter().all(|phone| phone.is_running() && phone.calls("Stop") == 0));

    let mut messages = ha.messages();
    ha.start().await.expect("started again");
    room.say("here again").await.expect("what was known before is known still");
    town.alice.says(&town.room, "hello");
    within("a message", messages.next()).await.expect("it runs");
    let is_heard = || heard.load(Ordering::Relaxed) == 1;
    within("the callback is still there", town.world.until(is_heard)).await;
    ha.stop().await;
}

#[tokio::test]
async fn a_team_that_is_dropped_lets_its_accounts_go() {
    let town = Town::new().await;
    let ha = town.started().await;
    let message = ha.current_user();
    assert!(town.phones.iter().all(ha_wechaty_sim::Phone::is_streaming));
    drop(ha);
    let are_free = || !town.phones.iter().any(ha_wechaty_sim::Phone::is_streaming);
    within("the streams are closed", town.world.until(are_free)).await;
    drop(message);
}

#[tokio::test]
async fn a_stream_that_is_not_read_holds_the_rest_up_and_nothing_is_lost() {
    let town = Town::new().await;
    let ha = town.team().set("library.queue", 4).build().expect("a team");
    let (mut read, mut unread) = (ha.messages(), ha.messages());
    ha.start().await.expect("started");
    for n in 0..40 {
        town.alice.says(&town.room, &format!("n{n}"));
    }
    let mut texts = Vec::new();
    // One more than a queue holds is on its way when it is held up.
    while texts.len() < 5 {
        texts.push(within("a message", read.next()).await.expect("it runs").text().to_owned());
    }
    let others = || town.phones.iter().map(|phone| phone.calls("MessagePayload")).sum::<u64>() >= 40 * 3;
    within("all were told to the team", town.world.until(others)).await;
    assert!(
        tokio::time::timeout(std::time::Duration::from_millis(50), read.next()).await.is_err(),
        "held up"
    );
    let first = within("a message", unread.next()).await.expect("it runs");
    assert_eq!(first.text(), "n0");
    drop(unread);
    while texts.len() < 40 {
        texts.push(within("a message", read.next()).await.expect("it runs").text().to_owned());
    }
    let all: Vec<String> = (0..40).map(|n| format!("n{n}")).collect();
    assert_eq!(texts, all, "in order, each once");
    ha.stop().await;
}

#[tokio::test]
async fn what_a_program_leaves_unread_too_long_waits_for_it_in_the_team() {
    let town = Town::new().await;
    // The team's stream holds what may be replayed and 1024 more; what is beyond that waits to be replayed.
    const ALL: usize = 3_000;
    let ha = town.team().set("library.queue", 4).set("gateway.replay_events", 1_200).build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    for n in 0..ALL {
        town.alice.says(&town.phones[0], &format!("n{n}"));
    }
    let is_told = || town.phones[0].calls("MessagePayload") >= ALL as u64;
    within("all were told to the team", town.world.until(is_told)).await;
    for n in 0..ALL {
        let message = within("a message", messages.next()).await.expect("it runs");
        assert_eq!(message.text(), format!("n{n}"), "in order, each once");
    }
    assert_eq!(ha.status().await.expect("a status").team.dropped, 0);
    ha.stop().await;
}

#[tokio::test]
async fn a_callback_that_fails_is_an_event_and_one_that_is_off_is_not_run() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut errors = ha.errors();
    let failing =
        ha.on_message(|message| async move { Err::<(), _>(format!("I can't bear {:?}", message.text())) });
    // What fails for an error is not told of again.
    ha.on_error(|_| async move { Err::<(), _>("nor this") });
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.says(&town.room, "rain");
    let error = within("an error", errors.next()).await.expect("it runs");
    assert_eq!(error, Error::Handler { event: "message", why: "I can't bear \"rain\"".into() });
    failing.off();
    town.alice.says(&town.room, "snow");
    within("the first", messages.next()).await.expect("it runs");
    within("the second", messages.next()).await.expect("it runs");
    ha.stop().await;
    assert!(errors.next().await.is_none(), "nothing failed any more");
}

#[tokio::test]
async fn callbacks_run_beside_each_other_and_may_finish_at_the_end() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let gate = Arc::new(tokio::sync::Barrier::new(3));
    let done = Arc::new(AtomicUsize::new(0));
    let (wait, count) = (gate.clone(), done.clone());
    ha.on_message(move |_| {
        let (wait, count) = (wait.clone(), count.clone());
        async move {
            wait.wait().await;
            tokio::task::yield_now().await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    ha.start().await.expect("started");
    town.alice.says(&town.room, "one");
    town.alice.says(&town.room, "two");
    // Neither could pass alone.
    within("both run at once", gate.wait()).await;
    ha.stop().await;
    assert_eq!(done.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn each_account_is_told_of_and_the_team_fails_with_the_last() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    ha.start().await.expect("started");
    let (mut changes, mut logouts, mut logins) = (ha.account_changes(), ha.logouts(), ha.logins());
    town.phones[0].fail(Fault::LogOut("kicked".into()));
    let change = within("a change", changes.next()).await.expect("it runs");
    assert_eq!(
        (change.account.as_str(), change.from, change.to),
        ("north", Standing::Available, Standing::LoggedOut)
    );
    assert!(change.why.contains("kicked"));
    town.phones[1].fail(Fault::LogOut("kicked".into()));
    town.phones[2].fail(Fault::LogOut("kicked".into()));
    let logout = within("a logout", logouts.next()).await.expect("it runs");
    assert!(["north", "south", "west"].iter().all(|name| logout.reason.contains(name)), "{}", logout.reason);
    town.phones[1].log_in();
    let user = within("a login", logins.next()).await.expect("it runs");
    assert!(user.is_self());
    within("it is there", ha.ready()).await.expect("it runs");
    ha.stop().await;
}

#[tokio::test]
async fn a_team_starts_without_the_accounts_that_are_away() {
    let town = Town::new().await;
    town.phones[0].fail(Fault::Drop);
    town.phones[1].fail(Fault::Scan("https://login.invalid/1".into()));
    let ha = town.team().build().expect("a team");
    let begun = std::time::Instant::now();
    ha.start().await.expect("started");
    assert!(begun.elapsed() < DEADLINE / 2, "nobody waits for what is known");
    let phases: Vec<Standing> = ha.nodes().await.expect("nodes").into_iter().map(|node| node.phase).collect();
    assert_eq!(phases[1..], [Standing::WaitingScan, Standing::Available], "{phases:?}");
    assert!([Standing::Offline, Standing::Connecting].contains(&phases[0]));
    ha.stop().await;
}
