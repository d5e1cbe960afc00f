//! How many messages a second one core answers: `cargo run --release -p ha-wechaty-dong --example load`.
//!
//! The server has one thread. Another one is WeChat, over real HTTP on connections that are kept, each asking again
//! as soon as it is answered; every message is a new one. What the server's thread itself used is measured too,
//! since on a busy machine it does not get a core of its own.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

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
use clap::Parser;
use ha_wechaty_dong::{Server, Settings, caller::Caller};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustix::time::{ClockId, clock_gettime};
use tokio::{net::TcpStream, sync::oneshot, task::JoinSet};

const TOKEN: &str = "pamtest";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const APP: &str = "wxb11529c136998cb6";

/// Asks a server of its own as fast as it answers.
#[derive(Debug, Parser)]
struct Options {
    /// How many connections ask.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How many seconds.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// In plaintext instead of the encrypted mode.
    #[arg(long)]
    plaintext: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
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
    let mut times = runtime()?.block_on(ask(&options, address))?;
    // Nobody listens any more if the server failed; joining it tells why.
    let _ = stop.send(());
    let used = server.join().map_err(|_| anyhow::anyhow!("the server panicked"))??;

    times.sort_unstable();
    let count = times.len() as f64;
    let at = |share: f64| times.get((count * share) as usize).or(times.last()).copied().unwrap_or_default();
    let mode = if options.plaintext { "plaintext" } else { "encrypted" };
    println!("{mode}, {} connections, {} s", options.connections, options.seconds);
    println!("requests/s               {:>9.0}", count / options.seconds);
    println!("server thread            {:>9.1} % of one core", 100.0 * used.as_secs_f64() / options.seconds);
    println!("server CPU per request   {:>9.1} µs", 1e6 * used.as_secs_f64() / count);
    println!("so, on a core of its own {:>9.0} requests/s", count / used.as_secs_f64());
    println!(
        "answered within          {:>9.1?} (half) {:.1?} (99 %) {:.1?} (all)",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    Ok(())
}

/// A runtime of the thread that asks for it.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Asks on all connections; gives how long each answer took.
async fn ask(options: &Options, address: SocketAddr) -> anyhow::Result<Vec<Duration>> {
    let mut caller = Caller::new(TOKEN, SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
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
    caller: Caller,
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
