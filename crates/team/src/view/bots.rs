//! How a bot stands: which of its streams is given what.

use std::net::IpAddr;

use ha_wechaty_core::{Away, BotId, BotMode, ClientId, Role, Team, Time};
use serde::{Deserialize, Serialize};

use crate::{state::bots::Streams, text::human};
use ha_wechaty_config::{BotConfig, Tokenless};

/// One bot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BotStatus {
    /// Its name.
    pub name: String,
    /// What its streams are to each other.
    pub mode: BotMode,
    /// Whether it may come without its token, from the loopback or from elsewhere too.
    #[serde(default)]
    pub tokenless: Option<Bare>,
    /// Its open event streams, in the order in which they opened.
    pub streams: Vec<StreamStatus>,
    /// How many of its calls wait for their turn.
    #[serde(default)]
    pub waiting_calls: usize,
    /// How many events it was never given, since it was away too long.
    #[serde(default)]
    pub dropped: u64,
    /// How many seconds ago it acknowledged an event last.
    #[serde(default)]
    pub acknowledged: Option<f64>,
    /// What it misses, while it has no stream.
    #[serde(default)]
    pub away: Option<AwayStatus>,
}

/// From where a bot may come without its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bare {
    /// The loopback alone.
    Here,
    /// The loopback, and networks that are named.
    Networks,
}

impl Bare {
    fn of(from: &Tokenless) -> Self {
        if from.is_far() { Self::Networks } else { Self::Here }
    }
}

/// A bot that has no event stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwayStatus {
    /// For how long, in seconds.
    pub seconds: f64,
    /// Whether it has been there since the gateway began.
    pub was_there: bool,
    /// How many events wait for it.
    pub waiting: usize,
    /// How many were dropped meanwhile that nobody had been given.
    pub dropped: u64,
}

impl AwayStatus {
    /// Of a bot that has no stream.
    pub fn of(team: &Team, id: BotId, now: Time) -> Option<Self> {
        let Away { since, was_there, waiting, dropped } = team.bots().away(id)?;
        Some(Self { seconds: (now - since).as_secs_f64(), was_there, waiting, dropped })
    }

    /// In words, if it misses anything.
    pub fn text(&self) -> Option<String> {
        let Self { waiting, dropped, .. } = self;
        let lost = match dropped {
            0 => String::new(),
            1 => String::from(", 1 was dropped"),
            many => format!(", {many} were dropped"),
        };
        let is_missing = *waiting > 0 || *dropped > 0;
        is_missing.then(|| format!("away for {}, {waiting} events wait for it{lost}", human(self.seconds)))
    }
}

/// One event stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamStatus {
    /// Its number, as in the log.
    pub stream: u64,
    /// What it is given.
    pub role: Role,
    /// Its share of the conversations, 0 to 1.
    pub share: f64,
    /// Events that it was given and has not acknowledged.
    pub unacknowledged: usize,
    /// Where its client is, if that showed no token.
    #[serde(default)]
    pub without: Option<IpAddr>,
}

impl BotStatus {
    pub(super) fn new(
        team: &Team,
        open: &Streams,
        (id, bot): (BotId, &BotConfig),
        now: Time,
        waiting_calls: usize,
    ) -> Self {
        let streams = team.bots().streams_of(id);
        let each = 1.0 / streams.len().max(1) as f64;
        let stream = |(client, role, unacknowledged): (ClientId, Role, usize)| {
            let share = match role {
                Role::All | Role::Active => 1.0,
                Role::Standby => 0.0,
                Role::Shard => each,
            };
            StreamStatus { stream: client.0, role, share, unacknowledged, without: open.without_of(client) }
        };
        let streams = streams.into_iter().map(stream).collect();
        let away = AwayStatus::of(team, id, now);
        let dropped = team.bots().dropped_of(id);
        let acknowledged = team.bots().acknowledged(id).map(|at| (now - at).as_secs_f64());
        let (name, tokenless) = (bot.name.clone(), bot.tokenless.as_ref().map(Bare::of));
        Self { name, mode: bot.mode, tokenless, streams, waiting_calls, dropped, acknowledged, away }
    }
}
