//! `ha-wechaty try`: the real path without any token. Puppets of npm are installed and run as those of real accounts are, in a
//! folder that goes with them; the gateway is the one that `serve` runs.

mod said;

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use ha_wechaty_config::{AccountConfig, BotConfig, Config, GatewayTls, Hosted, Ids, Package, StorePlace};
use ha_wechaty_gateway::Gateway;
use ha_wechaty_host::{Installed, install, node_version, npm_version};
use ha_wechaty_team::{runtime::StartError, stop_signal};
use ha_wechaty_transport::BindError;
use ha_wechaty_wire::Token;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{
    BAD_CONFIG, complain,
    init::made_up,
    log::{Log, Logging},
    progress, runtime,
};

/// The puppet of npm, at the version that we know.
const PUPPET: &str = "wechaty-puppet-mock";
/// What makes a stand-in of it.
const ACCOUNT: &str = include_str!("account.mjs");
/// The accounts, each with a friend.
const ACCOUNTS: [(&str, &str); 3] = [("north", "ann"), ("south", "bob"), ("west", "cat")];
/// How long Node and npm may take to say which they are.
const VERSION: Duration = Duration::from_secs(20);
/// How often it is looked whether all are there.
const LOOK: Duration = Duration::from_millis(200);

/// Runs a real team of stand-in accounts.
#[derive(Debug, Args)]
pub(super) struct Try {
    /// Where bots connect [default: 127.0.0.1:8788, or a free port if that is taken]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<SocketAddr>,
    /// Install there, and keep it for the next time [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Serve bots without TLS, as Python bots need it
    #[arg(long)]
    plaintext: bool,
    /// How often each account is asked, like 10s: from 100ms to 1day
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = every)]
    every: Duration,
    #[command(flatten)]
    log: Log,
}

/// How often an account may be asked.
const EVERY: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(24 * 60 * 60);

fn every(text: &str) -> Result<Duration, String> {
    let every = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    match EVERY.contains(&every) {
        true => Ok(every),
        false => Err(String::from("it must be from 100ms to 1day")),
    }
}

impl Try {
    pub(super) fn run(&self) -> ExitCode {
        let log = match self.log.begin() {
            Ok(log) => log,
            Err(why) => {
                complain(&why);
                return ExitCode::from(BAD_CONFIG);
            }
        };
        let tried = runtime().map_err(|error| error.to_string());
        match tried.and_then(|it| it.block_on(self.attempt(&log))) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                log.complain(&format_args!("ha-wechaty try: {why}"));
                ExitCode::FAILURE
            }
        }
    }

    /// Runs until it is told to end.
    async fn attempt(&self, log: &Logging) -> Result<(), String> {
        let mut stop = pin!(stop_signal().map_err(|error| error.to_string())?);
        let folder = TempDir::with_prefix("ha-wechaty-try-").map_err(|error| no_folder(&error))?;
        let (mut config, token) = self.config(folder.path())?;
        tokio::select! {
            begun = prepare(&config, folder.path(), log) => begun?,
            () = &mut stop => return Ok(()),
        }
        for (name, friend) in ACCOUNTS {
            let mut puppet = Hosted::new(Package::Local(folder.path().join("account.mjs")));
            puppet.options = options(name, friend, self.every).into();
            let mut account = AccountConfig::new(name, puppet);
            account.ids = Ids::Shared;
            config.accounts.push(account);
        }
        config.check("ha-wechaty try").map_err(|error| error.to_string())?;
        let gateway = start(config, self.listen.is_none()).await.map_err(|error| error.to_string())?;
        let door = said::Door { at: gateway.local_addr(), token: &token, is_plaintext: self.plaintext };
        gateway.shows_log(log.tail());
        log.greet(&said::begun(&door, gateway.admin_addr(), folder.path()));
        tokio::select! {
            () = all_are_there(&gateway) => log.greet(&said::complete()),
            () = progress::draw(&gateway) => {}
            () = &mut stop => return end(gateway, folder).await,
        }
        tokio::select! {
            () = progress::draw(&gateway) => {}
            () = &mut stop => {}
        }
        end(gateway, folder).await
    }

    /// The team's configuration, yet without accounts, and the token of its bot.
    fn config(&self, folder: &Path) -> Result<(Config, String), String> {
        let mut config = Config::new("try");
        config.host.data_dir = Some(self.data_dir.clone().unwrap_or_else(|| folder.join("data")));
        config.store.path = StorePlace::Memory;
        // Another gateway may have that port.
        config.admin.required = false;
        if let Some(listen) = self.listen {
            config.gateway.listen = listen;
        }
        if self.plaintext {
            config.gateway.tls = GatewayTls::Off;
        }
        config.gateway.shutdown = Duration::from_secs(1);
        // Stand-ins know nothing of an official account.
        config.health.heartbeat_contact = None;
        let token = format!("insecure_{}", made_up().map_err(|error| error.to_string())?);
        config.bots.push(BotConfig::new("main", Token::new(&token)));
        Ok((config, token))
    }
}

