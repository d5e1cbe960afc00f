//! Peers that are no bots: whoever reaches a port and has no token.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use h2::{
    SendStream,
    client::{ResponseFuture, SendRequest},
};
use http::Request;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::{Handle, Runtime},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    frames::{self, PREFACE},
    scene::connect_from,
};

/// Somebody who speaks HTTP/2, answers pings, and does no more than it is told to.
pub(super) struct Guest {
    send: SendRequest<Bytes>,
    /// Ends when the connection does.
    connection: JoinHandle<()>,
}

impl Guest {
    pub(super) async fn new(place: usize, to: SocketAddr) -> Result<Self> {
        let socket = connect_from(place, to).await?;
        let (send, connection) = timeout(Duration::from_secs(5), h2::client::handshake(socket)).await??;
        let connection = tokio::spawn(async move {
            // However it ends.
            let _ = connection.await;
        });
        Ok(Self { send, connection })
    }

    pub(super) fn is_gone(&self) -> bool {
        self.connection.is_finished()
    }

    /// A call of which this comes and no more, unless that is all of it.
    pub(super) async fn call(
        &mut self,
        headers: &[(&str, &str)],
        path: &str,
        body: Bytes,
        is_all: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>)> {
        let mut request = Request::post(format!("http://gateway/{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send = timeout(Duration::from_secs(2), self.send.clone().ready()).await.context("no room")??;
        let (answer, mut stream) = self.send.send_request(request.body(())?, false)?;
        stream.send_data(body, is_all)?;
        Ok((answer, stream))
    }

    /// A whole call; what its answer ends with, as a number of gRPC.
    pub(super) async fn asks(&mut self, headers: &[(&str, &str)], path: &str, body: Bytes) -> Result<i32> {
        let answer = async {
            let (answer, _stream) = self.call(headers, path, body, true).await?;
            let (head, mut body) = answer.await?.into_parts();
            let code =
                |headers: &http::HeaderMap| headers.get("grpc-status")?.to_str().ok()?.parse::<i32>().ok();
            if let Some(code) = code(&head.headers) {
                return anyhow::Ok(code);
            }
            while let Some(data) = body.data().await {
                let _ = body.flow_control().release_capacity(data?.len());
            }
            body.trailers().await?.as_ref().and_then(code).context("an answer without an end")
        };
        timeout(Duration::from_secs(10), answer).await.context("no answer")?
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// A message of gRPC in its frame.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], length.as_slice(), message].concat().into()
}

/// A message that is said to be one byte longer than what comes of it.
pub(super) fn unfinished(length: usize) -> Bytes {
    let said = u32::try_from(length + 1).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], said.as_slice(), &vec![b'x'; length]].concat().into()
}

/// What somebody without a token can do to a port for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Siege {
    /// Connects and says nothing.
    Silent,
    /// Says half of what HTTP/2 begins with.
    HalfPreface,
    /// Speaks HTTP/2, answers pings, and asks nothing.
    Idle,
    /// Begins requests of HTTP/1.1 that never end.
    HalfRequest,
    /// Begins calls of HTTP/2 and takes them back.
    Resets,
    /// Begins headers that never end.
    Continuations,
    /// A header of 4 KB that is remembered, and named thousands of times.
    Bombs,
    Pings,
    Settings,
    /// Calls with wrong tokens, one after the other.
    BadTokens,
}

impl Siege {
    /// Does it over so many connections, each opened anew when it ends, from several addresses. Returns how much was
    /// done: connections, frames or calls.
    pub(super) async fn wage(self, to: SocketAddr, connections: usize, until: Instant) -> u64 {
        let attackers = attackers();
        let waging = (0..connections).map(|place| attackers.spawn(self.keep_at_it(place, to, until)));
        let mut done = 0;
        for one in waging.collect::<Vec<_>>() {
            done += one.await.unwrap_or(0);
        }
        done
    }

    async fn keep_at_it(self, place: usize, to: SocketAddr, until: Instant) -> u64 {
        let mut done = 0;
        while Instant::now() < until {
            // Cut off or not: it goes on.
            let _ = timeout_at(until, self.once(place, to, &mut done)).await;
            sleep(Duration::from_millis(20)).await;
        }
        done
    }

