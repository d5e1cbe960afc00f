//! `ha-wechaty serve`.

use std::{pin::pin, process::ExitCode, time::Duration};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use ha_wechaty_team::{
    runtime::{ReloadDone, ReloadRequest},
    stop_signal,
};

use super::{
    BAD_CONFIG, complain,
    flags::ConfigFlags,
    log::{Log, Logging},
    parent, progress, runtime,
    service::Service,
    trace::{self, Traces},
};
use ha_wechaty_config::{Config, ConfigError, Environment, GatewayTls, StorePlace};
use ha_wechaty_gateway::Gateway;
use ha_wechaty_gateway::Reloaded;
use ha_wechaty_transport::raise_descriptors;

/// What the end of a gateway may take besides `gateway.shutdown`: its store is written, and puppets that run here are ended.
const FAREWELL: Duration = Duration::from_secs(30);

/// Serves a team of accounts to bots as one puppet.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    flags: ConfigFlags,
    #[command(flatten)]
    log: Log,
    /// End in good order when standard input closes, and so with the program that started this one, however that ends
    #[arg(long)]
    with_parent: bool,
}

impl Serve {
    pub(super) fn run(&self) -> ExitCode {
        let environment = Environment::of_process();
        // Before there are threads.
        let service = Service::of_process();
        let runtime = match runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                complain(&format_args!("ha-wechaty: {error}"));
                return ExitCode::FAILURE;
            }
        };
        // The log begins with it, so what is wrong with the configuration is told below. It may be a pipe, and is read once.
        let read = self.flags.config_and_exposed(&environment);
        let trace = read.as_ref().map(|(config, _)| config.trace.clone()).unwrap_or_default();
        let begun = trace::begin(&trace, runtime.handle())
            .and_then(|traces| Ok((self.log.begin_beside(traces.as_ref().map(Traces::layer))?, traces)));
        let (log, traces) = match begun {
            Ok(begun) => begun,
            Err(why) => {
                complain(&why);
                return ExitCode::from(BAD_CONFIG);
            }
        };
        environment.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
        let (config, exposed) = match read {
            Ok(read) => read,
            Err(error) => {
                log.complain(&error);
                return ExitCode::from(BAD_CONFIG);
            }
        };
        config.warnings().iter().for_each(|warning| tracing::warn!("{}: {}", warning.key, warning.message));
        for bot in &config.bots {
            bot.tokenless
                .iter()
                .for_each(|from| tracing::info!("bot {} needs no token from {from}", bot.name));
        }
        config.forgets().into_iter().for_each(|hint| tracing::warn!("{hint}"));
        if let StorePlace::File(store) = &config.store.path {
            let key = config.store.key_of(store);
            tracing::info!(
                "what must not be forgotten is in {}, sealed with {}",
                store.display(),
                key.display()
            );
            for other in config.other_stores().iter().filter(|_| !store.exists()) {
                tracing::error!(
                    "that store is new, and knows nothing; a team of this name has one in {} already, of another user, or of a \
                     gateway that was started in another way. If it is this team's, end the gateway, and name that file \
                     ([store] path)",
                    other.display()
                );
            }
        }
        exposed.iter().for_each(|warning| tracing::warn!("{warning}"));
        service.warns();
        raise_descriptors();
        let flags = self.flags.clone();
        let read = move || flags.config(&Environment::of_process());
        let parent = self.with_parent.then(parent::gone);
        match runtime.block_on(serve(config, read, &log, service, traces, parent)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                log.complain(&format_args!("ha-wechaty: {why}"));
                ExitCode::FAILURE
            }
        }
    }
}

