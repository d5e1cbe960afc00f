//! A gateway without a network: its bots call it here, its accounts are scripts.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use ha_wechaty_core::{AccountId, Input, LinkFact};
use ha_wechaty_transport::Routes;
use ha_wechaty_wire::Token;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Incoming;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tokio::{
    io::DuplexStream,
    net::TcpStream,
    runtime::{Builder, Runtime},
    sync::{broadcast, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body};
use tower::ServiceExt as _;

use super::puppet::{Script, Told, serve};
use crate::{discovery::Desk, services};
use ha_wechaty_config::Config;
use ha_wechaty_team::{
    account,
    engine::{Engine, new_team},
    runtime::{Asking, Hands},
    schema::Schema,
    state::{Begins, Shared, accounts::Order, facts::CoreHandle},
};
use ha_wechaty_transport::{
    self, Connection, ConnectionId, Listener, Manner, Peer, Ports, Tls,
    http1::{self, Endpoints},
};

/// How long anything may take before it hangs.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an endless answer is listened to.
const MOMENT: Duration = Duration::from_millis(2);
/// What an account's puppet may have on its way.
const PIPE: usize = 1 << 20;
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8788);

/// A gateway whose accounts `NAME` are logged in as `wxid_NAME`.
pub struct House {
    // Before the runtime: they end in it.
    streams: Vec<Body>,
    routes: Routes,
    shared: Arc<Shared>,
    asking: Asking,
    hands: Hands,
    script: Script,
    port: Option<SocketAddr>,
    runtime: Runtime,
}

/// What became of a call.
#[derive(Debug)]
pub struct Called {
    /// The code that it ended with; none yet of one that goes on.
    pub code: Option<u32>,
    /// In words.
    pub words: String,
    /// What was answered, as gRPC frames it.
    pub body: Vec<u8>,
}

