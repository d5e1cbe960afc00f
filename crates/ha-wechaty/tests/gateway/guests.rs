//! Whoever reaches the ports and has no token or password: it costs little, and is gone soon.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use h2::{RecvStream, SendStream, client::SendRequest};
use ha_wechaty_testkit::{DEADLINE, House, SELF, Setup, TOKEN};
use http::Request;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tonic::Code;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

/// Somebody who speaks HTTP/2, answers pings and does no more than it is told to.
pub(crate) struct Guest {
    send: SendRequest<Bytes>,
    /// Ends when the connection does.
    connection: JoinHandle<Result<(), h2::Error>>,
}

impl Guest {
    pub(crate) async fn new(at: SocketAddr) -> Self {
        let socket = TcpStream::connect(at).await.expect("the port is open");
        let (send, connection) = h2::client::handshake(socket).await.expect("HTTP/2");
        Self { send, connection: tokio::spawn(connection) }
    }

    /// The same, who takes no more than so many bytes of each answer.
    pub(crate) async fn reading(at: SocketAddr, window: u32) -> Self {
        let socket = TcpStream::connect(at).await.expect("the port is open");
        let mut http2 = h2::client::Builder::new();
        let (send, connection) = http2.initial_window_size(window).handshake(socket).await.expect("HTTP/2");
        Self { send, connection: tokio::spawn(connection) }
    }

    /// A whole call with this message.
    pub(crate) async fn asks(
        &mut self,
        token: &str,
        path: &str,
        message: &[u8],
    ) -> h2::client::ResponseFuture {
        let length = u32::try_from(message.len()).expect("short").to_be_bytes();
        let bytes = [&[0][..], &length, message].concat().into();
        let (answer, mut stream) = self.begins_as(Some(token), path, bytes).await;
        stream.send_data(Bytes::new(), true).expect("sent");
        answer
    }

    /// A whole call with a message that is compressed in a way.
    pub(crate) async fn asks_packed(
        &mut self,
        token: &str,
        path: &str,
        coding: &str,
        message: &[u8],
    ) -> h2::client::ResponseFuture {
        let length = u32::try_from(message.len()).expect("short").to_be_bytes();
        let bytes = [&[1][..], &length, message].concat().into();
        let (answer, mut stream) = self.begins_with(Some(token), Some(coding), path, bytes).await;
        stream.send_data(Bytes::new(), true).expect("sent");
        answer
    }

    /// A call of which no more than this comes.
    async fn begins(&mut self, path: &str, bytes: Bytes) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        self.begins_as(None, path, bytes).await
    }

    /// The same, with a token.
    pub(crate) async fn begins_as(
        &mut self,
        token: Option<&str>,
        path: &str,
        bytes: Bytes,
    ) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        self.begins_with(token, None, path, bytes).await
    }

    async fn begins_with(
        &mut self,
        token: Option<&str>,
        coding: Option<&str>,
        path: &str,
        bytes: Bytes,
    ) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        let mut request = Request::post(format!("http://{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        if let Some(token) = token {
            request = request.header("authorization", format!("Wechaty {token}"));
        }
        if let Some(coding) = coding {
            request = request.header("grpc-encoding", coding);
        }
        let request = request.body(()).expect("a request");
        self.send = self.send.clone().ready().await.expect("room");
        let (answer, mut stream) = self.send.send_request(request, false).expect("a stream");
        stream.send_data(bytes, false).expect("sent");
        (answer, stream)
    }

    /// How many calls it may have under way.
    pub(crate) fn calls(&self) -> usize {
        self.send.current_max_send_streams()
    }

    /// Its end is cut off, as when its program is killed.
    pub(crate) fn dies(self) {
        self.connection.abort();
    }

    async fn goes(self) {
        let _ = timeout(DEADLINE, self.connection).await.expect("it is gone");
    }
}

/// What an answer without a message ends with.
pub(crate) async fn code_of(answer: h2::client::ResponseFuture) -> Code {
    let answer = timeout(DEADLINE, answer).await.expect("in time").expect("an answer");
    let code = |headers: &http::HeaderMap| Some(Code::from_bytes(headers.get("grpc-status")?.as_bytes()));
    let (head, mut body): (_, RecvStream) = answer.into_parts();
    if let Some(code) = code(&head.headers) {
        return code;
    }
    while let Some(data) = body.data().await {
        data.expect("whole");
    }
    code(&body.trailers().await.expect("whole").expect("trailers")).expect("a status")
}

/// A message of gRPC that is said to be so long, and of which a byte comes.
fn beginning(length: u32) -> Bytes {
    let mut bytes = vec![0];
    bytes.extend(length.to_be_bytes());
    bytes.push(b'x');
    bytes.into()
}

#[tokio::test]
async fn who_shows_no_token_is_gone_soon_and_keeps_nobody_out() {
    let house = House::new().await;
    let at = house.gateway.local_addr();
    let guests = join_all((0..300).map(|_| Guest::new(at))).await;
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "hello");
    assert_eq!(bot.next_message().await.text, "hello");
    // Of so many of one address the oldest had to go before their time.
    let of_all = guests.iter().filter(|guest| !guest.connection.is_finished()).count();
    assert!(of_all < 200, "{of_all}");
    join_all(guests.into_iter().map(Guest::goes)).await;
    house.alice.says(&house.room, "still there");
    assert_eq!(bot.next_message().await.text, "still there");
}

