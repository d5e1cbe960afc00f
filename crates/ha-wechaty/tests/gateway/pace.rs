//! Nobody is driven over its pace: not by a bot that says much more, and not when few are left.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ha_wechaty::{
    admin::Paced,
    config::{Config, Limit},
};
use ha_wechaty_sim::Person;
use ha_wechaty_testkit::{Bot, DEADLINE, House, TOKEN};
use ha_wechaty_wire::FileBox;
use ha_wechaty_wire::puppet::{
    FriendshipAddRequest, MessageSendFileRequest, MessageSendTextRequest, RoomCreateRequest,
};
use ha_wechaty_wire::puppet_client::PuppetClient;
use tokio::task::JoinSet;
use tonic::{Code, Request, Status, transport::Endpoint};

fn limit(count: u32, window: Duration) -> Vec<Limit> {
    vec![Limit { count, window }]
}

fn paced(config: &mut Config, messages: u32, window: Duration) {
    config.pace.enabled = true;
    config.pace.allowance.messages = limit(messages, window);
    config.pace.per_conversation = limit(1, Duration::from_millis(20));
    config.pace.max_wait = DEADLINE;
}

/// Says all of these at once, each conversation's in order.
async fn say_all(bot: &Bot, texts: impl Iterator<Item = (String, String)>) -> Vec<Result<String, Status>> {
    let mut calls = JoinSet::new();
    for (conversation, text) in texts {
        let mut puppet = bot.puppet.clone();
        let request = MessageSendTextRequest {
            conversation_id: conversation,
            text,
            mentional_ids: Vec::new(),
            ..Default::default()
        };
        calls.spawn(async move { puppet.message_send_text(request).await.map(|it| it.into_inner().id) });
        // The next call leaves after this one.
        tokio::task::yield_now().await;
    }
    calls.join_all().await
}

#[tokio::test]
async fn ten_times_the_pace_waits_in_order_and_nothing_is_lost() {
    let window = Duration::from_millis(500);
    let house = House::with(|config| paced(config, 5, window)).await;
    let bot = house.bot().await;
    let others: Vec<_> = (0..4)
        .map(|n| {
            let [north, south, west] = &house.phones[..] else { panic!("there are three") };
            house.world.room(&format!("room {n}"), &[&house.alice, north, south, west])
        })
        .collect();
    let rooms: Vec<String> = others.iter().chain([&house.room]).map(|room| room.id().to_owned()).collect();
    // Three accounts may say 15 in a window; 150 are said at once.
    let texts = (0..150).map(|n| (rooms[n % 5].clone(), format!("{n:03}")));
    let value = |metrics: &str, name: &str| -> f64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().parse().unwrap_or_else(|_| panic!("{name} is not in\n{metrics}"))
    };
    // How many wait at a time, a slow machine decides.
    let watching = async {
        loop {
            house.until("some wait", || house.gateway.waiting() > 0).await;
            let metrics = house.admin("/metrics", None).await.1;
            if value(&metrics, "ha_wechaty_waiting_sends ") > 0.0 {
                break metrics;
            }
        }
    };
    let begun = Instant::now();
    let (said, metrics) = tokio::join!(say_all(&bot, texts), watching);
    assert!(said.iter().all(Result::is_ok), "{said:?}");
    assert!(begun.elapsed() >= window * 9, "{:?}: it was held back", begun.elapsed());
    let mut by_account: BTreeMap<String, Vec<std::time::SystemTime>> = BTreeMap::new();
    let mut by_room: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in house.world.ledger().sent_by_accounts() {
        by_account.entry(message.account.clone().unwrap_or_default()).or_default().push(message.at);
        let text = message.text().unwrap_or_default().to_owned();
        by_room.entry(message.conversation().to_owned()).or_default().push(text);
    }
    assert_eq!((by_account.len(), by_account.values().map(Vec::len).sum()), (3, 150));
    for (account, times) in &by_account {
        for pair in times.windows(6) {
            let within = pair[5].duration_since(pair[0]).unwrap_or_default();
            assert!(within >= window, "{account} said 6 in {within:?}");
        }
    }
    for (room, texts) in &by_room {
        assert!(texts.len() == 30 && texts.is_sorted(), "{room}: {texts:?}");
    }
    assert!(value(&metrics, "ha_wechaty_longest_wait_seconds ") > 0.0, "{metrics}");
    let metrics = house.admin("/metrics", None).await.1;
    assert!(metrics.contains("ha_wechaty_wait_duration_seconds_count 150"), "{metrics}");
    assert!(metrics.contains("ha_wechaty_waiting_sends 0"), "{metrics}");
}

