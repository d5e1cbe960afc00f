//! `cargo xtask bench`: what stands between a bot and an account, measured in turns; and, as `bench parts`, single
//! functions and programs.

mod parts;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{
    needs,
    programs::{self, Profile, Program},
    run::run,
};

/// What is measured, and how.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bench {
    #[command(subcommand)]
    parts: Option<Parts>,
    #[command(flatten)]
    race: Race,
}

#[derive(Debug, Subcommand)]
enum Parts {
    /// Instead: what functions take and what a gateway carries
    Parts(parts::Parts),
}

/// Which scenarios, and how.
#[derive(Debug, Args)]
struct Race {
    /// Which, by name: `send`, … [default: all of them]
    scenarios: Vec<String>,
    /// Fewer contenders, rounds and seconds: in less than two minutes, for work on what is measured
    #[arg(long)]
    quick: bool,
    /// How often each contender has its turn
    #[arg(long)]
    rounds: Option<u32>,
    /// How long a turn lasts, in seconds
    #[arg(long)]
    seconds: Option<u32>,
    /// Another build of the program, to be measured beside this one
    #[arg(long)]
    beside: Option<PathBuf>,
    /// Only contenders whose names hold this, like `HAProxy`; may be said several times
    #[arg(long)]
    only: Vec<String>,
    /// Where the figures go, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where they go as a picture
    #[arg(long)]
    svg: Option<PathBuf>,
}

/// Measures; says whether all of it worked, and kept to its limits.
pub(crate) fn bench(bench: &Bench) -> Result<bool> {
    match &bench.parts {
        Some(Parts::Parts(parts)) => parts::parts(parts),
        None => race(&bench.race),
    }
}

fn race(race: &Race) -> Result<bool> {
    needs::proxies()?;
    // Stock peers are in all but quick runs.
    if !race.quick {
        needs::npm()?;
    }
    // Apart: what one wants of a crate that both use is not what the other is compiled with.
    programs::build_apart(&[Program::Gateway, Program::Race], Profile::Dist)?;
    let mut command = Program::Race.command(Profile::Dist);
    command.args(&race.scenarios).arg("--binary").arg(Program::Gateway.path(Profile::Dist));
    if race.quick {
        command.arg("--quick");
    }
    race.only.iter().for_each(|only| {
        command.args(["--only", only]);
    });
    let numbers = [
        ("--rounds", race.rounds.map(|it| it.to_string())),
        ("--seconds", race.seconds.map(|it| it.to_string())),
    ];
    for (flag, number) in numbers {
        if let Some(number) = number {
            command.args([flag, &number]);
        }
    }
    for (flag, path) in [("--beside", &race.beside), ("--json", &race.json), ("--svg", &race.svg)] {
        if let Some(path) = path {
            // It is of where this was called, and the program runs in the checkout.
            command.arg(flag).arg(std::path::absolute(path)?);
        }
    }
    Ok(run(&mut command)?.0)
}
