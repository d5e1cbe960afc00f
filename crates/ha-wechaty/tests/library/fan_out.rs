//! Questions to every account at once.

use std::time::{Duration, Instant};

use ha_wechaty::prelude::*;
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::{DEADLINE, Town, wait::within};
use tonic::Status;

use crate::team::TeamOf as _;

#[tokio::test]
async fn each_account_answers_in_its_time_with_what_nobody_had_before() {
    let town = Town::new().await;
    let only_north = town.world.room("north alone", &[&town.alice, &town.phones[0]]);
    let ha = town.started().await;
    let mut parts = ha.rooms().find_all(any).parts().expect("it runs");
    let mut seen = Vec::new();
    let mut rooms = Vec::new();
    while let Some(part) = within("a part", parts.next()).await {
        seen.push(part.account);
        assert_eq!((part.answered, part.asked), (seen.len(), 3));
        rooms.extend(part.answer.expect("an answer"));
    }
    seen.sort();
    assert_eq!(seen, ["north", "south", "west"]);
    let mut ids: Vec<&str> = rooms.iter().map(Room::id).collect();
    ids.sort_unstable();
    let mut expected = [town.room.id(), only_north.id()];
    expected.sort_unstable();
    assert_eq!(ids, expected, "each once");
    let alone = rooms.iter().find(|room| room.id() == only_north.id()).expect("there");
    assert_eq!((alone.account().as_deref(), alone.accounts()), (Some("north"), vec!["north".to_owned()]));
    ha.stop().await;
}

#[tokio::test]
async fn at_the_deadline_there_is_what_has_come_and_who_is_missing() {
    let town = Town::new().await;
    let ha = town.started().await;
    town.phones[1].fail(Fault::Stall);
    let failed =
        Fault::Answer { calls: RpcSelection::named("RoomList"), status: Status::internal("no"), times: 1 };
    town.phones[2].fail(failed);
    let begun = Instant::now();
    let fan_out = ha.rooms().find_all(any).within(Duration::from_millis(300));
    let gathered = within("the deadline", fan_out.gather()).await.expect("one answered");
    assert!(begun.elapsed() >= Duration::from_millis(300) && begun.elapsed() < DEADLINE / 2);
    assert_eq!(gathered.found.len(), 1);
    let mut missing: Vec<(String, bool)> =
        gathered.missing.into_iter().map(|it| (it.account, it.why.is_some())).collect();
    missing.sort();
    assert_eq!(missing, [("south".to_owned(), false), ("west".to_owned(), true)]);
    // Whoever wants one thing waits for nobody else.
    let begun = Instant::now();
    assert!(ha.rooms().find(topic("ding room")).await.expect("an answer").is_some());
    assert!(begun.elapsed() < DEADLINE / 2);
    ha.stop().await;
}

#[tokio::test]
async fn without_a_deadline_the_slow_are_not_waited_for_once_one_has_answered() {
    let town = Town::new().await;
    let ha = town.team().set("calls.union", "200ms").build().expect("a team");
    ha.start().await.expect("started");
    town.phones[0].fail(Fault::Stall);
    let rooms = within("an answer", ha.rooms().find_all(any).into_future()).await.expect("two answered");
    assert_eq!(rooms.len(), 1);
    ha.stop().await;
}

#[tokio::test]
async fn nobody_to_ask_is_an_error_that_says_who_is_down() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut logouts = ha.logouts();
    ha.start().await.expect("started");
    town.phones.iter().for_each(|phone| phone.fail(Fault::LogOut("kicked".into())));
    within("they are gone", logouts.next()).await.expect("it runs");
    let error = ha.rooms().find_all(any).await.expect_err("nobody is there");
    assert!(matches!(error, Error::Unavailable { .. }) && error.to_string().contains("west"), "{error}");
    let error = ha.contacts().load("anybody").await.expect_err("that is no \"no\"");
    assert!(error.retry_after().is_some(), "{error}");
    ha.stop().await;
}
