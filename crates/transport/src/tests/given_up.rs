//! Calls that nobody waits for any more, and how few of them an account hears about.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use ha_wechaty_wire::puppet::{ContactListRequest, DingRequest, EventRequest, MessageSendTextRequest};
use tokio::{net::TcpStream, sync::oneshot, time::Instant};
use tonic::{Code, Request};

use super::{
    plaintext,
    puppet::{DATA, END_STREAM, GRPC, HEADERS, Puppet, RESET, serve},
};
use crate::{Behalf, Connection, Counts, Fate, Nature, dial, fate};

/// How many calls go on.
#[derive(Debug, Clone, Default)]
struct Count(Arc<AtomicUsize>);

struct Counted(Count);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counts for Count {
    fn goes_on(&self) -> Box<dyn Send + Sync> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::new(Counted(self.clone()))
    }
}

const MANY: u32 = 1_000;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
const WINDOW_UPDATE: u8 = 8;

/// Takes `MANY` calls and says so, takes one more, and answers them all. How many were reset, and how long that took.
async fn answer_late(socket: TcpStream, are_here: oneshot::Sender<()>) -> (u32, Duration) {
    let mut puppet = Puppet::greet(socket, &[(MAX_CONCURRENT_STREAMS, 100_000)]).await;
    for _ in 0..MANY {
        puppet.request().await;
    }
    let begun = Instant::now();
    are_here.send(()).expect("a test");
    // An answer to one that was reset a second ago, which HTTP/2 has forgotten by then, is reset once more.
    let mut resets = BTreeSet::new();
    let mut last = 0;
    while let Some(frame) = puppet.frame().await {
        match frame.kind {
            RESET => {
                resets.insert(frame.stream);
            }
            DATA if last == 0 => {
                last = frame.stream;
                for stream in (1..=last).step_by(2) {
                    puppet.headers(stream, Some("200"), &[GRPC, ("grpc-status", "0")], true).await;
                }
            }
            _ => {}
        }
    }
    (u32::try_from(resets.len()).expect("few"), begun.elapsed())
}

async fn list(connection: &Connection) -> Result<(), tonic::Status> {
    connection.puppet().contact_list(ContactListRequest {}).await.map(|_| ())
}

/// Begins so many calls on a bot's behalf, and gives them up as soon as something has happened.
async fn give_up(connection: &Connection, bot: &Behalf, when: oneshot::Receiver<()>) {
    let calls = bot.clone().scope(join_all((0..MANY).map(|_| list(connection))));
    tokio::select! {
        _ = calls => panic!("nobody answers them"),
        happened = when => happened.expect("a puppet"),
    }
}

#[tokio::test]
async fn of_a_thousand_calls_that_a_bot_gives_up_few_are_reset_and_the_others_count_until_they_end() {
    let (are_here, here) = oneshot::channel();
    let (at, script) = serve(move |socket| answer_late(socket, are_here)).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let count = Count::default();
    let [bad, other] = [0, 1].map(|bot| Behalf::new(bot, Arc::new(count.clone())));
    give_up(&connection, &bad, here).await;
    let held = count.get();
    assert!((700..=800).contains(&held), "they go on, and count: {held}");
    let refused = bad.clone().scope(list(&connection)).await.expect_err("it has given up enough");
    assert_eq!((refused.code(), fate(&refused)), (Code::ResourceExhausted, Fate::NotSent), "{refused:?}");
    assert!(refused.message().contains("give up fewer"), "{refused:?}");
    // This one makes the account answer them all. It has no message in it, which is said here, not there.
    let answered = other.scope(list(&connection)).await.expect_err("an empty answer");
    assert_ne!(answered.code(), Code::Unavailable, "{answered:?}");
    while count.get() > 0 {
        tokio::task::yield_now().await;
    }
    let again = bad.scope(async {
        tokio::time::timeout(Duration::from_millis(10), list(&connection)).await.map_err(|_| "it is asked")
    });
    again.await.expect_err("nobody answers any more");
    connection.close().await;
    let (resets, took) = script.await.expect("a puppet");
    let most = 201 + u32::try_from(took.as_millis() / 100).expect("a moment") + 1;
    assert!((200..=most).contains(&resets), "{resets} resets in {took:?}");
}

#[tokio::test]
async fn what_is_said_is_asked_for_however_much_its_bot_has_given_up() {
    let (are_here, here) = oneshot::channel();
    let (at, script) = serve(move |socket| answer_late(socket, are_here)).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let bad = Behalf::new(0, Arc::new(Count::default()));
    give_up(&connection, &bad, here).await;
    let say = |nature| {
        let mut request = Request::new(MessageSendTextRequest::default());
        request.extensions_mut().insert(nature);
        let connection = connection.clone();
        bad.clone().scope(async move { connection.puppet().message_send_text(request).await })
    };
    let refused = say(Nature::Asks).await.expect_err("it has given up enough");
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    // The account answers this one, with no message in it.
    let answered = say(Nature::Says).await.expect_err("an empty answer");
    assert!(!matches!(answered.code(), Code::ResourceExhausted | Code::Unavailable), "{answered:?}");
    connection.close().await;
    script.await.expect("a puppet");
}

