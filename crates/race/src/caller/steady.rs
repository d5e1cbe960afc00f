//! So many calls a second, whatever becomes of those before: how long each takes is counted from when it was due.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use h2::client::SendRequest;
use hdrhistogram::Histogram;
use http::Request;
use tokio::{
    task::{LocalSet, spawn_local},
    time::timeout,
};

use super::{Ask, Door, call, connect, request};
use crate::ticks::Ticks;

/// What is not answered so long after the last call is not answered.
const DEADLINE: Duration = Duration::from_secs(10);
/// The longest that is told apart.
const LONGEST: Duration = Duration::from_secs(30);

/// How often, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steady {
    pub(crate) per_second: u32,
    pub(crate) connections: usize,
    pub(crate) lasts: Duration,
}

/// What the calls have in common.
struct Calls {
    /// How long they took, in nanoseconds.
    took: RefCell<Histogram<u64>>,
    wrong: RefCell<Option<anyhow::Error>>,
}

/// Calls, and says how long the calls took, in nanoseconds.
///
/// # Errors
/// One was refused, or not answered: there is nothing to compare then.
pub(crate) async fn steady(door: &Door, ask: &Ask, how: Steady) -> Result<Histogram<u64>> {
    LocalSet::new().run_until(calls(door, ask, how)).await
}

async fn calls(door: &Door, ask: &Ask, how: Steady) -> Result<Histogram<u64>> {
    let mut connections = Vec::new();
    for place in 0..how.connections {
        connections.push((connect(door).await?, request(door, ask, place)?));
    }
    let calls = Rc::new(Calls { took: RefCell::new(histogram()?), wrong: RefCell::default() });
    let interval = Duration::from_secs(1) / how.per_second;
    let count = (how.lasts.as_nanos() / interval.as_nanos()) as u64;
    let begins = Instant::now() + Duration::from_millis(10);
    let mut ticks = Ticks::every(interval, begins)?;
    let mut next = 0;
    while next < count {
        for _ in 0..ticks.due().await {
            // A processor that was elsewhere is made up for: each is due when it is due.
            let due = begins + interval * u32::try_from(next)?;
            let (connection, request) = connections[next as usize % how.connections].clone();
            let body = ask.bodies[next as usize % ask.bodies.len()].clone();
            spawn_local(one((connection, request, body), calls.clone(), due));
            next += 1;
        }
    }
    let answered = async {
        while calls.took.borrow().len() < next && calls.wrong.borrow().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, answered).await.context("calls were not answered")?;
    if let Some(wrong) = calls.wrong.take() {
        return Err(wrong);
    }
    Ok(calls.took.replace(histogram()?))
}

/// An empty one, of nanoseconds to three digits.
pub(crate) fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST.as_nanos() as u64, 3)?)
}

async fn one(
    (connection, request, body): (SendRequest<Bytes>, Request<()>, Bytes),
    calls: Rc<Calls>,
    due: Instant,
) {
    match call(connection, request, body).await {
        Ok(_) => {
            let took = due.elapsed().min(LONGEST).as_nanos() as u64;
            calls.took.borrow_mut().saturating_record(took);
        }
        Err(error) => {
            calls.wrong.borrow_mut().get_or_insert(error);
        }
    }
}
