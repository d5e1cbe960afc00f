//! `ha-wechaty send`.

use std::process::ExitCode;

use clap::Args;
use ha_wechaty_team::runtime::SayDone;
use serde_json::json;

use super::{answer, door::Door, hand::operator};

/// Has a running gateway say something, to see that it can.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// What to say
    text: String,
    /// Where to: a room or a contact, by the id that bots use (ha-wechaty rooms has those of rooms)
    #[arg(long, value_name = "ID")]
    to: String,
    #[command(flatten)]
    door: Door,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Send {
    pub(super) fn run(&self) -> ExitCode {
        let body = json!({ "to": self.to, "text": self.text, "by": operator() });
        match self.door.tell::<SayDone>("/api/v1/send", &body) {
            Ok(done) => match serde_json::to_string_pretty(&done) {
                Ok(text) if self.json => answer(&text, ExitCode::SUCCESS),
                _ => answer(&done.text, ExitCode::SUCCESS),
            },
            Err(unheard) => unheard.complain("send"),
        }
    }
}