/// What makes one of the stand-ins.
fn options(name: &str, friend: &str, every: Duration) -> Map<String, Value> {
    let every = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
    Map::from_iter([
        (String::from("name"), json!(name)),
        (String::from("friend"), json!(friend)),
        (String::from("every"), json!(every)),
    ])
}

fn no_folder(cause: &io::Error) -> String {
    format!("{} can't be used ({cause}): make room there, or set TMPDIR", std::env::temp_dir().display())
}

/// Installs what the stand-ins are made of, and puts them into the folder.
async fn prepare(config: &Config, folder: &Path, log: &Logging) -> Result<(), String> {
    let host = &config.host;
    let node = node_version(host, VERSION).await.map_err(|error| error.to_string())?;
    let npm = npm_version(host, VERSION).await.map_err(|error| error.to_string())?;
    let installed = Installed::new(host);
    let begins = match installed.versions(PUPPET).is_empty() {
        true => format!("Node {node} and npm {npm} install {PUPPET}"),
        false => format!("{PUPPET} is in {} from another time, and Node {node} runs it", installed.place()),
    };
    log.greet(&format_args!(
        "{begins}; what runs here is made in {}, and removed at the end",
        folder.display()
    ));
    let package = PUPPET.parse::<Package>().map_err(|error| error.to_string())?;
    let tree = install(host, &package, &|how| progress::show(&how)).await;
    progress::clear();
    let tree = tree.map_err(|error| error.to_string())?;
    let put = || {
        // What a file of JavaScript imports is looked for in the folders above it.
        symlink(tree.join("node_modules"), folder.join("node_modules"))?;
        fs::write(folder.join("account.mjs"), ACCOUNT)
    };
    put().map_err(|error| no_folder(&error))
}

/// On another port, if `any` will do and the usual one is taken; so is the operators'.
async fn start(mut config: Config, any: bool) -> Result<Gateway, StartError> {
    if config.admin.listen.is_some_and(|usual| std::net::TcpListener::bind(usual).is_err()) {
        config.admin.listen = Some((Ipv4Addr::LOCALHOST, 0).into());
    }
    match Gateway::start(config.clone()).await {
        Err(StartError::Bind(BindError::InUse(_))) if any => {
            config.gateway.listen.set_port(0);
            Gateway::start(config).await
        }
        started => started,
    }
}

async fn all_are_there(gateway: &Gateway) {
    while gateway.routing().available().len() < ACCOUNTS.len() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Ends it in good order, and removes what was made.
async fn end(gateway: Gateway, folder: TempDir) -> Result<(), String> {
    gateway.shutdown().await;
    folder.close().map_err(|error| no_folder(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_asked_neither_all_the_time_nor_hardly_ever() {
        assert_eq!(every("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(every("1day"), Ok(*EVERY.end()));
        for text in ["0s", "99ms", "25h", "often"] {
            assert!(every(text).is_err(), "{text}");
        }
    }
}
