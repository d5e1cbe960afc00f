//! The gateway: a team of accounts, served to bots as one puppet.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use ha_wechaty_core::{AccountId, Note};
use ha_wechaty_wire::{DESCRIPTORS, SERVICE, tls::TlsError};
use tokio::{
    net::TcpListener,
    sync::{broadcast, mpsc},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, service::Routes, transport::Server};
use tonic_health::ServingStatus;

use crate::{
    account::Link,
    admin,
    bot::PuppetService,
    call::Schema,
    config::{Admin, Config},
    engine::{Engine, new_team},
    shared::Shared,
    transport::{BindError, Listener, Tls},
};

/// How many notes a slow listener may be behind before it misses some.
const NOTES: usize = 1_024;

/// How long the other end of a connection that is closed may take to hear of it.
const FAREWELL: Duration = Duration::from_secs(1);

/// A gateway that serves.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    shared: Arc<Shared>,
    notes: broadcast::Sender<Note>,
    stop: Stop,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    others: JoinSet<()>,
}

/// The order in which things end.
#[derive(Debug, Default)]
struct Stop {
    bots: CancellationToken,
    accounts: CancellationToken,
}

impl Gateway {
    /// Takes the port and begins to serve; accounts are connected as they can be reached.
    ///
    /// # Errors
    /// The port can't be had, or TLS or the spool can't be set up. Nothing is left running then.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let tls = config.gateway.tls.server_config().map_err(StartError::Tls)?;
        let tls = tls.map_or(Tls::Off, |config| Tls::On(Arc::new(config)));
        let schema = Schema::new().map_err(|error| StartError::Defect(error.to_string()))?;
        let (facts_in, facts) = mpsc::unbounded_channel();
        let team = new_team(&config);
        let shared = Shared::new(config, schema, team.routing(), facts_in).map_err(StartError::Spool)?;
        let shared = Arc::new(shared);
        let (stop, notes) = (Stop::default(), broadcast::Sender::new(NOTES));

        let mut links = Vec::new();
        for index in 0..shared.config.accounts.len() {
            let link = Link::new(shared.clone(), AccountId(index as u8), stop.accounts.clone());
            links.push(link.map_err(StartError::Tls)?);
        }
        let listener = Listener::bind(shared.config.gateway.listen, tls).await.map_err(StartError::Bind)?;
        let address = listener.local_addr();

        let admin_listener = bind_admin(shared.config.admin.listen).await?;
        let admin_address = admin_listener.as_ref().and_then(|it| it.local_addr().ok());

        // Nothing can fail from here on.
        let mut others = JoinSet::new();
        let mut orders = Vec::new();
        for link in links {
            let (order, follow) = mpsc::unbounded_channel();
            orders.push(order);
            others.spawn(link.run(follow));
        }
        let engine = Engine::new(team, shared.clone(), orders, notes.clone());
        let (asking, asked) = mpsc::unbounded_channel();
        others.spawn(engine.run(facts, asked, stop.accounts.clone()));
        if let Some(listener) = admin_listener {
            others.spawn(admin::serve(listener, shared.clone(), asking, stop.accounts.clone()));
        }
        let (health, health_service) = tonic_health::server::health_reporter();
        others.spawn(report_health(shared.clone(), health, stop.bots.clone()));
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|error| StartError::Defect(error.to_string()))?;
        let routes = Routes::new(PuppetService::new(shared.clone()));
        let routes = routes.add_service(health_service).add_service(reflection);
        let server = Server::builder()
            .http2_keepalive_interval(Some(shared.config.reconnect.keepalive))
            .http2_keepalive_timeout(Some(shared.config.reconnect.keepalive))
            .http2_adaptive_window(Some(true))
            .add_routes(Routes::from(routes.into_axum_router().fallback(no_such_service)))
            .serve_with_incoming_shutdown(listener.into_incoming(), stop.bots.clone().cancelled_owned());
        let server = tokio::spawn(server);
        Ok(Self { address, admin_address, shared, notes, stop, server, others })
    }

    /// Where bots connect.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where operators look, if anywhere.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// What an operator should know, as it happens. A listener that is slow misses the oldest.
    pub fn notes(&self) -> broadcast::Receiver<Note> {
        self.notes.subscribe()
    }

    /// The team as calls see it now.
    pub fn routing(&self) -> Arc<ha_wechaty_core::Routing> {
        self.shared.routing()
    }

    /// Ends it: no new calls, streams closed, calls under way finished as far as `gateway.shutdown` allows.
    /// The accounts' puppets are left running and logged in.
    pub async fn shutdown(mut self) {
        let within = self.shared.config.gateway.shutdown;
        self.stop.bots.cancel();
        self.shared.streams.close();
        if tokio::time::timeout(within, &mut self.server).await.is_err() {
            tracing::warn!("calls were still under way after {within:?} (gateway.shutdown)");
            self.shared.cut_calls.cancel();
            // They are told so, if they still listen.
            if tokio::time::timeout(FAREWELL, &mut self.server).await.is_err() {
                self.server.abort();
            }
        }
        self.stop.accounts.cancel();
        let ended = async { while self.others.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            self.others.abort_all();
        }
    }
}

