//! Drives the core: facts in, wishes out, timers between.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use ha_wechaty_core::{
    AccountId, BotId, Command, Input, InviteRule, Member, Note, Recall, Setup, Stamp, Standing, Team,
    Thinned, Time,
};
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    state::{
        Shared,
        accounts::Order,
        bots::Ending,
        facts::Fact,
        records::{Kind, Who},
    },
    text::human,
};
use ha_wechaty_config::{Account, Config, bytes};

/// How many rooms that lost accounts are logged one by one.
const THINNED: usize = 10;

/// A look at the team as it is at one moment.
pub type Look = Box<dyn FnOnce(&Team, &Shared, Time) + Send>;

/// The core, and all that its wishes need.
pub struct Engine {
    origin: Instant,
    team: Team,
    shared: Arc<Shared>,
    notes: broadcast::Sender<Note>,
}

/// The core's setup, as the operator wants it; `epoch` is what a right clock shows at the origin of time.
pub fn setup(config: &Config, epoch: Stamp) -> Setup {
    Setup {
        self_id: config.self_id.clone(),
        accounts: config.accounts.iter().map(|it| member(config, it)).collect(),
        heartbeat_contact: config.health.heartbeat_contact.clone(),
        ramp_up: config.health.ramp_up,
        ejection: config.health.ejection,
        bots: config.bots.iter().map(|bot| bot.mode).collect(),
        policy: config.team.policy,
        backoff: config.reconnect.backoff,
        recall: Recall { bytes: bytes(config.memory.dedup), ..config.team.recall },
        epoch,
        witness_window: config.delivery.witness_window,
        replay: ha_wechaty_core::Replay {
            events: config.gateway.replay_events,
            bytes: bytes(config.gateway.replay_bytes),
            age: config.gateway.replay_age,
        },
        refresh: config.team.refresh,
        directory: bytes(config.memory.conversations),
        invite: InviteRule {
            enabled: config.team.invite_teammates,
            only: config.team.invite_only.iter().cloned().collect(),
            never: config.team.invite_never.iter().cloned().collect(),
        },
        common_ids: config.team.common_ids.iter().cloned().collect(),
    }
}

/// An account as the core knows it.
pub fn member(config: &Config, account: &Account) -> Member {
    let invitations = &config.pace.of(account).room_invitations;
    Member {
        name: account.name.clone(),
        weight: account.weight,
        ids: account.ids,
        vigil: account.vigil.unwrap_or(config.health.vigil),
        invitations: if config.pace.enabled { invitations.clone() } else { Vec::new() },
    }
}

/// A team that nothing has happened to yet.
pub fn new_team(config: &Config) -> Team {
    // The standard library's own hasher keys are the one source of randomness that every platform has.
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let epoch = i64::try_from(epoch).ok().and_then(Stamp::new).unwrap_or(Stamp::DAWN);
    let dice = config.team.dice.unwrap_or_else(|| RandomState::new().hash_one("ha-wechaty"));
    Team::new(Time::ZERO, &setup(config, epoch), dice)
}

impl Engine {
    /// Drives this team, and tells those that listen what happens.
    pub fn new(team: Team, shared: Arc<Shared>, notes: broadcast::Sender<Note>) -> Self {
        Self { origin: Instant::now(), team, shared, notes }
    }

