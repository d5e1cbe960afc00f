//! Row 1: connections that speak HTTP/2, answer pings and show no token, more of them than there are descriptors.

use std::time::Duration;

use anyhow::Result;
use ha_wechaty_sim::Fault;
use ha_wechaty_wire::puppet::VersionRequest;
use tokio::time::{Instant, sleep, timeout};

use super::{
    figure::{Figure, Figures, Unit},
    peer::Guest,
    pulse::connect,
    scene::{BOT, Ground},
};
use crate::stage::Descriptors;

/// They are gone after ten seconds, whatever they say.
const PATIENCE: Duration = Duration::from_secs(12);
/// To connect, to come back, to answer: nobody waits for so long who is not kept out.
const KEPT_OUT: Duration = Duration::from_secs(20);

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "1 guests, few descriptors");
    let (guests, few) = ground.size((1_100, 1_024), (400, 256));
    let scene = ground.scene(&[], Descriptors::Few { soft: few / 2, hard: few }).await?;
    let at = scene.serve.gateway;
    let attack = async {
        let mut all = Vec::new();
        for place in 0..guests {
            // Who can't connect any more is kept out, which is what this is about.
            if let Ok(guest) = Guest::new(place / 100, at).await {
                all.push(guest);
            }
        }
        let begun = Instant::now();
        let bot = async {
            let bot = connect(at, BOT).await?;
            bot.puppet().version(VersionRequest {}).await?;
            anyhow::Ok(())
        };
        let is_in = timeout(KEPT_OUT, bot).await.is_ok_and(|it| it.is_ok());
        let bot = if is_in { begun.elapsed() } else { KEPT_OUT };
        let admin = scene.admin_answers().await.unwrap_or(KEPT_OUT);
        let begun = Instant::now();
        scene.phones[0].fail(Fault::Drop);
        let usable = async |count: usize, less: bool| {
            while scene.serve.status().await.map_or(true, |it| (it.team.usable < count) != less) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = timeout(KEPT_OUT, usable(3, true)).await;
        scene.phones[0].restore().await?;
        let is_back = timeout(KEPT_OUT, usable(3, false)).await.is_ok();
        let account = if is_back { begun.elapsed() } else { KEPT_OUT };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && all.iter().any(|it| !it.is_gone()) {
            sleep(Duration::from_millis(100)).await;
        }
        Ok((bot, admin, account, all.iter().filter(|it| !it.is_gone()).count()))
    };
    let ((bot, admin, account, left), toll) = scene.toll(Duration::ZERO, attack).await?;
    let milliseconds = |it: Duration| it.as_secs_f64() * 1_000.0;
    figures.add("a bot connects and is answered", "never", Unit::Milliseconds, milliseconds(bot), 1_000.0);
    figures.add("the admin answers", "never", Unit::Milliseconds, milliseconds(admin), 1_000.0);
    figures.add("an account comes back", "never", Unit::Milliseconds, milliseconds(account), 5_000.0);
    figures.count("guests left after 12 s", "all", left, 0);
    figures.beat(&toll, "", 100.0);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", scene.serve.process.0))?;
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    let soft = soft.and_then(|it| it.parse().ok()).unwrap_or(0.0);
    figures.add("descriptors that it does not ask for", "half", Unit::Count, few as f64 - soft, 0.0);
    Ok(figures.all())
}
