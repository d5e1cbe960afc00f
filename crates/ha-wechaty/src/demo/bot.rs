//! The ding-dong bot: an ordinary client of the gateway, which knows an endpoint and a token.

use std::{sync::Arc, time::Duration};

use ha_wechaty_wire::{
    Event,
    puppet::{EventRequest, MessagePayloadRequest, MessagePayloadResponse, MessageSendTextRequest, StartRequest},
    puppet_client::PuppetClient,
};
use tokio::{
    sync::{RwLock, mpsc},
    task::JoinSet,
};
use tonic::Status;

use super::tally::number_after;
use crate::transport::{Connection, Target, dial};

/// Held for reading while something is being sent, so that [`super::mishaps`] can see that nothing is.
pub(super) type Sending = Arc<RwLock<()>>;

/// A bot that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Bot {
    _task: JoinSet<()>,
}

impl Bot {
    /// Connects, and stays so; `trouble` hears of calls that failed.
    pub(super) fn start(
        target: Target,
        self_id: String,
        sending: Sending,
        trouble: mpsc::UnboundedSender<String>,
    ) -> Self {
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let ended = listen(&target, &self_id, &sending, &trouble).await;
                if trouble.send(ended).is_err() {
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
    sending: &Sending,
    trouble: &mpsc::UnboundedSender<String>,
) -> String {
    let connection = match dial(target).await {
        Ok(connection) => connection,
        Err(error) => return error.to_string(),
    };
    let mut puppet = connection.puppet();
    let opened = async {
        let events = puppet.event(EventRequest {}).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        Ok::<_, Status>(events)
    };
    let mut events = match opened.await {
        Ok(events) => events,
        Err(status) => return status.message().to_owned(),
    };
    let mut answers = JoinSet::new();
    loop {
        let event = match events.message().await {
            Ok(Some(event)) => event,
            Ok(None) => return String::from("the gateway ended the event stream"),
            Err(status) => return status.message().to_owned(),
        };
        if let Ok(Event::Message { id }) = Event::parse(&event) {
            let (puppet, self_id) = (puppet.clone(), self_id.to_owned());
            let (sending, trouble) = (sending.clone(), trouble.clone());
            answers.spawn(async move {
                if let Err(status) = answer(puppet, id, &self_id, &sending).await {
                    // Nobody listens any more when the demo ends.
                    let _ = trouble.send(status.message().to_owned());
                }
            });
        }
        while answers.try_join_next().is_some() {}
    }
}

/// `ding 12` is answered `dong 12`, where it was asked; who mentions the bot is mentioned.
async fn answer(
    mut puppet: PuppetClient<Connection>,
    id: String,
    self_id: &str,
    sending: &Sending,
) -> Result<(), Status> {
    let message = puppet.message_payload(MessagePayloadRequest { id }).await?.into_inner();
    let asks = message.talker_id != self_id;
    let Some(number) = number_after("ding", &message.text).filter(|_| asks) else { return Ok(()) };
    let request = reply(&message, number, self_id);
    let _sending = sending.read().await;
    puppet.message_send_text(request).await.map(|_| ())
}

fn reply(message: &MessagePayloadResponse, number: u32, self_id: &str) -> MessageSendTextRequest {
    let is_room = !message.room_id.is_empty();
    let conversation = if is_room { &message.room_id } else { &message.talker_id };
    let is_mentioned = is_room && message.mention_ids.iter().any(|it| it == self_id);
    MessageSendTextRequest {
        conversation_id: conversation.clone(),
        text: format!("dong {number}"),
        mentional_ids: if is_mentioned { vec![message.talker_id.clone()] } else { Vec::new() },
    }
}
