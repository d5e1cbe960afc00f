//! As many calls as there can be, by a caller of our own.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Result;
use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use tokio::task::{LocalSet, spawn_local};

use super::{Ask, Door, Flood, Load, call, connect, request};

/// What all lanes share.
struct Calls {
    bodies: Vec<Bytes>,
    next: Cell<usize>,
    done: Cell<u64>,
    until: Instant,
}

/// Calls for so long, each body after the other.
pub(super) async fn flood(door: &Door, ask: &Ask, load: Load, lasts: Duration) -> Result<Flood> {
    LocalSet::new().run_until(calls(door, ask, load, lasts)).await
}

async fn calls(door: &Door, ask: &Ask, load: Load, lasts: Duration) -> Result<Flood> {
    let mut connections = Vec::new();
    for place in 0..load.connections {
        connections.push((connect(door).await?, request(door, ask, place)?));
    }
    let begun = Instant::now();
    let calls = Rc::new(Calls {
        bodies: ask.bodies.clone(),
        next: Cell::new(0),
        done: Cell::new(0),
        until: begun + lasts,
    });
    let lanes = (0..load.connections * load.at_once).map(|place| {
        let (connection, request) = connections[place % load.connections].clone();
        spawn_local(lane(connection, request, calls.clone()))
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await??;
    }
    let calls = calls.done.get();
    Ok(Flood { calls, per_second: calls as f64 / begun.elapsed().as_secs_f64() })
}

async fn lane(connection: SendRequest<Bytes>, request: Request<()>, calls: Rc<Calls>) -> Result<()> {
    while Instant::now() < calls.until {
        let place = calls.next.get();
        calls.next.set(place + 1);
        let body = calls.bodies[place % calls.bodies.len()].clone();
        call(connection.clone(), request.clone(), body).await?;
        calls.done.set(calls.done.get() + 1);
    }
    Ok(())
}
