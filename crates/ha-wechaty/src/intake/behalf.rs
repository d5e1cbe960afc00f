//! On whose behalf accounts are asked: so that what a bot has given up, and what goes on all the same, counts as its own.

use std::{future::Future, sync::Arc};

use ha_wechaty_core::BotId;

use super::{Budget, CALL, Held};

tokio::task_local! {
    static CURRENT: Behalf;
}

/// The bot whose call a task is at work on.
#[derive(Debug, Clone)]
pub(crate) struct Behalf {
    pub(crate) bot: BotId,
    budget: Arc<Budget>,
}

impl Behalf {
    /// The bot's, whose requests count in this budget.
    pub(crate) fn new(bot: BotId, budget: Arc<Budget>) -> Self {
        Self { bot, budget }
    }

    /// Whose call this task is at work on, if it is a bot's.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// The future, on the bot's behalf.
    pub(crate) fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, future)
    }

    /// What counts as the bot's. Nothing is held yet.
    pub(super) fn held(&self) -> Held {
        self.budget.held(self.bot)
    }

    /// Room for one call that goes on though the bot has given it up. It is under way, whether there is room or not.
    pub(crate) fn goes_on(&self) -> Held {
        let held = self.held();
        held.take_anyway(CALL);
        held
    }
}