/// Serves until the process is told to end. Whenever it is told to, it reads its configuration again.
async fn serve(
    config: Config,
    read: impl Fn() -> Result<Config, ConfigError> + Clone + Send + Sync + 'static,
    log: &Logging,
    mut service: Service,
    mut traces: Option<Traces>,
    parent: Option<impl Future<Output = ()>>,
) -> Result<(), String> {
    let signalled = stop_signal().map_err(|error| error.to_string())?;
    let stop = async {
        match parent {
            None => signalled.await,
            Some(gone) => tokio::select! {
                () = signalled => {}
                () = gone => tracing::info!("standard input is closed, so the program that started this one is gone: stopping"),
            },
        }
    };
    let mut hangups = signal(SignalKind::hangup()).map_err(|error| error.to_string())?;
    let (name, accounts, tls) = (config.name.clone(), config.accounts.len(), tls_name(&config.gateway.tls));
    let within = config.gateway.shutdown;
    service.give_up_others(&config);
    let mut gateway =
        Gateway::start_on(service.sockets(), config).await.map_err(|error| error.to_string())?;
    gateway.shows_log(log.tail());
    gateway.reads_again(read.clone());
    // Before it greets: whoever reads that may ask at once.
    let mut reloads = gateway.reload_requests();
    let admin = gateway.admin_addr().map(|addr| match gateway.admin_fingerprint() {
        None => format!(", status on http://{addr}/status"),
        Some(fingerprint) => {
            format!(", status on https://{addr}/status (SHA-256 of its certificate: {fingerprint})")
        }
    });
    let discovery = gateway.discovery_addr().map(|addr| format!(", found by token on {addr}"));
    log.greet(&format_args!(
        "ha-wechaty serves team {name} ({accounts} accounts) on {} ({tls}){}{}",
        gateway.local_addr(),
        discovery.unwrap_or_default(),
        admin.unwrap_or_default()
    ));
    service.is_ready(&gateway);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = progress::draw(&gateway) => {}
            is_taken = trace::outcome(&mut traces) => gateway.exported(is_taken),
            _ = hangups.recv() => tokio::select! {
                () = &mut stop => break,
                done = reload(&mut gateway, &read, "SIGHUP", &service) => gateway.was_signalled(&match done {
                    Ok(done) if done.failed.is_empty() => String::from("done"),
                    Ok(done) => done
                        .failed
                        .iter()
                        .map(|it| format!("{}: {}", it.account, it.why))
                        .collect::<Vec<_>>()
                        .join("; "),
                    Err(why) => why,
                }),
            },
            Some(request) = reloads.recv() => tokio::select! {
                () = &mut stop => break,
                done = answered(&mut gateway, &read, &request, &service) => request.answer(done),
            },
        }
    }
    service.stops(within + FAREWELL);
    gateway.shutdown().await;
    if let Some(traces) = traces {
        traces.end().await;
    }
    tracing::info!("stopped; puppet services that run elsewhere keep running");
    Ok(())
}

/// What becomes of a request.
async fn answered(
    gateway: &mut Gateway,
    read: impl Fn() -> Result<Config, ConfigError>,
    request: &ReloadRequest,
    service: &Service,
) -> Result<ReloadDone, String> {
    match request.is_dry {
        true => {
            let done = read().and_then(|config| gateway.compare(&config));
            done.map(|done| ReloadDone::from(&done)).map_err(|it| it.to_string())
        }
        false => reload(gateway, read, &request.by, service).await,
    }
}

/// Reads the configuration again, as somebody wants; nothing is changed if there is a mistake in it.
async fn reload(
    gateway: &mut Gateway,
    read: impl Fn() -> Result<Config, ConfigError>,
    by: &str,
    service: &Service,
) -> Result<ReloadDone, String> {
    service.reloads();
    let done = match read() {
        Ok(config) => gateway.reload(config).await,
        Err(error) => {
            gateway.reload_refused();
            Err(error)
        }
    };
    match &done {
        Ok(done) => tell(done, by),
        Err(error) => tracing::error!("{by}: the configuration is not taken, nothing was changed: {error}"),
    }
    let done = done.map(|done| ReloadDone::from(&done)).map_err(|error| error.to_string());
    service.has_reloaded();
    done
}

/// What became of a new configuration.
fn tell(done: &Reloaded, by: &str) {
    let Reloaded { added, removed, changed, adjusted, failed, live, later, .. } = done;
    tracing::info!(?added, ?removed, ?changed, ?adjusted, ?live, "{by}: the configuration was read again");
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
