//! The gateway: a team of accounts, served to bots as one puppet.
//!
//! | module | what it holds |
//! |---|---|
//! | `services` | what the port for bots serves: the puppet, health, reflection |
//! | `service` | the one door of `wechaty.Puppet` |
//! | `inflate` | compressed requests, plain |
//! | `discovery` | where bots find the gateway by their tokens |
//! | `reload` | a new configuration while a gateway serves |
//! | `sentinel` | what is wrong with this machine |

mod agents;
mod discovery;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod inflate;
#[cfg(test)]
mod new_rpc;
mod reload;
mod sentinel;
mod service;
mod services;
mod trace;

use std::{net::SocketAddr, sync::Arc};

use ha_wechaty_core::Notice;
use tokio::{
    net::TcpListener,
    sync::{broadcast, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    discovery::{Desk, Directory},
    sentinel::Sentinel,
};
use futures_util::future::BoxFuture;
use ha_wechaty_admin::{self as admin, AdminCertificate, Fingerprint, LoginLinks};
use ha_wechaty_config::{AccountConfig, AdminConfig, Config, ConfigError};
use ha_wechaty_herald::{Herald, MakeLink, TellError};
use ha_wechaty_host::Progress;
use ha_wechaty_team::{
    account::FAREWELL,
    runtime::{Alarms, Asking, ChangeError, Hands, Prepared, ReloadRequest, Runtime, StartError},
    state::records::{AuditAct, AuditLine, LogTail},
    store::Opened,
};
use ha_wechaty_transport::{Listener, Ports, Sockets, Tls, serve};

pub use reload::Reloaded;

/// A gateway that serves.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    admin_fingerprint: Option<Fingerprint>,
    discovery_address: Option<SocketAddr>,
    /// Ends the serving of bots, before the team itself ends.
    stop: CancellationToken,
    server: JoinHandle<()>,
    /// Tells people of alarms; it ends before the team does, which is told what became of that.
    herald: (CancellationToken, JoinHandle<()>),
    runtime: Runtime,
}

