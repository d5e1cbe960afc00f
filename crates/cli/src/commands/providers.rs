//! `ha-wechaty providers`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use ha_wechaty_host::Installed;

use super::{BAD_CONFIG, answer, complain, flags};
use crate::text;
use ha_wechaty_config::Environment;

/// Lists the puppets that are known, and what each needs.
#[derive(Debug, Args)]
#[command(after_help = "Any other package of npm, or a folder, may be an account's puppet too.")]
pub(super) struct Providers {
    /// The configuration file, of which [host] is read [default: HA_WECHATY_CONFIG, or ha-wechaty.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Providers {
    pub(super) fn run(&self) -> ExitCode {
        let host = flags::draft_or_installed(self.config.as_deref()).and_then(|mut draft| {
            draft.lay(&Environment::of_process());
            draft.finish_host()
        });
        match host {
            Ok(host) => answer(&text::providers(&Installed::new(&host)), ExitCode::SUCCESS),
            Err(error) => {
                complain(&error);
                ExitCode::from(BAD_CONFIG)
            }
        }
    }
}
