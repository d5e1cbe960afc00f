//! A gateway under attack, and under a week of talk; it must never be linked into what is published.
//!
//! `ha-wechaty serve` runs as a process of its own, so that what it takes of the machine is read where the system keeps
//! it: memory and its peak, time of the processors, descriptors. Accounts are simulated phones, and live in this process
//! together with people, bots and attackers. All of it is on the loopback.
//!
//! | module | what it holds |
//! |---|---|
//! | `stage` | the gateway's process, what it takes, what it tells of itself |
//! | `attack` | attacks, and the figures that they may come to |
//! | `soak` | a team of ten and three bots live for long: nothing may grow, nothing may be lost or said twice |
//! | `limited` | a program with few descriptors |
#![allow(clippy::print_stdout, reason = "a command speaks")]

mod attack;
mod limited;
mod soak;
mod stage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Attacks a gateway, or lets it live for long, and says what it takes")]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Attack it in all known ways: what does that cost?
    Attack(attack::Attack),
    /// A team of ten accounts, three bots and days of talk: what grows?
    Soak(soak::Soak),
    /// Run a program with so many descriptors
    #[command(hide = true)]
    Limited(limited::Limited),
}

fn main() -> ExitCode {
    let done = match Options::parse().what {
        What::Limited(limited) => limited.run(),
        What::Attack(attack) => on_a_runtime(attack.run()),
        What::Soak(soak) => on_a_runtime(soak.run()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("siege: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn on_a_runtime(run: impl Future<Output = anyhow::Result<bool>>) -> anyhow::Result<bool> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run)
}
