//! What the port for bots serves: the puppet, its health for load balancers, and the protocol for tools.
//!
//! Health is for whoever asks; everything else asks for a bot's token.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use ha_wechaty_wire::{DESCRIPTORS, SERVICE};
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, server::NamedService};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::{Service, ServiceExt as _, service_fn, util::BoxCloneSyncService};

use crate::service::PuppetService;
use ha_wechaty_team::{
    runtime::StartError,
    state::{Shared, bots::Tokens, facts::CoreHandle},
};
use ha_wechaty_transport::{Peer, Routes};

/// The longest request that health and reflection read, in bytes: theirs are names.
const SMALL: usize = 4 << 10;

/// All of them, and who tells health how it is.
pub(crate) fn services(shared: &Arc<Shared>) -> Result<(Routes, HealthReporter), StartError> {
    let defect = |error: tonic_reflection::server::Error| StartError::Defect(error.to_string());
    let newer = reflection().build_v1().map_err(defect)?.max_decoding_message_size(SMALL);
    let older = reflection().build_v1alpha().map_err(defect)?.max_decoding_message_size(SMALL);
    let (reporter, health) = tonic_health::server::health_reporter();
    let mut served = Served::default();
    served.add(PuppetService::new(shared.clone()));
    served.add(health.max_decoding_message_size(SMALL));
    served.add(ForBots { service: newer, tokens: shared.bots.tokens.clone() });
    served.add(ForBots { service: older, tokens: shared.bots.tokens.clone() });
    Ok((served.into_routes(), reporter))
}

/// The services by their names, as they stand in a call's path.
#[derive(Default)]
struct Served(BTreeMap<&'static str, Routes>);

impl Served {
    fn add<S>(&mut self, service: S)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.0.insert(S::NAME, BoxCloneSyncService::new(service));
    }

    fn into_routes(self) -> Routes {
        let services = Arc::new(self.0);
        BoxCloneSyncService::new(service_fn(move |request: Request<Body>| {
            let service = asked(request.uri()).and_then(|name| services.get(name)).cloned();
            async move {
                match service {
                    Some(service) => service.oneshot(request).await,
                    None => Ok(no_such_service(request.uri())),
                }
            }
        }))
    }
}

/// The service whose RPC a call is for: of `/wechaty.Puppet/Ding` the first part.
fn asked(uri: &http::Uri) -> Option<&str> {
    let (service, rpc) = uri.path().strip_prefix('/')?.split_once('/')?;
    (!rpc.is_empty()).then_some(service)
}

/// The service that a call names, however it does.
fn named(uri: &http::Uri) -> &str {
    uri.path().trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// What tools ask about the protocol. Many ask for `v1alpha` only.
fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// A service for bots.
#[derive(Clone)]
struct ForBots<S> {
    service: S,
    tokens: Arc<Tokens>,
}

impl<S: NamedService> NamedService for ForBots<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for ForBots<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let peer = request.extensions().get::<Peer>();
        if self.tokens.of_call(peer, request.uri(), request.headers()).is_some() {
            return Box::pin(self.service.call(request));
        }
        let refused = Status::unauthenticated(
            "this asks for the token of a bot, in a header `authorization: Wechaty TOKEN`",
        );
        Box::pin(std::future::ready(Ok(refused.into_http())))
    }
}

/// A call of something that is not served.
fn no_such_service(uri: &http::Uri) -> Response<Body> {
    let service = named(uri);
    Status::unimplemented(format!(
        "this gateway has no service {service:?}: it serves {SERVICE}, grpc.health.v1.Health, \
         grpc.reflection.v1.ServerReflection and its v1alpha"
    ))
    .into_http()
}

/// Health for load balancers: the process serves; the puppet serves while the team is up.
pub(crate) async fn report_health(
    core: Arc<CoreHandle>,
    mut health: HealthReporter,
    stop: CancellationToken,
) {
    let mut changes = core.changes();
    let mut told = None;
    loop {
        let up = !core.routing().available().is_empty();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_for_a_service_if_it_names_an_rpc_of_it() {
        let asked = |path: &'static str| asked(&http::Uri::from_static(path)).map(str::to_owned);
        assert_eq!(asked("/wechaty.Puppet/Ding").as_deref(), Some("wechaty.Puppet"));
        for odd in ["/wechaty.Puppet", "/wechaty.Puppet/", "/", "*"] {
            assert_eq!(asked(odd), None, "{odd}");
        }
        assert_eq!(asked("//wechaty.Puppet/Ding").as_deref(), Some(""));
    }
}
