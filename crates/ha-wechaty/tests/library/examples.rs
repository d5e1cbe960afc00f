//! The examples, as they are run.
#![allow(dead_code, reason = "their mains are not called here")]

use std::{future::IntoFuture as _, net::SocketAddr, sync::Arc};

use axum::Router;
use ha_wechaty_sim::{Attachment as SimFile, Content, Fault};
use ha_wechaty_testkit::{Town, wait::within};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::team::TeamOf as _;

#[path = "../../examples/add_remove.rs"]
mod add_remove;
#[path = "../../examples/ding_dong.rs"]
mod ding_dong;
#[path = "../../examples/faq_bot.rs"]
mod faq_bot;
#[path = "../../examples/file_bot.rs"]
mod file_bot;
#[path = "../../examples/metrics_bot.rs"]
mod metrics_bot;
#[path = "../../examples/notifier.rs"]
mod notifier;
#[path = "../../examples/room_manager.rs"]
mod room_manager;

/// Serves a router on a free port.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

/// One HTTP request; the whole answer.
async fn http(to: SocketAddr, method: &str, path: &str, json: &str) -> String {
    let mut socket = TcpStream::connect(to).await.expect("a connection");
    let length = json.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{json}"
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    answer
}

/// Waits until alice was told something with these words, by a team or in a room.
async fn until_alice_reads(town: &Town, words: &str) {
    let has_read = || town.alice.seen().iter().any(|it| it.text().is_some_and(|it| it.contains(words)));
    within(&format!("alice reads {words:?}"), town.world.until(has_read)).await;
}

#[tokio::test]
async fn ding_dong() {
    let town = Town::new().await;
    let ha = ding_dong::bot(town.team()).expect("a bot");
    ha.start().await.expect("started");
    town.alice.says(&town.room, "ding");
    town.until_said("dong", 1).await;
    town.alice.says(&town.phones[1], "ding");
    let answer = || town.alice.seen().iter().any(|it| it.message.room_id.is_none());
    within("an answer to her alone", town.world.until(answer)).await;
    ha.stop().await;
}

#[tokio::test]
async fn accounts_are_added_and_removed_by_what_an_operator_types() {
    let town = Town::new().await;
    let ha = add_remove::bot(town.team_of(&town.phones[..1])).expect("a bot");
    ha.start().await.expect("started");
    let south = &town.phones[1];
    let add = format!("add south={}@{}", south.token().reveal(), south.addr());
    let stands = add_remove::obey(&ha, &add).await.expect("added");
    assert_eq!(stands, "north: available; south: available");
    assert_eq!(add_remove::obey(&ha, "remove north\n").await.expect("removed"), "south: available");
    town.alice.says(&town.room, "ding");
    town.until_said("dong", 1).await;
    let error = add_remove::obey(&ha, "remove north").await.expect_err("it is gone");
    assert_eq!(error.to_string(), "the team has no account \"north\"; it has south");
    let error = add_remove::obey(&ha, "help").await.expect_err("no such order");
    assert!(error.to_string().starts_with("write: add "), "{error}");
    ha.stop().await;
}

#[test]
fn ding_dong_takes_less_than_thirty_lines() {
    let text = include_str!("../../examples/ding_dong.rs");
    assert!(text.lines().count() < 30);
}

#[tokio::test]
async fn the_notifier_tells_every_room_once_one_account_after_the_other_and_loses_none() {
    let town = Town::new().await;
    let all = [&town.phones[0], &town.phones[1], &town.phones[2]];
    let room = town.world.room("developers", &[&town.alice, all[0], all[1], all[2]]);
    let other = town.world.room("more developers", &[&town.alice, all[0], all[1], all[2]]);
    let ha = notifier::bot(town.team()).expect("a bot");
    ha.start().await.expect("started");
    let webhook = serve(notifier::webhook(ha.clone())).await;
    let issue = |number: u32| {
        format!(
            r#"{{"action": "opened", "issue": {{"number": {number}, "title": "It hangs", "html_url":
            "https://example.com/{number}"}}, "repository": {{"full_name": "wechaty/wechaty"}}}}"#
        )
    };
    for number in 0..6 {
        if number == 3 {
            town.phones[0].fail(Fault::Drop);
        }
        let answer = http(webhook, "POST", "/issues", &issue(number)).await;
        assert!(answer.contains("2 rooms know"), "{answer}");
    }
    let said = town.world.ledger().said();
    for number in 0..6 {
        let url = format!("https://example.com/{number}");
        for room in [&room, &other] {
            let is_it = |content: &Content| matches!(content, Content::Url(link) if link.url == url);
            let times = said.iter().filter(|it| it.conversation() == room.id() && is_it(&it.content));
            assert_eq!(times.count(), 1, "{url} in {}", room.topic());
        }
    }
    let speakers: std::collections::BTreeSet<_> = said.iter().filter_map(|it| it.account.clone()).collect();
    assert_eq!(speakers.len(), 3, "each account had its turn");
    let nonsense = http(webhook, "POST", "/issues", "{}").await;
    assert!(nonsense.starts_with("HTTP/1.1 422"), "{nonsense}");
    ha.stop().await;
    let stopped = http(webhook, "POST", "/issues", &issue(9)).await;
    assert!(stopped.starts_with("HTTP/1.1 503"), "{stopped}");
}

