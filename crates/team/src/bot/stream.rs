//! One bot's event stream: a heartbeat at once and then by its pulse, and what the core delivers.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use ha_wechaty_core::{BotId, ClientId, Input, seq_of};
use ha_wechaty_wire::{PuppetEvent, event::TextPayload, puppet::EventResponse};
use tonic::Status;

use super::pulse::Pulse;
use crate::event::to_wire;
use crate::state::{
    Shared,
    bots::{BotSide, Opened, Origin, Room, Signals, Unread},
    facts::CoreHandle,
    records::{LineKind, Records, Who},
};

/// What a bot is told by its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEvent {
    /// What.
    pub event: PuppetEvent,
    /// Its number as it is on the wire, by which the bot can say what it has; 0 of what has none.
    pub seq: i32,
}

impl StreamEvent {
    /// As it is on the wire.
    pub fn to_response(&self) -> EventResponse {
        EventResponse { seq: self.seq, ..self.event.to_response() }
    }
}

/// What a bot says of what it has, before it is given anything: a client of the newer generation does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastGiven {
    /// The number that it was given last; 0 if it has none.
    pub seq: i32,
    /// Who was logged in then; empty if it does not say. Of somebody else a number says nothing.
    pub account_id: String,
}

/// An event stream that was opened, and that the core has not been told of.
pub struct OpenedStream {
    connected: Arc<Connected>,
    after: Option<ClientId>,
    events: Unread,
    signals: Arc<Signals>,
}

/// Opens an event stream of a program that holds the team itself. To the core the stream is there until both it and what
/// comes with it are dropped: whoever acknowledges later than it takes holds that until it has. An error is its last
/// word: why it has to end.
pub fn listen(
    shared: Arc<Shared>,
    bot: BotId,
) -> Result<(Arc<Connected>, impl Stream<Item = Result<StreamEvent, Status>> + Send + use<>), Status> {
    Ok(open(shared, bot, None)?.begins(&LastGiven::default()))
}

/// Opens an event stream of a bot, in its place among what its connection asks for; [`OpenedStream::begins`] is for when it
/// has said what it has.
pub fn open(shared: Arc<Shared>, bot: BotId, origin: Option<Origin>) -> Result<OpenedStream, Status> {
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
    if let Some(crowded) = crowded {
        let name = shared.bots.name(bot);
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
    let connected = Arc::new(Connected { shared, client, bot });
    Ok(OpenedStream { connected, after, events, signals })
}

impl OpenedStream {
    /// The stream goes on where its bot says that it is.
    pub fn begins(
        self,
        knows: &LastGiven,
    ) -> (Arc<Connected>, impl Stream<Item = Result<StreamEvent, Status>> + Send + use<>) {
        let Self { connected, after, events, signals } = self;
        let Connected { shared, client, bot } = &*connected;
        let (client, bot) = (*client, *bot);
        if let Some(seq) = number(&shared.core, knows) {
            shared.core.tell(Input::BotKnows { client, bot, seq });
        }
        connects(&shared.core, Input::BotConnected { client, bot, after }, client, &signals);
        if lets(&shared.records, bot, || format!("stream {} connected", client.0)) {
            let name = shared.bots.name(bot);
            let tokenless = shared.bots.streams.without_of(client).map(tracing::field::display);
            match knows.seq {
                0 => tracing::info!(bot = &*name, stream = client.0, tokenless, "bot connected"),
                seq => {
                    tracing::info!(bot = &*name, stream = client.0, after = seq, tokenless, "bot connected");
                }
            }
        }
        let pulse = Pulse::new(shared.config.gateway.heartbeat);
        let state = State { events, signals, pulse, is_told: false, connected: connected.clone() };
        let news = stream::unfold(state, |mut state| async { Some((state.next().await?, state)) });
        (connected, stream::iter([Ok(beat())]).chain(news))
    }
}

/// The number that a bot says it was given last, if it says one, and was given it as who it is now.
fn number(core: &CoreHandle, knows: &LastGiven) -> Option<u64> {
    let is_us = knows.account_id.is_empty() || core.with_identity(|it| it.self_id() == knows.account_id);
    u64::try_from(knows.seq).ok().filter(|seq| *seq > 0 && is_us)
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
    async fn next(&mut self) -> Option<Result<StreamEvent, Status>> {
        loop {
            tokio::select! {
                biased;
                () = self.signals.stopped.cancelled() => return self.end(),
                () = self.signals.started.notified() => self.pulse.restart(),
                () = self.pulse.beat() => return Some(Ok(beat())),
                event = self.events.next() => return match event {
                    Some((number, event)) => {
                        Some(Ok(StreamEvent { event: to_wire(&event), seq: seq_of(number) }))
                    }
                    None => self.end(),
                },
            }
        }
    }

    /// Its last word, once: why it has to end, if there is anything to say.
    fn end(&mut self) -> Option<Result<StreamEvent, Status>> {
        let is_told = std::mem::replace(&mut self.is_told, true);
        let why = self.signals.why.get().filter(|_| !is_told)?;
        let code = self.signals.code.get().copied().unwrap_or(tonic::Code::ResourceExhausted);
        Some(Err(Status::new(code, why)))
    }
}

fn beat() -> StreamEvent {
    StreamEvent { event: PuppetEvent::Heartbeat(TextPayload { data: "ha-wechaty".into() }), seq: 0 }
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
    fn a_number_counts_where_it_was_given_to_who_the_team_is() {
        let config = Config::new("ossbot");
        let core = CoreHandle::new(new_team(&config).0.routing(), mpsc::unbounded_channel().0);
        let knows =
            |seq, account_id: &str| number(&core, &LastGiven { seq, account_id: account_id.to_owned() });
        assert_eq!([knows(7, ""), knows(7, &config.self_id)], [Some(7); 2]);
        assert_eq!([knows(7, "wxid_other"), knows(0, ""), knows(-3, "")], [None; 3]);
    }

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
