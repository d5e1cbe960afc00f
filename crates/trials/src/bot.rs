//! A bot as any: it keeps an event stream open, asks for every message, and sends without waiting.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use ha_wechaty::transport::{Address, Connection, Security, Target, dial};
use ha_wechaty_wire::{
    FileBox, MessageType, PuppetEvent, Token,
    puppet::{
        EventRequest, EventResponse, MessagePayloadRequest, MessagePayloadResponse, MessageSendFileRequest,
        MessageSendTextRequest, StartRequest, StopRequest,
    },
};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};
use tonic::{Status, Streaming};

use crate::schedule::Kind;

pub(crate) const TOKEN: &str = "insecure_bot";

/// What all processes of the bot went through.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    /// Every message, once, in the order in which it came first, and when.
    pub(crate) seen: Vec<(Instant, MessagePayloadResponse)>,
    /// What it sent to which conversation, in the order of the answers.
    pub(crate) sent: Vec<Sent>,
    /// What no puppet may do.
    pub(crate) complaints: Vec<String>,
    /// What was given to which process, and when.
    pub(crate) given: Vec<Given>,
    /// Which messages it knows already.
    known: BTreeSet<String>,
}

/// A message was given to a process, and it has asked for its payload.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) id: String,
    pub(crate) process: usize,
    pub(crate) at: Instant,
}

/// A send, and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// Its place in the order in which the bot asked.
    pub(crate) number: usize,
    pub(crate) conversation: String,
    pub(crate) text: String,
    pub(crate) asked: Instant,
    pub(crate) answered: Instant,
    pub(crate) answer: Result<String, Status>,
}

/// Something to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) conversation: String,
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

/// What happens to a process of the bot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    /// Its connection is cut; it comes back after so long.
    Cut(Duration),
    /// It stops and starts, as the stock client does in one process: the stream is let be, the connection stays.
    Stop(Duration),
}

/// One process of the bot of the gateway at an address.
#[derive(Debug, Clone)]
pub(crate) struct Bot {
    gateway: SocketAddr,
    number: usize,
    diary: Arc<Mutex<Diary>>,
}

/// An open event stream.
struct Line {
    connection: Connection,
    events: Streaming<EventResponse>,
    is_logged_in: bool,
}

impl Bot {
    /// So many processes of one bot, which keep one diary.
    pub(crate) fn processes(gateway: SocketAddr, count: usize) -> Vec<Self> {
        let diary = Arc::<Mutex<Diary>>::default();
        (0..count).map(|number| Self { gateway, number, diary: diary.clone() }).collect()
    }

    pub(crate) fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lives for ever, through whatever happens to it.
    pub(crate) async fn live(self, mut turns: mpsc::UnboundedReceiver<Turn>) {
        let mut line = None;
        // Streams that the stock client forgets without telling anybody.
        let mut forgotten = Vec::new();
        loop {
            let turn = tokio::select! {
                biased;
                turn = turns.recv() => turn,
                () = self.listen(&mut line) => Some(Turn::Cut(Duration::from_secs(1))),
            };
            match (turn, line.take()) {
                (None, _) => return std::future::pending().await,
                (Some(Turn::Stop(away)), Some(Line { connection, events, .. })) => {
                    forgotten.push(events);
                    if connection.puppet().stop(StopRequest {}).await.is_ok() {
                        tokio::time::sleep(away).await;
                        line = Self::open(connection).await.ok();
                    }
                }
                (Some(Turn::Cut(away) | Turn::Stop(away)), gone) => {
                    drop(gone);
                    forgotten.clear();
                    tokio::time::sleep(away).await;
                }
            }
        }
    }

    /// Sends all that it is to send, in order, and waits for no answer.
    pub(crate) async fn speak(self, mut wishes: mpsc::UnboundedReceiver<Wish>) {
        let (mut connection, mut number, mut calls) = (None, 0, JoinSet::new());
        while let Some(wish) = wishes.recv().await {
            let is_gone = |it: &Connection| it.closed().now_or_never().is_some();
            if connection.as_ref().is_none_or(is_gone) {
                connection = self.connect().await.ok();
            }
            calls.spawn(self.clone().send(connection.clone(), number, wish));
            number += 1;
        }
        calls.join_all().await;
    }

