//! `ha-wechaty check`.

use std::process::ExitCode;

use clap::Args;

use super::{BAD_CONFIG, answer, complain, flags::ConfigFlags};
use ha_wechaty_config::{Config, Environment, Provider, Service};

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
        match self.flags.config(&environment) {
            Ok(config) => {
                config.warnings().iter().for_each(|warning| complain(warning));
                let exposed = self.flags.exposed(&environment, &config);
                exposed.iter().for_each(|warning| complain(&format_args!("warning: {warning}")));
                answer(&summary(&config), ExitCode::SUCCESS)
            }
            Err(error) => {
                complain(&error);
                ExitCode::from(BAD_CONFIG)
            }
        }
    }
}

/// What was understood, without secrets.
fn summary(config: &Config) -> String {
    let mut lines = vec![format!(
        "fine: team {} ({}), bots connect to {}, policy {}",
        config.name,
        config.self_id,
        config.gateway.listen,
        config.team.policy.name()
    )];
    lines.push(members(config));
    lines.join("\n")
}

/// Who is in it, a line for each.
pub(super) fn members(config: &Config) -> String {
    let mut lines: Vec<String> =
        config.bots.iter().map(|bot| format!("  bot {} ({})", bot.name, bot.token)).collect();
    for account in &config.accounts {
        let place = match &account.provider {
            Provider::Service(Service { endpoint: Some(endpoint), .. }) => endpoint.to_string(),
            Provider::Service(service) => format!("discovered at {}", service.authority),
            Provider::Hosted(hosted) => format!("{} run here", hosted.package),
        };
        let token = account.provider.token().map_or(String::from("no token"), ToString::to_string);
        lines.push(format!("  account {} ({token}), {place}, weight {}", account.name, account.weight));
    }
    lines.join("\n")
}
