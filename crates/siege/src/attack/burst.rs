//! Row 14: very many messages at once from one account.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{EventRequest, MessagePayloadRequest},
};
use tokio::time::{Instant, timeout_at};

use super::{
    figure::{Figure, Figures, Unit},
    pulse::connect,
    scene::{BAD_BOT, Ground},
};
use crate::stage::Descriptors;

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "14 messages at once");
    let messages = ground.size(44_000, 4_000);
    let lines = [("gateway", "replay_events = 100000\nreplay_bytes = \"256MiB\"")];
    let scene = ground.scene(&lines, Descriptors::Many).await?;
    let bot = connect(scene.serve.gateway, BAD_BOT).await?;
    let mut events = bot.puppet().event(EventRequest::default()).await?.into_inner();
    let phone = &scene.phones[0];
    let streams = phone.calls("Event");
    let attack = async {
        for number in 0..messages {
            scene.alice.says(phone, &number.to_string());
        }
        let (mut heard, until) = (BTreeSet::new(), Instant::now() + Duration::from_secs(120));
        while heard.len() < messages {
            let Ok(event) = timeout_at(until, events.message()).await else { break };
            let Some(event) = event? else { break };
            if let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) {
                let payload = bot.puppet().message_payload(MessagePayloadRequest { id }).await?.into_inner();
                heard.insert(payload.text);
            }
        }
        Ok(heard.len())
    };
    let (heard, toll) = scene.toll(Duration::ZERO, attack).await?;
    figures.count("times that the account was dropped", "1", (phone.calls("Event") - streams) as usize, 0);
    figures.count("messages that a bot does not hear", "", messages - heard, 0);
    let longest = scene.serve.figures().await?.get("ha_wechaty_core_longest_input_seconds") * 1_000.0;
    figures.add("the core is busy with one thing", "", Unit::Milliseconds, longest, 50.0);
    figures.add("memory at its peak", "", Unit::Bytes, toll.peak as f64, 192.0 * 1_048_576.0);
    figures.beat(&toll, "", 250.0);
    Ok(figures.all())
}
