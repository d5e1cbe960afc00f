//! On whose behalf accounts are asked: so that what a bot has given up, what goes on all the same, and what comes for it
//! counts as its own.

use std::{future::Future, sync::Arc};

use ha_wechaty_core::BotId;

use super::{Budget, CALL, Held};
use ha_wechaty_transport as transport;

tokio::task_local! {
    static CURRENT: Behalf;
}

/// The bot whose call a task is at work on.
#[derive(Debug, Clone)]
pub struct Behalf {
    bot: BotId,
    budget: Arc<Budget>,
}

impl Behalf {
    /// The bot's, whose requests count in this budget.
    pub fn new(bot: BotId, budget: Arc<Budget>) -> Self {
        Self { bot, budget }
    }

    /// Whose call this task is at work on, if it is a bot's.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// The future, on the bot's behalf.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let behalf = transport::Behalf::new(self.bot.0.into(), Arc::new(self.clone()));
        behalf.scope(CURRENT.scope(self, future))
    }

    /// What counts as the bot's. Nothing is held yet.
    pub(super) fn held(&self) -> Held {
        self.budget.held(self.bot)
    }
}

impl transport::Counts for Behalf {
    /// It is under way, whether there is room or not.
    fn goes_on(&self) -> Box<dyn Send + Sync> {
        let held = self.held();
        held.take_anyway(CALL);
        Box::new(held)
    }
}
