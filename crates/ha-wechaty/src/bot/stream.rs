//! One bot's event stream: a heartbeat at once and at every interval, and what the core delivers.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use ha_wechaty_core::{BotId, ClientId, Input};
use ha_wechaty_wire::{Event, event::Note};
use prost::Message as _;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tonic::Status;

use crate::{bot::streams::Opened, shared::Shared, transport::ConnectionId};

/// Opens the stream of a bot that calls over a connection.
pub(super) fn open(
    shared: Arc<Shared>,
    bot: BotId,
    connection: Option<ConnectionId>,
) -> Result<impl Stream<Item = Result<Bytes, Status>> + Send, Status> {
    let (_, events) = listen(shared, bot, connection)?;
    Ok(events.map(|event| Ok(event.to_response().encode_to_vec().into())))
}

/// Opens an event stream of a bot; one without a connection is of a program that holds the team itself. To the core
/// the stream is there until both it and what comes with it are dropped: whoever acknowledges later than it
/// takes holds that until it has.
pub(crate) fn listen(
    shared: Arc<Shared>,
    bot: BotId,
    connection: Option<ConnectionId>,
) -> Result<(Arc<Connected>, impl Stream<Item = Event> + Send), Status> {
    let replay = shared.config.gateway.replay_events;
    let opened = shared.streams.open(connection, replay);
    let Opened { client, replaced, events } =
        opened.ok_or_else(|| Status::unavailable("the gateway is stopping"))?;
    if let Some(replaced) = replaced {
        shared.tell(Input::BotDisconnected { client: replaced });
    }
    shared.tell(Input::BotConnected { client, bot });
    tracing::info!(bot = shared.config.bots[usize::from(bot.0)].name, stream = client.0, "bot connected");
    let every = shared.config.gateway.heartbeat;
    let mut heartbeat = interval_at(Instant::now() + every, every);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let connected = Arc::new(Connected { shared, client, bot });
    let state = State { events, heartbeat, connected: connected.clone() };
    let news = stream::unfold(state, |mut state| async { Some((state.next().await?, state)) });
    Ok((connected, stream::iter([beat()]).chain(news)))
}

struct State {
    events: tokio::sync::mpsc::Receiver<Event>,
    heartbeat: Interval,
    #[allow(dead_code, reason = "held for its drop")]
    connected: Arc<Connected>,
}

impl State {
    async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            biased;
            _ = self.heartbeat.tick() => Some(beat()),
            event = self.events.recv() => event,
        }
    }
}

fn beat() -> Event {
    Event::Heartbeat(Note { data: "ha-wechaty".into() })
}

/// An open stream, as far as the core knows: it is told when this is gone, however it went.
pub(crate) struct Connected {
    shared: Arc<Shared>,
    client: ClientId,
    bot: BotId,
}

impl Connected {
    /// The stream's number.
    pub(crate) fn client(&self) -> ClientId {
        self.client
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.shared.streams.end(self.client);
        self.shared.tell(Input::BotDisconnected { client: self.client });
        let bot = &self.shared.config.bots[usize::from(self.bot.0)].name;
        tracing::info!(bot, stream = self.client.0, "bot disconnected");
    }
}
