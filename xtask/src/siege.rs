//! A gateway under attack, and through a week of talk: what the crate `ha-wechaty-siege` does, once it is built.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use clap::Args;

use crate::{
    programs::{self, Profile, Program},
    run::{root, run},
};

/// Which attacks, and how.
#[derive(Debug, Args)]
pub(crate) struct Attack {
    /// In less than a minute and a half, smaller: the same checks
    #[arg(long)]
    short: bool,
    /// Only these, by name, or `cost`
    #[arg(long)]
    only: Option<String>,
    /// Where the figures go, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// [default: dist; interop if it is short]
    #[arg(long)]
    profile: Option<Profile>,
}

impl Attack {
    /// As it belongs to the tests.
    pub(crate) const OF_TESTS: Self = Self { short: true, only: None, json: None, profile: None };
}

/// How long, and which.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// Half an hour is a week
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// Of a run that is to be made again
    #[arg(long)]
    seed: Option<u64>,
    /// How much people say in a day
    #[arg(long)]
    per_day: Option<u32>,
    /// How it is compiled
    #[arg(long, default_value = "dist")]
    profile: Profile,
}

/// Attacks it; says whether all figures are within their limits.
pub(crate) fn attack(attack: &Attack) -> Result<bool> {
    let usual = if attack.short { Profile::Interop } else { Profile::Dist };
    let mut siege = built(attack.profile.unwrap_or(usual), "attack")?;
    if attack.short {
        siege.arg("--short");
    }
    if let Some(only) = &attack.only {
        siege.args(["--only", only]);
    }
    if let Some(json) = &attack.json {
        siege.arg("--json").arg(json);
    }
    Ok(run(&mut siege)?.0)
}

/// Lets it live; says whether nothing grew, and nothing was lost or doubled.
pub(crate) fn soak(soak: &Soak) -> Result<bool> {
    let mut siege = built(soak.profile, "soak")?;
    let target = root().join("target");
    siege.args(["--minutes", &soak.minutes.to_string()]);
    siege.arg("--plot").arg(target.join("soak.svg")).arg("--json").arg(target.join("soak.json"));
    siege.arg("--log").arg(target.join("soak.log"));
    if let Some(seed) = soak.seed {
        siege.args(["--seed", &seed.to_string()]);
    }
    if let Some(per_day) = soak.per_day {
        siege.args(["--per-day", &per_day.to_string()]);
    }
    Ok(run(&mut siege)?.0)
}

/// Builds the programs; the siege, that it is to do this with the gateway.
fn built(profile: Profile, what: &str) -> Result<Command> {
    programs::build(profile)?;
    let mut siege = Program::Siege.command(profile);
    siege.arg(what).arg("--binary").arg(Program::Gateway.path(profile));
    Ok(siege)
}
