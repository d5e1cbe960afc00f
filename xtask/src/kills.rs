//! A gateway that is killed (`kill -9`) again and again, between stock accounts and stock bots: what
//! `interop/ts/tests/kills.test.js` does in short among the tests.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::{
    needs,
    programs::{self, Profile, Program},
    run::run,
};

/// How often, and which course.
#[derive(Debug, Args)]
pub(crate) struct Kills {
    /// How often
    #[arg(default_value_t = 1_000)]
    count: u32,
    /// Of a course that is to be played again
    #[arg(long)]
    seed: Option<u32>,
}

/// Kills it; says whether nothing was lost, doubled, out of order or over pace.
pub(crate) fn kills(kills: &Kills) -> Result<bool> {
    programs::build(Profile::Interop)?;
    let mut course = Command::new("node");
    course.args(["--test", "--test-reporter=spec", "tests/kills.test.js"]).current_dir(needs::npm()?);
    course.env("HA_WECHATY_BIN", Program::Gateway.path(Profile::Interop));
    course.env("KILLS", kills.count.to_string());
    if let Some(seed) = kills.seed {
        course.env("SEED", seed.to_string());
    }
    Ok(run(&mut course)?.0)
}
