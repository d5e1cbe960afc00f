//! `ha-wechaty rooms`.

use std::process::ExitCode;

use clap::Args;

use super::{complain, desk::Desk, say};
use crate::admin::Rooms;

/// Exit code if the gateway can't be asked; 1 says that rooms are at risk.
const UNANSWERED: u8 = 2;

/// Asks a running gateway for its rooms.
#[derive(Debug, Args)]
pub(super) struct Ask {
    #[command(flatten)]
    desk: Desk,
    /// Only those with one account, or with none available; exit with 1 if there are any
    #[arg(long)]
    risk: bool,
    /// Who would have to invite whom, so that each room has all accounts; nobody is invited
    #[arg(long)]
    plan: bool,
    /// As JSON, the plan included
    #[arg(long)]
    json: bool,
}

impl Ask {
    pub(super) fn run(&self) -> ExitCode {
        match self.desk.ask::<Rooms>("/rooms") {
            Ok((_, rooms)) => {
                let any_at_risk = rooms.at_risk().next().is_some();
                say(&self.text(rooms).trim_end());
                // For scripts.
                if self.risk && any_at_risk { ExitCode::FAILURE } else { ExitCode::SUCCESS }
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty rooms: {why}"));
                ExitCode::from(UNANSWERED)
            }
        }
    }

    fn text(&self, rooms: Rooms) -> String {
        if !self.json {
            return if self.plan { rooms.plan(self.risk) } else { rooms.text(self.risk) };
        }
        let rooms = if self.risk { rooms.only_at_risk() } else { rooms };
        // Strings and numbers can always be written.
        serde_json::to_string(&rooms).unwrap_or_default()
    }
}
