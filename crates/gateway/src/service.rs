//! `wechaty.Puppet`: every RPC comes through one door, which asks who calls and what, and then follows the
//! table.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use ha_wechaty_core::{
    Class, Local, Rpc,
    rpc::{Down, Shape, Up},
};
use ha_wechaty_wire::{SERVICE, puppet::EventRequest};
use http::{Request, Response, header::USER_AGENT};
use http_body_util::StreamBody;
use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming, body::Body, server::Grpc};
use tower::service_fn;
use tracing::Instrument as _;

use crate::{agents::knows_no_uuid, inflate::inflate, trace::span};
use ha_wechaty_config::Files;
use ha_wechaty_team::{
    bot::{LastGiven, OpenedStream, open, stop},
    call::{
        CallAnswer, Caller, UnaryAnswer, download, send_file_stream, stream_file, unary, upload, with_end,
    },
    intake::{AskingBot, kept, room, unpack, weigh},
    schema::{Method, Schema},
    state::{
        Shared,
        bots::{CalledBy, Credential, Origin, Stranger},
        records::Door,
    },
    trace::CallEnd,
};
use ha_wechaty_transport::{Arrival, BytesCodec, Holding, Peer, Receipt, deadline_of};

/// The service, for each connection a clone.
#[derive(Debug, Clone)]
pub(crate) struct PuppetService {
    shared: Arc<Shared>,
}

impl PuppetService {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl tonic::server::NamedService for PuppetService {
    const NAME: &'static str = SERVICE;
}

impl tower::Service<Request<Body>> for PuppetService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let shared = self.shared.clone();
        let arrival = request.extensions_mut().remove::<Arrival>().unwrap_or_default();
        let caller = authenticate(&shared, &request);
        Box::pin(async move {
            let cut = shared.underway.cut.clone();
            // Whoever waits for a future that is not in a box of its own has twice its room.
            let answer = Box::pin(async {
                let (caller, method) = (caller?, method(&shared.schema, &request)?);
                let is_stream = method.rpc.conduct.class == Class::Local(Local::Event);
                let shown = is_stream.then(|| shown(&request).ok()).flatten();
                let behalf = AskingBot::new(caller.bot, shared.transit.requests.clone());
                let opened = begin(&shared, method.rpc, caller, shown, &arrival).await?;
                let span = span(method.rpc.name, &shared.bots.name(caller.bot), request.headers());
                let end = CallEnd::of(&span);
                let answer = Box::pin(answer(shared, caller, &method, opened, request, &arrival));
                let answer = async move {
                    let answer = answer.await;
                    end.end(code_of(&answer));
                    answer
                };
                behalf.scope(answer.instrument(span)).await
            });
            let answer = cut.run_until_cancelled_owned(answer).await;
            let answer = answer.unwrap_or_else(|| Err(too_late())).unwrap_or_else(Status::into_http);
            Ok(arrival.in_turn(answer).await)
        })
    }
}

/// How a call ended; of a stream, how it began.
fn code_of(answer: &Result<Response<Body>, Status>) -> Code {
    match answer {
        Ok(response) => Status::from_header_map(response.headers()).map_or(Code::Ok, |it| it.code()),
        Err(status) => status.code(),
    }
}

/// The gateway had to end.
fn too_late() -> Status {
    Status::unavailable(
        "the gateway was stopped while this call was under way, and it took longer than gateway.shutdown \
         allows; it may or may not have been done",
    )
}

/// The events of a stream, as they are on the wire.
type Events = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// What opens or ends an event stream is done before its body is read, in the order in which the connection asked:
/// a client that stops and starts again must not have its new stream ended by the call that was for the old one.
async fn begin(
    shared: &Arc<Shared>,
    rpc: &Rpc,
    caller: Caller,
    shown: Option<Credential>,
    arrival: &Arrival,
) -> Result<Option<OpenedStream>, Status> {
    let Class::Local(local) = rpc.conduct.class else { return Ok(None) };
    match local {
        Local::Event => {
            let opened = async {
                let opened = open(shared.clone(), caller.bot, caller.origin)?;
                // Its bot may have another token since it was looked at: whoever ended its streams did not see this one.
                let whose = shown.and_then(|it| shared.bots.tokens.whose(&it).ok());
                match whose.map(|it| it.bot) == Some(caller.bot) {
                    true => Ok(opened),
                    false => Err(Status::unauthenticated("the bot has another token now; connect with that")),
                }
            };
            Ok(Some(arrival.first_step(None, opened).await?))
        }
        Local::Stop => {
            if let Some(origin) = caller.origin {
                arrival
                    .first_step(None, async { stop(&shared.core, &shared.bots, &shared.records, origin) })
                    .await;
            }
            Ok(None)
        }
        Local::Start | Local::Ding | Local::Version | Local::CurrentUser => Ok(None),
    }
}

