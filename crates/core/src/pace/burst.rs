//! Which account spoke last for a bot in a conversation: what the bot says there in one go comes from one mouth.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString},
};
use core::time::Duration;

use crate::{account::AccountId, bots::BotId, time::Time};

/// How many are remembered at most.
const MOST: usize = 10_000;
/// How many messages are one burst at the most: a bot that never pauses, since it answers many people, is spread over
/// its accounts all the same.
pub(super) const LONGEST: u32 = 10;

/// The last words of a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    at: Time,
    account: AccountId,
    /// How many messages the burst has had.
    said: u32,
}

/// The bots' conversations, and who spoke there last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Bursts {
    last: BTreeMap<(String, BotId), Last>,
    /// Every word, oldest first.
    words: VecDeque<(Time, (String, BotId))>,
}

impl Bursts {
    /// How many words are remembered.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

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
        let goes_on = |last: &&Last| now < last.at + within && last.account == account && last.said < LONGEST;
        let said = self.last.get(&place).filter(goes_on).map_or(1, |last| last.said + 1);
        self.words.push_back((now, place.clone()));
        self.last.insert(place, Last { at: now, account, said });
        while self.words.len() > MOST || self.words.front().is_some_and(|(at, _)| *at + within < now) {
            let Some((at, place)) = self.words.pop_front() else { break };
            if self.last.get(&place).is_some_and(|last| last.at == at) {
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
        let last = self.last.get(&(conversation.to_string(), bot))?;
        (now < last.at + within && last.said < LONGEST).then_some(last.account)
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
    fn a_bot_that_never_pauses_is_spread_all_the_same() {
        let mut bursts = Bursts::default();
        for second in 0..u64::from(LONGEST) {
            assert_eq!(bursts.speaker(at(second), BotId(0), "room", WITHIN), (second > 0).then_some(A));
            bursts.spoke(at(second), BotId(0), "room", A, WITHIN);
        }
        assert_eq!(bursts.speaker(at(10), BotId(0), "room", WITHIN), None, "the next may be another's");
        bursts.spoke(at(10), BotId(0), "room", A, WITHIN);
        assert_eq!(bursts.speaker(at(11), BotId(0), "room", WITHIN), Some(A), "a burst of its own");
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
