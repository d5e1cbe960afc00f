//! Events have numbers: a client that says which it was given last is given the rest, and an account's service that counts is
//! asked for what was missed.

use ha_wechaty::config::StorePlace;
use ha_wechaty_testkit::{Bot, House, SELF, Setup, TOKEN, wait};
use ha_wechaty_transport::Nature;
use ha_wechaty_wire::{
    PuppetEvent, Token,
    puppet::{EventRequest, EventResponse, EventType},
};
use tonic::{Request, Streaming};

/// A stream whose client says what it has.
async fn listens(house: &House, seq: i32, account_id: &str) -> Streaming<EventResponse> {
    let connection = Bot::dial(house.gateway.local_addr(), &Token::new(TOKEN)).await;
    let mut request = Request::new(EventRequest { seq, account_id: account_id.into() });
    request.extensions_mut().insert(Nature::Listens);
    connection.puppet().event(request).await.expect("a stream").into_inner()
}

async fn until_gone(house: &House) {
    wait::until_some("its stream is gone", async || {
        (house.gateway.streams_of(0..1).await == 0).then_some(())
    })
    .await;
}

/// The next so many messages, with their numbers.
async fn messages(events: &mut Streaming<EventResponse>, count: usize) -> Vec<(String, i32)> {
    let mut told = Vec::new();
    while told.len() < count {
        let event = events.message().await.expect("a whole stream").expect("an open stream");
        let parsed = PuppetEvent::parse(&event).expect("readable");
        // What says how the team stands is told, and not kept.
        let is_passing =
            matches!(parsed, PuppetEvent::Heartbeat(_) | PuppetEvent::Login { .. } | PuppetEvent::Ready(_));
        assert_eq!(is_passing, event.seq == 0, "{event:?}");
        if let PuppetEvent::Message { id } = parsed {
            told.push((id, event.seq));
        }
    }
    told
}

/// That nothing more comes shows in that the next thing does.
async fn and_no_more(house: &House, events: &mut Streaming<EventResponse>, last: &str) {
    house.alice.says(&house.room, last);
    let (id, _) = messages(events, 1).await.remove(0);
    let mut bot = house.bot().await;
    assert_eq!(bot.payload(&id).await.expect("a payload").text, last);
}

#[tokio::test]
async fn who_says_what_it_has_is_given_exactly_what_came_after_that() {
    let house = Setup::new(SELF).accounts(&["north"]).start().await;
    let mut events = listens(&house, 0, "").await;
    for text in ["a", "b", "c"] {
        house.alice.says(&house.room, text);
    }
    let told = messages(&mut events, 3).await;
    assert!(told[0].1 > 0 && told[1].1 > told[0].1 && told[2].1 > told[1].1, "{told:?}");
    drop(events);
    until_gone(&house).await;
    // It read nothing of what they say, so all three would be given again.
    let mut events = listens(&house, told[1].1, SELF).await;
    let again = messages(&mut events, 1).await;
    assert_eq!(again[0].0, told[2].0);
    and_no_more(&house, &mut events, "d").await;
}

#[tokio::test]
async fn a_number_of_another_account_or_of_another_life_says_nothing() {
    for (seq, account_id) in [(1, "wxid_other"), (i32::MAX, SELF), (-7, "")] {
        let house = Setup::new(SELF).accounts(&["north"]).start().await;
        let mut events = listens(&house, 0, "").await;
        house.alice.says(&house.room, "a");
        let told = messages(&mut events, 1).await;
        drop(events);
        until_gone(&house).await;
        let seq = if seq == 1 { told[0].1 } else { seq };
        let mut events = listens(&house, seq, account_id).await;
        assert_eq!(messages(&mut events, 1).await[0].0, told[0].0, "{seq} {account_id}");
    }
}

#[tokio::test]
async fn a_service_that_counts_is_asked_for_what_was_missed_and_nothing_is_taken_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = StorePlace::File(folder.path().join("team.db"));
    let setup = Setup::new(SELF).accounts(&["north"]).phones(|phone| phone.numbered(true));
    let mut house = setup.config(|config| config.store.path = place).start().await;
    assert_eq!(house.phones[0].asked(), (0, String::new()), "nothing was taken yet");
    let mut bot = house.bot().await;
    for text in ["a", "b"] {
        house.alice.says(&house.room, text);
        assert_eq!(bot.next_message().await.text, text);
    }
    house.shut_down().await;
    for text in ["c", "d"] {
        house.alice.says(&house.room, text);
    }
    house.restart_gateway().await;
    let (seq, account_id) = house.phones[0].asked();
    assert!(seq > 0 && account_id == house.phones[0].id(), "{seq} {account_id}");
    let mut bot = house.bot().await;
    for text in ["c", "d"] {
        assert_eq!(bot.next_message().await.text, text, "in order, and each once");
    }
    house.alice.says(&house.room, "e");
    assert_eq!(bot.next_message().await.text, "e");
    // Its service begins to count anew, as after a restart of its own.
    house.phones[0].counts_anew();
    house.alice.says(&house.room, "f");
    assert_eq!(bot.next_message().await.text, "f");
    house.shut_down().await;
    house.restart_gateway().await;
    let again = house.phones[0].asked().0;
    assert!(again > 0 && again < seq, "{again}, and before {seq}");
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "g");
    assert_eq!(bot.next_message().await.text, "g", "nothing is told again");
}

#[tokio::test]
async fn events_of_the_newer_generation_reach_bots_and_heartbeats_have_no_number() {
    let house = Setup::new(SELF).accounts(&["north"]).start().await;
    let mut events = listens(&house, 0, "").await;
    house.phones[0].emit(&PuppetEvent::PostComment(ha_wechaty_wire::event::PostCommentPayload {
        post_id: "p".into(),
        comment_id: "c".into(),
    }));
    let told = wait::until_some("a comment", async || {
        let event = events.message().await.expect("a whole stream").expect("an open stream");
        (event.r#type == i32::from(EventType::PostComment)).then_some(event)
    })
    .await;
    assert_eq!(told.payload, r#"{"postId":"p~north","commentId":"c~north"}"#);
    assert!(told.seq > 0);
}