#[tokio::test]
async fn a_stream_of_events_that_is_given_up_is_reset_at_once_however_much_was_given_up_before() {
    let (are_here, here) = oneshot::channel();
    let (at, script) = serve(move |socket| async move {
        let mut puppet = Puppet::greet(socket, &[(MAX_CONCURRENT_STREAMS, 100_000)]).await;
        puppet.request().await;
        puppet.headers(1, Some("200"), &[GRPC], false).await;
        for _ in 0..MANY {
            puppet.request().await;
        }
        are_here.send(()).expect("a test");
        loop {
            let frame = puppet.frame().await.expect("the stream is reset first");
            if (frame.kind, frame.stream) == (RESET, 1) {
                return;
            }
        }
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let mut request = Request::new(EventRequest::default());
    request.extensions_mut().insert(Nature::Listens);
    let events = connection.puppet().event(request).await.expect("a stream of events");
    let bad = Behalf::new(0, Arc::new(Count::default()));
    give_up(&connection, &bad, here).await;
    drop(events);
    // In its turn it would be reset after all the others, which takes more than a minute.
    tokio::time::timeout(Duration::from_secs(20), script).await.expect("at once").expect("a puppet");
}

#[tokio::test]
async fn of_what_waits_for_a_place_at_the_account_when_it_is_given_up_most_takes_none() {
    let (are_here, here) = oneshot::channel();
    let (given, are_given_up) = oneshot::channel();
    let (at, script) = serve(move |socket| async move {
        let mut puppet = Puppet::greet(socket, &[(MAX_CONCURRENT_STREAMS, 3)]).await;
        // Whoever was answered has heard of the limit.
        puppet.request().await;
        puppet.headers(1, Some("200"), &[GRPC, ("grpc-status", "0")], true).await;
        for _ in 0..3 {
            puppet.request().await;
        }
        are_here.send(()).expect("a test");
        are_given_up.await.expect("a test");
        let mut opened = 3;
        while let Some(frame) = puppet.frame().await {
            if frame.kind == HEADERS {
                opened += 1;
                puppet.headers(frame.stream, Some("200"), &[GRPC, ("grpc-status", "0")], true).await;
            }
        }
        opened
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    list(&connection).await.expect_err("an empty answer");
    let bad = Behalf::new(0, Arc::new(Count::default()));
    give_up(&connection, &bad, here).await;
    given.send(()).expect("a puppet");
    let answered = list(&connection).await.expect_err("an empty answer");
    assert_ne!(answered.code(), Code::Unavailable, "{answered:?}");
    connection.close().await;
    // HTTP/2 takes some in before there is a place for them; those it begins with, and resets.
    let opened = script.await.expect("a puppet");
    assert!(opened < 200, "{opened} of {MANY}");
}

#[tokio::test]
async fn what_has_not_left_whole_when_it_is_given_up_does_not_leave_later() {
    let (are_over, over) = oneshot::channel();
    let (at, script) = serve(move |socket| async move {
        let settings = [(MAX_CONCURRENT_STREAMS, 100_000), (INITIAL_WINDOW_SIZE, 0)];
        let mut puppet = Puppet::greet(socket, &settings).await;
        let (mut opened, mut resets, mut whole) = (Vec::new(), 0, 0);
        let mut over = Some(over);
        while let Some(frame) = puppet.frame().await {
            match frame.kind {
                HEADERS => opened.push(frame.stream),
                RESET => resets += 1,
                DATA if frame.flags & END_STREAM != 0 => whole += 1,
                _ => {}
            }
            if resets == 200
                && let Some(over) = over.take()
            {
                over.await.expect("a test");
                for stream in std::iter::once(&0).chain(&opened) {
                    puppet.send(WINDOW_UPDATE, 0, *stream, &(16_u32 << 20).to_be_bytes()).await;
                }
            }
        }
        (opened.len(), whole)
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let ding = || async {
        let mut request = Request::new(DingRequest { data: "x".repeat(40_000) });
        request.set_timeout(Duration::from_millis(300));
        connection.puppet().ding(request).await.expect_err("no room for it")
    };
    for given_up in join_all((0..300).map(|_| ding())).await {
        assert_eq!(
            (fate(&given_up), given_up.code()),
            (Fate::NotSent, Code::DeadlineExceeded),
            "{given_up:?}"
        );
    }
    are_over.send(()).expect("a puppet");
    // Time for what must not happen.
    tokio::time::sleep(Duration::from_millis(300)).await;
    connection.close().await;
    let (opened, whole) = script.await.expect("a puppet");
    assert_eq!((opened, whole), (300, 0), "a teammate may have been asked to do it by then");
}
