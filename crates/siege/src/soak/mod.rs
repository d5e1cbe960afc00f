//! A team of ten accounts and three bots live for long: nothing may grow, nothing may be lost or said twice.
//!
//! The gateway runs on real time, so days are compressed by volume: in half an hour as much is said as in a week, and
//! what the configuration calls ages is as much shorter. Accounts are killed, freeze, are logged out, join and leave the
//! team; bots lose their connections, stop and start, stay away. Each second the process is looked at from without, and
//! asked for the sizes of all that it keeps.
//!
//! | module | what it holds |
//! |---|---|
//! | `town` | accounts, people and rooms |
//! | `talk` | what people say and do |
//! | `trouble` | what happens to accounts and bots |
//! | `bot` | one process of a bot |
//! | `diary` | what bots heard and sent, and whether that is all, and once |
//! | `watch` | samples of everything that could grow |
//! | `flat` | what it means that something does not grow |
//! | `plot` | the samples as a picture |

mod bot;
mod diary;
mod flat;
mod plot;
mod talk;
mod town;
mod trouble;
mod watch;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use clap::Args;
use tokio::{sync::watch as flag, time::sleep};

use crate::stage::{Descriptors, Serve};
use town::Town;

/// In half an hour a week.
const WEEK: Duration = Duration::from_secs(30 * 60);
/// All that is under way when the talk ends has come to its end by then.
const AFTERWARDS: Duration = Duration::from_secs(90);

/// How long, and how much is said.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// The gateway's binary
    #[arg(long)]
    binary: PathBuf,
    /// How long; half an hour is a week
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// Of the schedule; default: drawn
    #[arg(long)]
    seed: Option<u64>,
    /// How much people say in a day
    #[arg(long, default_value_t = 20_000)]
    per_day: u32,
    /// Where the plot goes
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Where the samples go, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the gateway's log goes
    #[arg(long)]
    log: Option<PathBuf>,
}

impl Soak {
    /// Says whether nothing grew and nothing was lost or doubled.
    pub(crate) async fn run(self) -> Result<bool> {
        ensure!(self.minutes >= 3, "in less than three minutes nothing is seen to grow");
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
        let length = Duration::from_secs(60) * self.minutes;
        let days = 7.0 * length.as_secs_f64() / WEEK.as_secs_f64();
        println!(
            "{} minutes for {days:.1} days of {} messages of people each, --seed {seed}",
            self.minutes, self.per_day
        );
        let town = Town::new(seed, length).await?;
        let serve = Serve::start(&self.binary, &town.config(true), Descriptors::Many).await?;
        serve.until_usable(town::ACCOUNTS).await?;
        let bots = bot::Bots::begin(serve.gateway, seed);
        bots.until_ready().await?;

        let (run, running) = flag::channel(true);
        let talk = talk::Talk::new(town.clone(), seed, f64::from(self.per_day) * 7.0 / WEEK.as_secs_f64());
        let talk = tokio::spawn(talk.run(running.clone()));
        let trouble = tokio::spawn(trouble::accounts(town.clone(), seed, running.clone()));
        let turns = tokio::spawn(trouble::bots(bots.clone(), seed, running.clone()));
        let begun = Instant::now();
        let mut watch = watch::Watch::new(length);
        let mut guests = trouble::Guests::default();
        while begun.elapsed() < length {
            sleep(watch.every()).await;
            watch.sample(&serve).await?;
            guests.come_and_go(&town, &serve, begun.elapsed())?;
        }
        run.send_replace(false);
        let said = talk.await?;
        trouble.await??;
        turns.await?;
        guests.all_back(&town, &serve)?;
        let lives = diary::judge(&town, &bots, &said, AFTERWARDS).await;
        let rows = watch.judge();
        let flat = flat::print(&rows);
        if let Some(path) = &self.plot {
            plot::draw(path, &watch, &rows)?;
            println!("plot: {}", path.display());
        }
        if let Some(path) = &self.json {
            std::fs::write(path, watch.json(seed)?)?;
        }
        let (taken, figures) = (serve.taken()?, serve.figures().await?);
        println!(
            "the gateway took {:.0} s of processor, {} MiB at its peak; its log has {} lines",
            taken.processor.as_secs_f64(),
            taken.peak >> 20,
            serve.log().lines().count()
        );
        let dropped = figures.get("ha_wechaty_dropped_events");
        println!(
            "the core was busy with one thing for {:.1} ms at the most; {dropped} events were dropped unseen",
            figures.get("ha_wechaty_core_longest_input_seconds") * 1_000.0
        );
        if let Some(path) = &self.log {
            std::fs::write(path, serve.log())?;
        }
        serve.stop().await?;
        println!("{lives}");
        Ok(flat && lives.is_well() && dropped == 0.0)
    }
}
