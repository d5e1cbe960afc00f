//! Ten thousand ways to lose or double a message.
//!
//! Each trial is a random schedule of what people say and the bot sends, and of accounts that die, freeze,
//! are logged out, fall deaf, lag, repeat themselves or are cut off in the middle of a send, around the real
//! gateway, over its real protocol, in a simulated WeChat. The clock is virtual: an hour passes in
//! milliseconds. What the bot saw and people saw is held against one person with one perfect phone.
//!
//! | module | what it holds |
//! |---|---|
//! | `schedule` | what happens in a trial, and when |
//! | `town` | where it happens |
//! | `office` | the operator, and the lives of the gateway |
//! | `doors` | what a life of the gateway reaches the world through, until it is killed |
//! | `paper` | the journal through all its lives |
//! | `bot` | the bot |
//! | `heard` | which accounts were surely told of what was said |
//! | `judge` | what one perfect phone would have shown |
//! | `shrink` | a failing schedule, cut down to what makes it fail |
//! | `kept` | schedules that once failed: they are tried first |
#![allow(clippy::print_stdout, reason = "a command speaks")]

mod bot;
mod doors;
mod heard;
mod judge;
mod kept;
mod office;
mod paper;
mod schedule;
mod shrink;
mod town;

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use clap::Parser;

use office::Death;
use schedule::Schedule;

/// Fewer say nothing of how often something happens.
const MANY: u64 = 500;

#[derive(Debug, Parser)]
#[command(about = "Tries ten thousand ways to lose or double a message")]
struct Options {
    /// How many schedules
    #[arg(default_value_t = 10_000)]
    count: u64,
    /// The first one's seed; default: drawn
    #[arg(long)]
    seed: Option<u64>,
    /// Not those that once failed, which are tried first otherwise
    #[arg(long)]
    alone: bool,
    /// How many at once; default: as many as there are processors
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the gateway's log, as `RUST_LOG` says
    #[arg(long)]
    log: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.log {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    // In decimal digits that can be read out.
    let first = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    let kept = match kept::seeds() {
        Ok(kept) if !options.alone => kept,
        Ok(_) => Vec::new(),
        Err(wrong) => {
            println!("{wrong}");
            return ExitCode::FAILURE;
        }
    };
    println!("{} trials from SEED={first}, after {} that once failed", options.count, kept.len());
    let all = options.count.saturating_add(kept.len() as u64);
    // The seed of a trial; none behind the last.
    let seed = |number: u64| {
        let drawn = || first.wrapping_add(number - kept.len() as u64);
        (number < all)
            .then(|| usize::try_from(number).ok().and_then(|it| kept.get(it).copied()).unwrap_or_else(drawn))
    };
    let jobs = options.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let [next, failed, killed, snapshots] = [const { AtomicU64::new(0) }; 4];
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(seed) = seed(number) else { return };
                    let schedule = Schedule::draw(seed);
                    let (faults, deaths) = trial(&schedule);
                    killed.fetch_add(deaths.len() as u64, Ordering::Relaxed);
                    let from_snapshot = deaths.iter().filter(|it| it.from_snapshot).count();
                    snapshots.fetch_add(from_snapshot as u64, Ordering::Relaxed);
                    if !faults.is_empty() {
                        failed.fetch_add(1, Ordering::Relaxed);
                        tell(&schedule, &faults);
                    }
                    if (number + 1).is_multiple_of(1_000) {
                        println!("{} trials in {:.0?}", number + 1, begun.elapsed());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    let (killed, snapshots) = (killed.into_inner(), snapshots.into_inner());
    println!(
        "the gateway was killed {killed} times, and went on from its journal: {snapshots} times from a snapshot in it"
    );
    println!("{} passed, {failed} failed", all - failed);
    // Of so many about half have a journal, and most of those some deaths.
    let is_idle = all >= MANY && (killed < all / 4 || snapshots < all / 20);
    if is_idle {
        println!("that it is killed was hardly tried");
    }
    if failed == 0 && !is_idle { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is wrong with the course of a schedule, and the deaths of the gateway in it.
fn trial(schedule: &Schedule) -> (Vec<String>, Vec<Death>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let course = match runtime {
        Ok(runtime) => runtime.block_on(town::play(schedule)),
        Err(error) => Err(error.into()),
    };
    match course {
        Ok(course) => (judge::judge(schedule, &course), course.deaths),
        Err(error) => (vec![format!("it came to no end: {error:#}")], Vec::new()),
    }
}

/// A failure, as small as it can be made.
fn tell(schedule: &Schedule, faults: &[String]) {
    let small = shrink::shrink(schedule, |candidate| !trial(candidate).0.is_empty());
    let (small_faults, _) = trial(&small);
    let faults = if small_faults.is_empty() { faults } else { &small_faults };
    let (seed, file) = (schedule.seed, kept::FILE);
    println!("FAILED  --alone --seed {seed} 1\n{small}  → {}", faults.join("\n  → "));
    println!("  to try it first from now on: a line `{seed} <what it showed>` in {file}");
}
