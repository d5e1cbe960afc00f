//! A queue with its callers, on a clock of their own.

use std::{collections::BTreeMap, time::Duration};

use ha_wechaty_core::{
    AccountId, AccountSet, Allowance, BotId, Errand, Full, Limit, Opening, Pace, Paced, Queue, Seek, Ticket,
    Time, TryEnd, Turn,
};

pub(crate) const A: AccountId = AccountId(0);
pub(crate) const B: AccountId = AccountId(1);
pub(crate) const ACCOUNTS: u8 = 3;
pub(crate) const LONG: Duration = Duration::from_secs(10_000);

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn limit(count: u32, window: u64) -> Limit {
    Limit { count, window: seconds(window) }
}

pub(crate) fn pace(accounts: u8, messages: &[Limit], per_conversation: &[Limit]) -> Pace {
    let allowance = Allowance { messages: messages.into(), ..Allowance::unlimited() };
    Pace {
        enabled: true,
        accounts: vec![allowance; accounts.into()],
        per_conversation: per_conversation.into(),
        max_queue: 1_000,
        max_weight: usize::MAX,
        answer_within: seconds(120),
        answers_first: seconds(10),
        for_answers: 0,
        burst: Duration::ZERO,
    }
}

/// A queue with its callers, on a clock of their own.
pub(crate) struct Office {
    pub(crate) queue: Queue,
    pub(crate) pace: Pace,
    pub(crate) now: Time,
    pub(crate) available: AccountSet,
    /// Who can't reach which conversation.
    pub(crate) strangers: BTreeMap<String, AccountSet>,
    pub(crate) joined: BTreeMap<Ticket, Joined>,
    pub(crate) next: u64,
    /// Whoever has its turn has its account asked at once.
    pub(crate) asks_at_once: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Joined {
    pub(crate) bot: BotId,
    pub(crate) conversation: String,
    pub(crate) until: Time,
    /// Its last turn, unless it waits for the next, and when that was.
    pub(crate) turn: Option<(Turn, Time)>,
    /// When the account of that was asked.
    pub(crate) asked: Option<Time>,
    /// How many had an account before it had its first.
    pub(crate) place: Option<usize>,
    pub(crate) is_over: bool,
}

impl Joined {
    pub(crate) fn going(&self) -> Option<(AccountId, Time)> {
        match self.turn {
            Some((Turn::Go(account), at)) if !self.is_over => Some((account, at)),
            _ => None,
        }
    }

    pub(crate) fn is_thinking(&self) -> bool {
        matches!(self.turn, Some((Turn::Nobody, _)))
    }
}

impl Office {
    pub(crate) fn new(pace: Pace) -> Self {
        let available = AccountId::first(pace.accounts.len()).collect();
        Self {
            queue: Queue::new(pace.clone()),
            pace,
            now: Time::ZERO,
            available,
            strangers: BTreeMap::new(),
            joined: BTreeMap::new(),
            next: 0,
            asks_at_once: true,
        }
    }

    pub(crate) fn join(&mut self, conversation: &str, wait: Duration) -> Result<Ticket, Full> {
        self.join_of(BotId(0), conversation, wait)
    }

    pub(crate) fn join_of(&mut self, bot: BotId, conversation: &str, wait: Duration) -> Result<Ticket, Full> {
        self.join_with(bot, conversation, wait, 1)
    }

    pub(crate) fn join_with(
        &mut self,
        bot: BotId,
        conversation: &str,
        wait: Duration,
        weight: usize,
    ) -> Result<Ticket, Full> {
        let ticket = Ticket(self.next);
        self.next += 1;
        let until = self.now + wait;
        let conversation = conversation.to_owned();
        let joined = Joined {
            bot,
            conversation: conversation.clone(),
            until,
            turn: None,
            asked: None,
            place: None,
            is_over: false,
        };
        self.joined.insert(ticket, joined);
        let errand = Errand { paced: Paced::Message, subject: conversation, bot, weight };
        let (joined, available, strangers) = (&self.joined, self.available, &self.strangers);
        let choose = |ticket, seek| choose(joined, available, strangers, ticket, seek);
        let result = self.queue.join(self.now, ticket, errand, until, choose);
        if result.is_err() {
            self.joined.remove(&ticket);
        }
        self.take_turns();
        result.map(|()| ticket)
    }

    pub(crate) fn say(&mut self, conversation: &str) -> Ticket {
        self.join(conversation, LONG).expect("there is room")
    }

