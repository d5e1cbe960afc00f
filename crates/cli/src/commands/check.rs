//! `ha-wechaty check`.

use std::process::ExitCode;

use clap::Args;

use ha_wechaty_config::Environment;

use super::{BAD_CONFIG, answer, complain, flags::ConfigFlags};
use crate::text;

/// Says what is wrong with a configuration.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    flags: ConfigFlags,
}

impl Check {
    pub(super) fn run(&self) -> ExitCode {
        let environment = Environment::of_process();
        environment.warnings().iter().for_each(|warning| complain(warning));
        match self.flags.config_and_exposed(&environment) {
            Ok((config, exposed)) => {
                config.warnings().iter().for_each(|warning| complain(warning));
                exposed.iter().for_each(|warning| complain(&format_args!("warning: {warning}")));
                answer(&text::team(&config), ExitCode::SUCCESS)
            }
            Err(error) => {
                complain(&error);
                ExitCode::from(BAD_CONFIG)
            }
        }
    }
}
