//! Row 2: messages without a token that never end, to health, reflection and the puppet.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::{
    figure::{Figure, Figures, Unit},
    peer::{Guest, unfinished},
    scene::Ground,
};
use crate::stage::Descriptors;

pub(super) const PATHS: [&str; 3] = [
    "grpc.health.v1.Health/Check",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "wechaty.Puppet/Upload",
];
/// A little less than what a server takes that was told nothing else.
pub(super) const LENGTH: usize = (4 << 20) - 1_024;

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "2 unfinished messages");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let (at, body) = (scene.serve.gateway, unfinished(LENGTH));
    let attack = async {
        let mut guests = Vec::new();
        for place in 0..4 {
            let mut guest = Guest::new(place, at).await?;
            let mut calls = Vec::new();
            for number in 0..200 {
                // Where no more are taken, those that were are kept.
                match guest.call(&[], PATHS[number % 2], body.clone(), false).await {
                    Ok(call) => calls.push(call),
                    Err(_) => break,
                }
            }
            guests.push((guest, calls));
        }
        sleep(ground.size(Duration::from_secs(5), Duration::from_secs(1))).await;
        Ok(())
    };
    let ((), toll) = scene.toll(Duration::from_secs(1), attack).await?;
    figures.add("memory at its peak", "+3196 MiB", Unit::Bytes, toll.peak as f64, 32.0 * 1_048_576.0);
    figures.add("memory that stays", "+2700 MiB", Unit::Bytes, toll.left as f64, 16.0 * 1_048_576.0);
    figures.beat(&toll, "", 100.0);
    Ok(figures.all())
}
