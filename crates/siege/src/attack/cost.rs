//! What somebody without a token can still cost, at each port: time of the processor while it lasts, memory,
//! descriptors, and what a bot feels of it that behaves well.

use std::{fmt, time::Duration};

use anyhow::Result;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    figure::Unit,
    peer::{Guest, Siege, unfinished},
    scene::{Ground, Scene, Toll},
    unfinished::{LENGTH, PATHS},
};
use crate::stage::{Descriptors, Dong};

/// More than these a port has no place for.
const MANY: usize = 1_000;
const FEW: usize = 8;

/// A line of the table.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cost {
    what: &'static str,
    connections: usize,
    /// Connections, frames or calls in a second.
    rate: f64,
    /// Of one processor.
    processor: f64,
    peak: u64,
    left: u64,
    descriptors: u64,
    median: Option<f64>,
    p99: Option<f64>,
}

/// Measures all of them.
pub(super) async fn costs(ground: Ground<'_>) -> Result<Vec<Cost>> {
    let long = Duration::from_millis(ground.size(8_000, 1_000));
    let many = ground.size(MANY, 200);
    let mut costs = Vec::new();
    for (what, siege, connections) in [
        ("idle connections that speak HTTP/2", Siege::Idle, many),
        ("connections that say nothing", Siege::Silent, many),
        ("half of HTTP/2's first words", Siege::HalfPreface, many),
        ("wrong tokens, as fast as possible", Siege::BadTokens, FEW),
        ("rapid reset", Siege::Resets, FEW),
        ("CONTINUATION without end", Siege::Continuations, FEW),
        ("HPACK bombs", Siege::Bombs, FEW),
        ("PING flood", Siege::Pings, FEW),
        ("SETTINGS flood", Siege::Settings, FEW),
    ] {
        costs.push(
            cost(ground, what, connections, long, async |scene, until| {
                Ok(siege.wage(scene.serve.gateway, connections, until).await)
            })
            .await?,
        );
    }
    for (what, path) in [
        ("unfinished messages to health", PATHS[0]),
        ("unfinished messages to reflection", PATHS[1]),
        ("unfinished messages to the puppet", PATHS[2]),
    ] {
        costs.push(
            cost(ground, what, many / 4, long, async |scene, until| {
                messages(scene, path, many / 4, until).await
            })
            .await?,
        );
    }
    costs.push(
        cost(ground, "half requests at the admin's port", many, long, async |scene, until| {
            Ok(Siege::HalfRequest.wage(scene.serve.admin, many, until).await)
        })
        .await?,
    );
    costs.push(
        cost(ground, "half requests at the discovery's port", many, long, async |scene, until| {
            let at = scene.serve.discovery.unwrap_or(scene.serve.admin);
            Ok(Siege::HalfRequest.wage(at, many, until).await)
        })
        .await?,
    );
    costs.push(dong(ground, many, long).await?);
    Ok(costs)
}

async fn cost(
    ground: Ground<'_>,
    what: &'static str,
    connections: usize,
    long: Duration,
    wage: impl AsyncFnOnce(&Scene, Instant) -> Result<u64>,
) -> Result<Cost> {
    let scene =
        ground.scene(&[("discovery", "listen = \"127.0.0.1:0\"\ntls = \"off\"")], Descriptors::Many).await?;
    let (done, toll) = scene.toll(Duration::from_millis(500), wage(&scene, Instant::now() + long)).await?;
    let Toll { peak, left, processor, descriptors, beat } = toll;
    let rate = done as f64 / long.as_secs_f64();
    let milliseconds = |percent| Some(beat.percentile(percent).as_secs_f64() * 1_000.0);
    let (median, p99) = (milliseconds(50), milliseconds(99));
    Ok(Cost { what, connections, rate, processor, peak, left, descriptors, median, p99 })
}

/// Messages that never end, sixteen on each connection.
async fn messages(scene: &Scene, path: &str, connections: usize, until: Instant) -> Result<u64> {
    let (body, mut held, mut done) = (unfinished(LENGTH), Vec::new(), 0);
    for place in 0..connections {
        let Ok(mut guest) = Guest::new(place / 100, scene.serve.gateway).await else { continue };
        for _ in 0..16 {
            if let Ok(call) = guest.call(&[], path, body.clone(), false).await {
                held.push(call);
                done += 1;
            }
        }
        held.shrink_to_fit();
        tokio::spawn(async move {
            while !guest.is_gone() {
                sleep(Duration::from_millis(100)).await;
            }
        });
        if Instant::now() > until {
            break;
        }
    }
    tokio::time::sleep_until(until).await;
    Ok(done)
}

/// The official account's server is another process, which no bot works with.
async fn dong(ground: Ground<'_>, connections: usize, long: Duration) -> Result<Cost> {
    let dong = Dong::start(ground.binary, Descriptors::Many).await?;
    dong.process.forget_peak()?;
    let (before, begun) = (dong.process.taken()?, Instant::now());
    let waging = tokio::spawn(Siege::HalfRequest.wage(dong.address, connections, begun + long));
    let mut descriptors = 0;
    while !waging.is_finished() {
        descriptors = descriptors.max(dong.process.taken()?.descriptors.saturating_sub(before.descriptors));
        sleep(Duration::from_millis(50)).await;
    }
    let (done, during, lasted) = (waging.await?, dong.process.taken()?, begun.elapsed());
    sleep(Duration::from_millis(500)).await;
    let after = dong.process.taken()?;
    Ok(Cost {
        what: "half requests at dong",
        connections,
        rate: done as f64 / long.as_secs_f64(),
        processor: (during.processor - before.processor).as_secs_f64() / lasted.as_secs_f64() * 100.0,
        peak: after.peak.saturating_sub(before.resident),
        left: after.resident.saturating_sub(before.resident),
        descriptors,
        median: None,
        p99: None,
    })
}

/// The line above.
pub(super) fn headline() -> String {
    format!(
        "{:<40} {:>11} {:>11} {:>10} {:>11} {:>11} {:>11} {:>12} {:>12}",
        "without a token",
        "connections",
        "a second",
        "processor",
        "peak",
        "stays",
        "descriptors",
        "bots' median",
        "bots' p99"
    )
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds =
            |it: Option<f64>| it.map_or_else(|| "-".to_owned(), |it| Unit::Milliseconds.shown(it));
        write!(
            f,
            "{:<40} {:>11} {:>11.0} {:>10} {:>11} {:>11} {:>11} {:>12} {:>12}",
            self.what,
            self.connections,
            self.rate,
            Unit::Percent.shown(self.processor),
            Unit::Bytes.shown(self.peak as f64),
            Unit::Bytes.shown(self.left as f64),
            self.descriptors,
            milliseconds(self.median),
            milliseconds(self.p99)
        )
    }
}