#[tokio::test]
async fn the_faq_bot_knows_much_and_asks_the_rest() {
    let town = Town::new().await;
    let expert = town.world.person("bob");
    town.phones.iter().for_each(|phone| town.world.befriend(&expert, phone));
    let ha = faq_bot::bot(town.team()).expect("a bot");
    ha.start().await.expect("started");
    let bob = ha.contacts().load(expert.id()).await.expect("known").expect("there");
    bob.set_alias("expert").await.expect("an alias");

    town.alice.says(&town.room, "what is the price?");
    town.alice.mentions(&town.room, &[&town.phones[2]], "@west\u{2005}How do I install it?");
    until_alice_reads(&town, "@alice\u{2005}npm install").await;
    town.alice.says(&town.phones[0], "Why is the sky blue?");
    until_alice_reads(&town, "please wait").await;
    let is_asked = || expert.seen().iter().any(|it| it.text() == Some("Somebody asks: why is the sky blue?"));
    within("bob is asked", town.world.until(is_asked)).await;
    expert.says(&town.phones[0], "Because of the air.");
    until_alice_reads(&town, "Because of the air.").await;
    assert_eq!(town.world.ledger().times(town.room.id(), "It is free."), 0, "nobody asked the bot");
    ha.stop().await;
}

#[tokio::test]
async fn the_file_bot_keeps_files_and_gives_them_back() {
    let town = Town::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let ha = file_bot::bot(town.team(), folder.path().to_owned()).expect("a bot");
    ha.start().await.expect("started");
    let bytes: Vec<u8> = (0..200_000).map(|n| n as u8).collect();
    town.alice.sends(&town.phones[0], SimFile::new("../../notes.bin", bytes.clone()));
    until_alice_reads(&town, "I keep").await;
    assert_eq!(std::fs::read(folder.path().join("notes.bin")).expect("within the folder"), bytes);
    town.alice.says(&town.phones[0], "list");
    until_alice_reads(&town, "notes.bin").await;
    // Another account gives back what one received.
    town.alice.says(&town.phones[1], "get notes.bin");
    let given = || {
        town.alice.seen().iter().any(|it| it.message.content.file().is_some_and(|it| *it.bytes() == *bytes))
    };
    within("the file", town.world.until(given)).await;
    town.alice.says(&town.phones[1], "get nothing");
    until_alice_reads(&town, "there is no nothing").await;
    ha.stop().await;
}

#[tokio::test]
async fn the_room_manager_lets_in_welcomes_guards_and_removes() {
    let town = Town::new().await;
    let [north, south, _] = &town.phones[..] else { panic!("three phones") };
    let carol = town.world.person("carol");
    let room = town.world.room("developers", &[&town.alice, north, south]);
    let ha = room_manager::bot(town.team()).expect("a bot");
    ha.start().await.expect("started");

    carol.asks_friendship(north, "let me in");
    let is_friend = || north.calls("FriendshipAccept") == 1;
    within("she is a friend", town.world.until(is_friend)).await;
    carol.says(north, "let me in");
    let is_in = || room.members().iter().any(|it| it == carol.id());
    within("she is in", town.world.until(is_in)).await;
    until_alice_reads(&town, "@carol\u{2005}welcome!").await;

    carol.sets_topic(&room, "carol's room");
    within("the topic is back", town.world.until(|| room.topic() == "developers")).await;
    until_alice_reads(&town, "this room is called developers").await;

    room.add_admin(north);
    town.alice.mentions(&room, &[north, &carol], "@north\u{2005}remove @carol\u{2005}");
    let is_out = || !room.members().iter().any(|it| it == carol.id());
    within("she is out", town.world.until(is_out)).await;
    ha.stop().await;
}

#[tokio::test]
async fn the_metrics_bot_counts_what_it_does() {
    let town = Town::new().await;
    let metrics = metrics_bot::Metrics::new();
    let ha = metrics_bot::bot(town.team(), &metrics).expect("a bot");
    ha.start().await.expect("started");
    let page = serve(metrics_bot::page(Arc::clone(&metrics))).await;
    town.alice.says(&town.room, "ding");
    town.until_said("dong", 1).await;
    town.phones[2].fail(Fault::LogOut("elsewhere".into()));
    let changed = async {
        loop {
            let text = http(page, "GET", "/metrics", "").await;
            let is_counted =
                text.contains("bot_said_total{") && text.contains("bot_available{account=\"west\"} 0");
            if is_counted {
                return text;
            }
            tokio::task::yield_now().await;
        }
    };
    let text = within("everything is counted", changed).await;
    assert!(text.contains("kind=\"Text\"} 1") && text.contains("outcome=\"sent\"} 1"), "{text}");
    assert!(text.contains("bot_available{account=\"north\"} 1"), "{text}");
    ha.stop().await;
}

#[test]
fn the_readme_shows_a_program_that_is_built() {
    let readme = include_str!("../../../../README.md");
    let shown =
        readme.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```")).expect("a program").0;
    let built = include_str!("../../examples/high_available.rs");
    assert_eq!(built.split_once("\n\n").expect("a line of docs").1, shown);
}
