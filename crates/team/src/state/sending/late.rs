//! Where bots are given a backlog: what they say there may be an answer to it, and waits for its turn as long as the
//! backlog needs. A call's own patience would refuse most of it, since pace lets answers leave one by one.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ha_wechaty_core::{BotId, fingerprint};
use tokio::time::Instant;

/// So many conversations are remembered.
const MOST: usize = 10_000;

/// The conversations, and until when.
#[derive(Debug, Default)]
pub struct LateAnswers(Mutex<BTreeMap<(BotId, u64), Instant>>);

impl LateAnswers {
    /// How many conversations are remembered, of each bot.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// A bot is given something late in a conversation, and will have answered it by then. Where nothing is an answer
    /// (`pace.answer_within` is zero), nothing waits longer for being one.
    pub fn given(&self, bot: BotId, conversation: u64, within: Duration) {
        if within.is_zero() {
            return;
        }
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, until| *until > now);
        }
        if all.len() < MOST {
            all.insert((bot, conversation), now + within);
        }
    }

    /// Whether what a bot says there now may answer what it was given late.
    pub(crate) fn is_answer(&self, bot: BotId, conversation: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(bot, fingerprint(conversation))).is_some_and(|until| *until > Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn where_nothing_is_an_answer_nothing_is_remembered() {
        let (late, bot) = (LateAnswers::default(), BotId(0));
        late.given(bot, fingerprint("tea"), Duration::ZERO);
        assert!(!late.is_answer(bot, "tea"));
        assert_eq!(late.0.lock().expect("whole").len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_said_where_something_was_given_late_is_an_answer_for_a_while() {
        let (late, bot, minute) = (LateAnswers::default(), BotId(0), Duration::from_secs(60));
        late.given(bot, fingerprint("tea"), minute);
        assert!(late.is_answer(bot, "tea"));
        assert!(!late.is_answer(bot, "coffee") && !late.is_answer(BotId(1), "tea"));
        tokio::time::advance(minute).await;
        assert!(!late.is_answer(bot, "tea"));
        for conversation in 0..2 * MOST as u64 {
            late.given(bot, conversation, minute);
        }
        assert_eq!(late.0.lock().expect("whole").len(), MOST);
    }
}
