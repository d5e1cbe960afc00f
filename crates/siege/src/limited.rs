//! A program that may have few descriptors: this process takes the limit, and becomes the program.

use std::{ffi::OsString, os::unix::process::CommandExt as _, process::Command};

use anyhow::{Context as _, Result};
use clap::Args;
use rustix::process::{Resource, Rlimit, setrlimit};

/// What to run, and with how many.
#[derive(Debug, Args)]
pub(crate) struct Limited {
    /// How many it may have, unless it asks for more
    #[arg(long)]
    soft: u64,
    /// How many it may ask for
    #[arg(long)]
    hard: u64,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<OsString>,
}

impl Limited {
    /// Returns only if it can't be run.
    pub(crate) fn run(&self) -> Result<bool> {
        let limit = Rlimit { current: Some(self.soft), maximum: Some(self.hard) };
        setrlimit(Resource::Nofile, limit).context("the number of descriptors can't be limited")?;
        let (program, arguments) = self.command.split_first().context("no program")?;
        Err(Command::new(program).args(arguments).exec()).context("it can't be run")
    }
}