    pub(crate) fn advance(&mut self, is_changed: bool) {
        let (joined, available, strangers) = (&self.joined, self.available, &self.strangers);
        self.queue
            .advance(self.now, is_changed, |ticket, seek| choose(joined, available, strangers, ticket, seek));
        self.take_turns();
    }

    pub(crate) fn take_turns(&mut self) {
        while let Some((ticket, turn)) = self.queue.poll_turn() {
            let place = self.joined.values().filter(|it| it.place.is_some()).count();
            let joined = self.joined.get_mut(&ticket).expect("only those who joined have turns");
            assert!(!joined.is_over && joined.turn.is_none(), "a turn of one that does not wait");
            (joined.turn, joined.asked) = (Some((turn, self.now)), None);
            match turn {
                Turn::Go(account) => {
                    joined.place.get_or_insert(place);
                    assert!(self.available.contains(account), "it is there");
                    assert!(self.now <= joined.until, "nobody begins too late");
                    if self.asks_at_once {
                        joined.asked = Some(self.now);
                        self.queue.asks(self.now, ticket);
                    }
                }
                Turn::Expired(_) => {
                    assert!(self.now >= joined.until, "nobody is told too early");
                    joined.is_over = true;
                }
                Turn::Crowded(_) => joined.is_over = true,
                Turn::Nobody => {}
            }
        }
        // Whatever shortcuts it takes: who could go has gone.
        let (joined, available, strangers) = (&self.joined, self.available, &self.strangers);
        let mut anew = self.queue.clone();
        anew.advance(self.now, true, |ticket, seek| choose(joined, available, strangers, ticket, seek));
        assert_eq!(anew.poll_turn(), None, "somebody waits though it could go");
    }

    pub(crate) fn failed(&mut self, ticket: Ticket, is_done: bool) {
        self.tried(ticket, if is_done { TryEnd::Unsure } else { TryEnd::NeverLeft });
    }

    pub(crate) fn tried(&mut self, ticket: Ticket, end: TryEnd) {
        self.joined.get_mut(&ticket).expect("it joined").turn = None;
        self.queue.failed(self.now, ticket, end);
        self.advance(false);
    }

    /// Its account is asked.
    pub(crate) fn asks(&mut self, ticket: Ticket) {
        self.joined.get_mut(&ticket).expect("it joined").asked = Some(self.now);
        self.queue.asks(self.now, ticket);
        self.advance(false);
    }

    pub(crate) fn leave(&mut self, ticket: Ticket, is_done: bool) {
        self.joined.get_mut(&ticket).expect("it joined").is_over = true;
        self.queue.leave(self.now, ticket, is_done);
        self.advance(false);
    }

    pub(crate) fn retry(&mut self, ticket: Ticket) {
        self.joined.get_mut(&ticket).expect("it joined").turn = None;
        self.queue.retry(self.now, ticket);
        self.advance(false);
    }

    /// Time passes, and it is woken when it asked for it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.queue.poll_timeout().filter(|at| *at <= end) {
            assert!(at > self.now, "it asks for now again and again");
            self.now = at;
            self.advance(false);
        }
        self.now = end;
    }

    pub(crate) fn account(&self, ticket: Ticket) -> Option<AccountId> {
        self.joined[&ticket].going().map(|(account, _)| account)
    }

    pub(crate) fn last(&self, ticket: Ticket) -> Option<Turn> {
        self.joined[&ticket].turn.map(|(turn, _)| turn)
    }

    /// Says something, which takes no time once it has its turn.
    pub(crate) fn all_done(&mut self) {
        let going: Vec<Ticket> =
            self.joined.iter().filter(|(_, it)| it.going().is_some()).map(|(ticket, _)| *ticket).collect();
        going.into_iter().for_each(|ticket| self.leave(ticket, true));
    }

    pub(crate) fn opening(&self, account: AccountId) -> Opening {
        self.queue.meter(account, Paced::Message).expect("there is one").opening(self.now)
    }
}

pub(crate) fn choose(
    joined: &BTreeMap<Ticket, Joined>,
    available: AccountSet,
    strangers: &BTreeMap<String, AccountSet>,
    ticket: Ticket,
    seek: Seek,
) -> Option<Vec<AccountId>> {
    let conversation = &joined[&ticket].conversation;
    let strangers = strangers.get(conversation).copied().unwrap_or_default();
    let mut order: Vec<AccountId> = available.without(strangers).without(seek.tried).iter().collect();
    order.sort_by_key(|account| seek.speaker != Some(*account));
    Some(order)
}
