//! People and accounts talk: who sees what, under which id, how often.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Bot, over_tls, plaintext, soon};
use ha_wechaty_sim::{Content, OFFICIAL, Participant as _, World};
use ha_wechaty_wire::{MessageType, PuppetEvent, puppet as p};
use tonic::Code;

#[tokio::test]
async fn a_room_message_reaches_every_phone_under_its_own_id() {
    let world = World::new(1);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let south = world.phone("south").tls(false).serve().await.unwrap();
    let room = world.room("ding room", &[&alice, &north, &south]);
    let (mut a, mut b) = (Bot::on(&north).await, Bot::on(&south).await);

    let spoken = alice.mentions(&room, &[&north], "ding");
    let (seen_a, seen_b) = (a.message().await, b.message().await);
    assert_ne!(seen_a.id, seen_b.id);
    assert_eq!(north.ids_of(&spoken), [seen_a.id.as_str()]);
    for seen in [&seen_a, &seen_b] {
        assert_eq!((seen.talker_id.as_str(), seen.text.as_str()), (alice.id(), "ding"));
        assert_eq!((seen.room_id.as_str(), seen.listener_id.as_str()), (room.id(), ""));
        assert_eq!(seen.mention_ids, [north.id()]);
        assert_eq!(seen.r#type, MessageType::Text.to_wire());
        assert!(seen.receive_time.is_some());
    }
    assert_eq!(a.payload(&seen_b.id).await.unwrap_err().code(), Code::Unknown, "another phone's id");
}

#[tokio::test]
async fn what_an_account_says_is_seen_once_by_people_and_by_teammates_but_not_by_itself() {
    let world = World::new(2);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let south = world.phone("south").tls(false).echo(true).serve().await.unwrap();
    let room = world.room("ding room", &[&alice, &bob, &north, &south]);
    let (mut a, mut b) = (Bot::on(&north).await, Bot::on(&south).await);
    let mut everybody = world.watch();
    let mut only_bob = bob.watch();

    let id = a.say(room.id(), "dong").await.unwrap();
    assert_eq!(a.payload(&id).await.unwrap().talker_id, north.id(), "a sent message has a payload");
    let seen = b.message().await;
    assert_eq!((seen.talker_id.as_str(), seen.text.as_str()), (north.id(), "dong"));
    assert_eq!(soon(everybody.recv()).await.unwrap().to, alice.id());
    let delivered = soon(only_bob.recv()).await.unwrap();
    assert_eq!((delivered.conversation(), delivered.from.as_str()), (room.id(), north.id()));
    assert_eq!(delivered.account.as_deref(), Some("north"));

    let echoed = b.say(room.id(), "me too").await.unwrap();
    assert_eq!(b.message().await.id, echoed, "this phone echoes");
    assert_eq!(a.message().await.text, "me too", "and that one has nothing before it");

    let ledger = world.ledger();
    assert_eq!((ledger.times(room.id(), "dong"), ledger.sent_by_accounts().len()), (1, 2));
    assert_eq!((alice.seen().len(), bob.seen().len(), ledger.deliveries()), (2, 2, 4));
}

#[tokio::test]
async fn private_messages_need_a_friend() {
    let world = World::new(3);
    let (alice, stranger) = (world.person("alice"), world.person("stranger"));
    let north = world.phone("north").serve().await.unwrap();
    alice.befriends(&north);
    let mut bot = Bot::watching(over_tls(north.addr(), north.token().reveal())).await;
    bot.rpc.start(p::StartRequest {}).await.unwrap();

    stranger.says(&north, "buy!");
    alice.says(&north, "hello");
    let seen = bot.message().await;
    assert_eq!((seen.text.as_str(), seen.listener_id.as_str()), ("hello", north.id()));
    bot.say(alice.id(), "hello yourself").await.unwrap();
    assert_eq!(alice.seen()[0].text(), Some("hello yourself"));

    for (to, why) in
        [(stranger.id(), "not a friend"), ("nobody", "no contact"), ("1@chatroom", "not a member")]
    {
        let error = bot.say(to, "psst").await.unwrap_err();
        assert_eq!(error.code(), Code::Unknown);
        assert!(error.message().contains(why), "{error}");
    }
    assert!(stranger.seen().is_empty());
    assert_eq!(world.ledger().said().len(), 2);
}

#[tokio::test]
async fn the_official_account_answers_ding() {
    let world = World::new(4);
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let alone = world.phone("alone").tls(false).follows_official(false).serve().await.unwrap();
    let mut bot = Bot::on(&north).await;
    bot.say(OFFICIAL, "hello").await.unwrap();
    bot.say(OFFICIAL, "ding").await.unwrap();
    let dong = bot.message().await;
    assert_eq!((dong.talker_id.as_str(), dong.text.as_str()), (OFFICIAL, "dong"));
    world.official_answers(false);
    bot.say(OFFICIAL, "ding").await.unwrap();
    assert_eq!(north.waiting(), 0);
    let error = Bot::on(&alone).await.say(OFFICIAL, "ding").await.unwrap_err();
    assert!(error.message().contains("not a friend"), "{error}");
}

#[tokio::test]
async fn a_recalled_message_is_marked_and_the_phones_are_told() {
    let world = World::new(5);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let south = world.phone("south").tls(false).serve().await.unwrap();
    let room = world.room("room", &[&alice, &north, &south]);
    let (mut a, mut b) = (Bot::on(&north).await, Bot::on(&south).await);

    let id = a.say(room.id(), "oops").await.unwrap();
    let original = b.message().await.id;
    let foreign = p::MessageRecallRequest { id: original.clone() };
    assert!(b.rpc.message_recall(foreign).await.is_err(), "only one's own");
    let answer = a.rpc.message_recall(p::MessageRecallRequest { id: id.clone() }).await.unwrap();
    assert!(answer.into_inner().success);
    assert!(a.rpc.message_recall(p::MessageRecallRequest { id }).await.is_err(), "only once");
    let recalled = b.message().await;
    assert_eq!((recalled.r#type, recalled.text), (MessageType::Recalled.to_wire(), original));
    let seen = alice.seen();
    assert!(seen[0].recalled && matches!(seen[1].content, Content::Recalled(_)));

    let spoken = alice.says(&room, "oops too");
    let original = a.message().await.id;
    alice.recalls(&spoken);
    assert_eq!(a.message().await.text, original);
}

#[tokio::test]
async fn cards_links_programs_and_places_come_as_they_were_sent_and_can_be_forwarded() {
    let world = World::new(6);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let north = world.phone("north").tls(false).serve().await.unwrap();
    alice.befriends(&north);
    bob.befriends(&north);
    let mut bot = Bot::on(&north).await;
    let conversation_id = alice.id().to_owned();

    let request = p::MessageSendContactRequest {
        conversation_id: conversation_id.clone(),
        contact_id: bob.id().into(),
    };
    bot.rpc.message_send_contact(request).await.unwrap();
    let link = p::UrlLinkPayload { title: "t".into(), url: "https://x.invalid".into(), ..Default::default() };
    let request = p::MessageSendUrlRequest {
        conversation_id: conversation_id.clone(),
        url_link: Some(link.clone()),
        ..Default::default()
    };
    bot.rpc.message_send_url(request).await.unwrap();
    #[allow(deprecated)]
    let request = p::MessageSendMiniProgramRequest {
        conversation_id: conversation_id.clone(),
        mini_program_deprecated: r#"{"appid":"a","pagePath":"p"}"#.into(),
        mini_program: None,
    };
    bot.rpc.message_send_mini_program(request).await.unwrap();
    let location = Some(p::LocationPayload { name: "here".into(), latitude: 1.5, ..Default::default() });
    let request = p::MessageSendLocationRequest { conversation_id, location: location.clone() };
    bot.rpc.message_send_location(request).await.unwrap();

    let sent = alice.seen();
    assert_eq!(sent[0].content, Content::Contact(bob.id().into()));
    assert_eq!(sent[1].content, Content::Url(link.clone()));
    for message in &sent {
        alice.sends(&north, message.content.clone());
    }
    let (card, url) = (bot.message().await.id, bot.message().await.id);
    let (program, place) = (bot.message().await.id, bot.message().await.id);
    let answer = bot.rpc.message_contact(p::MessageContactRequest { id: card.clone() }).await.unwrap();
    assert_eq!(answer.into_inner().id, bob.id());
    let answer = bot.rpc.message_url(p::MessageUrlRequest { id: url.clone() }).await.unwrap();
    assert_eq!(answer.into_inner().url_link, Some(link.clone()));
    let answer = bot.rpc.message_mini_program(p::MessageMiniProgramRequest { id: program }).await.unwrap();
    assert_eq!(answer.into_inner().mini_program.unwrap().page_path, "p");
    let answer = bot.rpc.message_location(p::MessageLocationRequest { id: place }).await.unwrap();
    assert_eq!(answer.into_inner().location, location);
    assert!(bot.rpc.message_url(p::MessageUrlRequest { id: card }).await.is_err(), "a card is no link");

    let request =
        p::MessageForwardRequest { message_id: url, conversation_id: bob.id().into(), ..Default::default() };
    #[allow(deprecated)]
    let wrapper = bot.rpc.message_forward(request).await.unwrap().into_inner().id_string_value_deprecated;
    assert!(wrapper.is_some(), "stock servers fill the deprecated field too");
    assert_eq!(bob.seen()[0].content, Content::Url(link));
}

#[tokio::test]
async fn the_token_is_checked_as_stock_servers_do() {
    let world = World::new(7);
    let north = world.phone("north").token("insecure_7").tls(false).serve().await.unwrap();
    let south = world.phone("south").token("insecure_8").serve().await.unwrap();
    let wrong = [plaintext(north.addr(), "insecure_x"), over_tls(south.addr(), "insecure_x")];
    for mut client in wrong {
        let error = soon(client.version(p::VersionRequest {})).await.unwrap_err();
        assert_eq!(error.code(), Code::Unauthenticated);
        assert_eq!(error.message(), r#"Invalid Wechaty TOKEN "insecure_x""#);
    }
    assert_eq!(north.calls("Version"), 0);
    let mut right = plaintext(north.addr(), "insecure_7");
    assert!(!right.version(p::VersionRequest {}).await.unwrap().into_inner().version.is_empty());
}

#[tokio::test]
async fn one_stream_at_a_time_and_its_opening_tells_the_state() {
    let world = World::new(8);
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let mut bot = Bot::watching(plaintext(north.addr(), north.token().reveal())).await;
    assert!(matches!(bot.event().await, PuppetEvent::Heartbeat(_)));
    let error = bot.say(OFFICIAL, "ding").await.unwrap_err();
    assert!(error.message().contains("not started"), "{error}");
    bot.rpc.start(p::StartRequest {}).await.unwrap();
    bot.rpc.start(p::StartRequest {}).await.unwrap();
    assert_eq!(bot.event().await, PuppetEvent::Login { contact_id: north.contact_id().into() });
    assert!(matches!(bot.event().await, PuppetEvent::Ready(_)));
    let second = soon(bot.rpc.event(p::EventRequest::default())).await.unwrap_err();
    assert_eq!(second.code(), Code::AlreadyExists);

    drop(bot.events);
    soon(world.until(|| !north.is_streaming())).await;
    let mut bot = Bot::watching(bot.rpc).await;
    assert!(matches!(bot.event().await, PuppetEvent::Heartbeat(_)));
    assert!(matches!(bot.event().await, PuppetEvent::Login { .. }));
    assert!(matches!(bot.event().await, PuppetEvent::Ready(_)));

    bot.rpc.ding(p::DingRequest { data: "x".into() }).await.unwrap();
    assert!(matches!(bot.event().await, PuppetEvent::Dong(it) if it.data == "x"));
    bot.rpc.dirty_payload(p::DirtyPayloadRequest { r#type: 3, id: "r".into() }).await.unwrap();
    assert!(matches!(bot.event().await, PuppetEvent::Dirty(it) if it.payload_id == "r"));

    bot.rpc.stop(p::StopRequest {}).await.unwrap();
    assert_eq!(soon(bot.events.message()).await.unwrap(), None, "a stop ends the stream");
    assert_eq!((north.calls("Start"), north.calls("Stop"), north.is_running()), (2, 1, false));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let mut runs = Vec::new();
    for seed in [9, 9, 10] {
        let world = World::new(seed);
        let north = world.phone("north").tls(false).serve().await.unwrap();
        let alice = world.person("alice");
        let room = world.room("room", &[&alice, &north]);
        runs.push((room.id().to_owned(), north.ids_of(&alice.says(&room, "x")), alice.phone_number()));
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn grpc_health_is_served_without_a_token() {
    let world = World::new(10);
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", north.addr())).unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.connect().await.unwrap());
    let answer = health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
}
