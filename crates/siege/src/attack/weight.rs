//! Row 4: anybody in a room says very much, or renames it to a book. And row 13: accounts refuse in very many words.

use std::time::Duration;

use anyhow::{Context as _, Result};
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{EventRequest, MessagePayloadRequest, MessageSendTextRequest},
};
use tokio::time::{sleep, timeout};
use tonic::Status;

use super::{
    figure::{Figure, Figures, Unit},
    pulse::connect,
    scene::{BAD_BOT, Ground},
};
use crate::stage::Descriptors;

const MIB: f64 = 1_048_576.0;
/// A text, in bytes.
const TEXT: usize = 20_000;
/// So many are said before the bot has read them.
const BATCH: usize = 50;
const TOPIC: usize = 3_000_000;

pub(super) async fn texts(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "4 long texts");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let bot = connect(scene.serve.gateway, BAD_BOT).await?;
    let mut events = bot.puppet().event(EventRequest::default()).await?.into_inner();
    let attack = async {
        for batch in 0..ground.size(42_000, 1_500) / BATCH {
            for number in 0..BATCH {
                scene.alice.says(&scene.room, &format!("{batch} {number} {}", "x".repeat(TEXT)));
            }
            let mut heard = 0;
            while heard < BATCH {
                let event =
                    timeout(Duration::from_secs(20), events.message()).await.context("nothing comes")?;
                if let Ok(PuppetEvent::Message { id }) =
                    PuppetEvent::parse(&event?.context("the stream has ended")?)
                {
                    bot.puppet().message_payload(MessagePayloadRequest { id }).await?;
                    heard += 1;
                }
            }
        }
        Ok(())
    };
    let ((), toll) = scene.toll(Duration::ZERO, attack).await?;
    // The book's 32 MiB, and what is kept for the other bot, which is away.
    figures.add("memory at its peak", "917 MiB", Unit::Bytes, toll.peak as f64, 96.0 * MIB);
    figures.beat(&toll, "", 250.0);
    Ok(figures.all())
}

pub(super) async fn topics(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "4 topics like books");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let topics = ground.size(30, 12);
    let backlog = async || {
        let figures = scene.serve.figures().await?;
        anyhow::Ok(figures.get("ha_wechaty_held_bytes{of=\"backlog\"}"))
    };
    let attack = async {
        for number in 0..topics {
            scene.alice.sets_topic(&scene.room, &format!("{number} {}", "y".repeat(TOPIC)));
        }
        // The last is the sign that all were taken in.
        scene.alice.says(&scene.room, "and now?");
        let mut most = 0.0_f64;
        for _ in 0..ground.size(80, 40) {
            most = most.max(backlog().await?);
            sleep(Duration::from_millis(50)).await;
        }
        Ok(most)
    };
    let (most, toll) = scene.toll(Duration::from_secs(1), attack).await?;
    figures.add("backlog of both bots", "127 MiB", Unit::Bytes, most, 32.0 * MIB);
    figures.add("memory at its peak", "", Unit::Bytes, toll.peak as f64, 128.0 * MIB);
    figures.beat(&toll, "", 250.0);
    Ok(figures.all())
}

pub(super) async fn refusals(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "13 refusals of 20 KB");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    for phone in &scene.phones {
        let status = Status::internal("no ".repeat(TEXT / 3));
        phone.fail(Fault::Answer { calls: RpcSelection::Sends, status, times: u32::MAX });
    }
    let bot = connect(scene.serve.gateway, BAD_BOT).await?;
    let conversation_id = scene.room.id().to_owned();
    let request = MessageSendTextRequest { conversation_id, text: "hello".into(), ..Default::default() };
    let attack = async {
        let mut puppet = bot.puppet();
        let answer = timeout(Duration::from_secs(20), puppet.message_send_text(request)).await;
        let told = answer.context("no answer: the connection hangs")?.err().context("it was sent")?;
        Ok(told.message().len())
    };
    let (told, toll) = scene.toll(Duration::ZERO, attack).await?;
    figures.add("what a bot is told", "over 60 KB", Unit::Bytes, told as f64, 8_192.0);
    figures.beat(&toll, "", 100.0);
    Ok(figures.all())
}
