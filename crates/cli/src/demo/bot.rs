//! The ding-dong bot: an ordinary client of the gateway, which knows an endpoint and a token.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{
        ContactPayloadRequest, EventRequest, MessagePayloadRequest, MessagePayloadResponse,
        MessageSendTextRequest, StartRequest,
    },
    puppet_client::PuppetClient,
};
use tokio::{sync::mpsc, task::JoinSet};
use tonic::{Request, Status};

use super::tally::{is_plain, number_after};
use ha_wechaty_transport::{Connection, Nature, Target, dial};

/// What becomes of the bot.
#[derive(Debug)]
pub(super) enum News {
    /// Its event stream is open.
    Connected,
    /// A call of its failed, or its stream ended: why.
    Trouble(String),
}

/// A bot that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Bot {
    _task: JoinSet<()>,
}

impl Bot {
    /// Connects, and stays so; `news` tells how it is.
    ///
    /// While it `is_silent`, it leaves a plain `ding` to the bots of visitors.
    pub(super) fn start(
        target: Target,
        self_id: String,
        news: mpsc::UnboundedSender<News>,
        is_silent: Arc<AtomicBool>,
    ) -> Self {
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let ended = listen(&target, &self_id, &news, &is_silent).await;
                if news.send(News::Trouble(ended)).is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        Self { _task: task }
    }
}

/// Follows one event stream until it ends. Returns why.
async fn listen(
    target: &Target,
    self_id: &str,
    news: &mpsc::UnboundedSender<News>,
    is_silent: &Arc<AtomicBool>,
) -> String {
    let connection = match dial(target).await {
        Ok(connection) => connection,
        Err(error) => return error.to_string(),
    };
    let mut puppet = connection.puppet();
    let opened = async {
        let mut request = Request::new(EventRequest::default());
        request.extensions_mut().insert(Nature::Listens);
        let events = puppet.event(request).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        Ok::<_, Status>(events)
    };
    let mut events = match opened.await {
        Ok(events) => events,
        Err(status) => return status.message().to_owned(),
    };
    // Nobody listens any more when the demo ends.
    let _ = news.send(News::Connected);
    let mut answers = JoinSet::new();
    loop {
        let event = match events.message().await {
            Ok(Some(event)) => event,
            Ok(None) => return String::from("the gateway ended the event stream"),
            Err(status) => return status.message().to_owned(),
        };
        if let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) {
            let (puppet, self_id, news) = (puppet.clone(), self_id.to_owned(), news.clone());
            let is_silent = is_silent.clone();
            answers.spawn(async move {
                if let Err(status) = answer(puppet, id, &self_id, &is_silent).await {
                    let _ = news.send(News::Trouble(status.message().to_owned()));
                }
            });
        }
        while answers.try_join_next().is_some() {}
    }
}

/// `ding 12` is answered `dong 12`, and `ding` is answered `dong`, where it was asked; who mentions the bot is mentioned.
async fn answer(
    mut puppet: PuppetClient<Connection>,
    id: String,
    self_id: &str,
    is_silent: &AtomicBool,
) -> Result<(), Status> {
    let message = puppet.message_payload(MessagePayloadRequest { id }).await?.into_inner();
    let asks = message.talker_id != self_id;
    let text = match number_after("ding", &message.text) {
        Some(number) => format!("dong {number}"),
        None if is_plain("ding", &message.text) && !is_silent.load(Ordering::Relaxed) => String::from("dong"),
        None => return Ok(()),
    };
    if !asks {
        return Ok(());
    }
    let request = reply(&mut puppet, &message, text, self_id).await?;
    puppet.message_send_text(request).await.map(|_| ())
}

async fn reply(
    puppet: &mut PuppetClient<Connection>,
    message: &MessagePayloadResponse,
    text: String,
    self_id: &str,
) -> Result<MessageSendTextRequest, Status> {
    let (room, talker) = (message.room_id.clone(), message.talker_id.clone());
    let is_mentioned = !room.is_empty() && message.mention_ids.iter().any(|it| it == self_id);
    if !is_mentioned {
        let conversation_id = if room.is_empty() { talker } else { room };
        return Ok(MessageSendTextRequest {
            conversation_id,
            text,
            mentional_ids: Vec::new(),
            ..Default::default()
        });
    }
    let card = puppet.contact_payload(ContactPayloadRequest { id: talker.clone() }).await?.into_inner();
    let text = format!("@{} {text}", card.name);
    Ok(MessageSendTextRequest {
        conversation_id: room,
        text,
        mentional_ids: vec![talker],
        ..Default::default()
    })
}