    /// Runs until it is told to stop.
    pub async fn run(
        mut self,
        mut facts: mpsc::UnboundedReceiver<Fact>,
        mut asked: mpsc::UnboundedReceiver<Look>,
        stop: CancellationToken,
    ) {
        loop {
            self.drain();
            let wake = self.team.poll_timeout().map(|at| self.origin + at.since_origin());
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let begun = tokio::select! {
                fact = facts.recv() => match fact {
                    Some(fact) => self.timed(|team, now| team.handle(now, fact.fact)),
                    None => return,
                },
                Some(look) = asked.recv() => {
                    look(&self.team, &self.shared, self.now());
                    continue;
                }
                () = timer => self.timed(Team::handle_timeout),
                () = std::future::ready(()), if self.team.has_work() => self.timed(Team::work),
                () = stop.cancelled() => return,
            };
            self.drain();
            self.shared.records.metrics.input(begun.elapsed());
            if self.team.has_work() {
                // Others want to get on as well.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Returns when it began.
    fn timed(&mut self, act: impl FnOnce(&mut Team, Time)) -> Instant {
        let (begun, now) = (Instant::now(), self.now());
        act(&mut self.team, now);
        begun
    }

    fn now(&self) -> Time {
        Time::after_origin(self.origin.elapsed())
    }

    fn drain(&mut self) {
        let links = &self.shared.accounts.links;
        while let Some(command) = self.team.poll_command() {
            match command {
                Command::Connect { account } => links.order(account, Order::Connect),
                Command::Learn { account } => links.order(account, Order::Learn),
                Command::ReadRoom { account, room } => links.order(account, Order::ReadRoom { room }),
                Command::Invite { account, room, teammate, contact } => {
                    links.order(account, Order::Invite { room, teammate, contact });
                }
                Command::AcceptInvitation { account, id } => {
                    links.order(account, Order::AcceptInvitation { id });
                }
                Command::Ding { account, contact } => links.order(account, Order::Ding { contact }),
                Command::PuppetDing { account } => links.order(account, Order::PuppetDing),
                Command::Reopen { account } => links.order(account, Order::Reopen),
                Command::Reset { account } => links.order(account, Order::Reset),
                Command::Deliver { client, event } => {
                    for ending in self.shared.bots.streams.deliver(client, event) {
                        self.ends(&ending);
                    }
                }
                Command::Late { bot, conversation } => {
                    let within = self.shared.config.pace.answer_within;
                    self.shared.sending.late.given(bot, conversation, within);
                }
                Command::Join { known, copy } => {
                    self.shared.knowledge.book.join(self.team.identity(), &known, &copy);
                    self.shared.records.metrics.copy();
                }
                Command::Settle { send, settled } => self.shared.sending.unsettled.settle(send, settled),
                Command::Publish(routing) => self.shared.core.publish(routing),
                Command::Note(note) => self.note(note),
            }
        }
    }

    fn note(&self, note: Note) {
        if self.may_log(&note) {
            self.log(&note);
        }
        // Nobody may be listening.
        let _ = self.notes.send(note);
    }

    /// Whether the log has a line for a note, or has had enough of its kind.
    fn may_log(&self, note: &Note) -> bool {
        match note {
            Note::Phase { account, from, to, text, .. } => match news(*from, *to) {
                // These are an operator's own doing, once each.
                News::Leaves | News::Comes => true,
                News::Works | News::Fails => self.lets(*account, Kind::Phase, || format!("{to}: {text}")),
            },
            Note::Still { account, at, text, .. } => {
                self.lets(*account, Kind::Phase, || format!("still {at}: {text}"))
            }
            Note::SamePerson { account, contact_id, .. } => {
                self.lets(*account, Kind::Care, || format!("it is the same person as others: {contact_id}"))
            }
            Note::NoHeartbeat { account, cause, .. } => self.lets(*account, Kind::Care, || cause.clone()),
            Note::Ejected { account, work, pause, .. } => {
                self.lets(*account, Kind::Care, || format!("no {} for {pause:?}", work.name()))
            }
            Note::TakenOver { bot, from, .. } => self.lets_bot(*bot, || format!("stream {} broke", from.0)),
            Note::BotAway { bot, .. } => self.lets_bot(*bot, || "it is away".into()),
            Note::BotBack { bot, .. } => self.lets_bot(*bot, || "it is back".into()),
            Note::TeamRecovered { .. } => self.lets_team(Kind::Availability, || "it is back".into()),
            Note::TeamFailed { reason, .. } => {
                self.lets_team(Kind::Availability, || format!("it has failed: {reason}"))
            }
            // Each room is asked for by itself.
            Note::RoomsThinned { .. } => true,
            // The account's phase says the same.
            Note::Scan { .. } => false,
        }
    }

    fn log(&self, note: &Note) {
        match note {
            Note::Phase { account, from, to, text, after } => {
                let account = self.shared.accounts.name(*account);
                let after = format_args!("{:.1}s", after.as_secs_f64());
                let (news, from, to) = (news(*from, *to), from.name(), to.name());
                match news {
                    News::Works => tracing::info!(account, from, %after, "available"),
                    News::Leaves => tracing::info!(account, from, %after, "{text}"),
                    // The host that prepares it says more, and the operator who adds it again knows.
                    News::Comes => tracing::debug!(account, from, %after, "{text}"),
                    News::Fails => tracing::warn!(account, from, to, %after, "{text}"),
                }
            }
            Note::Still { account, at, text, after } => {
                let account = self.shared.accounts.name(*account);
                let since = format_args!("{:.1}s", after.as_secs_f64());
                tracing::warn!(account, still = at.name(), %since, "{text}");
            }
            Note::SamePerson { account, others, contact_id } => {
                let (account, others) = (
                    self.shared.accounts.name(*account),
                    others.iter().map(|it| self.shared.accounts.name(*it)),
                );
                let others = others.collect::<Vec<_>>().join(", ");
                tracing::error!(
                    account,
                    others,
                    contact_id,
                    "these are logged in as the same WeChat person: together they are one account, so one of them gets \
                     work and the others stand by. Log one of them in as somebody else, or remove it"
                );
            }
            Note::NoHeartbeat { account, contact, cause } => {
                let account = self.shared.accounts.name(*account);
                tracing::warn!(
                    account,
                    "it can't write to the heartbeat contact {contact} ({cause}): let this account follow it in \
                     WeChat, or set health.heartbeat_contact to one that it follows; until then its health is \
                     judged by what teammates see, and by its puppet's own ding, which is weaker"
                );
            }
            Note::Ejected { account, work, pause, throttled } => {
                let (account, work) = (self.shared.accounts.name(*account), work.name());
                let why = if *throttled { "WeChat says that it was too much" } else { "it failed in a row" };
                tracing::warn!(account, work, "{why}: no such work for it for {pause:?}");
            }
            Note::RoomsThinned { rooms } => self.note_thinned(rooms),
            Note::TakenOver { bot, from, to, again } => {
                let bot = self.shared.bots.name(*bot);
                let (from, to) = (from.0, to.iter().map(|client| client.0).collect::<Vec<_>>());
                tracing::warn!(
                    bot,
                    stream = from,
                    ?to,
                    "a stream broke, and others go on with its work; {again} events that it had not acknowledged \
                     are given again"
                );
            }
            Note::BotAway { bot, after, waiting, dropped } => {
                let bot = self.shared.bots.name(*bot);
                let after = human(after.as_secs_f64());
                let lost = if *dropped > 0 { format!(", {dropped} were dropped") } else { String::new() };
                tracing::warn!(
                    bot,
                    "it has no event stream for {after}: {waiting} events wait for it{lost} \
                     (gateway.replay_events, replay_bytes, replay_age); is it running?"
                );
            }
            Note::BotBack { bot, after, waiting, dropped } => {
                let bot = self.shared.bots.name(*bot);
                let after = human(after.as_secs_f64());
                match dropped {
                    0 => tracing::info!(bot, "back after {after}: {waiting} events are given to it"),
                    _ => tracing::warn!(
                        bot,
                        "back after {after}: {waiting} events are given to it, {dropped} were dropped"
                    ),
                }
            }
            Note::TeamRecovered { after } => {
                tracing::info!("the team is available, after {:.1}s without an account", after.as_secs_f64());
            }
            Note::TeamFailed { reason, after } => {
                tracing::error!("the team has failed, after {:.1}s: {reason}", after.as_secs_f64());
            }
            Note::Scan { .. } => {}
        }
    }

    /// A stream ends since its bot does not take its events.
    fn ends(&self, Ending { client, bot, is_gone, why }: &Ending) {
        if *is_gone {
            self.shared.core.tell(Input::BotDisconnected { client: *client });
        }
        if self.lets_bot(*bot, || why.clone()) {
            let bot = self.shared.bots.name(*bot);
            tracing::warn!(bot, stream = client.0, "its event stream ends: {why}");
        }
    }

    /// Whether a line about an account is to be logged.
    fn lets(&self, account: AccountId, kind: Kind, words: impl FnOnce() -> String) -> bool {
        self.shared.records.hush.lets(Who::Account(account), kind, words)
    }

    /// Whether a line about a bot's streams is.
    fn lets_bot(&self, bot: BotId, words: impl FnOnce() -> String) -> bool {
        self.shared.records.hush.lets(Who::Bot(bot), Kind::Streams, words)
    }

    /// Whether a line about the team is.
    fn lets_team(&self, kind: Kind, words: impl FnOnce() -> String) -> bool {
        self.shared.records.hush.lets(Who::Team, kind, words)
    }

    /// An account that is gone for good leaves many rooms at once: a few of them say enough.
    fn note_thinned(&self, rooms: &[Thinned]) {
        for Thinned { room, topic, left } in rooms.iter().take(THINNED) {
            if !self.lets_team(Kind::Rooms, || room.clone()) {
                continue;
            }
            match left {
                Some(account) => tracing::warn!(
                    room,
                    topic,
                    account = self.shared.accounts.name(*account),
                    "this account alone is left in the room: have another one invited, or set \
                     team.invite_teammates; ha-wechaty rooms --plan says who can invite whom"
                ),
                None => tracing::warn!(room, topic, "no account is left in the room"),
            }
        }
        let more = rooms.len().saturating_sub(THINNED);
        if more > 0 && self.lets_team(Kind::Rooms, || format!("{more} more rooms")) {
            tracing::warn!("{more} more rooms have lost accounts: see ha-wechaty rooms --at-risk");
        }
    }
}

/// What a step of an account means to an operator.
enum News {
    /// It gets work.
    Works,
    /// It has left the team.
    Leaves,
    /// It is about to be dialled, for the first time or again.
    Comes,
    /// It is not where it should be.
    Fails,
}

fn news(from: Standing, to: Standing) -> News {
    match to {
        Standing::Available => News::Works,
        Standing::Removed => News::Leaves,
        Standing::Connecting | Standing::Preparing => News::Comes,
        _ if from == Standing::Removed => News::Comes,
        Standing::Offline
        | Standing::NotLoggedIn
        | Standing::WaitingScan
        | Standing::LoggedOut
        | Standing::Suspect
        | Standing::Failed => News::Fails,
    }
}
