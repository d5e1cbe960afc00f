//! `ha-wechaty serve`.

use std::{io::IsTerminal as _, pin::pin, process::ExitCode};

use clap::{Args, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{
    BAD_CONFIG, complain,
    flags::ConfigFlags,
    progress::{self, LogLine},
    runtime, say, stop_signal,
};
use crate::{
    Gateway, Reloaded,
    config::{Config, ConfigError, Environment, GatewayTls},
};

/// Serves a team of accounts to bots as one puppet.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    flags: ConfigFlags,
    #[command(flatten)]
    log: Log,
}

/// How it tells what it does, on stderr.
#[derive(Debug, Args)]
pub(super) struct Log {
    /// How much: error, warn, info, debug, trace, or a filter like ha_wechaty=debug
    #[arg(long = "log", value_name = "LEVEL", env = "HA_WECHATY_LOG", default_value = "info")]
    level: String,
    /// How it looks
    #[arg(long = "log-format", value_name = "FORMAT", env = "HA_WECHATY_LOG_FORMAT", default_value = "text")]
    format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Serve {
    pub(super) fn run(&self) -> ExitCode {
        let environment = Environment::of_process();
        let config = match self.flags.config(&environment) {
            Ok(config) => config,
            Err(error) => {
                environment.warnings().iter().for_each(|warning| complain(warning));
                complain(&error);
                return ExitCode::from(BAD_CONFIG);
            }
        };
        if let Err(why) = self.log.begin() {
            complain(&why);
            return ExitCode::from(BAD_CONFIG);
        }
        environment.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
        let served = runtime().map_err(|error| error.to_string());
        let served = served
            .and_then(|it| it.block_on(serve(config, || self.flags.config(&Environment::of_process()))));
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                complain(&format_args!("ha-wechaty: {why}"));
                ExitCode::FAILURE
            }
        }
    }
}

impl Log {
    /// Begins to tell.
    pub(super) fn begin(&self) -> Result<(), String> {
        let filter = EnvFilter::try_new(&self.level)
            .map_err(|error| format!("--log: {:?} is no level or filter: {error}", self.level))?;
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
        match self.format {
            LogFormat::Text if std::io::stderr().is_terminal() => {
                log.with_writer(LogLine::new).with_ansi(true).init();
            }
            LogFormat::Text => log.with_writer(std::io::stderr).with_ansi(false).init(),
            LogFormat::Json => log.with_writer(std::io::stderr).json().init(),
        }
        Ok(())
    }
}

/// Serves until the process is told to end. Whenever it is told to, it reads its configuration again.
async fn serve(config: Config, read: impl Fn() -> Result<Config, ConfigError>) -> Result<(), String> {
    let stop = stop_signal().map_err(|error| error.to_string())?;
    let mut hangups = signal(SignalKind::hangup()).map_err(|error| error.to_string())?;
    let (name, accounts, tls) = (config.name.clone(), config.accounts.len(), tls_name(&config.gateway.tls));
    let mut gateway = Gateway::start(config).await.map_err(|error| error.to_string())?;
    let admin = gateway.admin_addr().map(|addr| format!(", status on http://{addr}/status"));
    let discovery = gateway.discovery_addr().map(|addr| format!(", found by token on {addr}"));
    say(&format_args!(
        "ha-wechaty serves team {name} ({accounts} accounts) on {} ({tls}){}{}",
        gateway.local_addr(),
        discovery.unwrap_or_default(),
        admin.unwrap_or_default()
    ));
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = progress::draw(&gateway) => {}
            _ = hangups.recv() => match read() {
                Ok(config) => tokio::select! {
                    () = &mut stop => break,
                    done = gateway.reload(config) => tell(&done),
                },
                Err(error) => tracing::error!("SIGHUP: the configuration is not taken, nothing was changed: {error}"),
            },
        }
    }
    gateway.shutdown().await;
    tracing::info!("stopped; puppet services that run elsewhere keep running");
    Ok(())
}

/// What became of a new configuration.
fn tell(done: &Reloaded) {
    let Reloaded { added, removed, changed, failed, later, .. } = done;
    tracing::info!(?added, ?removed, ?changed, "SIGHUP: the configuration was read again");
    for (account, error) in failed {
        tracing::error!(account, "it can't be added, or changed: {error}");
    }
    if !later.is_empty() {
        tracing::warn!("changes of {} count from the next start on", later.join(", "));
    }
}

fn tls_name(tls: &GatewayTls) -> &'static str {
    match tls {
        GatewayTls::Community => "community TLS",
        GatewayTls::Off => "plaintext",
        GatewayTls::Certificate { .. } => "TLS",
    }
}
