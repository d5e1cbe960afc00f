//! What an attack came to, beside what it may come to.

use std::fmt;

use serde::Serialize;

use super::scene::{Ground, Toll};

/// A short attack is one of many tests on a machine that does something else as well: what takes time may take so much
/// longer. What is counted, or weighed, may be no more.
const HURRY: f64 = 8.0;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    Bytes,
    Count,
    Milliseconds,
    /// Of one processor.
    Percent,
}

/// One figure of an attack.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    pub(super) attack: &'static str,
    pub(super) what: &'static str,
    /// What it was before anything was done about it, in the words of who measured it; empty if nobody did.
    pub(super) before: &'static str,
    pub(super) unit: Unit,
    pub(super) today: f64,
    /// It may be this at most.
    pub(super) limit: f64,
}

impl Figure {
    pub(super) fn is_well(&self) -> bool {
        self.today <= self.limit
    }
}

impl Unit {
    /// A value for people.
    pub(super) fn shown(self, value: f64) -> String {
        match self {
            Self::Bytes if value.abs() >= 1_048_576.0 => format!("{:.1} MiB", value / 1_048_576.0),
            Self::Bytes => format!("{:.1} KiB", value / 1_024.0),
            Self::Count => format!("{value:.0}"),
            Self::Milliseconds if value >= 1_000.0 => format!("{:.1} s", value / 1_000.0),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Percent => format!("{value:.0} %"),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<28} {:<48} {:>22} {:>12} {:>12}  {}",
            self.attack,
            self.what,
            self.before,
            self.unit.shown(self.today),
            self.unit.shown(self.limit),
            if self.is_well() { "ok" } else { "FAIL" }
        )
    }
}

/// Collects the figures of one attack.
#[derive(Debug)]
pub(super) struct Figures {
    attack: &'static str,
    /// How much longer than in a full attack something may take.
    patience: f64,
    all: Vec<Figure>,
    /// How one of the others' calls failed.
    why: String,
}

impl Figures {
    pub(super) fn of(ground: Ground<'_>, attack: &'static str) -> Self {
        Self { attack, patience: ground.size(1.0, HURRY), all: Vec::new(), why: String::new() }
    }

    /// One more, which was `before`, and may be `limit`.
    pub(super) fn add(
        &mut self,
        what: &'static str,
        before: &'static str,
        unit: Unit,
        today: f64,
        limit: f64,
    ) {
        let limit = if unit == Unit::Milliseconds { limit * self.patience } else { limit };
        self.all.push(Figure { attack: self.attack, what, before, unit, today, limit });
    }

    pub(super) fn count(&mut self, what: &'static str, before: &'static str, today: usize, limit: usize) {
        self.add(what, before, Unit::Count, today as f64, limit as f64);
    }

    /// What a bot felt that behaves well: so many milliseconds may 99 of 100 calls take, and none may fail.
    pub(super) fn beat(&mut self, toll: &Toll, before: &'static str, limit: f64) {
        let Toll { beat, .. } = toll;
        let milliseconds = |percent| beat.percentile(percent).as_secs_f64() * 1_000.0;
        self.add("others' calls, median", "", Unit::Milliseconds, milliseconds(50), limit / 2.0);
        self.add("others' calls, p99", before, Unit::Milliseconds, milliseconds(99), limit);
        self.count("others' calls that failed", "", beat.failed, 0);
        self.why.clone_from(&beat.last_failure);
    }

    pub(super) fn all(self) -> Vec<Figure> {
        if !self.why.is_empty() {
            println!("{}: a call of others failed: {}", self.attack, self.why);
        }
        self.all
    }
}
