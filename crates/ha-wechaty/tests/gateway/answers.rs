//! Answers: what nobody reads is bounded, what is read is whole, and what fails in the middle says why.

use std::fs;

use bytes::Bytes;
use futures_util::future::join_all;
use ha_wechaty::{
    Config,
    config::{BotConfig, ByteSize, Files},
};
use ha_wechaty_sim::{Attachment, Fault};
use ha_wechaty_testkit::{Bot, DEADLINE, House, TOKEN, wait::until_some};
use ha_wechaty_wire::{FileBox, PuppetEvent, Token, puppet::*};
use http::HeaderMap;
use prost::Message as _;
use tokio::time::timeout;
use tonic::{Code, Request, Status, Streaming, client::Grpc, transport::Endpoint};
use tonic_prost::ProstCodec;

use crate::guests::Guest;

const MIB: usize = 1 << 20;
const OTHER: &str = "insecure_other";

fn bytes(size: usize) -> Bytes {
    (0..size).map(|n| (n % 251) as u8).collect::<Vec<u8>>().into()
}

/// A bot that is given files inside answers, and another one.
fn two(config: &mut Config) {
    config.bots[0].files = Files::Inline;
    config.bots.push(BotConfig::new("other", Token::new(OTHER)));
}

/// The id of a message with this file in it.
async fn file(house: &House, bot: &mut Bot, bytes: &Bytes) -> String {
    house.alice.sends(&house.room, Attachment::new("file.bin", bytes.clone()));
    bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await
}

async fn held(house: &House, of: &str) -> usize {
    let held = house.status().await.held.into_iter().find(|it| it.of == of).expect("it is shown");
    held.bytes.try_into().expect("few")
}

/// Waits until so much is held.
async fn until_held(house: &House, of: &str, is_it: impl Fn(usize) -> bool) {
    until_some(of, async || is_it(held(house, of).await).then_some(())).await;
}

fn status_of(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers)
}

#[tokio::test]
async fn answers_that_a_bot_does_not_read_are_bounded_and_another_bot_is_served() {
    let house = House::with(|config| {
        two(config);
        config.memory.requests = ByteSize::mib(8);
    })
    .await;
    let mut other = Bot::connect(&house.gateway, OTHER).await.expect("a bot");
    let size = 700 << 10;
    let id = file(&house, &mut other, &bytes(size)).await;
    let mut guest = Guest::reading(house.gateway.local_addr(), 1_000).await;
    let request = MessageFileRequest { id: id.clone() }.encode_to_vec();
    let (mut unread, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        let asked = guest.asks(TOKEN, "gateway/wechaty.Puppet/MessageFile", &request).await;
        let (head, body) = timeout(DEADLINE, asked).await.expect("in time").expect("an answer").into_parts();
        match status_of(&head.headers) {
            Some(status) => refused.push(status),
            None => unread.push(body),
        }
    }
    // Its own quarter, and what is everybody's.
    let most = 6 * MIB;
    let is_held = held(&house, "requests").await;
    println!("of 40 answers of {} KiB {} wait, {is_held} bytes", (size * 4 / 3) >> 10, unread.len());
    assert!(unread.len() * (size * 4 / 3) <= most && unread.len() >= 3, "{} wait", unread.len());
    assert!((unread.len() * (size * 4 / 3)..=most).contains(&is_held), "{is_held}");
    for status in &refused {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        assert!(["memory.requests", "ask again"].iter().all(|it| status.message().contains(it)), "{status}");
    }
    // However short they are, answers that nobody reads are not without end.
    assert!((1_000..5_000).contains(&guest.calls()), "{}", guest.calls());
    // Whatever is small goes through, and another bot has its own part.
    let mut bot = house.bot().await;
    assert!(bot.say(house.room.id(), "it still speaks").await.is_ok());
    for n in 0..10 {
        other.say(house.room.id(), &n.to_string()).await.expect("sent");
        let file = other.puppet.message_file(MessageFileRequest { id: id.clone() }).await.expect("a file");
        assert!(FileBox::parse(&file.into_inner().file_box).is_ok());
    }
    drop(unread);
    guest.dies();
    until_held(&house, "requests", |bytes| bytes < MIB).await;
    let file = bot.puppet.message_file(MessageFileRequest { id }).await.expect("a file").into_inner();
    assert_eq!(FileBox::parse(&file.file_box).expect("a FileBox").bytes(), Some(bytes(size).into()));
}

#[tokio::test]
async fn files_that_flow_and_are_not_read_have_little_here_each() {
    let house = House::with(|config| {
        two(config);
        config.memory.requests = ByteSize::mib(4);
    })
    .await;
    let mut other = Bot::connect(&house.gateway, OTHER).await.expect("a bot");
    let id = file(&house, &mut other, &bytes(3 * MIB)).await;
    let mut guest = Guest::reading(house.gateway.local_addr(), 1_000).await;
    let request = MessageFileRequest { id }.encode_to_vec();
    let (mut unread, mut refused) = (Vec::new(), 0);
    for n in 0..40 {
        let name = if n % 2 == 0 { "MessageFile" } else { "MessageFileStream" };
        let asked = guest.asks(TOKEN, &format!("gateway/wechaty.Puppet/{name}"), &request).await;
        let (head, body) = timeout(DEADLINE, asked).await.expect("in time").expect("an answer").into_parts();
        match status_of(&head.headers) {
            Some(status) => {
                assert!(status.message().contains("memory.requests"), "{status}");
                refused += 1;
            }
            None => unread.push(body),
        }
    }
    println!("of 40 answers of 4 MiB {} flow, {} bytes", unread.len(), held(&house, "requests").await);
    assert!((8..=13).contains(&unread.len()) && refused + unread.len() == 40, "{}", unread.len());
    assert!(held(&house, "requests").await <= 3 * MIB);
    drop(unread);
    guest.dies();
    until_held(&house, "requests", |bytes| bytes < 64 << 10).await;
}