/// What a stream tells, from where its bot says that it is. What can't be read says nothing: older clients write an empty
/// request, or none.
fn events(opened: OpenedStream, request: &Bytes) -> Events {
    let EventRequest { seq, account_id } = EventRequest::decode(request.clone()).unwrap_or_default();
    let (_, events) = opened.begins(&LastGiven { seq, account_id });
    Box::pin(events.map(|event| Ok(event?.to_response().encode_to_vec().into())))
}

/// The RPC that is called.
fn method(schema: &Schema, request: &Request<Body>) -> Result<Arc<Method>, Status> {
    let name = request.uri().path().rsplit('/').next().unwrap_or_default();
    schema.named(name).cloned().ok_or_else(|| {
        Status::unimplemented(format!(
            "{SERVICE} has no RPC {name:?} in either generation; is the client of a newer protocol?"
        ))
    })
}

/// A call takes its first step when all that its connection asked before have taken theirs; a stream of files is
/// here as a whole only when it ends, and keeps no order.
async fn answer(
    shared: Arc<Shared>,
    caller: Caller,
    method: &Method,
    mut opened: Option<OpenedStream>,
    request: Request<Body>,
    arrival: &Arrival,
) -> Result<Response<Body>, Status> {
    let (max, rpc) = (shared.limits.max_message, method.rpc);
    match rpc.shape {
        Shape::Down(_) | Shape::Up(_) => arrival.pass(),
        Shape::Unary | Shape::Events => {}
    }
    // Event streams are bounded elsewhere, and a stop ends at once: neither is to depend on what else the bot does.
    let room = match rpc.shape {
        Shape::Events => None,
        Shape::Unary if rpc.conduct.class == Class::Local(Local::Stop) => None,
        Shape::Unary | Shape::Up(_) => Some(room(&shared.transit, caller.bot, false)?),
        Shape::Down(_) => Some(room(&shared.transit, caller.bot, true)?),
    };
    let request = inflate(&shared.transit, caller.bot, method, request)?;
    let (mut answer_room, mut acknowledges) = (None, None);
    // Files flow past it, and everything else is read as a whole.
    let (mut body, mut lent) = (None, None);
    let request = match rpc.shape {
        Shape::Up(_) => request.map(|it| {
            body = Some(it);
            Body::empty()
        }),
        Shape::Unary | Shape::Events | Shape::Down(_) => {
            let (request, file) = unpack(&shared.transit, caller.bot, method, request, arrival).await?;
            lent = file;
            request
        }
    };
    let (request, held) = weigh(&shared.transit, caller.bot, method, request);
    let mut held = Some(held);
    let mut grpc = Grpc::new(BytesCodec).apply_max_message_size_config(Some(max), None);
    let response = match rpc.shape {
        Shape::Events => {
            let open = |request: tonic::Request<Bytes>| {
                let opened = opened.take().ok_or_else(|| Status::internal("the stream was taken"));
                std::future::ready(opened.map(|it| tonic::Response::new(events(it, request.get_ref()))))
            };
            grpc.server_streaming(service_fn(open), request).await
        }
        Shape::Down(Down::Registered) => {
            let serve = |request: tonic::Request<Bytes>| async {
                let file = download(&shared, request.into_inner()).await?;
                Ok(tonic::Response::new(until_cut(&shared.underway.cut, file)))
            };
            grpc.server_streaming(service_fn(serve), request).await
        }
        Shape::Down(Down::OfMessage) => {
            let serve = |request: tonic::Request<Bytes>| async {
                let file = stream_file(&shared, caller, method, request.into_inner()).await?;
                Ok(tonic::Response::new(until_cut(&shared.underway.cut, file)))
            };
            grpc.server_streaming(service_fn(serve), request).await
        }
        Shape::Up(Up::Kept) => {
            let answer = upload(&shared.transit, caller, body.take().unwrap_or_default());
            let mut answer = Some(answer);
            let take = |_: tonic::Request<Streaming<Bytes>>| once(answer.take());
            grpc.client_streaming(service_fn(take), request).await
        }
        Shape::Up(Up::Sent) => {
            let answer = send_file_stream(&shared, caller, body.take().unwrap_or_default());
            let mut answer = Some(answer);
            let take = |_: tonic::Request<Streaming<Bytes>>| once(answer.take());
            grpc.client_streaming(service_fn(take), request).await
        }
        Shape::Unary => {
            let rest = Mutex::new((None, None, None));
            let ask = |request: tonic::Request<Bytes>| {
                let answer = unary(&shared, caller, method, kept(request.into_inner(), held.take()));
                async {
                    let UnaryAnswer { answer, acknowledged, .. } =
                        arrival.first_step(rpc.sort(), answer).await;
                    let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
                    rest.2 = acknowledged;
                    let CallAnswer { message, flow, room } = answer?;
                    (rest.0, rest.1) = (flow, room);
                    Ok(tonic::Response::new(message))
                }
            };
            let answer = grpc.unary(service_fn(ask), request).await;
            let (flow, room, acknowledged) = rest.into_inner().unwrap_or_else(PoisonError::into_inner);
            (answer_room, acknowledges) = (room, acknowledged);
            match flow {
                Some(flow) => {
                    let frames = with_end(until_cut(&shared.underway.cut, flow.into_frames()));
                    answer.map(|_| Body::new(StreamBody::new(frames)))
                }
                None => answer,
            }
        }
    };
    drop(lent);
    // It counts until its answer has gone.
    let response = match room {
        Some(room) => response.map(|body| Holding::body(body, (room, answer_room))),
        None => response,
    };
    let mut response = match Status::from_header_map(response.headers()) {
        Some(status) if status.code() == Code::OutOfRange => shared.limits.explain_size(status).into_http(),
        _ => response,
    };
    // The bot knows what it asked for when that is written, and not when it is thrown away.
    if let Some(acknowledged) = acknowledges {
        response.extensions_mut().insert(Receipt::new(|| acknowledged.confirm()));
    }
    Ok(response)
}

