//! Row 9: files that wait on disk: after a gateway was killed, in an idle one, beyond its quota, and very many of them.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use ha_wechaty::transport::Connection;
use ha_wechaty_wire::puppet::UploadRequest;
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::{
    figure::{Figure, Figures, Unit},
    pulse::connect,
    scene::{BAD_BOT, Ground, Scene},
};
use crate::stage::Descriptors;

const MIB: usize = 1 << 20;
/// Files are dropped after this long.
const AGE: &str = "spool_memory = \"64KiB\"\nspool_age = \"2s\"";
/// All uploads together may take so much of the disk.
const QUOTA: &str = "spool_memory = \"64KiB\"\nspool_disk = \"20MiB\"";

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "9 the spool");
    let scene = ground.scene(&[("gateway", AGE)], Descriptors::Many).await?;
    let bot = connect(scene.serve.gateway, BAD_BOT).await?;
    for _ in 0..3 {
        upload(&bot, 2 * MIB).await?;
    }
    let begun = Instant::now();
    while on_disk(&scene).await? > 0.0 && begun.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(100)).await;
    }
    figures.add("an idle gateway keeps of old files", "all", Unit::Bytes, on_disk(&scene).await?, 0.0);
    for _ in 0..3 {
        upload(&bot, 2 * MIB).await?;
    }
    scene.serve.signal(Signal::KILL)?;
    while scene.serve.is_running()? {
        sleep(Duration::from_millis(20)).await;
    }
    figures.count("files that stay after kill -9, of 3", "3", files(scene.serve.folder())?, 0);

    let scene = ground.scene(&[("gateway", QUOTA)], Descriptors::Many).await?;
    let bot = connect(scene.serve.gateway, BAD_BOT).await?;
    let mut most = 0.0_f64;
    for _ in 0..10 {
        // Those that are too much are refused.
        let _ = upload(&bot, 5 * MIB).await;
        most = most.max(on_disk(&scene).await?);
    }
    figures.add("on disk, of 50 MiB with a quota of 20", "50 MiB", Unit::Bytes, most, 20.0 * 1_048_576.0);

    // Twice as many must not take four times as long: the second half is held against the first.
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let bot = connect(scene.serve.gateway, BAD_BOT).await?;
    let many = ground.size(20_000, 4_000);
    let mut took = [0.0, 0.0];
    let ((), toll) = scene
        .toll(Duration::ZERO, async {
            for half in &mut took {
                let before = scene.serve.taken()?.processor;
                for _ in 0..many / 40 {
                    let uploads = (0..20).map(|_| upload(&bot, 1));
                    futures_util::future::try_join_all(uploads).await?;
                }
                *half = (scene.serve.taken()?.processor - before).as_secs_f64() * 1_000.0;
            }
            Ok(())
        })
        .await?;
    let [first, second] = took;
    figures.add(
        "many uploads: time of the processor",
        "14.6 s",
        Unit::Milliseconds,
        first + second,
        ground.size(6_000.0, 2_000.0),
    );
    figures.add(
        "the second half over the first",
        "3 ×",
        Unit::Percent,
        second / first.max(10.0) * 100.0,
        200.0,
    );
    figures.beat(&toll, "", 100.0);
    Ok(figures.all())
}

async fn upload(bot: &Connection, size: usize) -> Result<String> {
    let chunks: Vec<_> =
        vec![b'u'; size].chunks(64 << 10).map(|chunk| UploadRequest { chunk: chunk.to_vec() }).collect();
    let mut puppet = bot.puppet();
    let uploading = puppet.upload(futures_util::stream::iter(chunks));
    Ok(timeout(Duration::from_secs(20), uploading).await.context("no answer")??.into_inner().id)
}

async fn on_disk(scene: &Scene) -> Result<f64> {
    Ok(scene.serve.figures().await?.get("ha_wechaty_held_bytes{of=\"uploads_on_disk\"}"))
}

/// How many files there are below a folder, but for the gateway's own.
fn files(folder: &Path) -> Result<usize> {
    let mut all = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let ours = ["log", "ha-wechaty.toml"].iter().any(|it| entry.file_name() == *it);
        all += match entry.file_type()?.is_dir() {
            true => files(&entry.path())?,
            false => usize::from(!ours),
        };
    }
    Ok(all)
}
