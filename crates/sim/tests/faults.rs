//! Every fault does what it says, and ends.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use common::{Bot, plaintext, soon, text_to};
use ha_wechaty_sim::{Fault, GroupChat, Person, Phone, RpcSelection, World};
use ha_wechaty_wire::{PuppetEvent, puppet as p};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tonic::{Code, Status};

async fn world_with(
    build: impl FnOnce(&World) -> ha_wechaty_sim::PhoneBuilder,
) -> (World, Person, Phone, GroupChat) {
    let world = World::new(1);
    let alice = world.person("alice");
    let north = build(&world).serve().await.unwrap();
    let room = world.room("room", &[&alice, &north]);
    (world, alice, north, room)
}

async fn one() -> (World, Person, Phone, GroupChat) {
    world_with(|world| world.phone("north").tls(false)).await
}

#[tokio::test]
async fn a_dropped_phone_resets_its_connections_refuses_and_comes_back_on_its_port() {
    let (world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    alice.says(&room, "before");
    assert_eq!(bot.message().await.text, "before");

    north.fail(Fault::Drop);
    let refused = TcpStream::connect(north.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert!(!north.is_streaming() && !north.is_running());
    while soon(bot.events.message()).await.is_ok() {}
    assert_eq!(bot.say(room.id(), "?").await.unwrap_err().code(), Code::Unavailable);
    alice.says(&room, "meanwhile");
    alice.says(&room, "and more");
    assert_eq!(north.waiting(), 2);

    let addr = north.addr();
    north.restore().await.unwrap();
    assert_eq!(north.addr(), addr);
    let mut bot = Bot::on(&north).await;
    assert_eq!(bot.message().await.text, "meanwhile");
    assert_eq!(bot.message().await.text, "and more");
    bot.say(room.id(), "back").await.unwrap();
    assert_eq!(world.ledger().times(room.id(), "back"), 1);
}

#[tokio::test]
async fn a_connection_of_a_dropped_phone_gets_a_reset_not_an_orderly_end() {
    let (_world, _alice, north, _room) = one().await;
    let mut bot = Bot::on(&north).await;
    let mut raw = TcpStream::connect(north.addr()).await.unwrap();
    // The preface makes sure that the connection is taken out of the backlog: the server answers it.
    tokio::io::AsyncWriteExt::write_all(&mut raw, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    soon(raw.read(&mut [0; 1])).await.unwrap();
    north.fail(Fault::Drop);
    let error = loop {
        match soon(raw.read(&mut [0; 64])).await {
            Ok(0) => panic!("an orderly end"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(bot.say("x", "y").await.is_err());
}

#[tokio::test]
async fn without_catch_up_what_is_said_meanwhile_is_gone() {
    let (_world, alice, north, room) =
        world_with(|world| world.phone("north").tls(false).catch_up(false)).await;
    alice.says(&room, "before anybody listens");
    let mut bot = Bot::on(&north).await;
    alice.says(&room, "first");
    assert_eq!(bot.message().await.text, "first");
    north.fail(Fault::Drop);
    alice.says(&room, "meanwhile");
    north.restore().await.unwrap();
    let mut bot = Bot::on(&north).await;
    alice.says(&room, "again");
    assert_eq!(bot.message().await.text, "again");
}

#[tokio::test]
async fn a_message_nobody_asked_for_is_shown_again_on_the_next_stream() {
    let (_world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    alice.says(&room, "asked for");
    bot.message().await;
    alice.says(&room, "not asked for");
    let PuppetEvent::Message { id } = bot.news().await else { panic!("a message") };
    north.fail(Fault::Drop);
    north.restore().await.unwrap();
    let mut bot = Bot::on(&north).await;
    assert_eq!(bot.news().await, PuppetEvent::Message { id });
    assert_eq!(north.waiting(), 0);
}

#[tokio::test]
async fn a_hanging_phone_accepts_and_answers_nothing_until_it_is_restored() {
    let (world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Hang);
    TcpStream::connect(north.addr()).await.unwrap();
    let mut rpc = bot.rpc.clone();
    let request = text_to(room.id(), "frozen");
    let call = tokio::spawn(async move { rpc.message_send_text(request).await });
    let mut other = plaintext(north.addr(), north.token().reveal());
    let none = tokio::time::timeout(Duration::from_millis(100), other.version(p::VersionRequest {})).await;
    assert!(none.is_err() && !call.is_finished());
    alice.says(&room, "hello?");
    assert_eq!(world.ledger().times(room.id(), "frozen"), 0);

    north.restore().await.unwrap();
    soon(call).await.unwrap().unwrap();
    assert_eq!(world.ledger().times(room.id(), "frozen"), 1);
    assert_eq!(bot.message().await.text, "hello?");
}

#[tokio::test]
async fn a_stalled_phone_shows_events_and_answers_no_call() {
    let (world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    soon(world.until(|| north.is_running())).await;
    north.fail(Fault::Stall);
    let mut rpc = bot.rpc.clone();
    let request = text_to(room.id(), "stalled");
    let call = tokio::spawn(async move { rpc.message_send_text(request).await });
    alice.says(&room, "hello");
    let PuppetEvent::Message { id } = bot.news().await else { panic!("a message") };
    soon(world.until(|| north.calls("MessageSendText") == 1)).await;
    assert!(!call.is_finished());
    north.restore().await.unwrap();
    soon(call).await.unwrap().unwrap();
    assert_eq!(bot.payload(&id).await.unwrap().text, "hello");
}

#[tokio::test]
async fn refused_and_answered_calls_do_nothing() {
    let (world, _alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Refuse);
    assert_eq!(bot.say(room.id(), "refused").await.unwrap_err().code(), Code::Unavailable);
    north.restore().await.unwrap();

    let status = Status::unknown("操作过于频繁");
    north.fail(Fault::Answer { calls: RpcSelection::Sends, status, times: 2 });
    for _ in 0..2 {
        let error = bot.say(room.id(), "too often").await.unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Unknown, "操作过于频繁"));
        bot.rpc.room_list(p::RoomListRequest {}).await.unwrap();
    }
    bot.say(room.id(), "at last").await.unwrap();
    let said: Vec<_> = world.ledger().said().iter().map(|it| it.text().unwrap().to_owned()).collect();
    assert_eq!(said, ["at last"]);
}

#[tokio::test]
async fn a_lost_send_is_answered_and_reaches_nobody() {
    let (world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Lose(1));
    let id = bot.say(room.id(), "lost").await.unwrap();
    assert_eq!(bot.payload(&id).await.unwrap().text, "lost", "the account believes in it");
    bot.say(room.id(), "found").await.unwrap();
    assert_eq!((alice.seen().len(), world.ledger().said().len()), (1, 1));
}

#[tokio::test]
async fn a_deaf_phone_answers_and_hears_nothing_until_it_is_reset() {
    let (_world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Deaf);
    north.fail(Fault::Lose(u32::MAX));
    alice.says(&room, "can you hear me?");
    bot.say(room.id(), "can you?").await.unwrap();
    assert!(north.waiting() == 1 && alice.seen().is_empty());
    bot.rpc.stop(p::StopRequest {}).await.unwrap();
    let mut bot = Bot::on(&north).await;
    assert_eq!(bot.message().await.text, "can you hear me?");
    bot.say(room.id(), "now I can").await.unwrap();
    assert_eq!(alice.seen().len(), 1);

    north.fail(Fault::Zombie);
    bot.rpc.stop(p::StopRequest {}).await.unwrap();
    let mut bot = Bot::on(&north).await;
    bot.say(room.id(), "braaains").await.unwrap();
    alice.says(&room, "hello?");
    assert!(north.waiting() == 1 && alice.seen().len() == 1, "no reset helps");
    north.restore().await.unwrap();
    assert_eq!(bot.message().await.text, "hello?");
}

#[tokio::test]
async fn a_cut_call_was_done_or_not_and_its_caller_can_t_know() {
    let (world, _alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    for (done, text) in [(true, "done"), (false, "not done")] {
        north.fail(Fault::Cut { calls: RpcSelection::Sends, done, times: 1 });
        let error = bot.say(room.id(), text).await.unwrap_err();
        assert_ne!(error.code(), Code::Ok);
        assert_eq!(world.ledger().times(room.id(), text), usize::from(done));
        soon(world.until(|| !north.is_streaming())).await;
        assert!(north.is_running(), "only the connection was cut");
        bot = Bot::on(&north).await;
    }
    bot.say(room.id(), "well").await.unwrap();
}

#[tokio::test]
async fn logged_out_scanned_and_in_again() {
    let (_world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Scan("https://login.invalid/qr".into()));
    let PuppetEvent::Logout(logout) = bot.news().await else { panic!("a logout") };
    assert_eq!(logout.contact_id, north.id());
    let PuppetEvent::Scan(scan) = bot.news().await else { panic!("a scan") };
    assert_eq!((scan.status, scan.qrcode.as_deref()), (2, Some("https://login.invalid/qr")));
    let error = bot.say(room.id(), "x").await.unwrap_err();
    assert!(error.message().contains("not logged in"), "{error}");
    alice.says(&room, "where are you?");
    drop(bot);
    let mut bot = Bot::on(&north).await;
    assert!(matches!(bot.news().await, PuppetEvent::Scan(_)), "an open scan is shown to a new stream");
    north.log_in();
    assert!(matches!(bot.event().await, PuppetEvent::Login { .. }));
    assert_eq!(bot.message().await.text, "where are you?");

    north.fail(Fault::LogOut("kicked".into()));
    assert!(matches!(bot.news().await, PuppetEvent::Logout(it) if it.data == "kicked"));
    north.restore().await.unwrap();
    assert!(matches!(bot.event().await, PuppetEvent::Login { .. }));
    bot.rpc.logout(p::LogoutRequest {}).await.unwrap();
    assert!(matches!(bot.news().await, PuppetEvent::Logout(_)));
    assert_eq!(north.calls("Logout"), 1);
}

#[tokio::test]
async fn repeated_delayed_and_slow() {
    let (_world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Repeat { messages: 1, after: Duration::from_millis(50) });
    alice.says(&room, "twice");
    alice.says(&room, "once");
    let seen = [bot.message().await, bot.message().await, bot.message().await];
    assert_eq!(seen.each_ref().map(|it| it.text.as_str()), ["twice", "once", "twice"]);
    assert_ne!(seen[0].id, seen[2].id);

    let (late, start) = (Duration::from_millis(80), Instant::now());
    north.fail(Fault::Delay(late));
    alice.says(&room, "late");
    bot.message().await;
    assert!(start.elapsed() >= late);
    north.fail(Fault::Slow(late));
    let start = Instant::now();
    bot.say(room.id(), "slow").await.unwrap();
    assert!(start.elapsed() >= late);
}

#[tokio::test]
async fn garbage_is_garbage() {
    let (_world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::GarbageAnswer { calls: RpcSelection::named("RoomList"), times: 1 });
    let error = bot.rpc.room_list(p::RoomListRequest {}).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    bot.rpc.room_list(p::RoomListRequest {}).await.unwrap();
    north.fail(Fault::GarbageEvent("{nonsense".into()));
    alice.says(&room, "sense");
    let garbage = loop {
        let response = bot.events.message().await.unwrap().unwrap();
        if let Err(error) = PuppetEvent::parse(&response) {
            break error;
        }
    };
    assert!(garbage.to_string().contains("EVENT_TYPE_MESSAGE"), "{garbage}");
    assert_eq!(bot.message().await.text, "sense", "the stream is whole");
}

#[tokio::test]
async fn a_stray_scan_is_told_and_the_account_works_on() {
    let (world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::StrayScan(2));
    alice.says(&room, "hello");
    let told = loop {
        let event = soon(bot.events.message()).await.unwrap().unwrap();
        if let Ok(PuppetEvent::Scan(scan)) = PuppetEvent::parse(&event) {
            break scan;
        }
    };
    assert_eq!(told.status, 2);
    assert_eq!(bot.message().await.text, "hello");
    bot.say(room.id(), "still here").await.unwrap();
    assert_eq!(world.ledger().times(room.id(), "still here"), 1);
}

#[tokio::test]
async fn a_hushed_message_is_told_of_and_its_payload_comes_when_that_ends() {
    let (_world, alice, north, room) = one().await;
    let mut bot = Bot::on(&north).await;
    north.fail(Fault::Hush(1));
    let spoken = alice.says(&room, "psst");
    alice.says(&room, "loud");
    let id = north.ids_of(&spoken).remove(0);
    let mut puppet = bot.rpc.clone();
    let asked = tokio::spawn(async move { puppet.message_payload(p::MessagePayloadRequest { id }).await });
    loop {
        let event = soon(bot.events.message()).await.unwrap().unwrap();
        let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) else { continue };
        if north.serial_of(&id) != spoken.serial() {
            let payload = bot.rpc.message_payload(p::MessagePayloadRequest { id }).await.unwrap();
            assert_eq!(payload.into_inner().text, "loud");
            break;
        }
    }
    assert!(!asked.is_finished());
    north.restore().await.unwrap();
    assert_eq!(soon(asked).await.unwrap().unwrap().into_inner().text, "psst");
}
