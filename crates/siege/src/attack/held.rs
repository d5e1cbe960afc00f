//! What held from the beginning, and must stay: wrong tokens, silence, floods, SIGHUP, reconnects.

use std::time::Duration;

use anyhow::Result;
use ha_wechaty_sim::Fault;
use ha_wechaty_wire::puppet::{ContactPayloadRequest, EventRequest, VersionRequest};
use rustix::process::Signal;
use tokio::time::{Instant, sleep, timeout};

use super::{
    figure::{Figure, Figures, Unit},
    peer::{Guest, Siege, framed},
    pulse::connect,
    scene::{BAD_BOT, BOT, Ground},
};
use crate::stage::Descriptors;

const UNAUTHENTICATED: i32 = 16;

/// Tokens that look like the right one.
pub(super) async fn tokens(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "wrong tokens");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let shown = |token: &str| format!("Wechaty {token}");
    let long = "x".repeat(4_000);
    let mut variants: Vec<String> = [
        "",
        "main",
        "insecure_",
        "insecure_mai",
        "insecure_main ",
        " insecure_main",
        "insecure_mainx",
        "Insecure_main",
        "INSECURE_MAIN",
        "insecure-main",
        "insecure_ma\tin",
        "insecure_main,insecure_bad",
        "insecure_main;insecure_bad",
        "\"insecure_main\"",
        "insecure_main%00",
        "insecure_north",
        "insecure_*",
        "null",
    ]
    .map(shown)
    .into();
    variants.push(shown(&long));
    // Other schemes, and none.
    variants.extend(
        ["insecure_main", "Bearer insecure_main", "Basic insecure_main", "Wechaty", "wechaty  ", ""]
            .map(str::to_owned),
    );
    let attack = async {
        let mut guest = Guest::new(0, scene.serve.gateway).await?;
        let mut let_in = 0;
        for (number, variant) in variants.iter().enumerate() {
            if guest.is_gone() {
                guest = Guest::new(number, scene.serve.gateway).await?;
            }
            let code = guest.asks(&[("authorization", variant)], "wechaty.Puppet/Version", framed(b"")).await;
            let_in += usize::from(!matches!(code, Ok(UNAUTHENTICATED) | Err(_)));
        }
        Ok(let_in)
    };
    let (let_in, toll) = scene.toll(Duration::ZERO, attack).await?;
    figures.count("let in, of 25", "0", let_in, 0);
    let log = scene.serve.log();
    figures.count(
        "secrets in the log",
        "0",
        log.matches("insecure_main").count() + log.matches("insecure_north").count(),
        0,
    );
    figures.beat(&toll, "", 100.0);
    Ok(figures.all())
}

/// Floods and silence, each for a while.
pub(super) async fn floods(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut all = Vec::new();
    for (name, siege, connections) in [
        ("silent connections", Siege::Silent, ground.size(5_000, 500)),
        ("rapid reset", Siege::Resets, 4),
        ("CONTINUATION without end", Siege::Continuations, 4),
        ("HPACK bombs", Siege::Bombs, 4),
        ("PING flood", Siege::Pings, 4),
        ("SETTINGS flood", Siege::Settings, 4),
    ] {
        let mut figures = Figures::of(ground, name);
        let scene = ground.scene(&[], Descriptors::Many).await?;
        let until = Instant::now() + Duration::from_millis(ground.size(6_000, 1_200));
        let attack = async { Ok(siege.wage(scene.serve.gateway, connections, until).await) };
        let (_, toll) = scene.toll(Duration::from_millis(300), attack).await?;
        let before = if siege == Siege::Silent { "13 ms" } else { "17 ms" };
        figures.add("memory at its peak", "", Unit::Bytes, toll.peak as f64, 64.0 * 1_048_576.0);
        figures.beat(&toll, before, 100.0);
        all.extend(figures.all());
    }
    Ok(all)
}

/// SIGHUP, again and again, while a bot works.
pub(super) async fn hangups(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "SIGHUP storm");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let attack = async {
        for _ in 0..ground.size(1_000, 200) {
            scene.serve.signal(Signal::HUP)?;
            sleep(Duration::from_millis(3)).await;
        }
        scene.serve.until_usable(3).await
    };
    let ((), toll) = scene.toll(Duration::from_secs(1), attack).await?;
    figures.add("memory that stays", "", Unit::Bytes, toll.left as f64, 16.0 * 1_048_576.0);
    figures.beat(&toll, "0 failed", 100.0);
    Ok(figures.all())
}

/// Bots and accounts that come and go, as fast as they can.
pub(super) async fn storms(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "reconnect storm");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let before = scene.serve.taken()?.descriptors;
    let attack = async {
        for number in 0..ground.size(2_000, 200) {
            let bot = connect(scene.serve.gateway, BAD_BOT).await?;
            let _events = bot.puppet().event(EventRequest::default()).await?;
            if number % 2 == 0 {
                bot.puppet().version(VersionRequest {}).await?;
            }
            if number % 50 == 0 {
                scene.phones[1].fail(Fault::Drop);
                scene.phones[1].restore().await?;
            }
        }
        Ok(())
    };
    let ((), toll) = scene.toll(Duration::from_secs(1), attack).await?;
    scene.serve.until_usable(3).await?;
    let working = connect(scene.serve.gateway, BOT).await?;
    working.puppet().contact_payload(ContactPayloadRequest { id: scene.alice.id().to_owned() }).await?;
    drop(working);
    let gone = async {
        while scene.serve.taken()?.descriptors > before + 2 {
            sleep(Duration::from_millis(100)).await;
        }
        anyhow::Ok(())
    };
    // What is left after that is a leak.
    let _ = timeout(Duration::from_secs(10), gone).await;
    let left = scene.serve.taken()?.descriptors.saturating_sub(before);
    figures.count("descriptors that stay", "0", left as usize, 2);
    figures.add("memory that stays", "", Unit::Bytes, toll.left as f64, 24.0 * 1_048_576.0);
    figures.add(
        "others' calls, p99",
        "",
        Unit::Milliseconds,
        toll.beat.percentile(99).as_secs_f64() * 1_000.0,
        100.0,
    );
    Ok(figures.all())
}