/// The answer to a stream that was read apart from its call.
async fn once(
    answer: Option<impl Future<Output = Result<Bytes, Status>>>,
) -> Result<tonic::Response<Bytes>, Status> {
    match answer {
        Some(answer) => Ok(tonic::Response::new(answer.await?)),
        None => Err(Status::internal("the stream was taken")),
    }
}

/// The messages, unless the gateway must end before the last of them.
fn until_cut<T: Send>(
    cut: &CancellationToken,
    messages: Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>,
) -> impl Stream<Item = Result<T, Status>> + Send + use<T> {
    let state = Some((messages, cut.clone()));
    stream::unfold(state, |state| async {
        let (mut messages, cut) = state?;
        match cut.run_until_cancelled(messages.next()).await {
            Some(message) => Some((message?, Some((messages, cut)))),
            None => Some((Err(too_late()), None)),
        }
    })
}

/// What a call shows of whose it is.
fn shown(request: &Request<Body>) -> Result<Credential, Stranger> {
    Ok(Credential::of_call(request.extensions().get::<Peer>(), request.uri(), request.headers())?)
}

/// Who calls: the bot of the token, or the one that needs none.
fn authenticate(shared: &Shared, request: &Request<Body>) -> Result<Caller, Status> {
    let peer = request.extensions().get::<Peer>();
    if let Some(mismatch) = peer.and_then(|peer| peer.mismatch) {
        return Err(Status::failed_precondition(mismatch.to_string()));
    }
    let refuse = || shared.records.refuse(Door::Bot, peer.map(|peer| peer.addr.ip()));
    let whose = shown(request).and_then(|it| shared.bots.tokens.whose(&it)).map_err(|stranger| {
        refuse();
        Status::unauthenticated(stranger.to_string())
    })?;
    let CalledBy { bot, .. } = whose;
    let agent = request.headers().get(USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let config = shared
        .bots
        .config(bot)
        .ok_or_else(|| Status::unauthenticated("the bot was removed from the configuration a moment ago"))?;
    let inline_files = match config.files {
        Files::Inline => true,
        Files::Uuid => false,
        Files::Auto => knows_no_uuid(agent),
    };
    let origin = peer.map(|peer| Origin::new(peer.connection, whose, request.headers()));
    let client = origin.and_then(|origin| shared.bots.streams.of(origin));
    Ok(Caller { bot, client, inline_files, origin, until: deadline_of(request.headers()) })
}
