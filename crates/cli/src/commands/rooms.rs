//! `ha-wechaty rooms`.

use std::process::ExitCode;

use clap::Args;

use super::{
    answer, complain,
    door::{Answer, Door},
};
use ha_wechaty_team::view::RoomsStatus;

use crate::text;

/// Exit code when nobody could be asked.
const NO_ANSWER: u8 = 2;

/// Asks a running gateway.
#[derive(Debug, Args)]
pub(super) struct Ask {
    #[command(flatten)]
    door: Door,
    /// Only rooms where one account is alone, or none is available
    #[arg(long)]
    at_risk: bool,
    /// Who would invite which missing teammate, and what is in the way; nothing is done
    #[arg(long)]
    plan: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Ask {
    pub(super) fn run(&self) -> ExitCode {
        match self.ask() {
            Ok((text, is_any_at_risk)) => {
                // For scripts: a room may fall silent.
                let code = if is_any_at_risk { ExitCode::FAILURE } else { ExitCode::SUCCESS };
                answer(&text.trim_end(), code)
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty rooms: {why}"));
                ExitCode::from(NO_ANSWER)
            }
        }
    }

    fn ask(&self) -> Result<(String, bool), String> {
        let Answer { read: mut rooms, from, .. } = self.door.ask::<RoomsStatus>("/rooms")?;
        let is_any_at_risk = rooms.rooms.iter().any(|room| room.risk.is_some());
        // The counts are of all rooms, whatever is shown of them.
        let summary = text::rooms_summary(&rooms);
        if self.at_risk {
            rooms.rooms.retain(|room| room.risk.is_some());
        }
        if self.json {
            let json = serde_json::to_string_pretty(&rooms).map_err(|error| error.to_string())?;
            return Ok((json, is_any_at_risk));
        }
        let text = if self.plan { text::plan(&rooms) } else { text::rooms(&rooms) };
        Ok((text + &summary + &from, is_any_at_risk))
    }
}
