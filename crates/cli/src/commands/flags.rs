//! Flags that lie over the environment and the configuration file.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{init::INSTALLED, veil};
use ha_wechaty_config::{Config, ConfigError, Draft, Environment, Problem};
use ha_wechaty_team::store::KEEPS_FILES;

/// The file that is read, if it is there and no other is named.
const DEFAULT_FILE: &str = "ha-wechaty.toml";

/// What makes a configuration: a file, the environment over it, and flags over both. No file is needed.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ConfigFlags {
    /// The configuration file [default: HA_WECHATY_CONFIG, or ha-wechaty.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The team's name
    #[arg(long)]
    name: Option<String>,
    /// The contact id that bots know the team by [default: its name]
    #[arg(long, value_name = "ID")]
    self_id: Option<String>,
    /// Where bots connect
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// TLS for bots: community, off, or CERT,KEY (PEM files)
    #[arg(long, value_name = "TLS")]
    tls: Option<String>,
    /// Where operators look, or off
    #[arg(long, value_name = "HOST:PORT")]
    admin: Option<String>,
    /// Who works in a room: round-robin, random, least-load, sticky, failover
    #[arg(long)]
    policy: Option<String>,
    /// The largest message of the protocol, like 80MiB
    #[arg(long, value_name = "SIZE")]
    max_message: Option<String>,
    /// A bot that may connect, by its token, or by @FILE that holds it (repeatable)
    #[arg(long = "bot", value_name = "[NAME=]TOKEN")]
    bots: Vec<String>,
    /// An account of the team, by its token, or by @FILE that holds it; without an endpoint it is discovered by its token
    /// (repeatable)
    #[arg(long = "account", value_name = "NAME=TOKEN[@HOST:PORT]")]
    accounts: Vec<String>,
    /// Any other key, like reconnect.cap=5m (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    keys: Vec<String>,
}

/// What the file says that was named, by a flag or by a variable; if none was, the default one, or nothing.
pub(super) fn draft(file: Option<&Path>) -> Result<Draft, ConfigError> {
    // Not by clap: a variable that is set to nothing counts as not set.
    let named = || env::var_os("HA_WECHATY_CONFIG").filter(|file| !file.is_empty()).map(PathBuf::from);
    match file.map(Path::to_owned).or_else(named) {
        Some(path) => Draft::load(&path),
        None if Path::new(DEFAULT_FILE).exists() => Draft::load(DEFAULT_FILE.as_ref()),
        None => Ok(Draft::new()),
    }
}

/// A configuration of a name, a bot and accounts alone, as flags say them.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn alone(name: &str, bot: String, accounts: &[String]) -> Result<Config, ConfigError> {
    let flags = ConfigFlags {
        name: Some(name.to_owned()),
        bots: vec![bot],
        accounts: accounts.to_vec(),
        ..ConfigFlags::default()
    };
    let mut draft = Draft::new();
    flags.lay_over(&mut draft);
    draft.finish()
}

/// As [`draft`]; what the package has is the last that is looked for.
pub(super) fn draft_or_installed(file: Option<&Path>) -> Result<Draft, ConfigError> {
    let is_named = file.is_some()
        || env::var_os("HA_WECHATY_CONFIG").is_some_and(|file| !file.is_empty())
        || Path::new(DEFAULT_FILE).exists();
    match Path::new(INSTALLED) {
        installed if !is_named && installed.exists() => Draft::load(installed),
        _ => draft(file),
    }
}

fn served(config: Config) -> Config {
    if KEEPS_FILES { config.served() } else { config }
}

impl ConfigFlags {
    /// The configuration, as a gateway takes it that serves.
    ///
    /// # Errors
    /// All that is wrong with file, environment and flags.
    pub(super) fn config(&self, environment: &Environment) -> Result<Config, ConfigError> {
        self.laid(environment)?.finish().map(served)
    }

