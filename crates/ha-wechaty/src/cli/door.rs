//! The admin's server of a running gateway, as commands ask it.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use serde::de::DeserializeOwned;

use super::runtime;
use crate::{
    admin::client,
    config::{Admin, secret_file},
};

/// Where the admin's server of a running gateway is, and how to get in.
#[derive(Debug, Args)]
pub(super) struct Door {
    /// The gateway's admin.listen
    #[arg(long, value_name = "IP:PORT", default_value_t = Admin::DEFAULT)]
    admin: SocketAddr,
    /// The gateway's admin.password, if it has one
    #[arg(long, env = "HA_WECHATY_ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// A file that holds the password
    #[arg(long, value_name = "FILE", env = "HA_WECHATY_ADMIN_PASSWORD_FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
}

impl Door {
    /// What stands at a path: as it was written, and read.
    pub(super) fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<(String, T), String> {
        let password = self.password()?;
        let asked = runtime()
            .and_then(|runtime| runtime.block_on(client::get(self.admin, path, password.as_deref())));
        let (code, text) = asked.map_err(|error| {
            format!(
                "nobody answers on {} ({error}); is the gateway running, and is this its admin.listen?",
                self.admin
            )
        })?;
        match code {
            200 => {}
            401 => return Err(String::from("the password is wrong or missing; see --password")),
            404 => return Err(format!("{} knows no {path}: is the gateway of another version?", self.admin)),
            _ => return Err(format!("{} answers {code}: {}", self.admin, text.trim())),
        }
        let read = serde_json::from_str(&text)
            .map_err(|error| format!("{} is no gateway's admin: {error}", self.admin))?;
        Ok((text, read))
    }

    fn password(&self) -> Result<Option<String>, String> {
        let Some(file) = &self.password_file else { return Ok(self.password.clone()) };
        let read =
            secret_file::read(file).map_err(|error| format!("{} can't be read: {error}", file.display()));
        read.map(Some)
    }
}