    async fn once(self, place: usize, to: SocketAddr, done: &mut u64) -> Result<()> {
        match self {
            Self::Silent => hold(place, to, b"", done).await,
            Self::HalfPreface => hold(place, to, &PREFACE[..10], done).await,
            Self::HalfRequest => {
                hold(place, to, b"GET /status HTTP/1.1\r\nHost: localhost\r\nX-Half: ", done).await
            }
            Self::Idle => {
                let guest = Guest::new(place, to).await?;
                *done += 1;
                while !guest.is_gone() {
                    sleep(Duration::from_millis(100)).await;
                }
                Ok(())
            }
            Self::Resets => {
                let mut stream = 1;
                let frames = || {
                    let call = frames::call(stream, "/wechaty.Puppet/Version", true);
                    let both = [call, frames::reset(stream)].concat();
                    stream += 2;
                    (both, 1)
                };
                flood(place, to, &[], frames, done).await
            }
            Self::Continuations => {
                let begin = frames::frame(1, 0, 1, &frames::call_headers("/wechaty.Puppet/Version"));
                let more = frames::frame(9, 0, 1, &frames::header("x-more", &"y".repeat(8_000)));
                flood(place, to, &begin, || (more.clone(), 1), done).await
            }
            Self::Bombs => {
                let fuse = [
                    frames::call_headers("/wechaty.Puppet/Version"),
                    frames::remembered("x", &"y".repeat(4_000)),
                ];
                let mut stream = 1;
                let frames = || {
                    // The first entry of the table, by its number, again and again.
                    let block = if stream == 1 { fuse.concat() } else { vec![0x80 | 62; 15_000] };
                    let bomb = frames::frame(1, 5, stream, &block);
                    stream += 2;
                    (bomb, 1)
                };
                flood(place, to, &[], frames, done).await
            }
            Self::Pings => {
                let pings = frames::ping(false).repeat(100);
                flood(place, to, &[], || (pings.clone(), 100), done).await
            }
            Self::Settings => {
                let mut value = 65_535;
                let frames = || {
                    value = if value == 65_535 { 65_536 } else { 65_535 };
                    (frames::a_setting(value).repeat(100), 100)
                };
                flood(place, to, &[], frames, done).await
            }
            Self::BadTokens => {
                let mut guest = Guest::new(place, to).await?;
                let token = [("authorization", "Wechaty insecure_wrong")];
                loop {
                    guest.asks(&token, "wechaty.Puppet/Version", framed(b"")).await?;
                    *done += 1;
                }
            }
        }
    }
}

/// Where floods are made: on threads that get what the machine has left, so that what the gateway's bots feel is what it does
/// with a flood, and not that the attacker happens to live on the same processors.
fn attackers() -> Handle {
    static ATTACKERS: OnceLock<Option<Runtime>> = OnceLock::new();
    let runtime = ATTACKERS.get_or_init(|| {
        let humble = || {
            // Of this thread alone. Without it figures are worse, and no less true.
            let _ = rustix::process::setpriority_process(None, 19);
        };
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().on_thread_start(humble).build().ok()
    });
    runtime.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
}

/// Says this and no more, until it is cut off.
async fn hold(place: usize, to: SocketAddr, bytes: &[u8], done: &mut u64) -> Result<()> {
    let mut socket = connect_from(place, to).await?;
    *done += 1;
    socket.write_all(bytes).await?;
    let mut rest = [0; 1_024];
    while socket.read(&mut rest).await? > 0 {}
    Ok(())
}

/// Writes frames as fast as they are taken, and reads whatever comes.
async fn flood(
    place: usize,
    to: SocketAddr,
    begin: &[u8],
    mut frames: impl FnMut() -> (Vec<u8>, u64),
    done: &mut u64,
) -> Result<()> {
    let socket: TcpStream = connect_from(place, to).await?;
    let (mut from, mut into) = socket.into_split();
    let reading = tokio::spawn(async move {
        let mut rest = [0; 4_096];
        while from.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    });
    let writing = async {
        into.write_all(&[PREFACE, &frames::settings(false), &frames::settings(true), begin].concat()).await?;
        loop {
            let (bytes, number) = frames();
            into.write_all(&bytes).await?;
            *done += number;
        }
    };
    let written: Result<()> = writing.await;
    reading.abort();
    written
}
