//! A bot as the tests need it: the generated client, over TLS or plaintext, with its event stream.

#![allow(dead_code, unreachable_pub, clippy::expect_used, reason = "tests; each file uses a part of it")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ha_wechaty_sim::Phone;
use ha_wechaty_wire::{
    PuppetEvent, puppet as p,
    puppet_client::PuppetClient,
    tls::{self, Trust},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tonic::{
    Request, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

pub type Client = PuppetClient<InterceptedService<Channel, Authorization>>;

/// Sends the token as TLS clients do, or nothing.
#[derive(Clone)]
pub struct Authorization(Option<MetadataValue<Ascii>>);

impl Interceptor for Authorization {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = self.0.clone() {
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// A client that has the token as its `:authority`; it connects with its first call.
pub fn plaintext(addr: SocketAddr, token: &str) -> Client {
    let origin = format!("http://{token}").parse().expect("an authority");
    let endpoint = Endpoint::from_shared(format!("http://{addr}")).expect("an endpoint").origin(origin);
    client(endpoint.connect_lazy(), None)
}

/// A client over the community's TLS.
pub fn over_tls(addr: SocketAddr, token: &str) -> Client {
    let connector = TlsConnector::from(Arc::new(tls::client(&Trust::Community).expect("a client")));
    let connect = tower::service_fn(move |_| {
        let connector = connector.clone();
        async move {
            let name = ServerName::try_from(tls::COMMUNITY_NAME).expect("a name");
            let tcp = TcpStream::connect(addr).await?;
            Ok::<_, std::io::Error>(TokioIo::new(connector.connect(name, tcp).await?))
        }
    });
    let endpoint = Endpoint::from_static("http://insecure");
    client(endpoint.connect_with_connector_lazy(connect), Some(format!("Wechaty {token}")))
}

fn client(channel: Channel, authorization: Option<String>) -> Client {
    let authorization = authorization.map(|it| it.parse().expect("metadata"));
    PuppetClient::with_interceptor(channel, Authorization(authorization))
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}

/// Nothing here takes seconds; what does, hangs.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it never came")
}

/// A client with its event stream open and its puppet started.
pub struct Bot {
    pub rpc: Client,
    pub events: Streaming<p::EventResponse>,
}

impl Bot {
    /// To a plaintext phone.
    pub async fn on(phone: &Phone) -> Self {
        let mut bot = Self::watching(plaintext(phone.addr(), phone.token().reveal())).await;
        bot.rpc.start(p::StartRequest {}).await.expect("a start");
        bot
    }

    /// The stream is open, the puppet is not started.
    pub async fn watching(mut rpc: Client) -> Self {
        let events = soon(rpc.event(p::EventRequest::default())).await.expect("a stream").into_inner();
        Self { rpc, events }
    }

    pub async fn event(&mut self) -> PuppetEvent {
        let response = soon(self.events.message()).await.expect("a stream").expect("an event");
        PuppetEvent::parse(&response).expect("an event")
    }

    /// The next event that is neither heartbeat, login, ready nor dirty.
    pub async fn news(&mut self) -> PuppetEvent {
        loop {
            let event = self.event().await;
            if !matches!(
                event,
                PuppetEvent::Heartbeat(_)
                    | PuppetEvent::Login { .. }
                    | PuppetEvent::Ready(_)
                    | PuppetEvent::Dirty(_)
            ) {
                return event;
            }
        }
    }

    pub async fn message(&mut self) -> p::MessagePayloadResponse {
        let news = self.news().await;
        let PuppetEvent::Message { id } = news else { panic!("a message, not {news:?}") };
        self.payload(&id).await.expect("a payload")
    }

    pub async fn payload(&mut self, id: &str) -> Result<p::MessagePayloadResponse, Status> {
        let request = p::MessagePayloadRequest { id: id.into() };
        soon(self.rpc.message_payload(request)).await.map(tonic::Response::into_inner)
    }

    pub async fn say(&mut self, conversation: &str, text: &str) -> Result<String, Status> {
        soon(self.rpc.message_send_text(text_to(conversation, text))).await.map(|it| it.into_inner().id)
    }
}

pub fn text_to(conversation: &str, text: &str) -> p::MessageSendTextRequest {
    p::MessageSendTextRequest {
        conversation_id: conversation.into(),
        text: text.into(),
        mentional_ids: Vec::new(),
        ..Default::default()
    }
}
