//! `ha-wechaty demo`.

use std::{env, process::ExitCode};

use clap::Args;

use super::{complain, runtime};
use crate::demo;

/// Shows a team of three simulated accounts that fail and are not missed.
#[derive(Debug, Args)]
#[command(after_help = demo::NOT_SHOWN)]
pub(super) struct Demo {
    #[command(flatten)]
    options: demo::Options,
}

impl Demo {
    pub(super) fn run(mut self) -> ExitCode {
        self.options.plaintext |= env::var_os("HA_WECHATY_GATEWAY_TLS").is_some_and(|tls| tls == "off");
        let ran = runtime()
            .map_err(|error| error.to_string())
            .and_then(|runtime| runtime.block_on(demo::run(self.options)).map_err(|error| error.to_string()));
        ran.unwrap_or_else(|why| {
            complain(&format_args!("ha-wechaty: {why}"));
            ExitCode::FAILURE
        })
    }
}