#[tokio::test]
async fn a_survivor_keeps_its_pace_and_what_it_can_not_do_expires_with_the_reason() {
    let house = House::with(|config| {
        paced(config, 2, Duration::from_secs(60));
        config.pace.max_wait = Duration::from_millis(400);
    })
    .await;
    house.lose(1).await;
    house.lose(2).await;
    let mut bot = house.bot().await;
    for text in ["one", "two"] {
        bot.say(house.room.id(), text).await.expect("within its pace");
    }
    let refused = bot.say(house.room.id(), "three").await.expect_err("over its pace");
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
    for word in ["not sent", "north", "2/1m", "free in", "south is", "west is", "[pace]"] {
        assert!(refused.message().contains(word), "{word}: {refused}");
    }
    assert_eq!((house.calls("MessageSendText")[0], house.times("three")), (2, 0));
    let status = house.status().await;
    let used = status.accounts[0].pace.iter().find(|it| it.work == Paced::Message).expect("a limit");
    assert_eq!((used.used, used.allowed, used.limit.as_str()), (2, 2, "2/1m"));
    assert!(used.next_free.is_some_and(|next| (50.0..=60.0).contains(&next)), "{used:?}");
    let text = ha_wechaty_cli::text::status(&status);
    assert!(text.contains("2 of 2/1m messages, next in"), "{text}");
    let limits = "limits of north, south, west: messages 2/1m; friend_adds 1/1m, 20/1day; ";
    assert!(text.contains(limits), "those that are not used as well: {text}");
    let metrics = house.admin("/metrics", None).await.1;
    assert!(metrics.contains("ha_wechaty_expired_waits_total{work=\"messages\"} 1"), "{metrics}");
}

#[tokio::test]
async fn a_call_waits_no_longer_than_its_own_deadline() {
    let house = House::with(|config| paced(config, 1, Duration::from_secs(60))).await;
    let mut bot = house.bot().await;
    for n in 0..3 {
        bot.say(house.room.id(), &n.to_string()).await.expect("within the pace");
    }
    // Our own connections keep deadlines to themselves; a stock client tells them.
    let gateway =
        Endpoint::from_shared(format!("http://{}", house.gateway.local_addr())).expect("an address");
    let authority = format!("http://{TOKEN}").parse().expect("an authority");
    let stock = gateway.origin(authority).connect().await.expect("a connection");
    let mut request = Request::new(MessageSendTextRequest {
        conversation_id: house.room.id().into(),
        text: "too late".into(),
        mentional_ids: Vec::new(),
        ..Default::default()
    });
    request.set_timeout(Duration::from_secs(1));
    let refused =
        PuppetClient::new(stock).message_send_text(request).await.expect_err("nobody is within its pace");
    assert!(refused.message().contains("west has used its messages"), "the reason comes in time: {refused}");
    assert_eq!(house.times("too late"), 0);
}

#[tokio::test]
async fn a_bot_that_hangs_up_gives_its_place_back() {
    let house = House::with(|config| paced(config, 1, Duration::from_secs(60))).await;
    let mut bot = house.bot().await;
    for n in 0..3 {
        bot.say(house.room.id(), &n.to_string()).await.expect("within the pace");
    }
    let mut other = house.bot().await;
    let room = house.room.id().to_owned();
    let call = tokio::spawn(async move { other.say(&room, "never mind").await });
    house.until("it waits", || house.gateway.waiting() == 1).await;
    call.abort();
    house.until("its place is free", || house.gateway.waiting() == 0).await;
    assert_eq!(house.times("never mind"), 0);
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let house = House::with(|config| {
        paced(config, 1, Duration::from_secs(60));
        config.pace.max_queue = 1;
    })
    .await;
    let mut bot = house.bot().await;
    for n in 0..3 {
        bot.say(house.room.id(), &n.to_string()).await.expect("within the pace");
    }
    let mut other = house.bot().await;
    let room = house.room.id().to_owned();
    let waiting = tokio::spawn(async move { other.say(&room, "it waits").await });
    house.until("it waits", || house.gateway.waiting() == 1).await;
    let refused = bot.say(house.room.id(), "one too many").await.expect_err("the queue is full");
    assert!(
        refused.code() == Code::ResourceExhausted && refused.message().contains("pace.max_queue"),
        "{refused}"
    );
    waiting.abort();
}

