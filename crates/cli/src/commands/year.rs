//! `ha-wechaty year`.

use std::process::ExitCode;

use clap::Args;

use super::{answer, complain};
use crate::text;
use ha_wechaty_year::{self as year, Assumptions};

/// Plays a year three times: with one account, with the original's rules, with ours.
#[derive(Debug, Args)]
pub(super) struct Year {
    #[command(flatten)]
    options: year::Options,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Year {
    pub(super) fn run(&self) -> ExitCode {
        match self.play() {
            Ok(text) => answer(&text.trim_end(), ExitCode::SUCCESS),
            Err(why) => {
                complain(&format_args!("ha-wechaty year: {why}"));
                ExitCode::FAILURE
            }
        }
    }

    fn play(&self) -> Result<String, String> {
        let report = year::run(&self.options, &Assumptions::default()).map_err(|error| error.to_string())?;
        if !self.json {
            return Ok(text::year(&report).to_string());
        }
        serde_json::to_string_pretty(&report).map_err(|error| error.to_string())
    }
}
