//! `ha-wechaty status`.

use std::process::ExitCode;

use clap::Args;

use super::{complain, desk::Desk, say};
use crate::admin::{Status, view};

/// Asks a running gateway.
#[derive(Debug, Args)]
pub(super) struct Ask {
    #[command(flatten)]
    desk: Desk,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Ask {
    pub(super) fn run(&self) -> ExitCode {
        match self.desk.ask::<Status>("/status") {
            Ok((text, status)) => {
                say(&if self.json { text } else { view::text(&status) }.trim_end());
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
