//! Flags that lie over the environment and the configuration file.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::config::{Config, ConfigError, Draft, Environment};

/// The file that is read, if it is there and no other is named.
const DEFAULT_FILE: &str = "ha-wechaty.toml";

/// What makes a configuration: a file, the environment over it, and flags over both. No file is needed.
#[derive(Debug, Args)]
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
    /// A bot that may connect (repeatable)
    #[arg(long = "bot", value_name = "[NAME=]TOKEN")]
    bots: Vec<String>,
    /// An account of the team; without an endpoint it is discovered by its token (repeatable)
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

impl ConfigFlags {
    /// The configuration.
    ///
    /// # Errors
    /// All that is wrong with file, environment and flags.
    pub(super) fn config(&self, environment: &Environment) -> Result<Config, ConfigError> {
        let mut draft = draft(self.config.as_deref())?;
        draft.lay(environment);
        self.lay_over(&mut draft);
        draft.finish()
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
            draft.set_member("--bot", "bot", name, &[("token", token)]);
        }
        for account in &self.accounts {
            let Some((name, rest)) = account.split_once('=') else {
                draft.refuse("--account", "write NAME=TOKEN@HOST:PORT, or NAME=TOKEN to have it discovered");
                continue;
            };
            match rest.rsplit_once('@') {
                Some((token, endpoint)) => {
                    draft.set_member(
                        "--account",
                        "account",
                        name,
                        &[("token", token), ("endpoint", endpoint)],
                    );
                }
                None => draft.set_member("--account", "account", name, &[("token", rest)]),
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
