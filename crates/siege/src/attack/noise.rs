//! Row 7: an account that tells errors, scans and logins as fast as it can, and a peer that has the crates beneath us
//! write warnings.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use ha_wechaty_wire::{
    PuppetEvent,
    event::{Failure, ScanPayload},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{sleep, timeout},
};

use super::{
    figure::{Figure, Figures, Unit},
    frames::{self, PREFACE},
    scene::{Ground, connect_from},
};
use crate::stage::Descriptors;

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "7 an account makes noise");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    // Only the others know her: whoever asks for her does not ask the one that makes noise.
    scene.world.unfriend(&scene.alice, &scene.phones[0]);
    let before = scene.serve.log().len();
    let ended = Arc::new(AtomicBool::new(false));
    let flooding = tokio::task::spawn_blocking({
        let (phone, ended) = (scene.phones[0].clone(), ended.clone());
        move || {
            let mut number = 0_u64;
            while !ended.load(Ordering::Relaxed) {
                let gerror = format!(
                    r#"{{"code":2,"message":"no network {number}","stack":"Error: no\n    at a.js:1:1"}}"#
                );
                phone.emit(&PuppetEvent::Error(Failure { data: String::new(), gerror: Some(gerror) }));
                let qrcode = Some(format!("https://l.invalid/{number}"));
                phone.emit(&PuppetEvent::Scan(ScanPayload { status: 2, qrcode, ..ScanPayload::default() }));
                phone.emit(&PuppetEvent::Login { contact_id: phone.id().to_owned() });
                number += 1;
                // The simulated phone keeps what nobody takes, and is not what is tested.
                if number.is_multiple_of(5_000) {
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
            number * 3
        }
    });
    let attack = async {
        let mut facts = 0.0_f64;
        for _ in 0..ground.size(60, 20) {
            sleep(Duration::from_millis(100)).await;
            facts = facts.max(scene.serve.figures().await?.get("ha_wechaty_held_bytes{of=\"facts\"}"));
        }
        ended.store(true, Ordering::Relaxed);
        Ok(facts)
    };
    let (facts, toll) = scene.toll(Duration::ZERO, attack).await?;
    flooding.await?;
    let log = scene.serve.log();
    let log = &log[before..];
    figures.count("lines of the log", "1,006,408", log.lines().count(), 200);
    figures.add("bytes of the log", "157 MB", Unit::Bytes, log.len() as f64, 65_536.0);
    // 64 KiB of each account, and the last thing that it told may go over that.
    figures.add("facts that wait", "277 MiB", Unit::Bytes, facts, 160.0 * 1_024.0);
    figures.add("memory at its peak", "", Unit::Bytes, toll.peak as f64, 64.0 * 1_048_576.0);
    figures.beat(&toll, "117 ms", 100.0);
    Ok(figures.all())
}

pub(super) async fn peer(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "7 a peer makes noise");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let before = scene.serve.log().lines().count();
    let attack = async {
        for place in 0..ground.size(200, 50) {
            let mut peer = connect_from(place, scene.serve.gateway).await?;
            // Answers to pings that nobody sent.
            let bytes = [PREFACE, &frames::settings(false), &frames::ping(true).repeat(100)].concat();
            peer.write_all(&bytes).await?;
            // Whatever it says to that, it has read it.
            let _ = timeout(Duration::from_secs(5), peer.read(&mut [0; 64])).await;
        }
        Ok(())
    };
    let ((), toll) = scene.toll(Duration::ZERO, attack).await?;
    figures.count("lines of the log", "1,416 in 4 s", scene.serve.log().lines().count() - before, 20);
    figures.beat(&toll, "", 100.0);
    Ok(figures.all())
}