#[tokio::test]
async fn who_shows_no_token_keeps_hardly_a_byte_here() {
    let house = House::new().await;
    let mut guest = Guest::new(house.gateway.local_addr()).await;
    let check = "gateway/grpc.health.v1.Health/Check";
    let (answer, _stream) = guest.begins(check, beginning(3 << 20)).await;
    assert_eq!(code_of(answer).await, Code::OutOfRange, "it is too long for a name");
    let reflection = "gateway/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    for path in [reflection, "gateway/wechaty.Puppet/Upload", "gateway/wechaty.Puppet/MessageSendFile"] {
        let (answer, _stream) = guest.begins(path, beginning(3 << 20)).await;
        assert_eq!(code_of(answer).await, Code::Unauthenticated, "{path}");
    }
    // Of what never ends a few may be under way.
    let mut unfinished = Vec::new();
    for _ in 0..16 {
        unfinished.push(guest.begins(check, beginning(100)).await);
    }
    let (answer, _stream) = guest.begins(check, beginning(100)).await;
    assert_eq!(code_of(answer).await, Code::ResourceExhausted);
}

#[tokio::test]
async fn who_floods_without_a_token_is_heard_no_more() {
    let house = House::new().await;
    let mut peer = TcpStream::connect(house.gateway.local_addr()).await.expect("the port is open");
    peer.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("written");
    // Answers to pings that nobody sent: they need no answer, so nothing holds them up.
    let pings = b"\0\0\x08\x06\x01\0\0\0\0floods!!".repeat(1_000);
    let mut said = 0;
    // What the system has taken and nobody has read counts as said.
    while said < 32 << 20 && timeout(DEADLINE, peer.write_all(&pings)).await.is_ok_and(|it| it.is_ok()) {
        said += pings.len();
    }
    assert!(said < 32 << 20, "it was heard all the time");
    house.alice.says(&house.room, "hello");
    assert_eq!(house.bot().await.next_message().await.text, "hello");
}

#[tokio::test]
async fn who_begins_with_much_and_shows_a_token_is_heard() {
    let house = House::new().await;
    let mut guest = Guest::new(house.gateway.local_addr()).await;
    let token = Some(TOKEN);
    // More than a guest may say, and no protobuf.
    let length = 2 << 20;
    let mut message = vec![0];
    message.extend(u32::to_be_bytes(length));
    message.resize(5 + length as usize, 0xff);
    let request = "gateway/wechaty.Puppet/MessageSendFile";
    let (answer, mut stream) = guest.begins_as(token, request, message.into()).await;
    stream.send_data(Bytes::new(), true).expect("sent");
    let code = code_of(answer).await;
    assert!(matches!(code, Code::InvalidArgument | Code::Internal), "{code:?}");
}

#[tokio::test]
async fn tools_show_the_token_of_a_bot() {
    let house = Setup::new(SELF).open().await;
    let bot = house.bot().await;
    let at = format!("http://{}", house.gateway.local_addr());
    let channel =
        tonic::transport::Endpoint::new(at).expect("an address").connect().await.expect("connected");
    let nothing = futures_util::stream::empty;
    let error = ServerReflectionClient::new(channel).server_reflection_info(nothing()).await;
    let error = error.expect_err("no token");
    assert_eq!(error.code(), Code::Unauthenticated);
    assert!(error.message().contains("authorization: Wechaty TOKEN"), "{error}");
    let answer = ServerReflectionClient::new(bot.connection.clone()).server_reflection_info(nothing()).await;
    answer.expect("an answer");
}

#[tokio::test]
async fn who_asks_half_at_the_admins_port_keeps_nobody_out() {
    let house = Setup::new(SELF).open().await;
    let at = house.gateway.admin_addr().expect("there is one");
    let mut halves = Vec::new();
    for _ in 0..300 {
        let mut socket = TcpStream::connect(at).await.expect("the port is open");
        socket.write_all(b"GET /status HTTP/1.1\r\nHost: localhost\r\nX-Half: ").await.expect("written");
        halves.push(socket);
    }
    let begun = std::time::Instant::now();
    assert_eq!(house.admin("/health/live", None).await.0, 200);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let mut oldest = halves.swap_remove(0);
    let read = timeout(DEADLINE, oldest.read(&mut [0; 64])).await.expect("it is gone");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[tokio::test]
async fn a_page_of_elsewhere_reads_nothing() {
    let house = Setup::new(SELF).open().await;
    let at = house.gateway.admin_addr().expect("there is one");
    for (header, code) in [
        ("Host: evil.example.com", "403"),
        ("Host: localhost\r\nOrigin: http://evil.example.com", "403"),
        ("Host: localhost", "200"),
    ] {
        for path in ["/status", "/sends", "/metrics", "/health/live"] {
            let mut socket = TcpStream::connect(at).await.expect("the port is open");
            let request = format!("GET {path} HTTP/1.1\r\n{header}\r\nConnection: close\r\n\r\n");
            socket.write_all(request.as_bytes()).await.expect("written");
            let mut answer = String::new();
            timeout(DEADLINE, socket.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
            assert!(answer.starts_with(&format!("HTTP/1.1 {code}")), "{header} {path}: {answer}");
        }
    }
}
