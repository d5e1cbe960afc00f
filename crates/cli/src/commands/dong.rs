//! `ha-wechaty dong`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use ha_wechaty_dong::{Server, Settings};

use ha_wechaty_team::stop_signal;

use super::{
    BAD_CONFIG, complain, flags,
    log::{Log, Logging},
    runtime,
};
use ha_wechaty_config::{ConfigError, Environment};

/// Serves an official account; no team is needed for it.
#[derive(Debug, Args)]
#[command(
    after_help = "HA_WECHATY_DONG_TOKEN, HA_WECHATY_DONG_AES_KEY, HA_WECHATY_DONG_APP_ID and so on, one for \
                        each key, win over the [dong] of the configuration file."
)]
pub(super) struct Dong {
    /// The configuration file, of which [dong] is read [default: HA_WECHATY_CONFIG, or ha-wechaty.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where WeChat's calls arrive
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    log: Log,
}

impl Dong {
    pub(super) fn run(&self) -> ExitCode {
        let log = match self.log.begin() {
            Ok(log) => log,
            Err(why) => {
                complain(&why);
                return ExitCode::from(BAD_CONFIG);
            }
        };
        let settings = match self.settings() {
            Ok(settings) => settings,
            Err(error) => {
                log.complain(&error);
                return ExitCode::from(BAD_CONFIG);
            }
        };
        let served =
            runtime().map_err(|error| error.to_string()).and_then(|it| it.block_on(serve(&settings, &log)));
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                log.complain(&format_args!("ha-wechaty dong: {why}"));
                ExitCode::FAILURE
            }
        }
    }

    /// The file, the environment over it, the flags over both.
    fn settings(&self) -> Result<Settings, ConfigError> {
        let mut draft = flags::draft(self.config.as_deref())?;
        draft.lay(&Environment::of_process());
        if let Some(listen) = &self.listen {
            draft.set("--listen", "dong.listen", listen);
        }
        let exposed = draft.exposed();
        let settings = draft.finish_dong()?;
        exposed.iter().for_each(|it| tracing::warn!("{}: {}", it.key, it.message));
        Ok(settings)
    }
}

async fn serve(settings: &Settings, log: &Logging) -> Result<(), String> {
    let stop = stop_signal().map_err(|error| error.to_string())?;
    let server = Server::bind(settings).await.map_err(|error| error.to_string())?;
    let modes =
        if settings.aes_key.is_some() { "all modes" } else { "plaintext only: dong.aes_key is not set" };
    log.greet(&format_args!(
        "ha-wechaty answers WeChat's calls on http://{}/ ({modes})",
        server.local_addr()
    ));
    server.serve(stop).await;
    Ok(())
}
