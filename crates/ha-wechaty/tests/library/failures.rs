//! What a caller learns when something came to nothing.

use std::time::Duration;

use ha_wechaty::{How, prelude::*};
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::{Town, wait::within};
use tonic::Status;

use crate::team::TeamOf as _;

#[tokio::test]
async fn a_lost_account_costs_no_send() {
    let town = Town::new().await;
    let ha = town.started().await;
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    town.phones[0].fail(Fault::Drop);
    for n in 0..10 {
        let sent = room.say(format!("n{n}")).await.expect("a teammate says it");
        assert_ne!(sent.account, "north");
        town.until_said(&format!("n{n}"), 1).await;
    }
    ha.stop().await;
}

#[tokio::test]
async fn a_send_tells_who_said_it_and_how_that_is_known() {
    let town = Town::new().await;
    let ha = town.started().await;
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    let sent = room.say("hello").await.expect("said");
    let id = sent.id.as_deref().expect("an id");
    assert!(id.ends_with(&format!("~{}", sent.account)), "{id}");
    assert_eq!(sent.how, How::Answered);
    for phone in &town.phones {
        phone.fail(Fault::Cut { calls: RpcSelection::Sends, done: true, times: 1 });
    }
    let sent = room.say("lost?").await.expect("a teammate saw it");
    assert_eq!(sent.how, How::Witness);
    town.until_said("lost?", 1).await;
    let said = town.world.ledger().said();
    assert_eq!(said.last().and_then(|it| it.account.clone()), Some(sent.account));
    ha.stop().await;
}

#[tokio::test]
async fn what_nobody_knows_is_said_with_its_account_and_never_said_twice() {
    let town = Town::new().await;
    let ha = town.team().set("delivery.witness_window", "50ms").build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.says(&town.phones[1], "hello");
    let message = within("a message", messages.next()).await.expect("it runs");
    town.phones[1].fail(Fault::Cut { calls: RpcSelection::Sends, done: true, times: 1 });
    let error = message.reply("dong").await.expect_err("nobody can know");
    assert!(matches!(error, Error::Unsure { .. }), "{error:?}");
    assert_eq!((error.was_sent(), error.account()), (WasSent::Maybe, Some("south")));
    assert_eq!(error.retry_after(), None);
    assert_eq!(town.world.ledger().times(town.alice.id(), "dong"), 1);
    ha.stop().await;
}

#[tokio::test]
async fn a_puppets_no_is_told_with_its_account_and_its_words() {
    let town = Town::new().await;
    let ha = town.started().await;
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    for phone in &town.phones {
        let status = Status::failed_precondition("my nose itches");
        phone.fail(Fault::Answer { calls: RpcSelection::Sends, status, times: 1 });
    }
    let error = room.say("never").await.expect_err("all refuse");
    let Error::Refused { account, why } = &error else { panic!("{error:?}") };
    assert!(["north", "south", "west"].contains(&account.as_str()));
    assert_eq!((why.as_str(), error.was_sent()), ("my nose itches", WasSent::Never));
    ha.stop().await;
}

#[tokio::test]
async fn with_nobody_there_a_send_waits_and_then_says_when_to_try_again() {
    let town = Town::new().await;
    let ha = town.team().set("pace.max_wait", "50ms").build().expect("a team");
    let mut logouts = ha.logouts();
    ha.start().await.expect("started");
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    town.phones.iter().for_each(|phone| phone.fail(Fault::LogOut("kicked".into())));
    within("they are gone", logouts.next()).await.expect("it runs");
    let error = room.say("never").await.expect_err("nobody is there");
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(error.retry_after().is_some() && error.was_sent() == WasSent::Never);
    assert!(error.to_string().contains("kicked"), "{error}");
    ha.stop().await;
}

#[tokio::test]
async fn who_is_over_the_pace_is_told_when_there_is_room_again() {
    let town = Town::new().await;
    let team = town.team_of(&town.phones[..1]).set("pace.enabled", true).set("pace.messages", "1/10m");
    let ha = team.set("pace.max_wait", "50ms").build().expect("a team");
    ha.start().await.expect("started");
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    room.say("the one").await.expect("said");
    let error = room.say("one more").await.expect_err("that is too much");
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
    let (again, [least, most]) =
        (error.retry_after(), [9, 10].map(|minutes| Duration::from_secs(minutes * 60)));
    assert!(again.is_some_and(|it| (least..=most).contains(&it)), "{again:?}: {error}");
    ha.stop().await;
}

#[test]
fn what_is_wrong_with_a_team_is_said_all_at_once() {
    let wrong = HaWechaty::builder()
        .account(Account::service("insecure_x").endpoint("nowhere").name("North"))
        .account(Account::service("insecure_y").weight(0))
        .set("pace.max_wait", "soon")
        .account_args(["nonsense".to_owned()])
        .build()
        .expect_err("wrong");
    let text = wrong.to_string();
    for words in ["has no port", "character 'N'", "from 1 to 1000", "is no duration", "NAME=TOKEN@HOST:PORT"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(wrong.problems().len(), 5, "{text}");
}
