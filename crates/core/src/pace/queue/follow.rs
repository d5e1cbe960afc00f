//! Another pace while calls wait: what was done counts on, and who waits does so under what is said now.

use alloc::vec::Vec;

use super::{LaneId, Queue};
use crate::{
    pace::{Pace, Paced},
    time::Time,
};

impl Queue {
    /// From now on this is the pace, but for whether there is one at all, which stays; accounts have theirs by
    /// [`admit`](Self::admit). What was done counts on, as far as the limits before asked for it; whoever waits may go on at
    /// the next [`advance`](Self::advance).
    pub fn follow(&mut self, now: Time, pace: Pace) {
        self.pace = Pace { enabled: self.pace.enabled, ..pace };
        let is_limited = |paced: Paced| self.pace.enabled && paced == Paced::Message;
        for lane in self.lanes.values_mut().filter(|lane| is_limited(lane.paced)) {
            lane.meter.set_limits(&self.pace.per_conversation);
        }
        let lanes: Vec<LaneId> = self.lanes.keys().copied().collect();
        lanes.into_iter().for_each(|lane| self.touch(now, lane));
        // Of what an account may do another part may be kept for answers.
        let everybody = self.everybody();
        for closed in &mut self.closed {
            (closed.to_answer, closed.to_all) = (everybody, everybody);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec};
    use core::time::Duration;

    use super::*;
    use crate::{
        account::AccountId,
        bots::BotId,
        pace::{Allowance, Errand, Limit, Seek, Ticket, Turn},
    };

    const NORTH: AccountId = AccountId(0);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn allowance(count: u32) -> Allowance {
        Allowance { messages: vec![Limit::new(count, 100)], ..Allowance::unlimited() }
    }

    fn pace(count: u32, per_conversation: u64) -> Pace {
        Pace {
            enabled: true,
            accounts: vec![allowance(count)],
            per_conversation: vec![Limit::new(1, per_conversation)],
            max_queue: 10,
            max_weight: 10,
            answer_within: Duration::ZERO,
            answers_first: Duration::ZERO,
            for_answers: 0,
            burst: Duration::ZERO,
        }
    }

    fn anybody(_: Ticket, seek: Seek) -> Option<Vec<AccountId>> {
        Some([NORTH].into_iter().filter(|it| !seek.tried.contains(*it)).collect())
    }

    fn joins(queue: &mut Queue, now: Time, ticket: u64, subject: &str) -> Vec<Turn> {
        let errand = Errand { paced: Paced::Message, subject: subject.to_string(), bot: BotId(0), weight: 0 };
        queue
            .join(now, Ticket(ticket), errand, now + Duration::from_secs(1_000), anybody)
            .expect("there is room");
        turns(queue)
    }

    fn turns(queue: &mut Queue) -> Vec<Turn> {
        core::iter::from_fn(|| queue.poll_turn()).map(|(_, turn)| turn).collect()
    }

    /// Three have been said, each in a conversation of its own, and one more waits.
    fn full() -> Queue {
        let mut queue = Queue::new(pace(3, 10));
        for n in 0..3 {
            assert_eq!(joins(&mut queue, at(n), n, &n.to_string()), [Turn::Go(NORTH)]);
            queue.leave(at(n), Ticket(n), true);
        }
        assert_eq!(joins(&mut queue, at(3), 3, "3"), []);
        queue
    }

    fn follow(queue: &mut Queue, now: Time, pace: Pace) -> Vec<Turn> {
        let allowance = pace.accounts[0].clone();
        queue.follow(now, pace);
        queue.admit(NORTH, &allowance);
        queue.advance(now, true, anybody);
        turns(queue)
    }

    #[test]
    fn a_raised_pace_wakes_who_waits_and_a_lowered_one_counts_at_once() {
        let mut queue = full();
        assert_eq!(follow(&mut queue, at(4), pace(4, 10)), [Turn::Go(NORTH)]);
        queue.leave(at(4), Ticket(3), true);
        assert_eq!(follow(&mut queue, at(5), pace(2, 10)), []);
        assert_eq!(joins(&mut queue, at(6), 4, "4"), []);
        // The last two of the four that were said are as many as it may say.
        queue.advance(at(101), false, anybody);
        assert_eq!(turns(&mut queue), []);
        queue.advance(at(102), false, anybody);
        assert_eq!(turns(&mut queue), [Turn::Go(NORTH)]);
    }

    #[test]
    fn who_waits_for_a_conversation_goes_on_when_it_may_have_more() {
        let mut queue = Queue::new(pace(10, 50));
        assert_eq!(joins(&mut queue, at(0), 0, "alice"), [Turn::Go(NORTH)]);
        queue.leave(at(0), Ticket(0), true);
        assert_eq!(joins(&mut queue, at(1), 1, "alice"), []);
        assert_eq!(follow(&mut queue, at(20), pace(10, 10)), [Turn::Go(NORTH)]);
        queue.leave(at(20), Ticket(1), true);
        assert_eq!(follow(&mut queue, at(21), pace(10, 100)), []);
        assert_eq!(joins(&mut queue, at(40), 2, "alice"), [], "less than 100 seconds later");
        queue.advance(at(121), false, anybody);
        assert_eq!(turns(&mut queue), [Turn::Go(NORTH)]);
    }

    #[test]
    fn nobody_is_sent_away_who_waits_already() {
        let mut queue = full();
        let fewer = Pace { max_queue: 0, ..pace(3, 10) };
        assert_eq!(follow(&mut queue, at(4), fewer), []);
        assert_eq!(queue.waiting(), 1);
        let errand = Errand { paced: Paced::Message, subject: "4".into(), bot: BotId(0), weight: 0 };
        assert!(queue.join(at(5), Ticket(4), errand, at(100), anybody).is_err());
    }
}
