//! How a team ends: halfway, dropped, beside another.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use ha_wechaty::prelude::*;
use ha_wechaty_testkit::{Town, wait::within};

use crate::team::TeamOf as _;

#[tokio::test]
async fn what_outlives_a_team_that_was_dropped_says_that_it_does_not_run() {
    let town = Town::new().await;
    let ha = town.started().await;
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    drop(ha);
    let error = within("an answer", room.say("too late")).await.expect_err("nobody is there");
    assert_eq!(error, Error::NotRunning);
}

#[tokio::test]
async fn a_team_that_was_stopped_halfway_does_not_run_and_can_be_started_again() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    ha.on_message(|_| std::future::pending::<()>());
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.says(&town.room, "hello");
    within("a message", messages.next()).await.expect("it runs");
    let stopped = tokio::time::timeout(Duration::from_millis(20), ha.stop()).await;
    assert!(stopped.is_err(), "a callback is still under way");
    assert!(within("the stream ends", messages.next()).await.is_none());
    let error = within("an answer", ha.say("too late")).await.expect_err("it does not run");
    assert_eq!(error, Error::NotRunning);
    ha.start().await.expect("started again");
    assert!(ha.logonoff());
    ha.stop().await;
}

#[tokio::test]
async fn a_team_that_is_dropped_lets_its_callbacks_go_those_that_came_late_too() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let held = Arc::new(());
    let wait = |held: Arc<()>| move |_: Message| (std::future::pending::<()>(), held.clone()).0;
    ha.on_message(wait(held.clone()));
    ha.start().await.expect("started");
    ha.on_message(wait(held.clone()));
    let left: Weak<()> = Arc::downgrade(&held);
    drop((held, ha));
    within("nobody holds them", town.world.until(|| left.strong_count() == 0)).await;
}

#[tokio::test]
async fn two_teams_in_one_program_know_nothing_of_each_other() {
    let town = Town::new().await;
    let one = town.team_of(&town.phones[..1]).name("one").build().expect("a team");
    let other = town.team_of(&town.phones[1..]).name("other").build().expect("a team");
    let mut heard = other.messages();
    tokio::join!(async { one.start().await.expect("started") }, async {
        other.start().await.expect("started");
    });
    let room = one.rooms().load(town.room.id()).await.expect("known").expect("there");
    room.say("hello, other").await.expect("said");
    let message = within("a message", heard.next()).await.expect("it runs");
    assert!(!message.is_self(), "a stranger to this team");
    one.stop().await;
    message.reply("hello, one").await.expect("this team runs on");
    town.until_said("hello, one", 1).await;
    other.stop().await;
}
