//! A puppet service that does what a test tells it, frame by frame.

use std::{future::Future, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const GOAWAY: u8 = 7;

const ACK: u8 = 1;
pub(super) const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Listens, and lets the script have the first connection.
pub(super) async fn serve<S, F>(script: S) -> (SocketAddr, JoinHandle<F::Output>)
where
    S: FnOnce(TcpStream) -> F + Send + 'static,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let script = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a client");
        script(socket).await
    });
    (at, script)
}

/// An HTTP/2 connection in the hands of a script.
pub(super) struct Puppet {
    pub(super) socket: TcpStream,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Puppet {
    /// Takes a client's preface and answers with these settings (identifier, value).
    pub(super) async fn greet(mut socket: TcpStream, settings: &[(u16, u32)]) -> Self {
        let mut preface = [0; 24];
        socket.read_exact(&mut preface).await.expect("a preface");
        assert!(preface.starts_with(b"PRI * HTTP/2.0"), "{preface:?}");
        let mut puppet = Self { socket };
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(id, value)| [id.to_be_bytes().as_slice(), &value.to_be_bytes()].concat())
            .collect();
        puppet.send(SETTINGS, 0, 0, &settings).await;
        // Until the client has taken them, they do not bind it.
        loop {
            let frame = puppet.frame().await.expect("the client's settings");
            if frame.kind == SETTINGS && frame.flags == ACK {
                return puppet;
            }
            if frame.kind == SETTINGS {
                puppet.send(SETTINGS, ACK, 0, &[]).await;
            }
        }
    }

    pub(super) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.socket.write_all(&frame).await.expect("an open socket");
    }

    /// The next frame; `None` when the client has closed.
    pub(super) async fn frame(&mut self) -> Option<Frame> {
        let mut header = [0; 9];
        self.socket.read_exact(&mut header).await.ok()?;
        let [a, b, c, kind, flags, stream @ ..] = header;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.socket.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind, flags, stream: u32::from_be_bytes(stream), payload })
    }

    /// Waits for a whole request; its stream.
    pub(super) async fn request(&mut self) -> u32 {
        loop {
            let frame = self.frame().await.expect("a request");
            if matches!(frame.kind, DATA | HEADERS) && frame.flags & END_STREAM != 0 {
                return frame.stream;
            }
        }
    }

    /// Response headers, or trailers: the status if any, then literal fields.
    pub(super) async fn headers(
        &mut self,
        stream: u32,
        status: Option<&str>,
        fields: &[(&str, &str)],
        end: bool,
    ) {
        let mut block = Vec::new();
        if let Some(status) = status {
            // Literal without indexing, with the name of static entry 8, `:status` (RFC 7541 §6.2.2).
            block.push(8);
            text(&mut block, status);
        }
        for (name, value) in fields {
            block.push(0);
            text(&mut block, name);
            text(&mut block, value);
        }
        let flags = END_HEADERS | if end { END_STREAM } else { 0 };
        self.send(HEADERS, flags, stream, &block).await;
    }

    /// The headers of a gRPC answer that goes on.
    pub(super) async fn answer(&mut self, stream: u32) {
        self.headers(stream, Some("200"), &[GRPC], false).await;
    }

    /// One gRPC message.
    pub(super) async fn message(&mut self, stream: u32, message: &[u8], end: bool) {
        let mut data = vec![0];
        data.extend(u32::try_from(message.len()).expect("a length").to_be_bytes());
        data.extend(message);
        self.send(DATA, if end { END_STREAM } else { 0 }, stream, &data).await;
    }

    pub(super) async fn reset(&mut self, stream: u32, reason: h2::Reason) {
        self.send(RESET, 0, stream, &u32::from(reason).to_be_bytes()).await;
    }

    pub(super) async fn go_away(&mut self, last: u32, reason: h2::Reason, text: &str) {
        let payload = [&last.to_be_bytes(), &u32::from(reason).to_be_bytes(), text.as_bytes()].concat();
        self.send(GOAWAY, 0, 0, &payload).await;
    }

    /// Reads until the client closes, which ends the script in order.
    pub(super) async fn linger(mut self) {
        while self.frame().await.is_some() {}
    }

    /// Closes with a TCP reset.
    pub(super) fn crash(self) {
        socket2::SockRef::from(&self.socket).set_linger(Some(std::time::Duration::ZERO)).expect("a socket");
    }
}

pub(super) const GRPC: (&str, &str) = ("content-type", "application/grpc+proto");

fn text(block: &mut Vec<u8>, text: &str) {
    assert!(text.len() < 127, "a length in one byte");
    block.push(u8::try_from(text.len()).expect("a length"));
    block.extend(text.as_bytes());
}
