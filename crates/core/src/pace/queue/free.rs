//! When there is room for somebody who has none now.

use super::{Opening, Paced, Queue};
use crate::{account_set::AccountSet, time::Time};

impl Queue {
    /// The earliest time at which one of these accounts has room for something that is no answer, as far as it is known
    /// now: that nothing more begins, and that what is under way ends at once. `lane` is when the lane has room that it
    /// is to be done in. `None` without accounts.
    pub fn free_at(&self, now: Time, among: AccountSet, paced: Paced, lane: Opening) -> Option<Time> {
        let kept = self.kept(paced);
        let meters = among.iter().filter_map(|account| self.meter(account, paced));
        let account = meters.map(|meter| meter.free_at(now, kept)).min()?;
        let lane = match lane {
            Opening::Now => now,
            Opening::At(at) => at,
            // It takes one at a time, so that is a limit of one.
            Opening::AfterAnEnd => {
                let alone = self.pace.per_conversation.iter().filter(|limit| limit.count <= 1);
                now + alone.map(|limit| limit.window).max().unwrap_or_default()
            }
        };
        Some(account.max(lane))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use core::time::Duration;

    use super::*;
    use crate::{
        account::AccountId,
        pace::{Allowance, Limit, Pace},
    };

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn there_is_room_once_an_account_and_the_lane_have_some() {
        let allowance = Allowance { messages: vec![Limit::new(1, 60)], ..Allowance::default() };
        let accounts = vec![allowance.clone(), allowance];
        let mut queue = Queue::new(Pace {
            enabled: true,
            accounts,
            per_conversation: vec![Limit::new(1, 50)],
            max_queue: 10,
            max_weight: 10,
            answer_within: Duration::ZERO,
            answers_first: Duration::ZERO,
            for_answers: 0,
            burst: Duration::ZERO,
        });
        let [north, south] = [0, 1].map(AccountId);
        queue.count(at(0), north, Paced::Message);
        queue.count(at(10), south, Paced::Message);
        let free_at = |among: &[AccountId], lane| {
            queue.free_at(at(20), among.iter().copied().collect(), Paced::Message, lane)
        };
        assert_eq!(free_at(&[], Opening::Now), None);
        assert_eq!(free_at(&[north, south], Opening::Now), Some(at(60)));
        assert_eq!(free_at(&[south], Opening::At(at(65))), Some(at(70)));
        assert_eq!(free_at(&[north], Opening::At(at(65))), Some(at(65)));
        assert_eq!(free_at(&[north, south], Opening::AfterAnEnd), Some(at(70)), "were the lane's over now");
    }
}
