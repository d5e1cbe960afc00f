//! What stands between a bot and an account, measured in turns in one run; it must never be linked into what is published.
//!
//! Accounts and callers are cheap and live in this process, so that what is in the middle is what is seen. That is a
//! process of its own: this gateway as it is packed, proxies, stock peers. All of it is on the loopback.
//!
//! | module | what it holds |
//! |---|---|
//! | `scenario` | what is called, and who stands in the middle |
//! | `race` | a scenario as it is run |
//! | `town` | accounts that cost as little as they can |
//! | `contender` | who stands in the middle, as a process |
//! | `caller` | who calls: as much as there can be, or at a rate |
//! | `events` | messages that are told, at a rate |
//! | `figures`, `table`, `report` | what it comes to, for people and programs |
//! | `process`, `ticks`, `certificate` | what a process takes; a fine clock; a certificate for TLS |
#![allow(clippy::print_stdout, reason = "a command speaks")]

mod caller;
mod certificate;
mod contender;
mod events;
mod figures;
mod process;
mod race;
mod report;
mod scenario;
mod table;
#[cfg(test)]
mod tests;
mod ticks;
mod town;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Result, bail, ensure};
use clap::{Parser, ValueEnum as _};
use tokio::signal::unix::{SignalKind, signal};

use contender::Builds;
use race::Plan;
use scenario::Scenario;

#[derive(Debug, Parser)]
#[command(about = "Measures what stands between a bot and an account, in turns, in one run")]
struct Options {
    /// Which [default: all of them]
    scenarios: Vec<Scenario>,
    /// The gateway's program
    #[arg(long)]
    binary: PathBuf,
    /// Another build of it, to be measured beside it
    #[arg(long)]
    beside: Option<PathBuf>,
    /// The script that is a stock peer
    #[arg(long, default_value = "interop/ts/src/raced.js")]
    stock: PathBuf,
    /// How often each contender has its turn
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How long a turn lasts: once with as many calls as there can be, once at a moderate rate
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Fewer contenders, rounds and seconds: for work on what is measured
    #[arg(long)]
    quick: bool,
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

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("race: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What is started here is tied to this thread's life: it is the one that stays.
fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            done = measure(options) => done,
            _ = interrupt.recv() => bail!("interrupted"),
            _ = terminate.recv() => bail!("ended from outside"),
        }
    })
}

async fn measure(options: &Options) -> Result<()> {
    let scenarios = match options.scenarios.as_slice() {
        [] => Scenario::value_variants(),
        some => some,
    };
    let plan = match options.quick {
        true => Plan { rounds: 3, lasts: Duration::from_secs(1), is_quick: true, only: &options.only },
        false => Plan {
            rounds: options.rounds,
            lasts: Duration::from_secs(options.seconds),
            is_quick: false,
            only: &options.only,
        },
    };
    let builds =
        Builds { gateway: &options.binary, beside: options.beside.as_deref(), stock: &options.stock };
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for scenario in scenarios {
        match race::run(*scenario, plan, builds, &mut |line| println!("{line}")).await {
            Ok(ran) => {
                table::table(&ran).iter().for_each(|line| println!("{line}"));
                rows.extend(ran);
            }
            // The others say something all the same.
            Err(error) => {
                println!("{}: {error:#}", scenario.name());
                failed.push(scenario.name());
            }
        }
    }
    if rows.iter().any(|row| row.scenario != rows[0].scenario) {
        table::table(&rows).iter().for_each(|line| println!("{line}"));
    }
    if let Some(path) = &options.json {
        report::json(path, &rows, plan)?;
    }
    if let Some(path) = &options.svg {
        report::svg(path, &rows)?;
    }
    ensure!(failed.is_empty(), "no figures of {}", failed.join(", "));
    Ok(())
}
