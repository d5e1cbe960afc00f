//! Row 15: half requests to the official account's server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{
    figure::{Figure, Figures, Unit},
    scene::{Ground, connect_from},
};
use crate::stage::{Descriptors, Dong};

const KEPT_OUT: Duration = Duration::from_secs(20);

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "15 half requests to dong");
    let descriptors = ground.size(1_024, 256);
    let dong = Dong::start(ground.binary, Descriptors::Few { soft: descriptors, hard: descriptors }).await?;
    dong.process.forget_peak()?;
    let before = dong.process.taken()?;
    let mut halves = Vec::new();
    for place in 0..descriptors {
        // Who can't connect any more is kept out, which is what this is about.
        let Ok(mut half) = connect_from(place as usize / 100, dong.address).await else { continue };
        half.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-half: ").await?;
        halves.push(half);
    }
    let begun = Instant::now();
    let is_answered = timeout(KEPT_OUT, ask(&dong)).await.is_ok_and(|it| it.is_ok());
    let took = if is_answered { begun.elapsed() } else { KEPT_OUT };
    let after = dong.process.taken()?;
    let peak = after.peak.saturating_sub(before.resident);
    figures.add("an answer", "over 8 s", Unit::Milliseconds, took.as_secs_f64() * 1_000.0, 1_000.0);
    figures.add("memory at its peak", "", Unit::Bytes, peak as f64, 16.0 * 1_048_576.0);
    Ok(figures.all())
}

async fn ask(dong: &Dong) -> Result<()> {
    let mut socket = TcpStream::connect(dong.address).await.context("the port is closed")?;
    socket.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}