impl House {
    /// All accounts are there, with these contacts and rooms.
    pub fn new(config: Config, contacts: &[&str], rooms: &[&str]) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (script, schema) = (Script::default(), Schema::new().expect("the table is right"));
        let (facts_in, facts) = mpsc::unbounded_channel();
        let (team, ..) = new_team(&config);
        let shared = Arc::new(
            Shared::new(config, schema, CoreHandle::new(team.routing(), facts_in), Begins::default())
                .expect("a spool"),
        );
        let accounts =
            shared.accounts.roster.accounts().map(|(place, account)| (place, account.name.clone()));
        let accounts: Vec<(AccountId, String)> = accounts.collect();
        let notes = broadcast::Sender::new(16);
        let engine = Engine::new(team, shared.clone(), notes.clone());
        let (asking, asked) = mpsc::unbounded_channel();
        let (stop, asking) = (CancellationToken::new(), Asking::new(asking));
        let hands = Hands::new(shared.clone(), asking.clone(), notes);
        let _in = runtime.enter();
        let mut orders: Vec<_> =
            accounts.iter().map(|(place, _)| shared.accounts.links.begin(*place)).collect();
        runtime.spawn(engine.run(facts, asked, stop.clone()));
        runtime.spawn(shared.sending.pacer.clone().run(stop));
        let (routes, _) = services::services(&shared).expect("the services are right");
        runtime.block_on(async {
            for ((place, name), orders) in accounts.iter().zip(&mut orders) {
                while !matches!(orders.recv().await, Some(Order::Connect) | None) {}
                let (ours, theirs) = tokio::io::duplex(PIPE);
                tokio::spawn(serve(theirs, script.clone()));
                let (token, max_message) =
                    (Token::new(format!("insecure_{name}")), shared.limits.max_message);
                let manner = Manner { token, tls: false, keepalive: PATIENCE, max_message };
                let connection = Connection::open(ours, LOCAL, &manner).await.expect("it is in memory");
                shared.accounts.links.set(*place, Some(connection));
                let account = *place;
                let contact_id = format!("wxid_{name}");
                for fact in [LinkFact::Opened, LinkFact::Login { contact_id }] {
                    shared.core.tell(Input::Link { account, fact });
                }
                let [contacts, rooms] =
                    [contacts, rooms].map(|all| Some(all.iter().map(ToString::to_string).collect()));
                shared.core.tell(Input::Lists { account, contacts, rooms });
            }
            let mut changes = shared.core.changes();
            while shared.core.routing().available().len() < accounts.len() {
                timeout(PATIENCE, changes.changed()).await.expect("they are there soon").expect("it goes on");
            }
        });
        drop(_in);
        Self { streams: Vec::new(), routes, shared, asking, hands, script, port: None, runtime }
    }

    /// The RPCs: their names, requests and answers.
    pub fn rpcs(&self) -> Vec<(&'static str, MessageDescriptor, MessageDescriptor)> {
        let all = ha_wechaty_core::rpc::RPCS.iter().map(|rpc| self.shared.schema.method(rpc));
        all.map(|method| (method.rpc.name, method.request.clone(), method.answer.clone())).collect()
    }

    /// What puppets answer to the next calls.
    pub fn answers(&self, told: impl IntoIterator<Item = Told>) {
        self.script.write(told);
    }

    /// A bot calls. A call that is answered without end is one of the streams from then on.
    pub fn call(
        &mut self,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<Bytes>,
        is_endless: bool,
    ) -> Option<Called> {
        let frames = body.into_iter().map(|it| Ok::<_, Status>(Frame::data(it)));
        let mut request = Request::new(Body::new(StreamBody::new(stream::iter(frames))));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = path.parse().ok()?;
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) {
                request.headers_mut().insert(name, value);
            }
        }
        let peer = Peer { connection: ConnectionId(1), addr: LOCAL, is_tls: false, mismatch: None };
        request.extensions_mut().insert(peer);
        let routes = self.routes.clone();
        self.runtime.block_on(async {
            let answer = timeout(PATIENCE, routes.oneshot(request)).await.expect("a call is answered");
            let (head, mut body) = answer.expect("it never fails").into_parts();
            let mut called = Called { code: None, words: String::new(), body: Vec::new() };
            called.end(&head.headers);
            let trailers = |called: &mut Called, frame: Frame<Bytes>| match frame.into_data() {
                Ok(data) => called.body.extend_from_slice(&data),
                Err(frame) => frame.into_trailers().into_iter().for_each(|it| called.end(&it)),
            };
            let patience = if is_endless { MOMENT } else { PATIENCE };
            loop {
                match timeout(patience, body.frame()).await {
                    Ok(Some(Ok(frame))) => trailers(&mut called, frame),
                    Ok(Some(Err(status))) => {
                        called.code = Some(status.code() as u32);
                        called.words = status.message().to_owned();
                        break;
                    }
                    Ok(None) => break,
                    Err(_) if is_endless => {
                        self.streams.truncate(3);
                        self.streams.insert(0, body);
                        break;
                    }
                    Err(_) => panic!("{path} never ends"),
                }
            }
            Some(called)
        })
    }

    /// What the streams have for their bots by now.
    pub fn heard(&mut self) -> Vec<u8> {
        let _in = self.runtime.enter();
        let mut heard = Vec::new();
        for body in &mut self.streams {
            while let Some(Some(Ok(frame))) = body.frame().now_or_never() {
                heard.extend(frame.into_data().unwrap_or_default());
            }
        }
        heard
    }

    /// An account's stream tells an event, as it is on the wire; what has to be asked for is.
    pub fn tells(&self, account: u8, event: &[u8]) {
        let (shared, account) = (self.shared.clone(), AccountId(account));
        self.runtime.block_on(async {
            timeout(PATIENCE, account::hear_and_ask(&shared, account, event, MOMENT)).await.expect("it ends");
            // The core has taken it when it can say how it is.
            self.asking.look(|team, _, _| team.is_up()).await;
        });
    }

    /// Reads an answer of an RPC, for who looks into it.
    pub fn read(&self, rpc: &str, answer: &[u8]) -> Result<DynamicMessage, String> {
        let method = self.shared.schema.named(rpc).ok_or("no such RPC")?;
        DynamicMessage::decode(method.answer.clone(), answer).map_err(|error| error.to_string())
    }

    /// The contacts that an answer names as contacts, first of all lists.
    pub fn contacts(&self, rpc: &str, answer: &[u8]) -> Vec<String> {
        let Some(method) = self.shared.schema.named(rpc) else { return Vec::new() };
        let Ok(answer) = DynamicMessage::decode(method.answer.clone(), answer) else { return Vec::new() };
        let contacts = method.gives.iter().filter(|(_, id)| *id == ha_wechaty_core::Id::Contact);
        contacts.map(|(path, _)| path.text(&answer)).collect()
    }

    /// Speaks HTTP/1 with the admin's server; what it answers until it has nothing more to say.
    pub fn ask_admin(&self, said: &[u8]) -> Vec<u8> {
        let router =
            ha_wechaty_admin::router(self.shared.clone(), self.asking.clone(), self.hands.clone(), LOCAL);
        let answer = move |request: Request<Incoming>| ha_wechaty_admin::answer(&router, request, ENDS);
        self.speak(said, |socket, stop| http1::speak(socket, stop, answer))
    }

    /// Speaks HTTP/1 with the directory.
    pub fn ask_directory(&self, said: &[u8]) -> Vec<u8> {
        let desk = Desk::new(&self.shared.config, self.shared.bots.tokens.clone(), LOCAL);
        let answer = move |request: Request<Incoming>| std::future::ready(desk.answer(&request, LOCAL.ip()));
        self.speak(said, |socket, stop| http1::speak(socket, stop, answer))
    }

    fn speak<F>(&self, said: &[u8], serve: impl FnOnce(DuplexStream, CancellationToken) -> F) -> Vec<u8>
    where
        F: Future<Output = std::io::Result<()>>,
    {
        self.runtime.block_on(async {
            let (ours, theirs) = tokio::io::duplex(PIPE);
            let served = pin!(serve(theirs, CancellationToken::new()));
            let (heard, _) = timeout(PATIENCE, async { tokio::join!(say(ours, said), served) })
                .await
                .expect("who has said all is answered, and let go");
            heard
        })
    }

    /// Says something to the bots' port, over a real connection; what it answers within a moment.
    pub fn ask_port(&mut self, said: &[u8]) -> Vec<u8> {
        let port = self.port();
        self.runtime.block_on(async {
            let socket = TcpStream::connect(port).await.expect("it listens");
            // Thousands of connections must not linger.
            let _ = socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO));
            timeout(PATIENCE, say(socket, said)).await.expect("who has said all is let go")
        })
    }

    fn port(&mut self) -> SocketAddr {
        if let Some(port) = self.port {
            return port;
        }
        let (routes, shared) = (self.routes.clone(), self.shared.clone());
        let tls = shared.config.gateway.tls.server_config().expect("it has an identity");
        let tls = tls.map_or(Tls::Off, |config| Tls::On(Arc::new(config)));
        let port = self.runtime.block_on(async {
            let any = SocketAddr::new(LOCAL.ip(), 0);
            let listener = Listener::bind(any, tls).await.expect("there is a port");
            let port = listener.local_addr();
            let bot_of = {
                let shared = shared.clone();
                move |peer: &Peer, uri: &http::Uri, headers: &HeaderMap| {
                    shared.bots.tokens.of_call(Some(peer), uri, headers)
                }
            };
            let ports =
                Ports { routes, bot_of: Arc::new(bot_of), keepalive: PATIENCE, waiting: Arc::new(|| 0) };
            tokio::spawn(ha_wechaty_transport::serve(listener, ports, CancellationToken::new()));
            port
        });
        *self.port.insert(port)
    }
}

const ENDS: Endpoints = Endpoints { peer: LOCAL, local: LOCAL };

/// Says all of it, and that it was all; listens to what is answered until that ends, or is nothing for a while.
async fn say<S>(socket: S, said: &[u8]) -> Vec<u8>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite,
{
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (mut from, mut to) = tokio::io::split(socket);
    let mut heard = Vec::new();
    let says = async {
        // Who is refused early may have said only part of it.
        let _ = to.write_all(said).await;
        let _ = to.shutdown().await;
    };
    tokio::join!(says, async {
        let _ = (&mut from).take(PIPE as u64).read_to_end(&mut heard).await;
    });
    heard
}

impl Called {
    fn end(&mut self, headers: &HeaderMap) {
        let Some(status) = Status::from_header_map(headers) else { return };
        (self.code, self.words) = (Some(status.code() as u32), status.message().to_owned());
    }
}
