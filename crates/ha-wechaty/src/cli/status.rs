//! `ha-wechaty status`.

use std::process::ExitCode;

use clap::Args;

use super::{complain, door::Door, say};
use crate::admin::{Status, view};

/// Asks a running gateway.
#[derive(Debug, Args)]
pub(super) struct Ask {
    #[command(flatten)]
    door: Door,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Ask {
    pub(super) fn run(&self) -> ExitCode {
        match self.door.ask::<Status>("/status") {
            Ok((json, status)) => {
                let text = if self.json { json } else { view::text(&status) };
                say(&text.trim_end());
                // For scripts: the team is down.
                if status.team.available { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty status: {why}"));
                ExitCode::FAILURE
            }
        }
    }
}
