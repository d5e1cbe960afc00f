//! Attacks on a gateway, each with the figures that it may come to.
//!
//! | module | what it holds |
//! |---|---|
//! | `scene` | where an attack takes place, and what it took |
//! | `pulse` | a bot that behaves well meanwhile |
//! | `figure` | what an attack came to, and what it may |
//! | `peer`, `frames` | peers without a token |
//! | `admin` | who has neither password nor key, at the admin's entry |
//! | `guests`, `unfinished`, `files`, `turns`, `streams`, `noise`, `odd`, `spool`, `origins`, `burst`, `dong`, `weight` | one row of the table each |
//! | `held` | what held from the beginning |
//! | `cost` | what somebody without a token can still cost |

mod admin;
mod burst;
mod cost;
mod dong;
mod figure;
mod files;
mod frames;
mod guests;
mod held;
mod noise;
mod odd;
mod origins;
mod peer;
mod pulse;
mod scene;
mod spool;
mod streams;
mod turns;
mod unfinished;
mod weight;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Args;
use futures_util::future::BoxFuture;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::timeout;

use figure::{Figure, Unit};
use scene::Ground;

/// No attack takes this long.
const DEADLINE: Duration = Duration::from_secs(300);

/// An attack, made on some ground.
type Attacked = for<'a> fn(Ground<'a>) -> BoxFuture<'a, Result<Vec<Figure>>>;

/// All of them, in the order of the table.
const ATTACKS: [(&str, Attacked); 20] = [
    ("guests", |ground| Box::pin(guests::attack(ground))),
    ("unfinished", |ground| Box::pin(unfinished::attack(ground))),
    ("files", |ground| Box::pin(files::attack(ground))),
    ("texts", |ground| Box::pin(weight::texts(ground))),
    ("topics", |ground| Box::pin(weight::topics(ground))),
    ("turns", |ground| Box::pin(turns::attack(ground))),
    ("streams", |ground| Box::pin(streams::attack(ground))),
    ("noise", |ground| Box::pin(noise::attack(ground))),
    ("peer", |ground| Box::pin(noise::peer(ground))),
    ("odd", |ground| Box::pin(odd::attack(ground))),
    ("spool", |ground| Box::pin(spool::attack(ground))),
    ("origins", |ground| Box::pin(origins::attack(ground))),
    ("admin", |ground| Box::pin(admin::attack(ground))),
    ("refusals", |ground| Box::pin(weight::refusals(ground))),
    ("burst", |ground| Box::pin(burst::attack(ground))),
    ("dong", |ground| Box::pin(dong::attack(ground))),
    ("tokens", |ground| Box::pin(held::tokens(ground))),
    ("floods", |ground| Box::pin(held::floods(ground))),
    ("hangups", |ground| Box::pin(held::hangups(ground))),
    ("storms", |ground| Box::pin(held::storms(ground))),
];

/// Which attacks, and how.
#[derive(Debug, Args)]
pub(crate) struct Attack {
    /// The gateway's binary
    #[arg(long)]
    binary: PathBuf,
    /// Smaller, in less than a minute and a half: the same checks
    #[arg(long)]
    short: bool,
    /// Only these, by name, or `cost`
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Where the figures go, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Attack {
    /// Says whether every figure is within its limit.
    pub(crate) async fn run(self) -> Result<bool> {
        ask_for_descriptors()?;
        let ground = Ground { binary: &self.binary, is_short: self.short };
        let wants = |name: &str| self.only.is_empty() || self.only.iter().any(|it| it == name);
        println!("{:<28} {:<48} {:>22} {:>12} {:>12}", "attack", "figure", "before", "today", "limit");
        let mut figures = Vec::new();
        for (name, attack) in ATTACKS.into_iter().filter(|(name, _)| wants(name)) {
            let begun = Instant::now();
            let found = timeout(DEADLINE, attack(ground)).await.context("it does not end");
            match found.and_then(|it| it) {
                Ok(found) => {
                    found.iter().for_each(|figure| println!("{figure}"));
                    figures.extend(found);
                }
                Err(error) => {
                    println!("{name}: FAIL: {error:#}");
                    figures.push(Figure {
                        attack: name,
                        what: "it could not be made",
                        before: "",
                        unit: Unit::Count,
                        today: 1.0,
                        limit: 0.0,
                    });
                }
            }
            println!("{:<28} {:.1} s", "", begun.elapsed().as_secs_f64());
        }
        let mut costs = Vec::new();
        // Nothing here has a limit, so it is not for every run of the tests.
        if wants("cost") && (!self.short || !self.only.is_empty()) {
            println!("\n{}", cost::headline());
            costs = cost::costs(ground).await?;
            costs.iter().for_each(|cost| println!("{cost}"));
        }
        let failed = figures.iter().filter(|it| !it.is_well()).count();
        println!("\n{} figures within their limits, {failed} not", figures.len() - failed);
        if let Some(path) = &self.json {
            let all = serde_json::json!({ "short": self.short, "figures": figures, "costs": costs });
            std::fs::write(path, serde_json::to_string_pretty(&all)?)?;
        }
        Ok(failed == 0)
    }
}

/// Attackers need more descriptors than most processes begin with.
fn ask_for_descriptors() -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("descriptors can't be had")
}