#[tokio::test]
async fn what_waits_is_bounded_by_what_it_weighs() {
    const KIB: usize = 1_024;
    let house = House::with(|config| {
        paced(config, 1, Duration::from_secs(60));
        config.memory.waiting = bytesize::ByteSize::kib(64);
    })
    .await;
    let mut bot = house.bot().await;
    for n in 0..3 {
        bot.say(house.room.id(), &n.to_string()).await.expect("within the pace");
    }
    let room = house.room.id().to_owned();
    let file = FileBox::from_bytes("large.bin", &vec![7; 30 * KIB]).to_json();
    let request = MessageSendFileRequest { conversation_id: room.clone(), file_box: file };
    let mut puppet = bot.puppet.clone();
    let waiting = tokio::spawn(async move { puppet.message_send_file(request).await });
    house.until("it waits", || house.gateway.waiting() == 1).await;
    let refused = bot.say(&room, &"a".repeat(40 * KIB)).await.expect_err("it is too much");
    assert!(
        refused.code() == Code::ResourceExhausted && refused.message().contains("memory.waiting"),
        "{refused}"
    );
    let mut other = house.bot().await;
    let small = tokio::spawn(async move { other.say(&room, "small enough").await });
    house.until("it waits too", || house.gateway.waiting() == 2).await;
    let held = house.status().await.held.into_iter().find(|it| it.of == "waiting").expect("it is shown");
    assert_eq!((held.entries, held.limit), (2, 64 << 10));
    assert!((40 << 10..42 << 10).contains(&held.bytes), "the file counts as it came, in base64: {held:?}");
    waiting.abort();
    small.abort();
    house.until("they have hung up", || house.gateway.waiting() == 0).await;
    let metrics = house.admin("/metrics", None).await.1;
    for line in [
        "ha_wechaty_held{of=\"waiting\"} 0",
        "ha_wechaty_held_bytes{of=\"waiting\"} 0",
        "ha_wechaty_held_limit_bytes{of=\"waiting\"} 65536",
        "ha_wechaty_refused_waits_total 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn friendships_and_rooms_have_limits_of_their_own() {
    let house = House::with(|config| {
        paced(config, 40, Duration::from_secs(60));
        config.pace.allowance.friend_adds = limit(1, Duration::from_secs(60));
        config.pace.allowance.room_creations = limit(1, Duration::from_secs(60));
        config.pace.max_wait = Duration::from_millis(200);
    })
    .await;
    let mut bot = house.bot().await;
    let strangers: Vec<Person> = (0..4).map(|n| house.world.person(&format!("stranger {n}"))).collect();
    for (stranger, phone) in strangers.iter().flat_map(|it| house.phones.iter().map(move |phone| (it, phone)))
    {
        house.world.room("where all see each other", &[stranger, phone]);
    }
    let (mut added, mut made) = (0, 0);
    for stranger in &strangers {
        let contact_id = stranger.id().to_owned();
        let add = FriendshipAddRequest { contact_id, hello: "hello".into(), ..Default::default() };
        added += u32::from(bot.puppet.friendship_add(add).await.is_ok());
        let create =
            RoomCreateRequest { contact_ids: vec![house.alice.id().to_owned()], topic: "room".into() };
        made += u32::from(bot.puppet.room_create(create).await.is_ok());
    }
    assert_eq!((added, made), (3, 3), "one of each account");
    assert_eq!((house.calls("FriendshipAdd"), house.calls("RoomCreate")), (vec![1, 1, 1], vec![1, 1, 1]));
    bot.say(house.room.id(), "hello").await.expect("saying something is another matter");
}
