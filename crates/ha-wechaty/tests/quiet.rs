//! What nobody can make of `ha-wechaty serve`: a log that fills the disk, and a team that waits for one of its accounts.
//! It stands apart from other tests: what an answer takes is measured.
#![allow(missing_docs, clippy::expect_used, reason = "tests")]

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use ha_wechaty::{Standing, admin::Status, config::BotMode};
use ha_wechaty_sim::{Phone, World};
use ha_wechaty_testkit::{Bot, program::Running, status, text, wait};
use ha_wechaty_wire::{
    PuppetEvent,
    event::{Failure, ScanPayload},
    puppet,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Nothing here takes this long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(120);

/// A gateway of these accounts as a process.
fn serve(folder: &Path, phones: &[&Phone]) -> Running {
    let file = folder.join("ha-wechaty.toml");
    let config =
        text::config(&[("pace", "enabled = false")], &[("bot", BotMode::All)], phones.iter().copied());
    std::fs::write(&file, config).expect("it is ours");
    let mut serve = Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
    Running::start(serve.args(["serve", "--config"]).arg(&file).env_clear())
}

/// An account tells errors, scans, logins and logouts as fast as it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_tells_as_fast_as_it_can_fills_neither_log_nor_memory_and_the_others_work() {
    const EACH: u32 = 2_000;
    let world = World::new(42);
    let north = world.phone("north").serve().await.expect("a port");
    let south = world.phone("south").serve().await.expect("a port");
    let alice = world.person("alice");
    world.befriend(&alice, &south);
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let serve = serve(folder.path(), &[&north, &south]);
    let Bot { puppet: mut bot, mut events, .. } =
        Bot::connect_to(serve.bots(), "insecure_bot").await.expect("a bot");
    let told = |status: &Status| status.accounts.iter().filter(|it| it.phase == Standing::Available).count();
    let admin = serve.admin();
    wait::until_some_by(DEADLINE, "both are available", async || {
        (told(&status(admin.as_str()).await) == 2).then_some(())
    })
    .await;

    let flooding = tokio::task::spawn_blocking({
        let north = north.clone();
        move || {
            for n in 0..EACH {
                north.emit(&PuppetEvent::Error(puppet_error(n)));
                north.emit(&PuppetEvent::Scan(ScanPayload {
                    status: 2,
                    qrcode: Some(format!("https://l.invalid/{n}")),
                    ..ScanPayload::default()
                }));
                north.emit(&PuppetEvent::Login { contact_id: north.id().to_owned() });
            }
            north.emit(&PuppetEvent::Friendship { id: "the-last".into() });
        }
    });
    let heard = tokio::spawn(async move {
        loop {
            let event = events.message().await.expect("a whole stream").expect("an open stream");
            if event.payload.contains("the-last") {
                return;
            }
        }
    });
    let (mut took, mut peak, mut facts) = (Vec::new(), 0, 0);
    let asked = timeout(DEADLINE, async {
        while !heard.is_finished() {
            let begun = Instant::now();
            // South alone can say.
            let request = puppet::ContactPayloadRequest { id: alice.id().to_owned() };
            bot.contact_payload(request).await.expect("an answer");
            took.push(begun.elapsed());
            if took.len().is_multiple_of(20) {
                let status = status(admin.as_str()).await;
                peak = peak.max(status.resident.unwrap_or_default());
                facts = facts.max(status.held.iter().find(|it| it.of == "facts").map_or(0, |it| it.bytes));
            }
        }
    });
    asked.await.expect("the flood is over");
    flooding.await.expect("no panic");
    heard.await.expect("it is heard");
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    let log = serve.stop();
    let log: Vec<&str> = log.lines().collect();
    let bytes: usize = log.iter().map(|line| line.len() + 1).sum();
    let figures = format!(
        "{} lines, {bytes} bytes, {peak} bytes resident, {facts} bytes of facts, {p99:?} p99 of {} calls",
        log.len(),
        took.len()
    );
    println!("{figures}");
    assert!(log.len() < 200 && bytes < 64 << 10, "{figures}");
    // 64 KiB each, and the last one that was told may go over it.
    assert!(facts < 160 << 10, "{figures}");
    assert!(peak < 128 << 20, "{figures}");
    // A third of a second where nothing is optimised and others use the machine; a call that waits for the flood takes longer.
    assert!(p99 < Duration::from_secs(2), "{figures}");
    let more: Vec<&&str> =
        log.iter().filter(|line| line.contains("and ") && line.contains(" more ")).collect();
    for kind in ["errors that its puppet reports; the last: no network", "changes of phase; the last: "] {
        assert!(more.iter().any(|line| line.contains("north") && line.contains(kind)), "{kind}: {more:#?}");
    }
    assert!(!log.iter().any(|line| line.contains("a.js")), "no trace of the stack");
}

fn puppet_error(n: u32) -> Failure {
    let gerror =
        format!(r#"{{"code":2,"message":"no network {n}","stack":"Error: no network\n    at a.js:1:1"}}"#);
    Failure { data: String::new(), gerror: Some(gerror) }
}

/// A peer without a token breaks HTTP/2 in the ways that the crates beneath us warn of.
#[tokio::test]
async fn a_peer_without_a_token_writes_no_line() {
    let world = World::new(42);
    let north = world.phone("north").serve().await.expect("a port");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let serve = serve(folder.path(), &[&north]);
    for _ in 0..50 {
        let mut peer = TcpStream::connect(serve.bots()).await.expect("a connection");
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        // Its settings, and answers to pings that nobody sent.
        bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
        for n in 0..100 {
            bytes.extend([0, 0, 8, 6, 1, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, n]);
        }
        peer.write_all(&bytes).await.expect("written");
        // Whatever it says to that, it has read it.
        let _ = timeout(DEADLINE, peer.read(&mut [0; 64])).await.expect("an answer, or the end");
    }
    let log = serve.stop();
    let (lines, bytes) = (log.lines().count(), log.len());
    println!("{lines} lines, {bytes} bytes");
    assert!(lines < 20, "{log}");
}
