//! The configuration: all that is wrong with it, and what should be looked at once more.

use ha_wechaty_config::{Config, Environment};
use ha_wechaty_team::view::Remedy;

use crate::{commands::flags::ConfigFlags, text::Finding};

/// What to do first where nothing is configured.
pub(super) const FIRST: &str = "ha-wechaty doctor: there is no configuration, so there is nothing to look at.\n\
    First see what it does:      ha-wechaty demo\n\
    Then copy the example file:  ha-wechaty.example.toml to ha-wechaty.toml, with a bot and an account in it\n\
    and look again here, or name a file with --config FILE.";

const ABOUT: &str = "config";

/// The configuration, if it can be used, and what was found of it.
pub(super) fn look(flags: &ConfigFlags, environment: &Environment) -> (Option<Config>, Vec<Finding>) {
    let odd = |text: String, remedy| Finding::odd(ABOUT, text, remedy);
    let mut found: Vec<Finding> =
        environment.warnings().iter().map(|it| odd(it.to_string(), Remedy::Config)).collect();
    let (config, exposed) = match flags.config_and_exposed(environment) {
        Ok(read) => read,
        Err(error) => {
            let wrong = error.problems().iter();
            found.extend(wrong.map(|it| Finding::wrong(ABOUT, it.to_string(), Remedy::Config)));
            return (None, found);
        }
    };
    let from = config.source.as_ref().map_or("no file".to_owned(), |it| it.display().to_string());
    let (accounts, bots) = (config.accounts.len(), config.bots.len());
    let counts =
        format!("{from}: team {}, {}, {}", config.name, counted(accounts, "account"), counted(bots, "bot"));
    found.insert(0, Finding::well(ABOUT, counts));
    for it in config.warnings() {
        let remedy = if it.key.starts_with("bot[") { Remedy::BotToken } else { Remedy::Config };
        found.push(odd(format!("{}: {}", it.key, it.message), remedy));
    }
    found.extend(exposed.into_iter().map(|it| odd(it, Remedy::Exposed)));
    if accounts == 1 {
        let text = "there is one account: when it is away, the team is";
        found.push(odd(text.to_owned(), Remedy::TeamDegraded));
    }
    (Some(config), found)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
