//! Programs that are measured from outside. They end with this program, however it ends.

use std::{fs, io, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use nix::{time::clock_getcpuclockid, unistd::Pid};
use tokio::process::{Child, Command};

/// What runs a program that is killed when this one is gone.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A process that runs.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    id: u32,
}

impl Process {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("can't be run: {command:?}"))?;
        let id = child.id().context("it has ended")?;
        Ok(Self { child, id })
    }

    /// It itself, for what it says.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The time of all processors that all of its threads have taken.
    pub(crate) fn taken(&self) -> Result<Duration> {
        let clock = clock_getcpuclockid(Pid::from_raw(self.id.cast_signed()))?;
        let now = clock.now()?;
        Ok(now.into())
    }

    /// The most memory that it ever had, in bytes, since it was asked last.
    pub(crate) fn peak(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        Ok(kib.context("no peak in the status of a process")? << 10)
    }

    /// That it still runs.
    pub(crate) fn must_run(&mut self) -> Result<()> {
        let ended: io::Result<Option<_>> = self.child.try_wait();
        ensure!(ended?.is_none(), "it has ended");
        Ok(())
    }
}
