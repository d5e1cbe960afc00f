//! `ha-wechaty status`.

use std::{io, process::ExitCode};

use clap::Args;

use super::{
    answer, complain,
    door::{Answer, Door},
    terminal,
};
use ha_wechaty_team::view::Status;

use crate::text as texts;

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
            Ok(Answer { text, read, from }) => {
                let text = if self.json {
                    text
                } else {
                    texts::status_within(&read, terminal::columns(io::stdout())) + &from
                };
                // For scripts: the team is down.
                let code = if read.team.available { ExitCode::SUCCESS } else { ExitCode::FAILURE };
                answer(&text.trim_end(), code)
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty status: {why}"));
                ExitCode::FAILURE
            }
        }
    }
}
