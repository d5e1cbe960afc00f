//! A turn in the queue: a message joins, has an account, is sent and leaves.

use std::time::Duration;

use criterion::Criterion;
use ha_wechaty_core::{
    AccountId, Allowance, BotId, Errand, Limit, Pace, Paced, Queue, Seek, Ticket, Time, Turn,
};

const ACCOUNTS: usize = 3;
const BOT: BotId = BotId(0);

fn pace(each: Limit) -> Pace {
    let allowance = Allowance { messages: vec![each], ..Allowance::unlimited() };
    Pace {
        enabled: true,
        accounts: vec![allowance; ACCOUNTS],
        per_conversation: vec![Limit { count: 1_000_000, window: Duration::from_secs(1) }],
        max_queue: 10_000,
        max_weight: usize::MAX,
        answer_within: Duration::from_secs(120),
        answers_first: Duration::from_secs(10),
        for_answers: 0,
        burst: Duration::ZERO,
    }
}

fn anybody(_: Ticket, _: Seek) -> Option<Vec<AccountId>> {
    Some(AccountId::first(ACCOUNTS).collect())
}

/// A queue, and the number of its next message.
struct Office {
    queue: Queue,
    now: Time,
    next: u64,
}

impl Office {
    fn new(each: Limit) -> Self {
        Self { queue: Queue::new(pace(each)), now: Time::ZERO, next: 0 }
    }

    fn join(&mut self, subject: String) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        let errand = Errand { paced: Paced::Message, subject, bot: BOT, weight: 100 };
        let until = self.now + Duration::from_secs(1_000_000);
        self.queue.join(self.now, ticket, errand, until, anybody).expect("there is room");
        ticket
    }

    /// One message from its coming to its end.
    fn turn(&mut self) {
        let ticket = self.join(format!("person {}", self.next % 200));
        let turn = self.queue.poll_turn();
        assert!(matches!(turn, Some((it, Turn::Go(_))) if it == ticket), "{turn:?}");
        // It has not left, so its slot is free again: each turn finds what the one before it found.
        self.queue.leave(self.now, ticket, false);
        self.now = self.now + Duration::from_micros(100);
        self.queue.advance(self.now, false, anybody);
    }
}

pub(super) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pace");
    let mut free = Office::new(Limit { count: 1_000_000, window: Duration::from_secs(1) });
    group.bench_function("a turn, nobody waits", |bencher| bencher.iter(|| free.turn()));

    // One account sends one message in an hour; a thousand wait, and one of them goes and another comes.
    let mut crowded = Office::new(Limit { count: 1, window: Duration::from_secs(3_600) });
    let mut waiting: std::collections::VecDeque<Ticket> =
        (0..1_000 + ACCOUNTS as u64).map(|n| crowded.join(format!("person {}", n % 200))).collect();
    while crowded.queue.poll_turn().is_some() {}
    group.bench_function("a place in line is given up and taken, 1,000 wait", |bencher| {
        bencher.iter(|| {
            let gone = waiting.pop_front().expect("they wait");
            crowded.queue.leave(crowded.now, gone, true);
            crowded.now = crowded.now + Duration::from_micros(100);
            crowded.queue.advance(crowded.now, false, anybody);
            while crowded.queue.poll_turn().is_some() {}
            let next = crowded.join(format!("person {}", crowded.next % 200));
            waiting.push_back(next);
        });
    });
    group.finish();
}
