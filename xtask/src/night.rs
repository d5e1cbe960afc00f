//! A bad night between stock accounts and stock bots, in real time: scans that are due, accounts that freeze, providers and bots
//! that are gone. What `crates/ha-wechaty/tests/night` plays on a virtual clock.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use clap::Args;

use crate::{
    needs,
    programs::{self, Profile, Program},
    run::run,
};

/// What is left of it.
#[derive(Debug, Args)]
pub(crate) struct Night {
    /// Where its report goes, besides the terminal
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Plays it; says whether people were told of all that matters, in time, and of nothing else.
pub(crate) fn night(night: &Night) -> Result<bool> {
    programs::build(Profile::Interop)?;
    let mut test = Command::new("node");
    test.args(["--test", "--test-reporter=spec", "night/night.test.js"]).current_dir(needs::npm()?);
    test.env("HA_WECHATY_BIN", Program::Gateway.path(Profile::Interop));
    if let Some(report) = &night.report {
        test.env("NIGHT_REPORT", std::path::absolute(report)?);
    }
    Ok(run(&mut test)?.0)
}
