//! A bot comes back to what it missed, and answers all of it within what pace allows.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use ha_wechaty_core::Limit;
use ha_wechaty_testkit::{DEADLINE, House, TOKEN, wait::until_some};
use ha_wechaty_wire::{PuppetEvent, puppet::MessagePayloadRequest};
use prost::Message as _;
use tokio::time::{Instant, timeout};

use crate::guests::Guest;

#[tokio::test]
async fn all_answers_to_a_backlog_leave_though_each_call_has_little_patience() {
    const MISSED: usize = 60;
    let house = House::with(|config| {
        config.pace.enabled = true;
        config.pace.per_conversation = vec![Limit { count: 10, window: Duration::from_secs(1) }];
        config.pace.max_wait = Duration::from_millis(500);
    })
    .await;
    let bot = house.bot().await;
    drop(bot);
    for n in 0..MISSED {
        house.alice.says(&house.room, &format!("question {n}"));
    }
    let is_kept = || house.phones.iter().all(|phone| phone.calls("MessagePayload") >= MISSED as u64);
    house.until("all was told to the team", is_kept).await;
    let mut bot = house.bot().await;
    let (mut answers, mut heard) = (FuturesUnordered::new(), Vec::new());
    let end = Instant::now() + DEADLINE;
    while heard.len() < MISSED || !answers.is_empty() {
        tokio::select! {
                    event = bot.events.message(), if heard.len() < MISSED => {
                        let event = PuppetEvent::parse(&event.expect("whole").expect("open")).expect("readable");
                        let PuppetEvent::Message { id } = event else { continue };
                        let text = bot.payload(&id).await.expect("a payload").text;
                        if !text.starts_with("question") { continue }
                        heard.push(text.clone());
                        let mut puppet = bot.puppet.clone();
                        let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
                            conversation_id: house.room.id().into(),
                            text: text.replace("question", "answer"),
                            mentional_ids: Vec::new(),
        ..Default::default()
        };
                        answers.push(async move { puppet.message_send_text(request).await });
                    }
                    Some(answer) = answers.next(), if !answers.is_empty() => drop(answer.expect("not refused")),
                    () = tokio::time::sleep_until(end) => panic!("{} heard", heard.len()),
                }
    }
    let asked: Vec<String> = (0..MISSED).map(|n| format!("question {n}")).collect();
    assert_eq!(heard, asked, "in order, each once");
    let said: BTreeSet<usize> = (0..MISSED).map(|n| house.times(&format!("answer {n}"))).collect();
    assert_eq!(said, [1].into(), "each once");
}

#[tokio::test]
async fn what_a_bot_says_itself_is_not_given_to_it_again() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    // It has got what came before this, and can't be asked for.
    house.alice.says(&house.room, "hi");
    assert_eq!(bot.next_message().await.text, "hi");
    let mut known = BTreeSet::new();
    for n in 0..30 {
        let id = bot.say(house.room.id(), &format!("own {n}")).await.expect("sent");
        // As stock clients do: they keep it then, and never ask again.
        bot.payload(&id).await.expect("a payload");
        known.insert(id);
    }
    let end = Instant::now() + DEADLINE;
    let mut seen = house.status().await;
    while seen.team.backlog > 0 {
        assert!(Instant::now() < end, "{:?}", seen.bots);
        // A teammate saw it before its sender said that it is sent: under an id that the bot does not know.
        if let Ok(PuppetEvent::Message { id }) =
            tokio::time::timeout(Duration::from_millis(20), bot.next()).await
            && !known.contains(&id)
        {
            bot.payload(&id).await.expect("a payload");
        }
        seen = house.status().await;
    }
    drop(bot);
    house.alice.says(&house.room, "hello");
    let mut bot = house.bot().await;
    assert_eq!(bot.next_message().await.text, "hello", "the first that it is given");
}

#[tokio::test]
async fn a_bot_that_is_away_is_seen_by_what_waits_for_it() {
    let house = House::new().await;
    drop(house.bot().await);
    let mut seen = house.status().await;
    let end = Instant::now() + DEADLINE;
    while !seen.bots[0].streams.is_empty() {
        assert!(Instant::now() < end, "{seen:?}");
        seen = house.status().await;
    }
    house.alice.says(&house.room, "one");
    house.alice.says(&house.phones[0], "two");
    let waiting = |status: &ha_wechaty::admin::Status| status.bots[0].away.as_ref().map(|it| it.waiting);
    while waiting(&seen) < Some(2) {
        assert!(Instant::now() < end, "{seen:?}");
        seen = house.status().await;
    }
    let text = ha_wechaty_cli::text::status(&seen);
    assert!(
        text.contains("bot main: not connected: away for ") && text.contains(" events wait for it"),
        "{text}"
    );
    let (code, ready) = house.admin("/health/ready", None).await;
    assert_eq!(code, 200, "it serves, or the bot could not come back");
    assert!(
        ready.starts_with("ready\nbut a bot is away for ") && ready.contains(" events wait for it"),
        "{ready}"
    );
    let (_, metrics) = house.admin("/metrics", None).await;
    assert!(metrics.contains("ha_wechaty_bot_waiting_events{bot=\"main\"} "), "{metrics}");
    assert!(metrics.contains("ha_wechaty_held{of=\"backlog\"} "), "{metrics}");
    let mut bot = house.bot().await;
    let texts: BTreeSet<String> = [bot.next_message().await.text, bot.next_message().await.text].into();
    assert_eq!(texts, ["one".to_owned(), "two".to_owned()].into());
    assert_eq!(house.status().await.bots[0].away, None);
}

#[tokio::test]
async fn a_message_is_taken_when_the_answer_about_it_has_left_and_not_before() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let until_backlog = async |count| {
        until_some("the backlog", async || (house.status().await.team.backlog == count).then_some(())).await;
    };
    house.alice.says(&house.room, "hi");
    assert_eq!(bot.next_message().await.text, "hi");
    until_backlog(0).await;
    house.alice.says(&house.room, "hello");
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let mut guest = Guest::reading(house.gateway.local_addr(), 1).await;
    let request = MessagePayloadRequest { id: id.clone() }.encode_to_vec();
    let asked = guest.asks(TOKEN, "gateway/wechaty.Puppet/MessagePayload", &request).await;
    let _unread = timeout(DEADLINE, asked).await.expect("in time").expect("an answer");
    // The core is told of it behind what it would have been told before.
    bot.say(house.room.id(), "so").await.expect("sent");
    assert_eq!(
        house.status().await.team.backlog,
        1,
        "were the gateway killed now, its bot would know nothing of it"
    );
    // What its end leaves unread is thrown away, which is as if nobody had asked.
    guest.dies();
    until_some("nothing is on its way any more", async || {
        let held = house.status().await.held;
        held.iter().any(|it| it.of == "requests" && it.bytes == 0).then_some(())
    })
    .await;
    bot.say(house.room.id(), "well").await.expect("sent");
    assert_eq!(house.status().await.team.backlog, 1, "it is still owed");
    drop(bot);
    let mut bot = house.bot().await;
    assert_eq!(bot.next_message().await.text, "hello", "it is given again");
    until_backlog(0).await;
}
