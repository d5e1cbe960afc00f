//! A bot at a gateway, by a generated client.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ha_wechaty_gateway::Gateway;
use ha_wechaty_transport::{Address, Connection, Nature, Security, Target, dial};
use ha_wechaty_wire::{
    PuppetEvent, Token,
    puppet::{
        EventRequest, EventResponse, MessagePayloadRequest, MessagePayloadResponse, MessageSendTextRequest,
        StartRequest,
    },
    puppet_client::PuppetClient,
    tls,
};
use tokio::time::timeout;
use tonic::{Request, Status, Streaming};

use crate::DEADLINE;

/// A bot with an open stream.
#[derive(Debug)]
pub struct Bot {
    /// What it calls.
    pub puppet: PuppetClient<Connection>,
    /// What its calls go over.
    pub connection: Connection,
    /// What it is told.
    pub events: Streaming<EventResponse>,
}

/// A plaintext or TLS client of a gateway.
///
/// # Panics
/// The community's certificate is none.
#[must_use]
pub fn target(gateway: &Gateway, token: &str, with_tls: bool) -> Target {
    let security = match with_tls {
        true => Security::Tls {
            config: Arc::new(tls::client(&tls::Trust::Community).expect("a client")),
            server_name: "insecure".into(),
        },
        false => Security::Plaintext,
    };
    at(gateway.local_addr(), &Token::new(token), security)
}

fn at(to: SocketAddr, token: &Token, security: Security) -> Target {
    Target {
        token: token.clone(),
        address: Address::Endpoint { host: "127.0.0.1".into(), port: to.port() },
        proxy: None,
        security,
        keepalive: Duration::from_secs(10),
        max_message: 200 << 20,
    }
}

impl Bot {
    /// A connection and no more, without TLS: to a gateway, or to an account.
    ///
    /// # Panics
    /// Nobody listens there.
    pub async fn dial(to: SocketAddr, token: &Token) -> Connection {
        dial(&at(to, token, Security::Plaintext)).await.expect("a connection")
    }

    /// Connects to a gateway, opens a stream of events and starts the puppet.
    ///
    /// # Errors
    /// What the gateway says to that.
    ///
    /// # Panics
    /// Nobody listens there.
    pub async fn connect(gateway: &Gateway, token: &str) -> Result<Self, Status> {
        Self::connect_to(gateway.local_addr(), token).await
    }

    /// The same with a gateway that is a process of its own, without TLS.
    ///
    /// # Errors
    /// What the gateway says to that.
    ///
    /// # Panics
    /// Nobody listens there.
    pub async fn connect_to(gateway: SocketAddr, token: &str) -> Result<Self, Status> {
        let connection = Self::dial(gateway, &Token::new(token)).await;
        let mut puppet = connection.puppet();
        let mut request = Request::new(EventRequest::default());
        request.extensions_mut().insert(Nature::Listens);
        let events = puppet.event(request).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        Ok(Self { puppet, connection, events })
    }

    /// The next event.
    pub async fn next(&mut self) -> PuppetEvent {
        let next = timeout(DEADLINE, self.events.message()).await.expect("an event in time");
        PuppetEvent::parse(&next.expect("a whole stream").expect("an open stream")).expect("a readable event")
    }

    /// The next event that is no heartbeat.
    pub async fn next_news(&mut self) -> PuppetEvent {
        loop {
            let news = self.next().await;
            if !matches!(news, PuppetEvent::Heartbeat(_)) {
                return news;
            }
        }
    }

    /// What the next event gives that gives something; what comes before it is passed over.
    pub async fn find<T>(&mut self, mut look: impl FnMut(PuppetEvent) -> Option<T>) -> T {
        // Heartbeats come whatever else does.
        let found = async {
            loop {
                if let Some(found) = look(self.next().await) {
                    return found;
                }
            }
        };
        timeout(3 * DEADLINE, found).await.expect("what is looked for comes in time")
    }

    /// The payload of the next message; what comes before it is passed over.
    pub async fn next_message(&mut self) -> MessagePayloadResponse {
        let id =
            self.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
        self.payload(&id).await.expect("a payload")
    }

    /// The payload of a message.
    ///
    /// # Errors
    /// What the gateway says instead.
    pub async fn payload(&mut self, id: &str) -> Result<MessagePayloadResponse, Status> {
        Ok(self.puppet.message_payload(MessagePayloadRequest { id: id.into() }).await?.into_inner())
    }

    /// Says a text; returns the message's id.
    ///
    /// # Errors
    /// What the gateway says instead.
    pub async fn say(&mut self, conversation: &str, text: &str) -> Result<String, Status> {
        let request = MessageSendTextRequest {
            conversation_id: conversation.into(),
            text: text.into(),
            mentional_ids: Vec::new(),
            ..Default::default()
        };
        Ok(self.puppet.message_send_text(request).await?.into_inner().id)
    }
}
