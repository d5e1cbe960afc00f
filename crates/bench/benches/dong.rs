//! How many messages a second one core answers.
//!
//! The server has one thread. Another one is WeChat, over real HTTP on connections that are kept, each asking again
//! as soon as it is answered; every message is a new one. What the server's thread itself used is measured too,
//! since on a busy machine it does not get a core of its own.
#![allow(missing_docs, reason = "a bench")]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use ha_wechaty_bench::Bench;
use ha_wechaty_dong::{Server, Settings, caller::WeChatServer};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustix::time::{ClockId, clock_gettime};
use tokio::{net::TcpStream, sync::oneshot, task::JoinSet};

const TOKEN: &str = "pamtest";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const APP: &str = "wxb11529c136998cb6";

/// How it is asked.
#[derive(Debug)]
struct Options {
    connections: usize,
    seconds: f64,
    /// In plaintext instead of the encrypted mode.
    plaintext: bool,
}

fn main() -> anyhow::Result<()> {
    let mut bench = Bench::called("dong");
    if bench.is_wanted() {
        for plaintext in [false, true] {
            let (connections, seconds) = (bench.size(32, 2), bench.size(5.0, 0.1));
            load(&mut bench, &Options { connections, seconds, plaintext })?;
        }
    }
    Ok(())
}

fn load(bench: &mut Bench, options: &Options) -> anyhow::Result<()> {
    let mut settings = Settings::new(TOKEN);
    settings.listen.set_port(0);
    settings.aes_key = Some(KEY.into());
    settings.app_id = Some(APP.to_owned());

    let (ready, address) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = thread::spawn(move || -> anyhow::Result<Duration> {
        runtime()?.block_on(async {
            let server = Server::bind(&settings).await?;
            ready.send(server.local_addr())?;
            server.serve(async { drop(stopped.await) }).await;
            let used = clock_gettime(ClockId::ThreadCPUTime);
            Ok(Duration::new(used.tv_sec.try_into()?, used.tv_nsec.try_into()?))
        })
    });
    let address = address.recv().context("the server does not start")?;
    let mut times = runtime()?.block_on(ask(options, address))?;
    // Nobody listens any more if the server failed; joining it tells why.
    let _ = stop.send(());
    let used = server.join().map_err(|_| anyhow::anyhow!("the server panicked"))??;

    times.sort_unstable();
    let count = times.len() as f64;
    let at = |share: f64| times.get((count * share) as usize).or(times.last()).copied().unwrap_or_default();
    let mode = if options.plaintext { "plaintext" } else { "encrypted" };
    let mut tell = |what: &str, value: f64, unit: &str| bench.tell(&format!("{mode}, {what}"), value, unit);
    tell("on this machine", count / options.seconds, "requests/s");
    tell("of the server's thread", 1e6 * used.as_secs_f64() / count, "µs/request");
    tell("on a core of its own", count / used.as_secs_f64(), "requests/s");
    tell("half answered within", at(0.5).as_secs_f64() * 1e6, "µs");
    tell("99 % answered within", at(0.99).as_secs_f64() * 1e6, "µs");
    Ok(())
}

/// A runtime of the thread that asks for it.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Asks on all connections; gives how long each answer took.
async fn ask(options: &Options, address: SocketAddr) -> anyhow::Result<Vec<Duration>> {
    let mut caller = WeChatServer::new(TOKEN, SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    if !options.plaintext {
        caller = caller.encrypted(KEY, APP)?;
    }
    let end = Instant::now() + Duration::from_secs_f64(options.seconds);
    let ids = Arc::new(AtomicU64::new(1));
    let mut connections = JoinSet::new();
    for _ in 0..options.connections {
        connections.spawn(ask_one(caller.clone(), address, Arc::clone(&ids), end));
    }
    let mut times = Vec::new();
    while let Some(connection) = connections.join_next().await {
        times.extend(connection??);
    }
    Ok(times)
}

async fn ask_one(
    caller: WeChatServer,
    address: SocketAddr,
    ids: Arc<AtomicU64>,
    end: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut times = Vec::new();
    loop {
        let (path, body) = caller.text("oA", "ding", ids.fetch_add(1, Ordering::Relaxed));
        let began = Instant::now();
        if began >= end {
            return Ok(times);
        }
        let request = Request::post(path).header("host", "localhost").body(Full::<Bytes>::from(body))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        times.push(began.elapsed());
        ensure!(status == 200 && body.starts_with(b"<xml>"), "answered {status}: {body:?}");
    }
}
