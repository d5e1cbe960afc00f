//! Row 3: large files, one and many, and uploads that never end.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use ha_wechaty_wire::{
    FileBox,
    puppet::{MessageSendFileRequest, UploadRequest},
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    figure::{Figure, Figures, Unit},
    peer::{Guest, unfinished},
    pulse::connect,
    scene::{BAD_BOT, Ground, Scene},
};
use crate::stage::Descriptors;

const MIB: usize = 1 << 20;
/// What all that is under way may hold together: `memory.requests` and `memory.uploads`, and what the allocator keeps of it.
const BUDGET: f64 = 320.0 * 1_048_576.0;

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "3 files");
    let (size, many, uploads) = ground.size((60 * MIB, 10, 30), (12 * MIB, 5, 12));
    // One is sent inside its message, so that this is the payload: three bytes are four letters.
    let file_box = FileBox::from_bytes("large.dat", &vec![b'z'; size / 4 * 3]).to_json();
    let send = async |scene: &Scene, count: usize| {
        let bot = connect(scene.serve.gateway, BAD_BOT).await?;
        let mut sends = JoinSet::new();
        for _ in 0..count {
            let (mut puppet, conversation_id, file_box) =
                (bot.puppet(), scene.room.id().to_owned(), file_box.clone());
            let request = MessageSendFileRequest { conversation_id, file_box };
            sends.spawn(async move { puppet.message_send_file(request).await.map(|_| ()) });
        }
        let mut refused = 0;
        while let Some(sent) = sends.join_next().await {
            refused += usize::from(sent?.is_err());
        }
        Ok(refused)
    };
    for (count, what, left, before, before_left, limit) in [
        (1, "one send: memory at its peak", "one send: memory that stays", "6 ×", "", 1.5 * size as f64),
        (
            many,
            "many sends: memory at its peak",
            "many sends: memory that stays",
            "2.4 GiB",
            "930 MiB",
            BUDGET,
        ),
    ] {
        let scene = ground.scene(&[], Descriptors::Many).await?;
        let sending =
            async { timeout(Duration::from_secs(100), send(&scene, count)).await.context("no answer")? };
        let (refused, toll) = scene.toll(Duration::from_secs(1), sending).await?;
        figures.add(what, before, Unit::Bytes, toll.peak as f64, limit);
        figures.add(left, before_left, Unit::Bytes, toll.left as f64, 64.0 * 1_048_576.0);
        figures.count("sends refused", "0", refused, if count == 1 { 0 } else { count - 1 });
        figures.beat(&toll, "", 250.0);
    }
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let attack = async {
        let bot = connect(scene.serve.gateway, BAD_BOT).await?;
        let chunk = Arc::new(vec![b'z'; 64 << 10]);
        let mut calls = JoinSet::new();
        for _ in 0..uploads {
            let (chunk, mut puppet) = (chunk.clone(), bot.puppet());
            let chunks = (0..size >> 16).map(move |_| UploadRequest { chunk: chunk.to_vec() });
            let endless = futures_util::StreamExt::chain(
                futures_util::stream::iter(chunks),
                futures_util::stream::pending(),
            );
            calls.spawn(async move { puppet.upload(endless).await.map(|_| ()) });
        }
        let (mut guest, body) = (Guest::new(0, scene.serve.gateway).await?, unfinished(size));
        let token = format!("Wechaty {BAD_BOT}");
        let mut messages = Vec::new();
        for _ in 0..uploads {
            let path = "wechaty.Puppet/MessageSendFile";
            // One that is refused at once ends its connection's turn, and nobody else's.
            if let Ok(call) = guest.call(&[("authorization", &token)], path, body.clone(), false).await {
                messages.push(call);
            }
        }
        sleep(ground.size(Duration::from_secs(10), Duration::from_secs(3))).await;
        Ok(())
    };
    let ((), toll) = scene.toll(Duration::from_secs(1), attack).await?;
    figures.add("unfinished uploads: memory at its peak", "1.9 GiB", Unit::Bytes, toll.peak as f64, BUDGET);
    figures.add(
        "unfinished uploads: memory that stays",
        "",
        Unit::Bytes,
        toll.left as f64,
        128.0 * 1_048_576.0,
    );
    figures.beat(&toll, "", 250.0);
    Ok(figures.all())
}
