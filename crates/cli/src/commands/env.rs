//! `ha-wechaty env`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use ha_wechaty_config::Environment;

use super::{BAD_CONFIG, answer, complain, flags};
use crate::text;

/// Stands in for the bots: a program that has the team as a library needs none.
const NOBODY: &str = "nobody";

/// Says what the environment comes to, without secrets.
#[derive(Debug, Args)]
#[command(after_help = VARIABLES)]
pub(super) struct Env {
    /// The configuration file that it lies over [default: HA_WECHATY_CONFIG, or ha-wechaty.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// List the variables that there are, instead
    #[arg(long)]
    list: bool,
}

const VARIABLES: &str = "\
Accounts, as in the original HAWechaty:
  HA_WECHATY_PUPPET=wechaty-puppet-hostie:wechaty-puppet-padplus
  HA_WECHATY_PUPPET_HOSTIE_TOKEN=t1:t2       an account for each token: hostie-1, hostie-2
  HA_WECHATY_PUPPET_HOSTIE_ENDPOINT=h1:1,h2:2
                                             where their services are; else they are discovered
  HA_WECHATY_PUPPET_TOKEN=t1:t2              instead: one token for each puppet in turn

Bots:
  HA_WECHATY_BOT_TOKEN=t1:t2                 main, bot-2

Instead of a token, its variable with _FILE names a file that holds it.

Any key of the configuration file, lists and tables as TOML writes them:
  HA_WECHATY_GATEWAY_LISTEN=0.0.0.0:8788     gateway.listen

Flags win over the environment, and that wins over the file.";

impl Env {
    pub(super) fn run(&self) -> ExitCode {
        let environment = Environment::of_process();
        if self.list {
            return answer(&environment.known().join("\n"), ExitCode::SUCCESS);
        }
        let mut lines = vec![text::variables(environment.variables())];
        environment.warnings().iter().for_each(|warning| complain(warning));
        let config = flags::draft_or_installed(self.config.as_deref()).and_then(|mut draft| {
            draft.lay(&environment);
            if draft.members("bot") == 0 {
                draft.set_member("ha-wechaty env", "bot", NOBODY, &[("token", "insecure_nobody")]);
            }
            draft.finish()
        });
        match config {
            Ok(mut config) => {
                config.bots.retain(|bot| bot.name != NOBODY);
                if config.bots.is_empty() {
                    let remedy =
                        "no bot: `ha-wechaty serve` needs one, like HA_WECHATY_BOT_TOKEN=insecure_<uuid>";
                    lines.push(remedy.to_owned());
                }
                lines.push(format!("team {}:\n{}", config.name, text::members(&config)));
                answer(&lines.join("\n"), ExitCode::SUCCESS)
            }
            Err(error) => {
                let code = answer(&lines.join("\n"), ExitCode::from(BAD_CONFIG));
                complain(&error);
                code
            }
        }
    }
}
