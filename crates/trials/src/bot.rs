//! A bot as any: it keeps an event stream open, asks for every message, and sends.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ha_wechaty::transport::{Address, Connection, Security, Target, dial};
use ha_wechaty_wire::{
    Event, Token,
    puppet::{
        EventRequest, MessagePayloadRequest, MessagePayloadResponse, MessageSendTextRequest, StartRequest,
    },
};
use tokio::sync::mpsc;
use tonic::Status;

pub(crate) const TOKEN: &str = "insecure_bot";

/// What the bot went through.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    /// Every message, once, in the order in which it came first.
    pub(crate) seen: Vec<MessagePayloadResponse>,
    /// What it sent to which conversation, in the order of the answers.
    pub(crate) sent: Vec<Sent>,
    /// What no puppet may do.
    pub(crate) complaints: Vec<String>,
    ids: BTreeSet<String>,
    is_logged_in: bool,
}

/// A send, and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) conversation: String,
    pub(crate) text: String,
    pub(crate) answer: Result<String, Status>,
}

/// A bot of the gateway at an address.
#[derive(Debug, Clone)]
pub(crate) struct Bot {
    gateway: SocketAddr,
    diary: Arc<Mutex<Diary>>,
}

impl Bot {
    pub(crate) fn new(gateway: SocketAddr) -> Self {
        Self { gateway, diary: Arc::default() }
    }

    pub(crate) fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lives for ever; it is cut off whenever a cut comes, for as long as that says.
    pub(crate) async fn live(self, mut cuts: mpsc::UnboundedReceiver<Duration>) {
        loop {
            let away = tokio::select! {
                biased;
                cut = cuts.recv() => cut,
                () = self.listen() => Some(Duration::from_secs(1)),
            };
            // A bot that is cut off does not know that it is logged in.
            self.diary().is_logged_in = false;
            let Some(away) = away else { return std::future::pending().await };
            tokio::time::sleep(away).await;
        }
    }

    /// Sends one text after the other to one conversation, each when the last one is answered.
    pub(crate) async fn send_all(self, conversation: String, mut texts: mpsc::UnboundedReceiver<String>) {
        while let Some(text) = texts.recv().await {
            let answer = self.send(&conversation, &text).await;
            let conversation = conversation.clone();
            self.diary().sent.push(Sent { conversation, text, answer });
        }
    }

    async fn send(&self, conversation: &str, text: &str) -> Result<String, Status> {
        let connection = self.connect().await?;
        let request = MessageSendTextRequest {
            conversation_id: conversation.to_owned(),
            text: text.to_owned(),
            ..Default::default()
        };
        Ok(connection.puppet().message_send_text(request).await?.into_inner().id)
    }

    /// Until its connection is gone.
    async fn listen(&self) {
        let Ok(connection) = self.connect().await else { return };
        let mut puppet = connection.puppet();
        let Ok(events) = puppet.event(EventRequest {}).await else { return };
        let mut events = events.into_inner();
        if puppet.start(StartRequest {}).await.is_err() {
            return;
        }
        while let Ok(Some(event)) = events.message().await {
            match Event::parse(&event) {
                Ok(Event::Message { id }) => {
                    if !self.diary().is_logged_in {
                        self.complain(format!("message {id} came to a bot that is not logged in"));
                    }
                    match puppet.message_payload(MessagePayloadRequest { id: id.clone() }).await {
                        Ok(payload) => self.saw(id, payload.into_inner()),
                        Err(error) => {
                            let closed = tokio::time::timeout(Duration::from_millis(1), connection.closed());
                            if closed.await.is_ok() {
                                return;
                            }
                            self.complain(format!("the payload of {id} is not to be had: {error}"));
                        }
                    }
                }
                Ok(Event::Login { .. }) => {
                    if std::mem::replace(&mut self.diary().is_logged_in, true) {
                        self.complain("LOGIN without a LOGOUT between".into());
                    }
                }
                Ok(Event::Logout(_)) => self.diary().is_logged_in = false,
                Ok(_) => {}
                Err(error) => self.complain(format!("an event is not readable: {error}")),
            }
        }
    }

    /// One that it has not acknowledged comes again when it is back; that is the same message.
    fn saw(&self, id: String, payload: MessagePayloadResponse) {
        let mut diary = self.diary();
        if diary.ids.insert(id) {
            diary.seen.push(payload);
        }
    }

    fn complain(&self, complaint: String) {
        self.diary().complaints.push(complaint);
    }

    async fn connect(&self) -> Result<Connection, Status> {
        let target = Target {
            token: Token::new(TOKEN),
            address: Address::Endpoint { host: self.gateway.ip().to_string(), port: self.gateway.port() },
            security: Security::Plaintext,
            keepalive: Duration::from_secs(60),
            max_message: 1 << 20,
        };
        dial(&target).await.map_err(|error| Status::unavailable(error.to_string()))
    }
}
