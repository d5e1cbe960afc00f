//! A bot that tells everybody something does not silence the others: they have their places in the queue and their
//! turns, and answers go before all of it.

use std::time::{Duration, Instant};

use ha_wechaty::config::{BotConfig, Limit};
use ha_wechaty_testkit::{Bot, DEADLINE, House};
use ha_wechaty_wire::{Token, puppet::MessageSendTextRequest};
use tokio::task::JoinSet;
use tonic::{Code, Status};

const OTHER: &str = "insecure_other";

/// The accounts may say 30 in a second together.
async fn house() -> House {
    let limit = |count, window| vec![Limit { count, window: Duration::from_millis(window) }];
    House::with(|config| {
        config.pace.enabled = true;
        config.pace.allowance.messages = limit(5, 500);
        config.pace.per_conversation = limit(1, 10);
        config.pace.max_wait = DEADLINE * 5;
        config.bots.push(BotConfig::new("other", Token::new(OTHER)));
    })
    .await
}

/// So many texts into each of these conversations, all at once.
fn say_all(bot: &Bot, conversations: &[String], each: usize, what: &str) -> JoinSet<Result<String, Status>> {
    let mut calls = JoinSet::new();
    for n in 0..each {
        for conversation in conversations {
            let (mut puppet, conversation_id) = (bot.puppet.clone(), conversation.clone());
            let text = format!("{what} {n}");
            let request = MessageSendTextRequest {
                conversation_id,
                text,
                mentional_ids: Vec::new(),
                ..Default::default()
            };
            calls.spawn(async move { puppet.message_send_text(request).await.map(|it| it.into_inner().id) });
        }
    }
    calls
}

#[tokio::test]
async fn a_bot_whose_sends_wait_by_the_megabyte_still_reads_and_answers() {
    let house = House::with(|config| {
        config.pace.enabled = true;
        config.pace.allowance.messages = vec![Limit { count: 5, window: DEADLINE }];
        config.pace.max_wait = DEADLINE * 5;
        config.memory.requests = ha_wechaty::config::ByteSize::mib(3);
    })
    .await;
    let mut bot = house.bot().await;
    let [north, south, west] = &house.phones[..] else { panic!("there are three") };
    let room = |n: usize| {
        house.world.room(&format!("room {n}"), &[&house.alice, north, south, west]).id().to_owned()
    };
    let rooms: Vec<String> = (0..60).map(room).collect();
    // Each ten at once are within what may be on its way; all together they are more than that.
    let mut broadcast = Vec::new();
    for (n, ten) in rooms.chunks(10).enumerate() {
        broadcast.push(say_all(&bot, ten, 1, &"x".repeat(50_000)));
        house.until("they wait", || house.gateway.waiting() + 15 >= (n + 1) * 10).await;
    }
    house.alice.says(&house.room, "hello?");
    let heard = bot.next_message().await;
    assert_eq!(heard.text, "hello?", "its stream and its reads go on");
    drop(broadcast);
}

#[tokio::test]
async fn with_1200_sends_of_one_bot_waiting_none_of_anothers_is_refused_and_answers_go_first() {
    let house = house().await;
    let room = |n: usize| {
        let [north, south, west] = &house.phones[..] else { panic!("there are three") };
        house.world.room(&format!("room {n}"), &[&house.alice, north, south, west]).id().to_owned()
    };
    let (loud_rooms, quiet_rooms): (Vec<String>, Vec<String>) =
        ((0..24).map(room).collect(), (24..53).map(room).collect());
    let (loud, quiet) = (house.bot().await, Bot::connect(&house.gateway, OTHER).await.expect("a bot"));
    let broadcast = say_all(&loud, &loud_rooms, 50, "broadcast");
    house.until("the queue is full", || house.gateway.waiting() == 1_000).await;
    let waiting: Vec<usize> = house.status().await.bots.iter().map(|bot| bot.waiting_calls).collect();
    assert!(waiting[0] > 900 && waiting[1] == 0, "{waiting:?}");
    let metrics = house.admin("/metrics", None).await.1;
    assert!(metrics.contains("ha_wechaty_bot_waiting_calls{bot=\"main\"} "), "{metrics}");
    assert!(metrics.contains("ha_wechaty_bot_waiting_calls{bot=\"other\"} 0"), "{metrics}");

    // It is to hear what is said next, so it is there before that.
    let mut answering = house.bot().await;
    let (mut refused, mut others) = (0, say_all(&quiet, &quiet_rooms, 2, "word"));
    house.alice.says(&house.room, "hello?");
    let begun = Instant::now();
    answering.next_message().await;
    answering.say(house.room.id(), "here I am").await.expect("an answer has its place");
    let answered = begun.elapsed();
    while let Some(said) = others.join_next().await {
        refused += usize::from(said.expect("it ran").is_err());
    }
    let took = begun.elapsed();
    println!("58 sends of another bot: {refused} refused, all said in {took:?}; an answer in {answered:?}");
    assert_eq!(refused, 0, "of 58");
    let said = house.world.ledger().sent_by_accounts();
    let said: Vec<&str> = said.iter().filter_map(|it| it.text()).collect();
    let place = |what: &str| said.iter().position(|it| it.starts_with(what)).expect("it was said");
    let between = said[place("word")..].iter().filter(|it| it.starts_with("broadcast")).count();
    assert!(between <= 58 + 20, "{between} of the broadcast were said meanwhile, not one for one");
    assert!(answered < Duration::from_secs(3), "{answered:?}: it waited for the broadcast");

    let metrics = house.admin("/metrics", None).await.1;
    let longest =
        metrics.lines().find_map(|line| line.strip_prefix("ha_wechaty_core_longest_input_seconds "));
    println!("the core was busy with one thing for {} s at the most", longest.expect("it is told"));

    // Those of the broadcast that were too many, or had to make room, were told.
    drop(others);
    drop(loud);
    let mut told = 0;
    let mut broadcast = broadcast;
    while let Some(Ok(said)) = broadcast.try_join_next() {
        if let Err(status) = said {
            assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
            let words = status.message();
            assert!(words.contains("pace.max_queue") && words.contains("share"), "{status}");
            told += 1;
        }
    }
    assert!(told >= 150, "{told} were told");
}
