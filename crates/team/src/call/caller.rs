//! Who calls, and from where.

use std::sync::{Arc, Weak};

use ha_wechaty_core::{BotId, ClientId, Input};

use crate::state::{
    Shared,
    bots::{BotSide, Origin},
    facts::CoreHandle,
};

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The bot.
    pub bot: BotId,
    /// The event stream that the same client has on the same connection, if it has one.
    pub client: Option<ClientId>,
    /// Whether files must be inside answers, since the client knows no other way.
    pub inline_files: bool,
    /// Where the call comes from, unless that is a program that holds the team itself.
    pub origin: Option<Origin>,
    /// When whoever calls gives up.
    pub until: Option<tokio::time::Instant>,
}

impl Caller {
    /// The gateway itself.
    pub(super) const NOBODY: Self =
        Self { bot: BotId(u16::MAX), client: None, inline_files: false, origin: None, until: None };

    /// The bot knows what this is about: it need not be told again. That counts for the stream that it has on its connection
    /// now, since a bot may stop and start while it asks.
    pub(super) fn acknowledges(&self, core: &CoreHandle, bots: &BotSide, id: &str) {
        let now = self.origin.and_then(|origin| bots.streams.of(origin));
        let (client, bot) = (now.or(self.client), self.bot);
        core.tell(Input::Acknowledged { client, bot, id: id.to_owned() });
    }
}

/// That a bot knows what it was given: to be [confirmed](Self::confirm) once the answer to its question is written. One that
/// is dropped says nothing, and the bot is given it again on its next stream.
#[derive(Debug)]
#[must_use = "dropped, it says nothing"]
pub struct Acknowledgement {
    shared: Weak<Shared>,
    caller: Caller,
    id: String,
}

impl Acknowledgement {
    pub(super) fn new(shared: &Arc<Shared>, caller: Caller, id: &str) -> Self {
        Self { shared: Arc::downgrade(shared), caller, id: id.to_owned() }
    }

    /// The answer is written, so the core may know. Were it told before, and the answer lost, with the process or the
    /// connection, the bot would be given it never again.
    pub fn confirm(self) {
        if let Some(shared) = self.shared.upgrade() {
            self.caller.acknowledges(&shared.core, &shared.bots, &self.id);
        }
    }
}
