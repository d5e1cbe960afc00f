//! The server as WeChat, a proxy and an operator meet it: over HTTP.

#![allow(clippy::expect_used, reason = "tests")]

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_dong::{ServeError, Server, Settings, caller::WeChatServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(20);

/// A server that runs.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start() -> Running {
    let mut settings = Settings::new("pamtest");
    settings.listen.set_port(0);
    let server = Server::bind(&settings).await.expect("a free port is free");
    let address = server.local_addr();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.serve(async { drop(stopped.await) }));
    Running { address, stop, task }
}

fn caller() -> WeChatServer {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    WeChatServer::new("pamtest", now.as_secs())
}

/// Sends text, and reads until the other side closes.
async fn talk(address: SocketAddr, text: &str) -> String {
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    timeout(SOON, talk).await.expect("it answers").expect("it does not reset the connection")
}

async fn post(address: SocketAddr, (path, body): &(String, String)) -> String {
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    talk(address, &(head + body)).await
}

async fn get(address: SocketAddr, path: &str) -> String {
    talk(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn it_verifies_itself_answers_and_shows_its_figures() {
    let server = start().await;
    let verification = get(server.address, &caller().verification("4711")).await;
    assert_eq!((status(&verification), body(&verification)), ("200", "4711"));
    let answer = post(server.address, &caller().text("oA", "ding", 1)).await;
    assert!(answer.contains("content-type: text/xml; charset=utf-8\r\n"), "{answer}");
    assert!(body(&answer).contains("<Content><![CDATA[dong]]></Content>"), "{answer}");
    assert_eq!(status(&get(server.address, "/health/live").await), "200");
    assert_eq!(status(&get(server.address, "/health/ready").await), "200");
    let figures = get(server.address, "/metrics").await;
    assert!(figures.contains("ha_wechaty_dong_requests_total{outcome=\"replied\"} 1\n"), "{figures}");
    assert!(figures.contains("ha_wechaty_dong_requests_total{outcome=\"verified\"} 1\n"), "{figures}");
}

#[tokio::test]
async fn whoever_sends_too_much_still_hears_the_answer() {
    let server = start().await;
    let (path, _) = caller().text("oA", "ding", 1);
    let long = " ".repeat(500_000);
    assert_eq!(status(&post(server.address, &(path.clone(), long.clone())).await), "413");
    assert_eq!(status(&post(server.address, &("/?signature=0".to_owned(), " ".repeat(60_000))).await), "403");
    let chunks = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
    assert_eq!(status(&talk(server.address, &(head + &chunks)).await), "413");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_before_wechat_gives_up() {
    let server = start().await;
    let (path, _) = caller().text("oA", "ding", 1);
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\nding");
    assert_eq!(status(&talk(server.address, &head).await), "408");
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way() {
    let server = start().await;
    let (path, body) = caller().text("oA", "ding", 1);
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.expect("it reads");
    // Once another connection is answered, the first is known to have been accepted.
    get(server.address, "/health/live").await;
    server.stop.send(()).expect("it runs");
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.expect("it still reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.contains("dong"), "{answer}");
    timeout(SOON, server.task).await.expect("it ends").expect("it ends well");
}

#[tokio::test]
async fn stopping_does_not_wait_for_idle_connections() {
    let server = start().await;
    let _idle = TcpStream::connect(server.address).await.expect("it listens");
    get(server.address, "/health/live").await;
    server.stop.send(()).expect("it runs");
    timeout(SOON, server.task).await.expect("it ends").expect("it ends well");
}

#[tokio::test]
async fn a_port_in_use_is_named_with_its_remedy() {
    let server = start().await;
    let mut settings = Settings::new("pamtest");
    settings.listen = server.address;
    let error = Server::bind(&settings).await.err().expect("the port is taken");
    assert!(matches!(error, ServeError::Listen { .. }));
    let expected = format!(
        "dong.listen: {} can't be listened on: another program listens there already; stop it, or choose another \
         port",
        server.address
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn settings_that_do_not_work_are_named_by_their_key() {
    let error = Server::bind(&Settings::default()).await.err().expect("there is no token");
    assert!(error.to_string().starts_with("dong.token: is missing; "), "{error}");
}

#[tokio::test]
async fn who_asks_half_keeps_nobody_out() {
    let server = start().await;
    let mut halves = Vec::new();
    for _ in 0..300 {
        let mut half = TcpStream::connect(server.address).await.expect("it listens");
        half.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-half: ").await.expect("written");
        halves.push(half);
    }
    let begun = std::time::Instant::now();
    assert!(get(server.address, "/health/live").await.starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let read = timeout(SOON, halves.swap_remove(0).read(&mut [0; 64])).await.expect("the oldest is gone");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[tokio::test]
async fn who_is_being_answered_stays_though_others_come_by_the_hundred() {
    let server = start().await;
    let mut busy = TcpStream::connect(server.address).await.expect("it listens");
    let (path, body) = caller().text("oA", "ding", 1);
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    busy.write_all(head.as_bytes()).await.expect("written");
    // Its head was read once this one, which came later, has its answer.
    get(server.address, "/health/live").await;
    let mut others = Vec::new();
    for _ in 0..300 {
        others.push(TcpStream::connect(server.address).await.expect("it listens"));
    }
    get(server.address, "/health/live").await;
    busy.write_all(body.as_bytes()).await.expect("it is still there");
    let mut answer = [0; 9];
    // On a slow machine its answer is that it was too slow.
    timeout(SOON, busy.read_exact(&mut answer)).await.expect("soon").expect("it is answered");
    assert_eq!(&answer, b"HTTP/1.1 ");
}
