//! Bots: each process keeps an event stream open, reads every message, answers some, and does what bots do.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use fastrand::Rng;
use ha_wechaty::{
    config::BotMode,
    transport::{Address, Connection, Security, Target, dial},
};
use ha_wechaty_wire::{
    FileBox, PuppetEvent, Token,
    puppet::{
        ContactListRequest, ContactPayloadRequest, EventRequest, EventResponse, FriendshipAcceptRequest,
        FriendshipPayloadRequest, FriendshipType, MessageFileRequest, MessagePayloadRequest,
        MessagePayloadResponse, MessageRecallRequest, MessageSendFileRequest, MessageSendTextRequest,
        RoomMemberListRequest, RoomPayloadRequest, StartRequest, StopRequest, UploadRequest,
    },
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};
use tonic::{Status, Streaming};

use super::{
    diary::{Diary, Hearing, Sent},
    town::BOTS,
};

/// Of those that share a bot's work.
const PROCESSES: usize = 2;
/// More calls at once than this no bot has here.
const CALLS: usize = 32;
const LARGE: usize = 1_500_000;

/// What happens to a process of a bot.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    /// Its connection is cut, and it comes back after so long.
    Cut(Duration),
    /// It stops and starts, as the stock client does in one process: the stream is let be, the connection stays.
    Stop(Duration),
}

/// All bots; clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Bots(Arc<Vec<Bot>>);

/// One bot: its processes, and what they heard and sent.
#[derive(Debug)]
pub(super) struct Bot {
    pub(super) name: &'static str,
    diary: Arc<Mutex<Diary>>,
    turns: Vec<mpsc::UnboundedSender<Turn>>,
}

/// One process of a bot.
struct Process {
    gateway: SocketAddr,
    name: &'static str,
    number: usize,
    diary: Arc<Mutex<Diary>>,
    rng: Rng,
    calls: Arc<Semaphore>,
    /// Counts its connections and starts.
    life: u64,
}

struct Line {
    connection: Connection,
    events: Streaming<EventResponse>,
}

impl Bots {
    /// They connect, and live until the runtime ends.
    pub(super) fn begin(gateway: SocketAddr, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let bots = BOTS.map(|(name, mode)| {
            let diary = Arc::<Mutex<Diary>>::default();
            let count = match mode {
                BotMode::All => 1,
                BotMode::Standby | BotMode::Shard => PROCESSES,
            };
            let turns = (0..count).map(|number| {
                let (turns, to_take) = mpsc::unbounded_channel();
                let calls = Arc::new(Semaphore::new(CALLS));
                let process =
                    Process { gateway, name, number, diary: diary.clone(), rng: rng.fork(), calls, life: 0 };
                tokio::spawn(process.live(to_take));
                turns
            });
            Bot { name, turns: turns.collect(), diary }
        });
        Self(Arc::new(bots.into()))
    }

    pub(super) fn all(&self) -> &[Bot] {
        &self.0
    }

    /// Waits until each process has begun.
    pub(super) async fn until_ready(&self) -> Result<()> {
        let ready = async {
            while self.0.iter().any(|bot| bot.diary().begun < bot.turns.len() as u64) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), ready).await.context("the bots can't begin")
    }
}

impl Bot {
    pub(super) fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happens to one of its processes.
    pub(super) fn turn(&self, rng: &mut Rng, turn: Turn) {
        if let Some(process) = rng.choice(&self.turns) {
            // It lives as long as the runtime.
            let _ = process.send(turn);
        }
    }
}

impl Process {
    async fn live(mut self, mut turns: mpsc::UnboundedReceiver<Turn>) {
        let mut line = None;
        // Streams that the stock client forgets without telling anybody.
        let mut forgotten = Vec::new();
        loop {
            let turn = self.listen(&mut line, &mut turns).await;
            match (turn, line.take()) {
                (Turn::Stop(away), Some(Line { connection, events })) => {
                    forgotten.push(events);
                    if connection.puppet().stop(StopRequest {}).await.is_ok() {
                        sleep(away).await;
                        line = self.open(connection).await.ok();
                    }
                }
                (Turn::Cut(away) | Turn::Stop(away), gone) => {
                    drop(gone);
                    forgotten.clear();
                    sleep(away).await;
                }
            }
        }
    }

    fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until its connection is gone, or something happens to it. That is between two messages: what it has asked for is
    /// its own, and who dies with a message in hand has lost it.
    async fn listen(&mut self, line: &mut Option<Line>, turns: &mut mpsc::UnboundedReceiver<Turn>) -> Turn {
        const AGAIN: Turn = Turn::Cut(Duration::from_millis(500));
        if line.is_none() {
            let Ok(connection) = connect(self.gateway, self.name).await else { return AGAIN };
            *line = self.open(connection).await.ok();
        }
        let Some(line) = line else { return AGAIN };
        loop {
            let event = tokio::select! {
                biased;
                Some(turn) = turns.recv() => return turn,
                event = line.events.message() => event,
            };
            let Ok(Some(event)) = event else { return AGAIN };
            match PuppetEvent::parse(&event) {
                Ok(PuppetEvent::Message { id }) => {
                    let Some(payload) = self.read(&line.connection, &id).await else { return AGAIN };
                    let hearing = Hearing { at: Instant::now(), id, process: self.number, life: self.life };
                    self.diary().heard(&payload, hearing);
                    self.answer(&line.connection, payload);
                }
                Ok(PuppetEvent::Friendship { id }) => {
                    let (mut puppet, is_first) = (line.connection.puppet(), self.name == BOTS[0].0);
                    tokio::spawn(async move {
                        let asks = puppet
                            .friendship_payload(FriendshipPayloadRequest {
                                id: id.clone(),
                                ..Default::default()
                            })
                            .await;
                        // Confirmations are no requests, and can't be accepted.
                        if is_first
                            && asks.is_ok_and(|it| it.into_inner().r#type() == FriendshipType::Receive)
                        {
                            let _ = puppet.friendship_accept(FriendshipAcceptRequest { id }).await;
                        }
                    });
                }
                Ok(_) => {}
                Err(error) => self.diary().complaints.push(format!("an event is not readable: {error}")),
            }
        }
    }

    async fn open(&mut self, connection: Connection) -> Result<Line, Status> {
        let mut puppet = connection.puppet();
        let events = puppet.event(EventRequest::default()).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        self.life += 1;
        self.diary().begun += 1;
        Ok(Line { connection, events })
    }

    /// A message; none if the connection is gone.
    async fn read(&self, connection: &Connection, id: &str) -> Option<MessagePayloadResponse> {
        let mut attempts = 0;
        loop {
            let request = MessagePayloadRequest { id: id.to_owned() };
            match connection.puppet().message_payload(request).await {
                Ok(payload) => return Some(payload.into_inner()),
                Err(_) if timeout(Duration::from_millis(50), connection.closed()).await.is_ok() => {
                    return None;
                }
                Err(error) if attempts == 5 => {
                    self.diary().complaints.push(format!("the payload of {id} is not to be had: {error}"));
                    return Some(MessagePayloadResponse::default());
                }
                Err(_) => attempts += 1,
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// What it does about a message, without waiting for it.
    fn answer(&mut self, connection: &Connection, payload: MessagePayloadResponse) {
        let dice = self.rng.u32(..1_000);
        if payload.talker_id == "ossbot" || payload.talker_id.is_empty() || dice >= 250 {
            return;
        }
        let Ok(permit) = self.calls.clone().try_acquire_owned() else { return };
        let conversation = if payload.room_id.is_empty() { &payload.talker_id } else { &payload.room_id };
        let (connection, conversation, name) = (connection.clone(), conversation.clone(), self.name);
        let (diary, size) = (self.diary.clone(), self.rng.usize(1_000..100_000));
        tokio::spawn(async move {
            let _permit = permit;
            let say = Say { connection, conversation, name, diary };
            match dice {
                0..150 => drop(say.text().await),
                150..170 => say.file(size).await,
                170..172 => say.upload(true).await,
                172..174 => say.upload(false).await,
                174..190 => say.recall().await,
                _ => say.look(&payload).await,
            }
        });
    }
}

/// What a bot does in a conversation.
struct Say {
    connection: Connection,
    conversation: String,
    name: &'static str,
    diary: Arc<Mutex<Diary>>,
}

impl Say {
    fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text of which there is no other.
    fn words(&self, sort: &str) -> String {
        let number = self.diary().number();
        format!("{sort} {number} of {}", self.name)
    }

    async fn text(&self) -> Option<String> {
        let text = self.words("answer");
        let conversation_id = self.conversation.clone();
        let request = MessageSendTextRequest { conversation_id, text: text.clone(), ..Default::default() };
        let sent = self.connection.puppet().message_send_text(request).await.map(|it| it.into_inner().id);
        self.sent(text, sent)
    }

    async fn file(&self, size: usize) {
        let name = format!("{}.txt", self.words("file"));
        let bytes = vec![b'x'; size];
        self.send_file(FileBox::from_bytes(&name, &bytes).to_json(), name).await;
    }

    /// A file that goes first; sometimes nothing comes after it.
    async fn upload(&self, is_sent: bool) {
        let chunks = (0..LARGE).step_by(1 << 16).map(|_| UploadRequest { chunk: vec![b'y'; 1 << 16] });
        let stream = futures_util::stream::iter(chunks.collect::<Vec<_>>());
        let Ok(uploaded) = self.connection.puppet().upload(stream).await else { return };
        if is_sent {
            let name = format!("{}.txt", self.words("upload"));
            let file_box = FileBox::from_uuid(&name, &uploaded.into_inner().id, Some(LARGE)).to_json();
            self.send_file(file_box, name).await;
        }
    }

    async fn send_file(&self, file_box: String, name: String) {
        let request = MessageSendFileRequest { conversation_id: self.conversation.clone(), file_box };
        let sent = self.connection.puppet().message_send_file(request).await.map(|it| it.into_inner().id);
        self.sent(name, sent);
    }

    /// Says something and takes it back.
    async fn recall(&self) {
        if let Some(id) = self.text().await {
            // Its account may be away by now.
            let _ = self.connection.puppet().message_recall(MessageRecallRequest { id }).await;
        }
    }

    /// Reads who is there, and files.
    async fn look(&self, payload: &MessagePayloadResponse) {
        let mut puppet = self.connection.puppet();
        // Whoever is asked may be away.
        let _ = puppet.contact_payload(ContactPayloadRequest { id: payload.talker_id.clone() }).await;
        if !payload.room_id.is_empty() {
            let _ = puppet.room_payload(RoomPayloadRequest { id: payload.room_id.clone() }).await;
            let _ = puppet.room_member_list(RoomMemberListRequest { id: payload.room_id.clone() }).await;
        }
        if payload.id.ends_with('7') {
            let _ = puppet.contact_list(ContactListRequest {}).await;
        }
        if !payload.filename.is_empty() {
            let _ = puppet.message_file(MessageFileRequest { id: payload.id.clone() }).await;
        }
    }

    fn sent(&self, text: String, answer: Result<String, Status>) -> Option<String> {
        let (id, answer) = match answer {
            Ok(id) => (Some(id), Ok(())),
            Err(status) => (None, Err(format!("{:?}: {}", status.code(), status.message()))),
        };
        self.diary().sent.push(Sent { text, answer });
        id
    }
}

async fn connect(gateway: SocketAddr, name: &str) -> Result<Connection, Status> {
    let target = Target {
        token: Token::new(format!("insecure_{name}")),
        address: Address::Endpoint { host: gateway.ip().to_string(), port: gateway.port() },
        proxy: None,
        security: Security::Plaintext,
        keepalive: Duration::from_secs(60),
        max_message: 80 << 20,
    };
    dial(&target).await.map_err(|error| Status::unavailable(error.to_string()))
}
