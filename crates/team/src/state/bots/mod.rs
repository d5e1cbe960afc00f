//! Bots, as all others know them: what they are called, which token each has, and which event streams.

mod origin;
mod streams;
mod tokens;
mod unread;

use std::sync::Arc;

use ha_wechaty_config::{Config, bytes};
use ha_wechaty_core::BotId;

pub use origin::Origin;
pub use streams::{Ending, Streams};
pub(crate) use streams::{Opened, Room, Signals};
pub use tokens::Tokens;
pub(crate) use unread::Unread;

/// The team's bots.
#[derive(Debug)]
pub struct BotSide {
    names: Vec<String>,
    /// Which bot has which token.
    pub tokens: Arc<Tokens>,
    /// Their open streams.
    pub streams: Streams,
}

impl BotSide {
    /// The bots of a configuration; none has a stream, and the first one gets this number.
    pub fn new(config: &Config, first: u64) -> Self {
        Self {
            names: config.bots.iter().map(|bot| bot.name.clone()).collect(),
            tokens: Arc::new(Tokens::new(config.bots.iter().map(|bot| &bot.token))),
            streams: Streams::new(bytes(config.memory.streams), first),
        }
    }

    /// The bot of this name, if there is one.
    pub fn named(&self, name: &str) -> Option<BotId> {
        let place = self.names.iter().position(|it| it == name)?;
        u16::try_from(place).ok().map(BotId)
    }

    /// A bot's name, for people.
    pub fn name(&self, bot: BotId) -> &str {
        self.names.get(usize::from(bot.0)).map_or("?", String::as_str)
    }
}