impl Drop for Gateway {
    /// Without [`Gateway::shutdown`] it ends at once.
    fn drop(&mut self) {
        self.stop.bots.cancel();
        self.shared.streams.close();
        self.shared.cut_calls.cancel();
        self.stop.accounts.cancel();
        self.server.abort();
    }
}

/// A call of something that is not served.
async fn no_such_service(uri: http::Uri) -> http::Response<Body> {
    let service = uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    Status::unimplemented(format!(
        "this gateway has no service {service:?}: it serves {SERVICE}, grpc.health.v1.Health and \
         grpc.reflection.v1.ServerReflection"
    ))
    .into_http()
}

/// The admin's port. The default one may be taken by another gateway of this machine: then this one does
/// without, and says so. One that was asked for must be had.
async fn bind_admin(listen: Option<SocketAddr>) -> Result<Option<TcpListener>, StartError> {
    let Some(listen) = listen else { return Ok(None) };
    match TcpListener::bind(listen).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if listen == Admin::DEFAULT && error.kind() == io::ErrorKind::AddrInUse => {
            tracing::warn!(
                "{listen} is taken: no status, health and metrics here; set admin.listen to another port"
            );
            Ok(None)
        }
        Err(error) => Err(StartError::Admin(listen, error)),
    }
}

/// Health for load balancers: the process serves; the puppet serves while the team is up.
async fn report_health(
    shared: Arc<Shared>,
    mut health: tonic_health::server::HealthReporter,
    stop: CancellationToken,
) {
    let mut changes = shared.changes();
    let mut told = None;
    loop {
        let up = !shared.routing().available().is_empty();
        // Watchers hear of every setting, so it is set when it changes only.
        if told.replace(up) != Some(up) {
            let status = if up { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status(SERVICE, status).await;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = stop.cancelled() => break,
        }
    }
    // Watchers end, or they would keep the server from ending.
    health.clear_service_status(SERVICE).await;
    health.set_service_status("", ServingStatus::NotServing).await;
}

/// Why a gateway can't start. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port can't be had.
    #[error(transparent)]
    Bind(BindError),
    /// The admin's port can't be had.
    #[error("can't listen on {0} (admin.listen): {1}; choose another port")]
    Admin(SocketAddr, io::Error),
    /// A certificate can't be used.
    #[error("{0}")]
    Tls(TlsError),
    /// The folder for uploads can't be used.
    #[error("the folder for uploads (gateway.spool_dir) can't be used: {0}")]
    Spool(io::Error),
    /// The program disagrees with itself.
    #[error("this is a defect of ha-wechaty, please report it: {0}")]
    Defect(String),
}
