//! `ha-wechaty doctor`: looks at all that a team needs, and says of what is not well what to do.
//!
//! | module | what it looks at |
//! |---|---|
//! | `config` | mistakes and warnings, secrets that others can read |
//! | `running` | the gateway of this configuration, if it runs, and whether it is what the file says |
//! | `ports` | whether its ports can be had |
//! | `certificates` | until when certificates hold |
//! | `clock` | this machine's clock |
//! | `disk` | room, the store, its key |
//! | `node` | Node and npm, where puppets run here |
//! | `bots` | their tokens |
//! | `accounts` | each account, step by step |

mod accounts;
mod bots;
mod certificates;
mod clock;
mod config;
mod disk;
mod node;
mod ports;
mod running;

use std::{
    io,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use clap::Args;
use futures_util::future::BoxFuture;
use ha_wechaty_config::{Config, Environment};

use super::{answer, complain, flags::ConfigFlags, progress, runtime, terminal};
use crate::text::{Finding, Sort, findings, findings_json};

/// How long each look may take; one at an account has as long for each step.
const WITHIN: Duration = Duration::from_secs(3);
/// How many steps there are to an account, and a look at its event stream.
const STEPS: u32 = 7;
/// How often it is said what is waited for.
const OFTEN: Duration = Duration::from_millis(100);

/// Exit codes: something is wrong; nothing could be looked at.
const WRONG: u8 = 1;
const NOTHING: u8 = 2;

/// Looks at everything that a team needs.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    flags: ConfigFlags,
    /// Open the event stream of each account for a moment too, to see whether it is logged in. Whoever has the stream keeps
    /// it. Not while a gateway of this configuration runs, which knows
    #[arg(long)]
    open_streams: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What is looked at, and how long that may take.
type Look = (&'static str, Duration, BoxFuture<'static, Vec<Finding>>);

impl Doctor {
    pub(super) fn run(mut self) -> ExitCode {
        let environment = Environment::of_process();
        self.flags.or_installed(&environment);
        if !self.flags.is_team(&environment) {
            complain(&config::FIRST);
            return ExitCode::from(NOTHING);
        }
        let (config, mut all) = config::look(&self.flags, &environment);
        let looked = runtime().map(|it| it.block_on(self.look(config)));
        match looked {
            Ok(found) => all.extend(found),
            Err(error) => {
                complain(&format_args!("ha-wechaty doctor: {error}"));
                return ExitCode::from(NOTHING);
            }
        }
        let is_wrong = all.iter().any(|it| it.sort == Sort::Wrong);
        let code = if is_wrong { ExitCode::from(WRONG) } else { ExitCode::SUCCESS };
        match self.json {
            true => answer(&format_args!("{:#}", findings_json(&all)), code),
            false => answer(&findings(&all, terminal::columns(io::stdout())), code),
        }
    }

    /// All looks beside one another; what they found, in the order of the list.
    async fn look(&self, config: Option<Config>) -> Vec<Finding> {
        let mut looks: Vec<Look> = vec![("clock", WITHIN, Box::pin(clock::look()))];
        let mut all = Vec::new();
        if let Some(config) = config.map(Arc::new) {
            let running = Arc::new(running::ask(self.flags.file()).await);
            all.extend(running::findings(&running, &config));
            looks.push(("ports", WITHIN, Box::pin(ports::look(config.clone(), running.clone()))));
            looks.push(("certificates", WITHIN, Box::pin(certificates::look(config.clone()))));
            looks.push(("disk", WITHIN, Box::pin(disk::look(config.clone(), running.is_ours()))));
            looks.push(("Node", WITHIN * 2, Box::pin(node::look(config.clone()))));
            looks.push(("bots", WITHIN, Box::pin(bots::look(config.clone()))));
            let opens = self.open_streams && !running.is_ours();
            for index in 0..config.accounts.len() {
                let look = accounts::look(config.clone(), index, running.clone(), opens);
                looks.push(("accounts", WITHIN * STEPS, Box::pin(look)));
            }
        }
        all.extend(beside(looks).await);
        all
    }
}

/// Does all of them beside one another; on a terminal it is said what is waited for.
async fn beside(looks: Vec<Look>) -> Vec<Finding> {
    let (done, count) = (Arc::new(AtomicUsize::new(0)), looks.len());
    let begun = looks.into_iter().map(|(name, within, look)| {
        let done = done.clone();
        let looked = tokio::spawn(async move {
            let found = tokio::time::timeout(within, look).await;
            done.fetch_add(1, Ordering::Relaxed);
            found.unwrap_or_else(|_| {
                let text = format!("that could not be looked at within {} s", within.as_secs());
                vec![Finding::unknown(name, text)]
            })
        });
        (name, looked)
    });
    let begun: Vec<_> = begun.collect();
    let mut all = Vec::new();
    for (name, mut looked) in begun {
        let found = loop {
            tokio::select! {
                found = &mut looked => break found,
                () = tokio::time::sleep(OFTEN) => {
                    let so_far = done.load(Ordering::Relaxed);
                    progress::say(&format!("looking at {name} ({so_far} of {count} done)"));
                }
            }
        };
        all.extend(found.unwrap_or_else(|error| vec![Finding::unknown(name, error.to_string())]));
    }
    progress::say("");
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_is_told_of_and_keeps_nobody() {
        let well = || vec![Finding::well("disk", "there is room")];
        let slow = async { std::future::pending().await };
        let looks: Vec<Look> =
            vec![("clock", WITHIN, Box::pin(slow)), ("disk", WITHIN, Box::pin(async move { well() }))];
        let all = beside(looks).await;
        assert_eq!(all[0], Finding::unknown("clock", "that could not be looked at within 3 s"));
        assert_eq!(all[1..], well());
    }
}