    /// The same, and the secrets in it that others on this machine can read: on the command line, in files, in folders. The file
    /// is read once, since it may be a pipe.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    pub(super) fn config_and_exposed(
        &self,
        environment: &Environment,
    ) -> Result<(Config, Vec<String>), ConfigError> {
        let draft = self.laid(environment)?;
        let files = draft.exposed();
        let config = draft.finish().map(served)?;
        let files = files.into_iter().chain(config.exposed());
        let files = files.map(|Problem { key, message, .. }| format!("{key}: {message}"));
        let exposed = self.shown().into_iter().chain(files).collect();
        Ok((config, exposed))
    }

    fn laid(&self, environment: &Environment) -> Result<Draft, ConfigError> {
        let mut draft = draft(self.config.as_deref())?;
        draft.lay(environment);
        self.lay_over(&mut draft);
        Ok(draft)
    }

    /// Whether a team is described at all, if only in part. A file that can't be read describes one.
    pub(super) fn is_team(&self, environment: &Environment) -> bool {
        self.laid(environment).map_or(true, |draft| draft.is_team() || draft.path().is_some())
    }

    /// Takes what the package has, where nothing else describes a team.
    pub(super) fn or_installed(&mut self, environment: &Environment) {
        if !self.is_team(environment) && Path::new(INSTALLED).exists() {
            self.config = Some(INSTALLED.into());
        }
    }

    /// The file that was named by a flag, if one was.
    pub(super) fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// What is said of secrets on the command line.
    fn shown(&self) -> Vec<String> {
        let flags = [("--account", &self.accounts), ("--bot", &self.bots), ("--set", &self.keys)];
        let all = flags.into_iter().flat_map(|(flag, values)| values.iter().map(move |value| (flag, value)));
        let secrets = all.filter_map(|(flag, value)| Some((flag, veil::without_secret(flag, value)?)));
        secrets
            .map(|(flag, shown)| {
                let remedy = match flag {
                    "--account" => "write NAME=@FILE, with the file that holds it",
                    "--bot" => "write @FILE, or NAME=@FILE, with the file that holds it",
                    _ => "set the key that ends in _file instead, or the variable",
                };
                format!(
                    "{flag} {shown}: a secret on the command line is shown to everybody on this machine until the gateway has \
                     hidden it, and is kept by shells; {remedy}"
                )
            })
            .collect()
    }

    fn lay_over(&self, draft: &mut Draft) {
        for (flag, key, text) in [
            ("--name", "name", &self.name),
            ("--self-id", "self_id", &self.self_id),
            ("--listen", "gateway.listen", &self.listen),
            ("--admin", "admin.listen", &self.admin),
            ("--policy", "team.policy", &self.policy),
            ("--max-message", "gateway.max_message", &self.max_message),
        ] {
            if let Some(text) = text {
                draft.set(flag, key, text);
            }
        }
        match self.tls.as_deref().map(|tls| tls.split_once(',').ok_or(tls)) {
            Some(Ok((cert, key))) => {
                draft.set("--tls", "gateway.tls.cert", cert);
                draft.set("--tls", "gateway.tls.key", key);
            }
            Some(Err(word)) => draft.set("--tls", "gateway.tls", word),
            None => {}
        }
        for bot in &self.bots {
            let (name, token) = bot.split_once('=').unwrap_or(("main", bot));
            let (key, token) = token.strip_prefix('@').map_or(("token", token), |file| ("token_file", file));
            draft.set_member("--bot", "bot", name, &[(key, token)]);
        }
        for account in &self.accounts {
            let Some((name, rest)) = account.split_once('=') else {
                draft.refuse("--account", "write NAME=TOKEN@HOST:PORT, or NAME=TOKEN to have it discovered");
                continue;
            };
            let (key, rest) = rest.strip_prefix('@').map_or(("token", rest), |file| ("token_file", file));
            // The name of a file may have an @ in it, but ends like no endpoint.
            let is_endpoint =
                |text: &str| text.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
            match rest.rsplit_once('@').filter(|(_, endpoint)| key == "token" || is_endpoint(endpoint)) {
                Some((token, endpoint)) => {
                    let keys = [(key, token), ("endpoint", endpoint)];
                    draft.set_member("--account", "account", name, &keys);
                }
                None => draft.set_member("--account", "account", name, &[(key, rest)]),
            }
        }
        for pair in &self.keys {
            match pair.split_once('=') {
                Some((key, value)) => draft.set_value("--set", key.trim(), value.trim()),
                None => draft.refuse("--set", format!("{pair:?} has no '='; write KEY=VALUE")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_config::{AccountConfig, Provider};

    fn flags(accounts: &[&str], bots: &[&str]) -> ConfigFlags {
        let [accounts, bots] = [accounts, bots].map(|all| all.iter().map(|it| (*it).to_owned()).collect());
        ConfigFlags { bots, accounts, ..ConfigFlags::default() }
    }

    #[test]
    fn a_file_may_stand_for_a_token() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| {
            std::fs::write(folder.path().join(name), format!("insecure_{}\n", name.len()))
                .expect("it is ours");
            folder.path().join(name).display().to_string()
        };
        let (bot, north, south) = (file("bot"), file("north"), file("a@b"));
        let accounts = [
            format!("north=@{north}@127.0.0.1:1"),
            format!("south=@{south}"),
            "west=insecure_w@localhost:2".into(),
        ];
        let accounts = accounts.each_ref().map(String::as_str);
        let flags = flags(&accounts, &[&format!("@{bot}")]);
        let mut draft = Draft::new();
        flags.lay_over(&mut draft);
        let config = draft.finish().expect("it is right");
        assert_eq!((config.bots[0].name.as_str(), config.bots[0].token.reveal()), ("main", "insecure_3"));
        let told = |account: &AccountConfig| match &account.provider {
            Provider::Service(it) => {
                (it.token.reveal().to_owned(), it.endpoint.as_ref().map(ToString::to_string))
            }
            Provider::Hosted(_) => panic!("nobody asked for a host"),
        };
        let told: Vec<_> = config.accounts.iter().map(told).collect();
        let expected =
            [("insecure_5", Some("127.0.0.1:1")), ("insecure_3", None), ("insecure_w", Some("localhost:2"))];
        assert_eq!(told, expected.map(|(token, at)| (token.to_owned(), at.map(str::to_owned))));
        let warned = flags.shown();
        assert!(warned.len() == 1 && warned[0].starts_with("--account west=…@localhost:2: "), "{warned:?}");
    }
}
