//! On whose behalf accounts are asked: so that what a bot has given up, what goes on all the same, and what comes for it
//! counts as its own.

use std::{future::Future, sync::Arc};

use ha_wechaty_core::BotId;

use super::counted::CALL;
use crate::state::budget::{Budget, Portion};
use ha_wechaty_transport as transport;

tokio::task_local! {
    static CURRENT: AskingBot;
}

/// The bot whose call a task is at work on.
#[derive(Debug, Clone)]
pub struct AskingBot {
    bot: BotId,
    budget: Arc<Budget>,
}

impl AskingBot {
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
    pub(super) fn held(&self) -> Portion {
        self.budget.held(self.bot)
    }
}

impl transport::Counts for AskingBot {
    /// It is under way, whether there is room or not.
    fn goes_on(&self) -> Box<dyn Send + Sync> {
        let held = self.held();
        held.take_anyway(CALL);
        Box::new(held)
    }
}

#[cfg(test)]
mod tests {
    use transport::Counts as _;

    use super::*;

    #[tokio::test]
    async fn what_goes_on_counts_as_the_bots_until_it_ends_whether_there_is_room_or_not() {
        let budget = Budget::new(CALL, 1);
        let behalf = AskingBot::new(BotId(0), budget.clone());
        assert!(AskingBot::current().is_none());
        let went_on = behalf.clone().scope(async {
            let current = AskingBot::current().expect("it is the bot's");
            [current.goes_on(), current.goes_on()]
        });
        let went_on = went_on.await;
        assert_eq!((budget.load().entries, budget.load().bytes), (2, 2 * CALL));
        drop(went_on);
        assert_eq!(budget.load().bytes, 0);
    }
}
