//! A bot that stops and starts, a stream that nobody ended, and a bot that asks for very much at once.

use std::time::Duration;

use futures_util::future::join_all;
use ha_wechaty::{config::BotMode, transport::Connection};
use ha_wechaty_testkit::{Bot, DEADLINE, House};
use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{EventRequest, MessagePayloadRequest, StartRequest, StopRequest, VersionRequest},
    puppet_client::PuppetClient,
};
use tokio::{task::JoinSet, time::Instant};

/// As a stock client does: its old stream is not cancelled, and nobody reads it any more.
trait Pauses {
    async fn stop(&mut self);

    /// The old stream.
    async fn start(&mut self) -> tonic::Streaming<ha_wechaty_wire::puppet::EventResponse>;
}

impl Pauses for Bot {
    async fn stop(&mut self) {
        self.puppet.stop(StopRequest {}).await.expect("stopped");
    }

    async fn start(&mut self) -> tonic::Streaming<ha_wechaty_wire::puppet::EventResponse> {
        let events = self.puppet.event(EventRequest::default()).await.expect("a stream").into_inner();
        self.puppet.start(StartRequest {}).await.expect("started");
        std::mem::replace(&mut self.events, events)
    }
}

#[tokio::test]
async fn a_bot_that_stops_and_starts_hears_what_came_in_between_and_all_that_follows() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let house = House::with(|config| config.bots[0].mode = mode).await;
        let mut bot = house.bot().await;
        for round in 0..10 {
            house.alice.says(&house.room, &format!("before {round}"));
            assert_eq!(bot.next_message().await.text, format!("before {round}"), "{mode:?}");
            bot.stop().await;
            house.alice.says(&house.room, &format!("in the gap {round}"));
            house.alice.says(&house.phones[0], &format!("hello {round}"));
            let old = bot.start().await;
            let mut heard = vec![bot.next_message().await.text, bot.next_message().await.text];
            heard.sort();
            assert_eq!(heard, [format!("hello {round}"), format!("in the gap {round}")], "{mode:?}");
            drop(old);
        }
        let status = house.status().await;
        assert_eq!(status.bots[0].streams.len(), 1, "{mode:?}: {:?}", status.bots[0].streams);
        assert!(house.phones.iter().all(|phone| phone.calls("Stop") == 0), "puppets keep running");
    }
}

#[tokio::test]
async fn a_stop_ends_the_stream_that_its_connection_had_and_no_other() {
    let house = House::new().await;
    let (mut one, mut other) = (house.bot().await, house.bot().await);
    one.stop().await;
    let ended = async { while one.events.message().await.expect("a clean end").is_some() {} };
    tokio::time::timeout(DEADLINE, ended).await.expect("its stream ends");
    house.alice.says(&house.room, "hello");
    assert_eq!(other.next_message().await.text, "hello");
    // A connection that has no stream, as a client of Python begins.
    one.stop().await;
    house.alice.says(&house.room, "again");
    assert_eq!(other.next_message().await.text, "again");
}

#[tokio::test]
async fn a_stop_that_is_under_way_when_the_next_stream_opens_was_for_the_one_before() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for round in 0..20 {
        // Not waited for: only the order on the wire says what was meant.
        let (mut stopping, mut opening) = (bot.puppet.clone(), bot.puppet.clone());
        let (stopped, opened) =
            tokio::join!(stopping.stop(StopRequest {}), opening.event(EventRequest::default()));
        stopped.expect("stopped");
        let old = std::mem::replace(&mut bot.events, opened.expect("a stream").into_inner());
        house.alice.says(&house.room, &format!("round {round}"));
        assert_eq!(bot.next_message().await.text, format!("round {round}"));
        drop(old);
    }
}

