//! Samples of everything that could grow: what the process takes of the machine, and what the gateway says that it keeps.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Result;
use serde::Serialize;

use super::flat::{Row, judge};
use crate::stage::Serve;

/// So many samples are enough for any length.
const SAMPLES: u32 = 900;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Unit {
    /// Memory of the process, in bytes: what the allocator keeps is in it.
    Resident,
    /// Bytes that the gateway counts.
    Bytes,
    /// Things.
    Count,
}

/// One thing that could grow.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Series {
    pub(super) unit: Unit,
    /// What it may be at most, if the gateway says so.
    pub(super) limit: Option<f64>,
    /// When and how much, in seconds since the beginning.
    pub(super) samples: Vec<(f64, f64)>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Watch {
    begun: Instant,
    length: Duration,
    pub(super) series: BTreeMap<String, Series>,
}

impl Watch {
    pub(super) fn new(length: Duration) -> Self {
        Self { begun: Instant::now(), length, series: BTreeMap::new() }
    }

    /// How often to look.
    pub(super) fn every(&self) -> Duration {
        (self.length / SAMPLES).max(Duration::from_millis(500))
    }

    /// Looks once.
    pub(super) async fn sample(&mut self, serve: &Serve) -> Result<()> {
        let (taken, figures) = (serve.taken()?, serve.figures().await?);
        self.add("process: memory", Unit::Resident, None, taken.resident as f64);
        self.add("process: descriptors", Unit::Count, None, taken.descriptors as f64);
        for (name, value) in [("process: tasks", "ha_wechaty_tasks"), ("team: rooms", "ha_wechaty_rooms")] {
            self.add(name, Unit::Count, None, figures.get(value));
        }
        self.add("bots: streams", Unit::Count, None, figures.sum("ha_wechaty_bot_streams"));
        for (of, bytes) in figures.family("ha_wechaty_held_bytes") {
            let limit = figures.get(&format!("ha_wechaty_held_limit_bytes{{of=\"{of}\"}}"));
            self.add(&format!("bytes of {of}"), Unit::Bytes, Some(limit), bytes);
        }
        for (of, entries) in figures.family("ha_wechaty_held") {
            self.add(of, Unit::Count, None, entries);
        }
        for (of, entries) in figures.family("ha_wechaty_entries") {
            self.add(&format!("table: {of}"), Unit::Count, None, entries);
        }
        Ok(())
    }

    fn add(&mut self, name: &str, unit: Unit, limit: Option<f64>, value: f64) {
        let at = self.begun.elapsed().as_secs_f64();
        let new = || Series { unit, limit, samples: Vec::new() };
        self.series.entry(name.to_owned()).or_insert_with(new).samples.push((at, value));
    }

    /// What is to be said of each.
    pub(super) fn judge(&self) -> Vec<Row> {
        let length = self.length.as_secs_f64();
        self.series.iter().map(|(name, series)| judge(name, series, length)).collect()
    }

    /// All samples, for other programs.
    pub(super) fn json(&self, seed: u64) -> Result<String> {
        Ok(serde_json::to_string(&serde_json::json!({ "seed": seed, "series": self.series }))?)
    }
}
