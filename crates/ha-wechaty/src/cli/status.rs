//! `ha-wechaty status`.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Args;

use super::{complain, runtime, say};
use crate::{
    admin::{Status, client, view},
    config::{Admin, secret_file},
};

/// Asks a running gateway.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// The gateway's admin.listen
    #[arg(long, value_name = "IP:PORT", default_value_t = Admin::DEFAULT)]
    admin: SocketAddr,
    /// The gateway's admin.password, if it has one
    #[arg(long, env = "HA_WECHATY_ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// A file that holds the password
    #[arg(long, value_name = "FILE", env = "HA_WECHATY_ADMIN_PASSWORD_FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Ask {
    pub(super) fn run(&self) -> ExitCode {
        match self.ask() {
            Ok((text, available)) => {
                say(&text.trim_end());
                // For scripts: the team is down.
                if available { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty status: {why}"));
                ExitCode::FAILURE
            }
        }
    }

    fn ask(&self) -> Result<(String, bool), String> {
        let password = self.password()?;
        let asked = runtime()
            .and_then(|runtime| runtime.block_on(client::get(self.admin, "/status", password.as_deref())));
        let (code, text) = asked.map_err(|error| {
            format!(
                "nobody answers on {} ({error}); is the gateway running, and is this its admin.listen?",
                self.admin
            )
        })?;
        match code {
            200 => {}
            401 => return Err(String::from("the password is wrong or missing; see --password")),
            _ => return Err(format!("{} answers {code}: {}", self.admin, text.trim())),
        }
        let status: Status = serde_json::from_str(&text)
            .map_err(|error| format!("{} is no gateway's admin: {error}", self.admin))?;
        let available = status.team.available;
        Ok((if self.json { text } else { view::text(&status) }, available))
    }

    fn password(&self) -> Result<Option<String>, String> {
        let Some(file) = &self.password_file else { return Ok(self.password.clone()) };
        let read =
            secret_file::read(file).map_err(|error| format!("{} can't be read: {error}", file.display()));
        read.map(Some)
    }
}