#[tokio::test]
async fn a_stream_beats_often_after_it_opens_and_after_each_start() {
    let house = House::with(|config| config.gateway.heartbeat = Duration::from_secs(15)).await;
    let mut bot = house.bot().await;
    for _ in 0..2 {
        let begun = Instant::now();
        let mut beats = 0;
        while begun.elapsed() < Duration::from_secs(2) {
            let next = tokio::time::timeout_at(begun + Duration::from_secs(2), bot.next()).await;
            beats += usize::from(matches!(next, Ok(PuppetEvent::Heartbeat(_))));
        }
        assert!((4..=7).contains(&beats), "{beats} beats in 2 s");
        bot.puppet.start(StartRequest {}).await.expect("started");
    }
}

#[tokio::test]
async fn a_bot_may_ask_for_a_whole_backlog_at_once() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "hello");
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let asked = (0..5_000).map(|_| {
        let (mut puppet, id) = (bot.puppet.clone(), id.clone());
        async move { puppet.message_payload(MessagePayloadRequest { id }).await }
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.expect("a payload").into_inner().text, "hello");
    }
}

#[tokio::test]
async fn a_bot_with_too_many_streams_loses_the_idlest() {
    let house = House::with(|config| config.gateway.max_streams = 3).await;
    let mut bots = Vec::new();
    for _ in 0..3 {
        bots.push(house.bot().await);
    }
    // The first is the only one that does something.
    bots[0].say(house.room.id(), "hello").await.expect("said");
    let mut newest = house.bot().await;
    let ended = async {
        loop {
            if let Err(why) = bots[1].events.message().await {
                return why;
            }
        }
    };
    let why = tokio::time::timeout(DEADLINE, ended).await.expect("the idlest ends");
    assert_eq!(why.code(), tonic::Code::ResourceExhausted);
    assert!(why.message().contains("gateway.max_streams"), "it is told why: {why}");
    assert_eq!(house.status().await.bots[0].streams.len(), 3);
    house.alice.says(&house.room, "to all");
    for bot in [&mut newest, &mut bots[2]] {
        while bot.next_message().await.text != "to all" {}
    }
    for _ in 0..20 {
        let _one = house.bot().await;
        assert!(house.status().await.bots[0].streams.len() <= 3);
    }
}

#[tokio::test]
async fn a_bot_that_asks_for_each_of_very_many_messages_as_it_hears_of_it_is_answered_in_order() {
    const MANY: usize = 5_000;
    let house = House::new().await;
    let mut bot = house.bot().await;
    let other = house.bot().await;
    for number in 0..MANY {
        house.alice.says(&house.phones[0], &format!("{number}"));
    }
    let (begun, mut asked, mut heard) = (Instant::now(), JoinSet::new(), Vec::with_capacity(MANY));
    let another = tokio::spawn(slowest_version(other.puppet.clone()));
    let all = async {
        while heard.len() < MANY {
            tokio::select! {
                event = bot.events.message(), if asked.len() + heard.len() < MANY => {
                    let event = event.expect("a whole stream").expect("an open stream");
                    let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) else { continue };
                    // Not waited for, as a stock bot does.
                    let mut puppet = bot.puppet.clone();
                    asked.spawn(async move { puppet.message_payload(MessagePayloadRequest { id }).await });
                }
                Some(answer) = asked.join_next() => {
                    heard.push(answer.expect("no panic").expect("a payload").into_inner().text);
                }
            }
        }
    };
    let done = tokio::time::timeout(3 * DEADLINE, all).await;
    let (elapsed, count) = (begun.elapsed(), heard.len());
    another.abort();
    println!("{count} payloads in {elapsed:?}: {:.0} a second", count as f64 / elapsed.as_secs_f64());
    done.expect("all of them in time");
    let in_order: Vec<String> = (0..MANY).map(|number| number.to_string()).collect();
    assert!(heard == in_order, "answers overtook one another");
}

/// Asks again and again; says how long the slowest answer took whenever that was slower than all before.
async fn slowest_version(mut puppet: PuppetClient<Connection>) {
    let mut slowest = Duration::ZERO;
    loop {
        let asked = Instant::now();
        puppet.version(VersionRequest {}).await.expect("a version");
        if asked.elapsed() > slowest {
            slowest = asked.elapsed();
            println!("another connection's Version took {slowest:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
