//! `ha-wechaty history`, `ha-wechaty sla`.

use std::{io, process::ExitCode};

use clap::Args;

use super::{
    answer,
    door::{Answer, Door, Unheard},
    terminal,
};
use ha_wechaty_team::view::{About, AnnalsStatus};

use crate::text;

/// Asks a running gateway what went wrong.
#[derive(Debug, Args)]
pub(super) struct History {
    #[command(flatten)]
    door: Door,
    /// Of the account, or the bot, of this name [default: of all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How many incidents, newest first
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Asks a running gateway how long each was up.
#[derive(Debug, Args)]
pub(super) struct Sla {
    #[command(flatten)]
    door: Door,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV, a line for each and each window
    #[arg(long)]
    csv: bool,
}

impl History {
    pub(super) fn run(&self) -> ExitCode {
        match self.ask() {
            Ok(text) => answer(&text.trim_end(), ExitCode::SUCCESS),
            Err(unheard) => unheard.complain("history"),
        }
    }

    fn ask(&self) -> Result<String, Unheard> {
        let Answer { read: mut annals, from, .. } =
            self.door.ask::<AnnalsStatus>("/sla").map_err(Unheard::Nobody)?;
        if let Some(name) = &self.name {
            let kinds = [About::Account, About::Bot, About::Team];
            let about = kinds.into_iter().find(|about| annals.has(*about, name));
            let Some(about) = about else {
                let known: Vec<_> = annals.uptimes.iter().map(|it| it.whose.name.as_str()).collect();
                let known = known.join(", ");
                return Err(Unheard::Refused(format!("nothing is known of {name}; there are {known}")));
            };
            annals.retain(about, name);
        }
        annals.incidents.truncate(self.limit);
        if self.json {
            return serde_json::to_string_pretty(&annals).map_err(|error| Unheard::Nobody(error.to_string()));
        }
        Ok(text::history(&annals, terminal::columns(io::stdout())) + "\n" + &from)
    }
}

impl Sla {
    pub(super) fn run(&self) -> ExitCode {
        match self.ask() {
            Ok(text) => answer(&text.trim_end(), ExitCode::SUCCESS),
            Err(unheard) => unheard.complain("sla"),
        }
    }

    fn ask(&self) -> Result<String, Unheard> {
        let Answer { read: annals, from, .. } =
            self.door.ask::<AnnalsStatus>("/sla").map_err(Unheard::Nobody)?;
        match (self.json, self.csv) {
            (true, _) => serde_json::to_string_pretty(&annals.uptimes)
                .map_err(|error| Unheard::Nobody(error.to_string())),
            (false, true) => Ok(text::sla_csv(&annals)),
            (false, false) => Ok(text::sla(&annals) + "\n" + &from),
        }
    }
}
