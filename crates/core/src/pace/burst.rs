//! Which account spoke last for a bot in a conversation: what the bot says there in one go comes from one mouth.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString},
};
use core::time::Duration;

use crate::{account::AccountId, bots::BotId, time::Time};

/// How many are remembered at most.
const MOST: usize = 10_000;

/// The bots' conversations, and who spoke there last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Bursts {
    last: BTreeMap<(String, BotId), (Time, AccountId)>,
    /// Every word, oldest first.
    words: VecDeque<(Time, (String, BotId))>,
}

impl Bursts {
    /// An account has spoken. What is said less than `within` later belongs to it.
    pub(super) fn spoke(
        &mut self,
        now: Time,
        bot: BotId,
        conversation: &str,
        account: AccountId,
        within: Duration,
    ) {
        if within.is_zero() {
            return;
        }
        let place = (conversation.to_string(), bot);
        self.words.push_back((now, place.clone()));
        self.last.insert(place, (now, account));
        while self.words.len() > MOST || self.words.front().is_some_and(|(at, _)| *at + within < now) {
            let Some((at, place)) = self.words.pop_front() else { break };
            if self.last.get(&place).is_some_and(|(last, _)| *last == at) {
                self.last.remove(&place);
            }
        }
    }

    /// Who goes on, if the burst is not over.
    pub(super) fn speaker(
        &self,
        now: Time,
        bot: BotId,
        conversation: &str,
        within: Duration,
    ) -> Option<AccountId> {
        if self.last.is_empty() {
            return None;
        }
        let (at, account) = self.last.get(&(conversation.to_string(), bot))?;
        (now < *at + within).then_some(*account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_secs(5);
    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn a_burst_is_one_bots_in_one_conversation_and_ends_with_a_pause() {
        let mut bursts = Bursts::default();
        bursts.spoke(at(0), BotId(0), "room", A, WITHIN);
        let speaker =
            |bursts: &Bursts, second, bot, room| bursts.speaker(at(second), BotId(bot), room, WITHIN);
        assert_eq!(speaker(&bursts, 4, 0, "room"), Some(A));
        assert_eq!((speaker(&bursts, 4, 1, "room"), speaker(&bursts, 4, 0, "hall")), (None, None));
        bursts.spoke(at(4), BotId(0), "room", B, WITHIN);
        assert_eq!((speaker(&bursts, 8, 0, "room"), speaker(&bursts, 9, 0, "room")), (Some(B), None));
    }

    #[test]
    fn it_is_bounded_and_off_at_zero() {
        let mut bursts = Bursts::default();
        bursts.spoke(at(0), BotId(0), "room", A, Duration::ZERO);
        assert_eq!(bursts, Bursts::default());
        for n in 0..2 * MOST {
            bursts.spoke(at(0), BotId(0), &alloc::format!("{n}"), A, WITHIN);
        }
        assert_eq!((bursts.words.len(), bursts.last.len()), (MOST, MOST));
        bursts.spoke(at(6), BotId(0), "room", A, WITHIN);
        assert_eq!((bursts.words.len(), bursts.last.len()), (1, 1));
    }
}
