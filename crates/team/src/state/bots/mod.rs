//! Bots, as all others know them: what they are called, which token each has, and which event streams.

mod credential;
mod origin;
mod places;
mod streams;
mod tokens;
mod unread;

use std::sync::Arc;

use arc_swap::ArcSwap;
use ha_wechaty_config::{BotConfig, Config, bytes};
use ha_wechaty_core::{BotId, ClientId};
use tonic::Code;

pub use credential::{Bar, CalledBy, Credential, Lacks, Stranger};
pub use origin::Origin;
pub(crate) use places::Places;
pub use streams::{Ending, Streams};
pub(crate) use streams::{Opened, Room, Signals};
pub use tokens::Tokens;
pub(crate) use unread::Unread;

/// The team's bots. Each has a place, which is its number, for as long as the process is there.
#[derive(Debug)]
pub struct BotSide {
    places: ArcSwap<Places>,
    /// Which bot has which token.
    pub tokens: Arc<Tokens>,
    /// Their open streams.
    pub streams: Streams,
}

impl BotSide {
    /// The bots of a configuration; none has a stream, and the first one gets this number.
    pub fn new(config: &Config, first: u64) -> Self {
        let places = Places::new(&config.bots);
        Self {
            tokens: Arc::new(Tokens::new(places.known())),
            streams: Streams::new(bytes(config.memory.streams), first),
            places: ArcSwap::from_pointee(places),
        }
    }

    /// The bot of this name, if there is one.
    pub fn named(&self, name: &str) -> Option<BotId> {
        self.all().into_iter().find(|(_, bot)| bot.name == name).map(|(bot, _)| bot)
    }

    /// A bot's name, for people; also of one that was removed.
    pub fn name(&self, bot: BotId) -> Arc<str> {
        self.places.load().name(bot)
    }

    /// What is configured of a bot, unless it was removed.
    pub fn config(&self, bot: BotId) -> Option<Arc<BotConfig>> {
        self.places.load().config(bot)
    }

    /// The bots there are.
    pub fn all(&self) -> Vec<(BotId, Arc<BotConfig>)> {
        self.places.load().all()
    }

    /// The places that these bots are to have. One is known by its name; one of another name by its token.
    pub(crate) fn places_of(&self, bots: &[BotConfig]) -> Places {
        self.places.load().with(bots)
    }

    /// From now on these are the bots. Who was removed, has another token, or another mode, or may not come without a token any
    /// more, has those of its streams ended of which that is true: they are returned.
    pub(crate) fn follow(&self, after: Places) -> Vec<ClientId> {
        let before = self.places.load_full();
        // Tokens first: nobody comes in by an old one any more whose streams are ended.
        self.tokens.follow(after.known());
        let after = Arc::new(after);
        self.places.store(after.clone());
        let mut ended = Vec::new();
        for bot in after.numbers() {
            match (before.config(bot), after.config(bot)) {
                (_, None) => ended.extend(self.streams.dismiss(bot)),
                (None, Some(_)) => self.streams.admit(bot),
                (Some(old), Some(new)) => {
                    let token = "the bot has another token now; connect with that";
                    let bare = "the bot must show its token now, or come from elsewhere (tokenless)";
                    let mode = format!("the bot's streams are in mode {} now; connect again", new.mode);
                    let (is_renewed, is_moved) = (old.token != new.token, old.mode != new.mode);
                    let has_left = |from| new.tokenless.as_ref().is_none_or(|it| !it.admits(from));
                    ended.extend(self.streams.end_those(bot, |without| match without {
                        None if is_renewed => Some((Code::Unauthenticated, token)),
                        Some(from) if has_left(from) => Some((Code::Unauthenticated, bare)),
                        None | Some(_) if is_moved => Some((Code::Unavailable, &mode)),
                        None | Some(_) => None,
                    }));
                }
            }
        }
        ended
    }
}
