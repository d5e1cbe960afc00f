//! What every call passes before it is served: the token, then the faults.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use ha_wechaty_wire::{SERVICE, Token, puppet_server::PuppetServer};
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body_util::Full;
use hyper::body::Incoming;
use tonic::{Status, body::Body, service::Routes};

use super::faults::{End, Fate};
use super::generation::PhoneGeneration;
use super::socket::Socket;
use crate::service::Service;
use crate::state::State;
use crate::world::Inner;

/// As stock servers: 150 MiB.
const LARGEST_MESSAGE: usize = 150 << 20;

#[derive(Clone)]
pub(crate) struct Gate {
    world: Arc<Inner>,
    me: Arc<str>,
    token: Token,
    routes: Routes,
    socket: Option<Arc<Socket>>,
}

impl Gate {
    pub(crate) fn new(world: Arc<Inner>, me: &str, token: Token) -> Self {
        let me: Arc<str> = me.into();
        let puppet = PuppetServer::new(Service::new(world.clone(), me.clone()))
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        let (_, health) = tonic_health::server::health_reporter();
        let routes = Routes::new(puppet).add_service(health).prepare();
        Self { world, me, token, routes, socket: None }
    }

    /// The gate of one connection.
    pub(crate) fn of(&self, socket: Arc<Socket>) -> Self {
        Self { socket: Some(socket), ..self.clone() }
    }

    async fn answer(mut self, request: Request<Incoming>) -> Response<Body> {
        let rpc = request.uri().path().trim_start_matches('/').split_once('/');
        let Some(rpc) = rpc.filter(|(service, _)| *service == SERVICE).map(|(_, rpc)| rpc.to_owned()) else {
            return self.serve(request).await;
        };
        if let Err(status) = self.check_token(&request) {
            return status.into_http();
        }
        let fate = self.meet(&rpc);
        if !self.generation().has(&rpc) {
            return Status::unimplemented(format!("the server does not implement the method {rpc}"))
                .into_http();
        }
        self.until_not_stalled().await;
        if let Some(slow) = fate.slow {
            tokio::time::sleep(slow).await;
        }
        match fate.end {
            None => self.serve(request).await,
            Some(End::Status(status)) => status.into_http(),
            Some(End::Garbage) => garbage(),
            Some(End::Reply(message)) => reply(&message),
            Some(End::Cut { done }) => {
                if done {
                    self.serve(request).await;
                }
                if let Some(socket) = &self.socket {
                    socket.cut();
                }
                std::future::pending().await
            }
        }
    }

    async fn serve(&mut self, request: Request<Incoming>) -> Response<Body> {
        match tower::Service::call(&mut self.routes, request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn check_token(&self, request: &Request<Incoming>) -> Result<(), Status> {
        let token = Token::of_call(request.uri(), request.headers())
            .map_err(|why| Status::unauthenticated(why.to_string()))?;
        if token == self.token {
            return Ok(());
        }
        Err(Status::unauthenticated(format!("Invalid Wechaty TOKEN \"{}\"", token.reveal())))
    }

    fn generation(&self) -> PhoneGeneration {
        let of = |state: &State| {
            state.account(&self.me).map_or_else(|_| PhoneGeneration::Both, |it| it.options.generation)
        };
        self.world.read(of)
    }

    fn meet(&self, rpc: &str) -> Fate {
        self.world.change(|state| {
            let Ok(account) = state.account_mut(&self.me) else { return Fate::default() };
            *account.calls.entry(rpc.to_owned()).or_default() += 1;
            account.faults.meet(rpc)
        })
    }

    async fn until_not_stalled(&self) {
        let mut changes = self.world.changes();
        while self.world.read(|state| state.account(&self.me).is_ok_and(|it| it.faults.stalled)) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

impl tower::Service<Request<Incoming>> for Gate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let gate = self.clone();
        Box::pin(async move { Ok(gate.answer(request).await) })
    }
}

/// A whole answer with this message.
fn reply(message: &[u8]) -> Response<Body> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    let frame = Bytes::from([&[0], length.as_slice(), message].concat());
    let mut response = Response::new(Body::new(Full::new(frame)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", HeaderValue::from_static("0"));
    response
}

/// A gRPC frame whose eight bytes no protobuf begins with.
fn garbage() -> Response<Body> {
    let frame = Bytes::from_static(&[0, 0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255]);
    let mut response = Response::new(Body::new(Full::new(frame)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}