impl Gateway {
    /// Takes the port and begins to serve; accounts are connected as they can be reached.
    ///
    /// # Errors
    /// The port can't be had, or TLS or the spool can't be set up. Nothing is left running then.
    pub fn start(config: Config) -> BoxFuture<'static, Result<Self, StartError>> {
        Box::pin(async move {
            let prepared = Prepared::open(config).await?;
            Self::begin(prepared, &Sockets::default()).await
        })
    }

    /// As [`Gateway::start`], on ports that this process was given, where they are those of the configuration.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub fn start_on(sockets: Sockets, config: Config) -> BoxFuture<'static, Result<Self, StartError>> {
        Box::pin(async move {
            let prepared = Prepared::open(config).await?;
            Self::begin(prepared, &sockets).await
        })
    }

    /// As [`Gateway::start`], with a journal of one's own in place of the configured store: what the team must not forget
    /// stands there, and it goes on with what is in it.
    ///
    /// # Errors
    /// As [`Gateway::start`], or what the journal holds can't be read.
    pub fn with(config: Config, opened: Opened) -> BoxFuture<'static, Result<Self, StartError>> {
        Box::pin(async move { Self::begin(Prepared::new(config, Some(opened))?, &Sockets::default()).await })
    }

    async fn begin(prepared: Prepared, sockets: &Sockets) -> Result<Self, StartError> {
        let shared = prepared.shared().clone();
        let config = &shared.config;
        let tls = config.gateway.tls.server_config().map_err(StartError::Tls)?;
        let tls = tls.map_or(Tls::Off, |config| Tls::On(Arc::new(config)));
        let listen = shared.config.gateway.listen;
        let listener = Listener::bind_of(sockets, listen, tls).await.map_err(StartError::Bind)?;
        let address = listener.local_addr();
        let admin_listener = bind_admin(sockets, &shared.config.admin).await?;
        // Only one that is presented is made.
        let certificate = admin_listener.as_ref().map(|_| AdminCertificate::of(&shared.config)).transpose();
        let certificate = certificate.map_err(StartError::Tls)?.flatten();
        let admin_fingerprint = certificate.as_ref().and_then(AdminCertificate::fingerprint);
        let admin_address = admin_listener.as_ref().and_then(|it| it.local_addr().ok());
        let directory = bind_discovery(sockets, &shared.config).await?;
        let discovery_address = directory.as_ref().map(Directory::local_addr);
        let (routes, health) = services::services(&shared)?;

        // Nothing can fail from here on.
        let mut runtime = prepared.run();
        let links = LoginLinks::default();
        if let Some(listener) = admin_listener {
            let (asking, hands) = (runtime.asking().clone(), runtime.hands().clone());
            if let (Some(fingerprint), Ok(listen)) = (&admin_fingerprint, listener.local_addr()) {
                tracing::info!(%listen, %fingerprint, "operators look over TLS: the SHA-256 of its certificate");
            }
            let of_team = (shared.clone(), asking, hands);
            let links = links.clone();
            runtime.spawn(|stop| admin::serve(listener, certificate, of_team, address, links, stop));
        }
        if let Some(directory) = directory {
            let desk = Desk::new(&shared.config, shared.bots.tokens.clone(), address);
            runtime.spawn(|stop| directory.serve(desk, stop));
        }
        let stop = CancellationToken::new();
        runtime.spawn(|_| services::report_health(shared.core.clone(), health, stop.clone()));
        let ports = Ports {
            routes,
            bot_of: Arc::new({
                let tokens = shared.bots.tokens.clone();
                move |peer, uri, headers| tokens.of_call(Some(peer), uri, headers)
            }),
            keepalive: shared.config.reconnect.keepalive,
            waiting: Arc::new({
                let shared = shared.clone();
                move || {
                    let settings = shared.settings();
                    if settings.pace.enabled { settings.pace.max_queue } else { 0 }
                }
            }),
        };
        let server = tokio::spawn(serve(listener, ports, stop.clone()));
        let alarms = runtime.alarms();
        let pressing = {
            let alarms = alarms.clone();
            move || {
                alarms.pressing().into_iter().map(|it| (it.kind, it.about.to_owned(), it.trouble)).collect()
            }
        };
        let tell = move |kind, about: &str, ailing| alarms.machine(kind, about, ailing);
        let sentinel = Sentinel::new(&shared.config);
        runtime.spawn(|stop| sentinel.watch(pressing, tell, stop));
        let herald = herald(&mut runtime, links);
        Ok(Self {
            address,
            admin_address,
            admin_fingerprint,
            discovery_address,
            stop,
            server,
            herald,
            runtime,
        })
    }

    /// Where bots connect.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where operators look, if anywhere.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// By what operators know its certificate, if they look over TLS.
    pub fn admin_fingerprint(&self) -> Option<Fingerprint> {
        self.admin_fingerprint
    }

    /// Where bots find the gateway by their tokens, if anywhere.
    pub fn discovery_addr(&self) -> Option<SocketAddr> {
        self.discovery_address
    }

    /// What an operator should know, as it happens. A listener that is slow misses the oldest.
    pub fn notes(&self) -> broadcast::Receiver<Notice> {
        self.runtime.notes()
    }

    /// Where operators see to accounts: drain them, keep them in maintenance, resume and reset them, and so on.
    pub fn hands(&self) -> &Hands {
        self.runtime.hands()
    }

    /// Where to ask how the team stands.
    pub fn asking(&self) -> &Asking {
        self.runtime.asking()
    }

    /// Where people are told of alarms, and see to them.
    pub fn alarms(&self) -> Alarms {
        self.runtime.alarms()
    }

    /// What is being installed for puppets that run here, and how far that is.
    pub fn installing(&self) -> Option<Progress> {
        self.runtime.shared().accounts.hosts.installing()
    }

    /// The team as calls see it now.
    pub fn routing(&self) -> Arc<ha_wechaty_core::Routing> {
        self.runtime.shared().core.routing()
    }

    /// How many event streams these bots have open, by their places in the configuration.
    pub fn streams_of(&self, bots: std::ops::Range<u16>) -> BoxFuture<'_, usize> {
        let open = |bots: std::ops::Range<u16>, team: &ha_wechaty_core::Team| {
            bots.map(|bot| team.bots().streams_of(ha_wechaty_core::BotId(bot)).len()).sum()
        };
        Box::pin(
            async move { self.runtime.asking().look(move |team, _, _| open(bots, team)).await.unwrap_or(0) },
        )
    }

    /// How many calls wait for their turn now.
    pub fn waiting(&self) -> usize {
        self.runtime.shared().sending.pacer.look(|queue, _| queue.waiting())
    }

    /// One account more, which gets its share of the work as soon as it is available.
    ///
    /// # Errors
    /// All that is wrong with it. Nothing was changed.
    pub fn add(&mut self, account: AccountConfig) -> Result<(), ChangeError> {
        self.runtime.add(account, "Gateway::add()")
    }

    /// One account less. It is told nothing more, what it was told before is still an event, and it gets no work any
    /// more. This returns when what it had under way has finished, for which it has as long as `gateway.shutdown`
    /// says. Dropped before that, it is to be called again.
    ///
    /// # Errors
    /// The team has no account of this name. Nothing was changed.
    pub fn remove<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<(), ChangeError>> {
        self.runtime.remove(name)
    }

    /// Those who ask over the admin's server that the configuration is read again: whoever takes this is to read it, have
    /// [`Gateway::reload`] done, and answer.
    pub fn reload_requests(&self) -> mpsc::Receiver<ReloadRequest> {
        self.runtime.hands().reloads().take()
    }

    /// This reads the configuration again, for those who want to see beside what runs what is written by now.
    pub fn reads_again(&self, read: impl Fn() -> Result<Config, ConfigError> + Send + Sync + 'static) {
        self.runtime.hands().reloads().read_by(read);
    }

    /// What [`Gateway::reload`] would do with it. Nothing is changed.
    ///
    /// # Errors
    /// As there.
    pub fn compare(&self, config: &Config) -> Result<Reloaded, ConfigError> {
        reload::compare(&self.runtime, config)
    }

    /// Brings the team to a new configuration: rules, pace, health, bots, alarms and who may look count at once; accounts that
    /// are new join, those that are missing leave, and those that are reached otherwise are removed and added again, one after
    /// the other. What can't change while a gateway serves waits for the next start. Dropped before its end, it is to be
    /// called again.
    ///
    /// # Errors
    /// What it comes to, with what waits for the next start, breaks a rule; nothing was changed. Nor was anything if some
    /// accounts have failed and nothing else is told.
    pub fn reload(&mut self, config: Config) -> BoxFuture<'_, Result<Reloaded, ConfigError>> {
        Box::pin(async move {
            let written = config.written.clone();
            let done = reload::reload(&mut self.runtime, config).await;
            if let Ok(done) = &done
                && !done.is_refused()
            {
                let failed = done.failed.iter().map(|(name, _)| name.clone()).collect();
                self.runtime.hands().reloads().took(
                    &self.runtime.shared().config,
                    &written,
                    &done.later,
                    &failed,
                );
            }
            let is_taken = done.as_ref().is_ok_and(|it| !it.is_refused());
            let is_whole = done.as_ref().is_ok_and(|it| it.failed.is_empty());
            self.runtime.shared().records.metrics.reload(is_taken, is_whole);
            done
        })
    }

    /// What is written in the log, which somebody else writes, is shown on the page, too.
    pub fn shows_log(&self, tail: LogTail) {
        // It is told once, before anybody looks.
        let _ = self.runtime.shared().records.tail.set(tail);
    }

    /// A signal had the configuration read again, and what came of it, in words: it stands in the audit trail.
    pub fn was_signalled(&self, end: &str) {
        let line = AuditLine::new("SIGHUP", None, AuditAct::Reload).of(None, "", end);
        self.runtime.shared().records.audit.enter(line);
    }

    /// A new configuration has mistakes in it, and is not taken: it is counted.
    pub fn reload_refused(&self) {
        self.runtime.shared().records.metrics.reload(false, false);
    }

    /// A batch of traces was taken by its collector, or was not: it is counted.
    pub fn exported(&self, is_taken: bool) {
        self.runtime.shared().records.metrics.exports.count(is_taken);
    }

    /// Ends it: no new calls, streams closed, calls under way finished as far as `gateway.shutdown` allows.
    /// The accounts' puppets are left running and logged in.
    pub fn shutdown(self) -> BoxFuture<'static, ()> {
        Box::pin(self.end())
    }

    async fn end(mut self) {
        let shared = self.runtime.shared().clone();
        let within = shared.config.gateway.shutdown;
        self.stop.cancel();
        shared.bots.streams.close();
        if tokio::time::timeout(within, &mut self.server).await.is_err() {
            tracing::warn!("calls were still under way after {within:?} (gateway.shutdown)");
            shared.underway.cut.cancel();
            // They are told so, if they still listen.
            if tokio::time::timeout(FAREWELL, &mut self.server).await.is_err() {
                self.server.abort();
            }
        }
        let (stop, herald) = &mut self.herald;
        stop.cancel();
        // It bounds its own end.
        let _ = herald.await;
        self.runtime.stop().await;
    }
}

