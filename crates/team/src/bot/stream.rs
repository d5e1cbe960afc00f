//! One bot's event stream: a heartbeat at once and then by its pulse, and what the core delivers.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use ha_wechaty_core::{BotId, ClientId, Input};
use ha_wechaty_wire::{PuppetEvent, event::TextPayload};
use tonic::Status;

use super::pulse::Pulse;
use crate::event::to_wire;
use crate::state::{
    Shared,
    bots::{BotSide, Opened, Origin, Room, Signals, Unread},
    facts::CoreHandle,
    records::{LineKind, Records, Who},
};

/// Opens an event stream of a bot; one without an origin is of a program that holds the team itself. To the core
/// the stream is there until both it and what comes with it are dropped: whoever acknowledges later than it
/// takes holds that until it has. An error is its last word: why it has to end.
pub fn listen(
    shared: Arc<Shared>,
    bot: BotId,
    origin: Option<Origin>,
) -> Result<(Arc<Connected>, impl Stream<Item = Result<PuppetEvent, Status>> + Send + use<>), Status> {
    let config = &shared.config.gateway;
    let room = Room { most: config.max_streams, replay: config.replay_events };
    let opened = shared.bots.streams.open(bot, origin, room);
    let Opened { client, replaced, crowded, after, events, signals } =
        opened.ok_or_else(|| match shared.bots.config(bot) {
            Some(_) => Status::unavailable("the gateway is stopping"),
            None => Status::unauthenticated("the bot was removed from the configuration"),
        })?;
    if let Some(replaced) = replaced {
        shared.core.tell(Input::BotDisconnected { client: replaced });
    }
    let name = shared.bots.name(bot);
    if let Some(crowded) = crowded {
        shared.core.tell(Input::BotDisconnected { client: crowded });
        let (stream, most) = (crowded.0, room.most);
        if lets(&shared.records, bot, || format!("stream {stream} ends, since there are more than {most}")) {
            tracing::warn!(
                bot = &*name,
                stream,
                "the bot has more than {most} event streams (gateway.max_streams): the one ends whose client has been \
                 silent for the longest"
            );
        }
    }
    connects(&shared.core, Input::BotConnected { client, bot, after }, client, &signals);
    if lets(&shared.records, bot, || format!("stream {} connected", client.0)) {
        tracing::info!(bot = &*name, stream = client.0, "bot connected");
    }
    let pulse = Pulse::new(shared.config.gateway.heartbeat);
    let connected = Arc::new(Connected { shared, client, bot });
    let state = State { events, signals, pulse, is_told: false, connected: connected.clone() };
    let news = stream::unfold(state, |mut state| async { Some((state.next().await?, state)) });
    Ok((connected, stream::iter([Ok(beat())]).chain(news)))
}

/// The core is told of a stream. One that was ended since it opened, the core may have been told to forget before it knew of
/// it: so it is told once more, which does no harm if it knows already.
fn connects(core: &CoreHandle, connected: Input, client: ClientId, signals: &Signals) {
    core.tell(connected);
    if signals.stopped.is_cancelled() {
        core.tell(Input::BotDisconnected { client });
    }
}

/// A client asked for its puppet to be stopped: the stream that it has on its connection ends, and what comes from now on is
/// kept for the next one. No account is stopped. It may never read the end of its stream, since stock clients
/// drop that before they call: so the core is told at once.
pub fn stop(core: &CoreHandle, bots: &BotSide, records: &Records, origin: Origin) {
    let Some(client) = bots.streams.stop(origin) else { return };
    core.tell(Input::BotDisconnected { client });
    if lets(records, origin.bot(), || format!("stream {} stopped", client.0)) {
        let bot = bots.name(origin.bot());
        tracing::info!(bot = &*bot, stream = client.0, "bot stopped");
    }
}

/// Whether a line about a bot's streams is to be logged.
fn lets(records: &Records, bot: BotId, words: impl FnOnce() -> String) -> bool {
    records.hush.lets(Who::Bot(bot), LineKind::Streams, words)
}

struct State {
    events: Unread,
    signals: Arc<Signals>,
    pulse: Pulse,
    /// Whether it knows why it has to end.
    is_told: bool,
    #[allow(dead_code, reason = "held for its drop")]
    connected: Arc<Connected>,
}

impl State {
    async fn next(&mut self) -> Option<Result<PuppetEvent, Status>> {
        loop {
            tokio::select! {
                biased;
                () = self.signals.stopped.cancelled() => return self.end(),
                () = self.signals.started.notified() => self.pulse.restart(),
                () = self.pulse.beat() => return Some(Ok(beat())),
                event = self.events.next() => return match event {
                    Some(event) => Some(Ok(to_wire(&event))),
                    None => self.end(),
                },
            }
        }
    }

    /// Its last word, once: why it has to end, if there is anything to say.
    fn end(&mut self) -> Option<Result<PuppetEvent, Status>> {
        let is_told = std::mem::replace(&mut self.is_told, true);
        let why = self.signals.why.get().filter(|_| !is_told)?;
        let code = self.signals.code.get().copied().unwrap_or(tonic::Code::ResourceExhausted);
        Some(Err(Status::new(code, why)))
    }
}

fn beat() -> PuppetEvent {
    PuppetEvent::Heartbeat(TextPayload { data: "ha-wechaty".into() })
}

/// An open stream, as far as the core knows: it is told when this is gone, however it went.
pub struct Connected {
    shared: Arc<Shared>,
    client: ClientId,
    bot: BotId,
}

impl Connected {
    /// The stream's number.
    pub fn client(&self) -> ClientId {
        self.client
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        if !self.shared.bots.streams.end(self.client) {
            // It was replaced, or stopped: the core knows.
            return;
        }
        self.shared.core.tell(Input::BotDisconnected { client: self.client });
        if lets(&self.shared.records, self.bot, || format!("stream {} disconnected", self.client.0)) {
            let bot = self.shared.bots.name(self.bot);
            tracing::info!(bot = &*bot, stream = self.client.0, "bot disconnected");
        }
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_config::{BotConfig, Config};
    use ha_wechaty_wire::Token;
    use tokio::sync::mpsc;

    use super::*;
    use crate::{engine::new_team, state::facts::Fact};

    #[test]
    fn a_stream_that_was_ended_before_the_core_knew_of_it_is_forgotten_by_the_core() {
        let mut config = Config::new("ossbot");
        config.bots.push(BotConfig::new("one", Token::new("insecure_one")));
        let (facts_in, mut facts) = mpsc::unbounded_channel();
        let core = CoreHandle::new(new_team(&config).0.routing(), facts_in);
        let bots = BotSide::new(&config, 1);
        let bot = BotId(0);
        let mut told = |is_ended: bool| {
            let room = Room { most: 3, replay: 0 };
            let Opened { client, after, signals, .. } = bots.streams.open(bot, None, room).expect("open");
            if is_ended {
                for client in
                    bots.streams.end_those(bot, |_| Some((tonic::Code::Unauthenticated, "another token")))
                {
                    core.tell(Input::BotDisconnected { client });
                }
            }
            connects(&core, Input::BotConnected { client, bot, after }, client, &signals);
            let all = std::iter::from_fn(|| facts.try_recv().ok()).map(|Fact { fact, .. }| fact);
            all.map(|it| matches!(it, Input::BotConnected { .. })).collect::<Vec<_>>()
        };
        assert_eq!(told(false), [true]);
        // The other one ends with it.
        assert_eq!(told(true), [false, false, true, false], "its end comes last");
    }
}
