//! The project's chores. `cargo xtask test` installs what the tests need and runs them all.

mod bench;
mod circles;
mod deb;
mod deny;
mod documents;
mod failures;
mod floors;
mod fresh;
mod fuzz;
mod kills;
mod lengths;
mod names;
mod needs;
mod night;
mod npm;
mod package;
mod paths;
mod portable;
mod programs;
mod purity;
mod rooms;
mod run;
mod rust_bot;
mod siege;
mod steps;
mod suite;
mod tree;
mod wheel;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's chores")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the tests need, and run them all, or a part
    Test {
        /// Which part: lint, rust, trials, package, interop, attack [default: all of them]
        part: Option<steps::Part>,
    },
    /// Do on a bare Debian, made in a folder, what the README tells a newcomer to do (as root)
    Fresh {
        /// Only one of its commands: 1, the demo, or 2, the tests
        #[arg(value_parser = clap::value_parser!(u8).range(1..=2))]
        only: Option<u8>,
        /// Instead, make the package, and do with it what an operator does, where systemd runs
        #[arg(long, conflicts_with = "only")]
        package: bool,
    },
    /// Make the package for Debian (installs cargo-deb, if that is missing)
    Deb,
    /// Build the program as one file that needs nothing of its system, for x86-64 (needs Rust's target for musl, and musl-gcc)
    Static,
    /// Make the package for Node, and the one with the program of a platform beside it
    Npm(npm::Npm),
    /// Make the package for Python, with this system's program (installs maturin in a folder of its own)
    Wheel(wheel::Wheel),
    /// Attack a gateway in all known ways, on the loopback, and hold what that costs against its limits
    Attack(siege::Attack),
    /// Let a team of ten and three bots live for long: nothing may grow, nothing may be lost or said twice
    Soak(siege::Soak),
    /// Kill a gateway with a store again and again, between stock accounts and bots: nothing may be lost or done twice
    Kills(kills::Kills),
    /// Play a bad night between stock accounts and bots, in real time (17 minutes): who was told what, and when it was well
    Night(night::Night),
    /// Measure what stands between a bot and an account, in turns, as a table
    Bench(bench::Bench),
    /// Check licences and advisories with cargo-deny
    Deny {
        /// That the database of advisories can't be had is told, and is no failure
        #[arg(long)]
        offline: bool,
    },
    /// Let libFuzzer look for what does not hold (needs a nightly Rust and cargo-fuzz)
    Fuzz {
        /// For how long, each target
        #[arg(long, default_value_t = 10)]
        minutes: u32,
        /// Which targets, of those in fuzz/targets [default: all of them]
        targets: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Test { part } => steps::test(part),
        Chore::Fresh { package: true, .. } => fresh::package(),
        Chore::Fresh { only, .. } => fresh::fresh(only.map(usize::from)),
        Chore::Deb => deb::deb().map(|_| true),
        Chore::Static => portable::portable().map(|_| true),
        Chore::Npm(it) => npm::npm(&it),
        Chore::Wheel(it) => wheel::wheel(&it),
        Chore::Attack(attack) => siege::attack(&attack),
        Chore::Soak(soak) => siege::soak(&soak),
        Chore::Kills(kills) => kills::kills(&kills),
        Chore::Night(it) => night::night(&it),
        Chore::Bench(bench) => bench::bench(&bench),
        Chore::Deny { offline } => deny::deny(offline),
        Chore::Fuzz { minutes, targets } => fuzz::fuzz(minutes, &targets),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            run::say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
