//! Row 6: one bot opens 1,000 event streams and reads none, while thousands of events come in each second.

use std::time::Duration;

use anyhow::Result;
use ha_wechaty_wire::{PuppetEvent, puppet::EventRequest};
use tokio::time::{Instant, sleep};

use super::{
    figure::{Figure, Figures, Unit},
    pulse::connect,
    scene::{BAD_BOT, Ground},
};
use crate::stage::Descriptors;

/// In a second.
const EVENTS: u32 = 4_000;

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "6 streams that nobody reads");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let (streams, long) = ground.size((1_000, 20), (150, 3));
    let attack = async {
        let mut unread = Vec::new();
        for _ in 0..streams {
            let bot = connect(scene.serve.gateway, BAD_BOT).await?;
            // Those that are too many end; this one has opened.
            let events = bot.puppet().event(EventRequest::default()).await?.into_inner();
            unread.push((bot, events));
        }
        let (begun, mut told) = (Instant::now(), 0);
        while begun.elapsed() < Duration::from_secs(long) {
            let due = (begun.elapsed().as_secs_f64() * f64::from(EVENTS)) as u64;
            while told < due {
                scene.phones[0]
                    .emit(&PuppetEvent::Friendship { id: format!("request-{told}-{}", "x".repeat(200)) });
                told += 1;
            }
            sleep(Duration::from_millis(5)).await;
        }
        let figures = scene.serve.figures().await?;
        Ok(figures.sum("ha_wechaty_bot_streams"))
    };
    let (open, toll) = scene.toll(Duration::from_secs(1), attack).await?;
    figures.add("memory at its peak", "3.4 GiB", Unit::Bytes, toll.peak as f64, 256.0 * 1_048_576.0);
    figures.count("streams that are open", "1000", open as usize, 64);
    figures.beat(&toll, "p50 229 ms", 250.0);
    Ok(figures.all())
}