impl Drop for Gateway {
    /// Without [`Gateway::shutdown`] it ends at once, and so does its team.
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
        self.herald.1.abort();
    }
}

/// Tells people of alarms from now on, by the ways that are configured.
fn herald(runtime: &mut Runtime, links: LoginLinks) -> (CancellationToken, JoinHandle<()>) {
    let (shared, asking, alarms) = (runtime.shared().clone(), runtime.asking().clone(), runtime.alarms());
    let link: MakeLink = {
        let (shared, asking) = (shared.clone(), asking.clone());
        Arc::new(move |account, told| {
            let (links, shared, asking) = (links.clone(), shared.clone(), asking.clone());
            Box::pin(async move { links.url_for(&account, told, &shared, &asking).await })
        })
    };
    let told =
        move |number, end: Result<(), TellError>| alarms.told(number, end.map_err(|it| it.to_string()));
    let stop = CancellationToken::new();
    let herald = Arc::new(Herald::new(shared, runtime.epoch(), asking, Some(link)));
    let running = tokio::spawn(herald.run(runtime.tellings(), told, stop.clone()));
    (stop, running)
}

/// The admin's port. A gateway that nobody can look at does not start, unless it was told to: whoever asks there would be
/// told of another one.
async fn bind_admin(sockets: &Sockets, admin: &AdminConfig) -> Result<Option<TcpListener>, StartError> {
    let Some(listen) = admin.listen else { return Ok(None) };
    match sockets.listen("admin.listen", listen).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if !admin.required => {
            tracing::warn!(
                "can't listen on {listen} ({error}): no status, health and metrics here; set admin.listen to another \
                 port"
            );
            Ok(None)
        }
        Err(error) => Err(StartError::Admin(listen, error)),
    }
}

/// The port where bots find the gateway, if they are to.
async fn bind_discovery(sockets: &Sockets, config: &Config) -> Result<Option<Directory>, StartError> {
    let Some(listen) = config.discovery.listen else { return Ok(None) };
    let tls = config.discovery.server_config(&config.gateway.tls).map_err(StartError::Tls)?;
    let bound = Directory::bind(sockets, listen, tls).await;
    bound.map(Some).map_err(|error| StartError::Discovery(listen, error))
}