    async fn send(self, connection: Option<Connection>, number: usize, wish: Wish) {
        let asked = Instant::now();
        let Wish { conversation, kind, text } = wish;
        let answer = match connection {
            Some(connection) => ask(&connection, &conversation, kind, &text).await,
            None => Err(Status::unavailable("the bot has no connection")),
        };
        let sent = Sent { number, conversation, text, asked, answered: Instant::now(), answer };
        self.diary().sent.push(sent);
    }

    /// Until its connection is gone.
    async fn listen(&self, line: &mut Option<Line>) {
        if line.is_none() {
            let Ok(connection) = self.connect().await else { return };
            *line = Self::open(connection).await.ok();
        }
        let Some(line) = line else { return };
        while let Ok(Some(event)) = line.events.message().await {
            match PuppetEvent::parse(&event) {
                Ok(PuppetEvent::Message { id }) => {
                    if !line.is_logged_in {
                        self.complain(format!("message {id} came to a bot that is not logged in"));
                    }
                    let request = MessagePayloadRequest { id: id.clone() };
                    match line.connection.puppet().message_payload(request).await {
                        Ok(payload) => self.saw(id, payload.into_inner()),
                        Err(error) => {
                            let closed = line.connection.closed();
                            if tokio::time::timeout(Duration::from_millis(1), closed).await.is_ok() {
                                return;
                            }
                            self.complain(format!("the payload of {id} is not to be had: {error}"));
                        }
                    }
                }
                Ok(PuppetEvent::Login { .. }) => {
                    if std::mem::replace(&mut line.is_logged_in, true) {
                        self.complain("LOGIN without a LOGOUT between".into());
                    }
                }
                Ok(PuppetEvent::Logout(_)) => line.is_logged_in = false,
                Ok(_) => {}
                Err(error) => self.complain(format!("an event is not readable: {error}")),
            }
        }
    }

    async fn open(connection: Connection) -> Result<Line, Status> {
        let mut puppet = connection.puppet();
        let events = puppet.event(EventRequest::default()).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        Ok(Line { connection, events, is_logged_in: false })
    }

    /// One that it has not acknowledged comes again when it is back; that is the same message.
    fn saw(&self, id: String, payload: MessagePayloadResponse) {
        let mut diary = self.diary();
        let at = Instant::now();
        diary.given.push(Given { id: id.clone(), process: self.number, at });
        if diary.known.insert(id) {
            diary.seen.push((at, payload));
        }
    }

    /// Asks once more for all that it was given: an id is for good.
    pub(crate) async fn looks_back(&self) -> Result<(), Status> {
        let seen: Vec<MessagePayloadResponse> = self.diary().seen.iter().map(|(_, it)| it.clone()).collect();
        let connection = self.connect().await?;
        for before in seen {
            let request = MessagePayloadRequest { id: before.id.clone() };
            match connection.puppet().message_payload(request).await {
                Ok(now) if now.get_ref().text == before.text => {}
                // What it takes back is told by an id, and that by another one once what it said is forgotten.
                Ok(now) if now.get_ref().r#type == MessageType::Recalled.to_wire() => {}
                now => self.complain(format!("{:?} is not to be had any more: {now:?}", before.text)),
            }
        }
        Ok(())
    }

    fn complain(&self, complaint: String) {
        self.diary().complaints.push(complaint);
    }

    async fn connect(&self) -> Result<Connection, Status> {
        let target = Target {
            token: Token::new(TOKEN),
            address: Address::Endpoint { host: self.gateway.ip().to_string(), port: self.gateway.port() },
            proxy: None,
            security: Security::Plaintext,
            keepalive: Duration::from_secs(60),
            max_message: 1 << 20,
        };
        dial(&target).await.map_err(|error| Status::unavailable(error.to_string()))
    }
}

async fn ask(connection: &Connection, conversation: &str, kind: Kind, text: &str) -> Result<String, Status> {
    let conversation_id = conversation.to_owned();
    let mut puppet = connection.puppet();
    match kind {
        Kind::Text => {
            let request =
                MessageSendTextRequest { conversation_id, text: text.to_owned(), ..Default::default() };
            Ok(puppet.message_send_text(request).await?.into_inner().id)
        }
        Kind::File => {
            let file_box = FileBox::from_bytes(text, text.as_bytes()).to_json();
            let request = MessageSendFileRequest { conversation_id, file_box };
            Ok(puppet.message_send_file(request).await?.into_inner().id)
        }
    }
}
