//! What a process takes of the machine, as the system counts it.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// The system tells time of processors in hundredths of a second, to every program.
const TICK: Duration = Duration::from_millis(10);

/// A process that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

/// What it takes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Taken {
    /// Memory now, in bytes.
    pub(crate) resident: u64,
    /// The most that it ever was.
    pub(crate) peak: u64,
    /// Time of all processors since it began.
    pub(crate) processor: Duration,
    /// Open files and connections.
    pub(crate) descriptors: u64,
}

impl Process {
    /// What it takes now.
    pub(crate) fn taken(self) -> Result<Taken> {
        let read = |what: &str| {
            let path = format!("/proc/{}/{what}", self.0);
            fs::read_to_string(&path).with_context(|| format!("the gateway is gone: {path}"))
        };
        let (status, stat) = (read("status")?, read("stat")?);
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
            kib.map(|kib| kib << 10).with_context(|| format!("no {key} in the status of a process"))
        };
        // What comes after the name, which may hold anything but a last parenthesis.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |place: usize| fields.get(place).and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.0)).map_or(0, Iterator::count) as u64;
        Ok(Taken {
            resident: kib("VmRSS:")?,
            peak: kib("VmHWM:")?,
            processor: TICK * (ticks(11) + ticks(12)),
            descriptors,
        })
    }

    /// The peak begins anew, from what it takes now.
    pub(crate) fn forget_peak(self) -> Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.0), "5").context("the peak can't be reset")
    }
}