#[tokio::test]
async fn a_bot_that_reads_may_ask_for_64_large_answers_at_once() {
    let house = House::with(two).await;
    let mut bot = house.bot().await;
    let bytes = bytes(500 << 10);
    let id = file(&house, &mut bot, &bytes).await;
    let asked = (0..64).map(|_| {
        let (mut puppet, id) = (bot.puppet.clone(), id.clone());
        async move { puppet.message_file(MessageFileRequest { id }).await }
    });
    for answer in join_all(asked).await {
        let file = answer.expect("a file").into_inner().file_box;
        assert!(FileBox::parse(&file).expect("a FileBox").bytes().is_some_and(|it| bytes == it));
    }
    until_held(&house, "requests", |bytes| bytes < 64 << 10).await;
}

/// Asks for a file as a stock client does, and reads no more of it than its window takes.
async fn begins_to_read(house: &House, id: String) -> Streaming<MessageFileResponse> {
    let at = format!("http://{}", house.gateway.local_addr());
    let channel = Endpoint::new(at).expect("an address").connect().await.expect("a connection");
    let mut grpc = Grpc::new(channel).max_decoding_message_size(200 * MIB);
    grpc.ready().await.expect("always");
    let mut request = Request::new(MessageFileRequest { id });
    let token = format!("Wechaty {TOKEN}").parse().expect("a value");
    request.metadata_mut().insert("authorization", token);
    let (path, codec) =
        (http::uri::PathAndQuery::from_static("/wechaty.Puppet/MessageFile"), ProstCodec::default());
    grpc.server_streaming(request, path, codec).await.expect("it begins").into_inner()
}

#[tokio::test]
async fn what_fails_in_the_middle_of_an_answer_is_told_behind_what_has_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::with(|config| {
        two(config);
        config.gateway.spool_dir = Some(folder.path().to_owned());
    })
    .await;
    let mut other = Bot::connect(&house.gateway, OTHER).await.expect("a bot");
    let id = file(&house, &mut other, &bytes(30 * MIB)).await;
    let mut answer = begins_to_read(&house, id).await;
    // The disk loses most of the file, which has no name.
    let open = fs::read_dir("/proc/self/fd").expect("the system says so").filter_map(Result::ok);
    let is_spooled =
        |it: &fs::DirEntry| fs::read_link(it.path()).is_ok_and(|to| to.starts_with(folder.path()));
    let spooled: Vec<_> = open.filter(is_spooled).map(|it| it.path()).collect();
    assert_eq!(spooled.len(), 1, "{spooled:?}");
    let lost = fs::File::options().write(true).open(&spooled[0]).and_then(|file| file.set_len(1));
    lost.expect("it is ours");
    let told = timeout(DEADLINE, answer.message()).await.expect("in time").expect_err("it is not whole");
    assert_eq!(told.code(), Code::Unavailable, "{told}");
    assert!(["gateway.spool_dir", "again"].iter().all(|it| told.message().contains(it)), "{told}");
}

#[tokio::test]
async fn what_accounts_are_asked_to_do_counts_until_they_have_answered() {
    let house = House::with(|config| {
        two(config);
        config.memory.waiting = ByteSize::mib(1);
    })
    .await;
    let (mut bot, mut other) = (house.bot().await, Bot::connect(&house.gateway, OTHER).await.expect("a bot"));
    for phone in &house.phones {
        phone.fail(Fault::Stall);
    }
    // What is said in one room is said one after the other.
    let room = |n: usize| {
        let [north, south, west] = &house.phones[..] else { panic!("there are three") };
        house.world.room(&format!("room {n}"), &[&house.alice, north, south, west]).id().to_owned()
    };
    let (rooms, text): (Vec<String>, _) = ((0..4).map(room).collect(), "x".repeat(200 << 10));
    let says = |bot: &Bot, room: &str| {
        let (mut puppet, conversation_id, text) = (bot.puppet.clone(), room.to_owned(), text.clone());
        let request =
            MessageSendTextRequest { conversation_id, text, mentional_ids: Vec::new(), ..Default::default() };
        tokio::spawn(async move { puppet.message_send_text(request).await })
    };
    let asked = |house: &House| house.calls("MessageSendText").iter().sum::<u64>();
    // Its own quarter, and what is everybody's, are enough for three.
    let under_way: Vec<_> = rooms[..3].iter().map(|room| says(&bot, room)).collect();
    house.until("they are asked", || asked(&house) == 3).await;
    let is_held = held(&house, "asked").await;
    assert!((3 * (200 << 10)..3 * (201 << 10)).contains(&is_held), "{is_held}");
    for _ in 0..3 {
        let refused = bot.say(&rooms[3], &text).await.expect_err("too much");
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
        assert!(["memory.waiting", "not sent"].iter().all(|it| refused.message().contains(it)), "{refused}");
    }
    let others = says(&other, &rooms[3]);
    house.until("another's is asked", || asked(&house) == 4).await;
    under_way.iter().chain([&others]).for_each(tokio::task::JoinHandle::abort);
    until_held(&house, "asked", |bytes| bytes == 0).await;
    for phone in &house.phones {
        phone.restore().await.expect("it answers again");
    }
    other.say(house.room.id(), "hello").await.expect("sent");
    until_held(&house, "asked", |bytes| bytes == 0).await;
}
