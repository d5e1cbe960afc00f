//! The queue and the pace: whatever is asked for in whatever order, no window of any length holds more than
//! its limit, conversations keep their order, and everybody has a turn or is told that there is none.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test pace` tries others.
#![allow(missing_docs, clippy::expect_used)]

#[path = "support/random.rs"]
mod random;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ha_wechaty_core::{
    AccountId, AccountSet, Allowance, Errand, Full, Limit, Opening, Pace, Paced, Queue, Ticket, Time, Turn,
};
use proptest::prelude::*;
use random::check;

const A: AccountId = AccountId(0);
const B: AccountId = AccountId(1);
const ACCOUNTS: u8 = 3;
const LONG: Duration = Duration::from_secs(10_000);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn limit(count: u32, window: u64) -> Limit {
    Limit { count, window: seconds(window) }
}

fn pace(accounts: u8, messages: &[Limit], per_conversation: &[Limit]) -> Pace {
    let allowance = Allowance { messages: messages.into(), ..Allowance::unlimited() };
    Pace {
        enabled: true,
        accounts: vec![allowance; accounts.into()],
        per_conversation: per_conversation.into(),
        max_queue: 1_000,
        answer_within: seconds(120),
        answers_first: seconds(10),
    }
}

/// A queue with its callers, on a clock of their own.
struct Office {
    queue: Queue,
    pace: Pace,
    now: Time,
    available: AccountSet,
    /// Who can't reach which conversation.
    strangers: BTreeMap<String, AccountSet>,
    joined: BTreeMap<Ticket, Joined>,
    next: u64,
}

#[derive(Debug, Clone)]
struct Joined {
    conversation: String,
    until: Time,
    /// Its last turn, unless it waits for the next, and when that was.
    turn: Option<(Turn, Time)>,
    is_over: bool,
}

impl Joined {
    fn going(&self) -> Option<(AccountId, Time)> {
        match self.turn {
            Some((Turn::Go(account), at)) if !self.is_over => Some((account, at)),
            _ => None,
        }
    }

    fn is_thinking(&self) -> bool {
        matches!(self.turn, Some((Turn::Nobody, _)))
    }
}

impl Office {
    fn new(pace: Pace) -> Self {
        let available = (0..pace.accounts.len() as u8).map(AccountId).collect();
        Self {
            queue: Queue::new(pace.clone()),
            pace,
            now: Time::ZERO,
            available,
            strangers: BTreeMap::new(),
            joined: BTreeMap::new(),
            next: 0,
        }
    }

    fn join(&mut self, conversation: &str, wait: Duration) -> Result<Ticket, Full> {
        let ticket = Ticket(self.next);
        self.next += 1;
        let until = self.now + wait;
        let conversation = conversation.to_owned();
        let joined = Joined { conversation: conversation.clone(), until, turn: None, is_over: false };
        self.joined.insert(ticket, joined);
        let errand = Errand { paced: Paced::Message, subject: conversation };
        let (joined, available, strangers) = (&self.joined, self.available, &self.strangers);
        let choose = |ticket, tried| choose(joined, available, strangers, ticket, tried);
        let result = self.queue.join(self.now, ticket, errand, until, choose);
        if result.is_err() {
            self.joined.remove(&ticket);
        }
        self.take_turns();
        result.map(|()| ticket)
    }

    fn say(&mut self, conversation: &str) -> Ticket {
        self.join(conversation, LONG).expect("there is room")
    }

    fn advance(&mut self, is_changed: bool) {
        let (joined, available, strangers) = (&self.joined, self.available, &self.strangers);
        self.queue.advance(self.now, is_changed, |ticket, tried| {
            choose(joined, available, strangers, ticket, tried)
        });
        self.take_turns();
    }

    fn take_turns(&mut self) {
        while let Some((ticket, turn)) = self.queue.poll_turn() {
            let joined = self.joined.get_mut(&ticket).expect("only those who joined have turns");
            assert!(!joined.is_over && joined.turn.is_none(), "a turn of one that does not wait");
            joined.turn = Some((turn, self.now));
            match turn {
                Turn::Go(account) => {
                    assert!(self.available.contains(account), "it is there");
                    assert!(self.now <= joined.until, "nobody begins too late");
                }
                Turn::Expired(_) => {
                    assert!(self.now >= joined.until, "nobody is told too early");
                    joined.is_over = true;
                }
                _ => {}
            }
        }
        // Whatever shortcuts it takes: who could go has gone.
        let (joined, available, strangers) = (&self.joined, self.available, &self.strangers);
        let mut anew = self.queue.clone();
        anew.advance(self.now, true, |ticket, tried| choose(joined, available, strangers, ticket, tried));
        assert_eq!(anew.poll_turn(), None, "somebody waits though it could go");
    }

    fn failed(&mut self, ticket: Ticket, is_done: bool) {
        self.joined.get_mut(&ticket).expect("it joined").turn = None;
        self.queue.failed(self.now, ticket, is_done);
        self.advance(false);
    }

    fn leave(&mut self, ticket: Ticket, is_done: bool) {
        self.joined.get_mut(&ticket).expect("it joined").is_over = true;
        self.queue.leave(self.now, ticket, is_done);
        self.advance(false);
    }

    fn retry(&mut self, ticket: Ticket) {
        self.joined.get_mut(&ticket).expect("it joined").turn = None;
        self.queue.retry(self.now, ticket);
        self.advance(false);
    }

    /// Time passes, and it is woken when it asked for it.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.queue.poll_timeout().filter(|at| *at <= end) {
            assert!(at > self.now, "it asks for now again and again");
            self.now = at;
            self.advance(false);
        }
        self.now = end;
    }

    fn account(&self, ticket: Ticket) -> Option<AccountId> {
        self.joined[&ticket].going().map(|(account, _)| account)
    }

    fn last(&self, ticket: Ticket) -> Option<Turn> {
        self.joined[&ticket].turn.map(|(turn, _)| turn)
    }

    /// Says something, which takes no time once it has its turn.
    fn all_done(&mut self) {
        let going: Vec<Ticket> =
            self.joined.iter().filter(|(_, it)| it.going().is_some()).map(|(ticket, _)| *ticket).collect();
        going.into_iter().for_each(|ticket| self.leave(ticket, true));
    }

    fn opening(&self, account: AccountId) -> Opening {
        self.queue.meter(account, Paced::Message).expect("there is one").opening(self.now)
    }
}

fn choose(
    joined: &BTreeMap<Ticket, Joined>,
    available: AccountSet,
    strangers: &BTreeMap<String, AccountSet>,
    ticket: Ticket,
    tried: AccountSet,
) -> Option<Vec<AccountId>> {
    let conversation = &joined[&ticket].conversation;
    let strangers = strangers.get(conversation).copied().unwrap_or_default();
    Some(available.without(strangers).without(tried).iter().collect())
}

#[test]
fn over_the_pace_is_the_next_account_and_then_waiting() {
    let mut office = Office::new(pace(2, &[limit(2, 60)], &[]));
    let tickets = ["a", "b", "c", "d", "e"].map(|conversation| office.say(conversation));
    let accounts = tickets.map(|ticket| office.account(ticket));
    assert_eq!(accounts, [Some(A), Some(A), Some(B), Some(B), None]);
    office.pass(seconds(100));
    assert_eq!(office.account(tickets[4]), None, "nothing has ended: WeChat may count it only now");
    office.leave(tickets[2], true);
    office.pass(seconds(59));
    assert_eq!(office.account(tickets[4]), None);
    office.pass(seconds(1));
    assert_eq!(office.account(tickets[4]), Some(B));
}

#[test]
fn a_conversation_is_served_in_order_and_one_at_a_time() {
    let mut office = Office::new(pace(2, &[], &[limit(1, 1)]));
    let tickets: Vec<Ticket> = (0..3).map(|_| office.say("room")).collect();
    assert_eq!(tickets.iter().map(|it| office.account(*it)).collect::<Vec<_>>(), [Some(A), None, None]);
    office.pass(seconds(5));
    office.leave(tickets[0], true);
    assert_eq!(office.account(tickets[1]), None, "its pace");
    office.pass(seconds(1));
    assert_eq!((office.account(tickets[1]), office.account(tickets[2])), (Some(A), None));
    office.leave(tickets[1], false);
    assert_eq!(office.account(tickets[2]), Some(A), "what never left is no reason to wait");
}

#[test]
fn another_conversation_does_not_wait() {
    let mut office = Office::new(pace(1, &[], &[limit(1, 10)]));
    office.say("room");
    office.say("room");
    let alice = office.say("alice");
    assert_eq!(office.account(alice), Some(A));
}

#[test]
fn a_try_that_failed_goes_on_at_the_next_account_and_keeps_its_place() {
    let mut office = Office::new(pace(2, &[limit(1, 60)], &[limit(1, 1)]));
    let first = office.say("room");
    let second = office.say("room");
    office.failed(first, false);
    assert_eq!((office.account(first), office.opening(A)), (Some(B), Opening::Now), "A's slot came back");
    office.failed(first, true);
    assert_eq!(office.last(first), Some(Turn::Nobody));
    assert_eq!(office.account(second), None, "the first thinks about it");
    office.retry(first);
    assert_eq!(office.account(first), Some(A), "B's slot did not come back");
    office.leave(first, true);
    office.pass(seconds(1));
    assert_eq!(office.account(second), None, "both are over their pace");
    office.pass(seconds(59));
    assert!(office.account(second).is_some());
}

#[test]
fn a_failed_try_waits_for_the_next_account_as_long_as_that_is_over_its_pace() {
    let mut office = Office::new(pace(2, &[limit(1, 60)], &[]));
    let (one, two) = (office.say("one"), office.say("two"));
    office.leave(two, true);
    office.failed(one, false);
    assert_eq!(office.account(one), None, "A has had its try, and B is over its pace");
    office.pass(seconds(60));
    assert_eq!(office.account(one), Some(B));
}

#[test]
fn answers_go_before_broadcasts_but_nobody_starves() {
    let mut office = Office::new(pace(1, &[limit(1, 1)], &[]));
    office.say("somewhere");
    let broadcast = office.say("the world");
    let behind = office.say("alice");
    office.queue.heard(office.now, "alice");
    let answer = office.say("alice");
    office.all_done();
    office.pass(seconds(1));
    assert!(office.account(behind).is_some(), "alice is answered: her whole lane goes first");
    office.all_done();
    office.pass(seconds(1));
    assert!(office.account(answer).is_some());
    // People ask more than can be answered, without end.
    let mut waited = 0;
    while office.account(broadcast).is_none() {
        let people = [waited % 50, waited % 50 + 50].map(|it| it.to_string());
        for person in &people {
            office.queue.heard(office.now, person);
            office.say(person);
        }
        office.all_done();
        office.pass(seconds(1));
        waited += 1;
        assert!(waited < 60, "it starves");
    }
    assert!(waited >= 10, "{waited}: it came before the answers that were asked for when it was");
}

#[test]
fn a_full_queue_refuses_only_what_would_have_to_wait() {
    let mut office = Office::new(Pace { max_queue: 1, ..pace(1, &[], &[limit(1, 60)]) });
    office.say("room");
    office.say("room");
    assert_eq!(office.join("room", LONG), Err(Full(1)));
    let alice = office.say("alice");
    assert_eq!(office.account(alice), Some(A));
}

#[test]
fn who_waits_too_long_is_told_what_for() {
    let mut office = Office::new(pace(1, &[], &[limit(1, 60)]));
    let first = office.say("room");
    office.leave(first, true);
    let front = office.join("room", seconds(20)).expect("there is room");
    let behind = office.join("room", seconds(10)).expect("there is room");
    office.pass(seconds(20));
    let late = [behind, front].map(|ticket| match office.last(ticket) {
        Some(Turn::Expired(late)) => (late.before, late.lane),
        other => panic!("{other:?}"),
    });
    let opens = Opening::At(Time::after_origin(seconds(60)));
    assert_eq!(late, [(1, opens), (0, opens)]);
}

#[test]
fn who_waits_for_an_account_gets_the_first_that_comes_back() {
    let mut office = Office::new(pace(2, &[], &[]));
    office.available = AccountSet::EMPTY;
    let ticket = office.say("room");
    assert_eq!(office.last(ticket), None);
    office.available = [B].into_iter().collect();
    office.advance(true);
    assert_eq!(office.account(ticket), Some(B));
}

#[test]
fn switched_off_there_is_neither_limit_nor_order() {
    let mut office = Office::new(Pace { enabled: false, ..pace(1, &[limit(1, 60)], &[limit(1, 60)]) });
    let tickets: Vec<Ticket> = (0..10).map(|_| office.say("room")).collect();
    assert!(tickets.iter().all(|ticket| office.account(*ticket) == Some(A)));
}

#[test]
fn what_could_not_wait_counts_all_the_same() {
    let mut office = Office::new(pace(1, &[limit(2, 60)], &[]));
    office.queue.count(office.now, A, Paced::Message);
    office.say("one");
    let two = office.say("two");
    assert_eq!(office.account(two), None);
}

/// Something that may happen. Numbers choose among those that are there.
#[derive(Debug, Clone)]
enum Happens {
    Passes(u64),
    Joins(u8, u64),
    Ends(usize, End),
    HangsUp(usize),
    Retries(usize),
    Heard(u8),
    Available(u8),
}

/// How one that is under way ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Sent,
    Refused,
    NeverLeft,
    Unsure,
}

fn happens() -> impl Strategy<Value = Happens> {
    let ends = vec![End::Sent, End::Sent, End::Sent, End::Refused, End::NeverLeft, End::Unsure];
    prop_oneof![
        3 => (0..4_000u64).prop_map(Happens::Passes),
        5 => (0..6u8, 0..40_000u64).prop_map(|(who, wait)| Happens::Joins(who, wait)),
        6 => (0..10usize, prop::sample::select(ends)).prop_map(|(which, end)| Happens::Ends(which, end)),
        1 => (0..10usize).prop_map(Happens::HangsUp),
        1 => (0..10usize).prop_map(Happens::Retries),
        1 => (0..6u8).prop_map(Happens::Heard),
        1 => (0..8u8).prop_map(Happens::Available),
    ]
}

fn limits() -> impl Strategy<Value = Vec<Limit>> {
    let limit = (1..5u32, 100..10_000u64)
        .prop_map(|(count, window)| Limit { count, window: Duration::from_millis(window) });
    prop::collection::vec(limit, 0..3)
}

#[test]
fn no_window_is_exceeded_order_is_kept_and_nobody_is_forgotten() {
    let strategy = (limits(), limits(), 1..30usize, prop::collection::vec(happens(), 1..120));
    check(400, &strategy, |(messages, per_conversation, max_queue, script)| {
        let mut trial = Trial::new(Pace { max_queue, ..pace(ACCOUNTS, &messages, &per_conversation) });
        script.into_iter().for_each(|happens| trial.step(&happens));
        trial.finish();
        trial.judge();
    });
}

/// When something was done: at the earliest and at the latest. WeChat counted it somewhere between.
type Done = (Time, Time);

struct Trial {
    office: Office,
    by_account: BTreeMap<AccountId, Vec<Done>>,
    by_conversation: BTreeMap<String, Vec<Done>>,
    sent: BTreeMap<String, Vec<Ticket>>,
}

impl Trial {
    fn new(pace: Pace) -> Self {
        let mut office = Office::new(pace);
        // The last conversation is reached by one account alone.
        office.strangers.insert("5".to_owned(), [A, B].into_iter().collect());
        Self { office, by_account: BTreeMap::new(), by_conversation: BTreeMap::new(), sent: BTreeMap::new() }
    }

    fn step(&mut self, happens: &Happens) {
        let office = &mut self.office;
        match happens {
            Happens::Passes(millis) => office.pass(Duration::from_millis(*millis)),
            Happens::Joins(who, wait) => {
                let result = office.join(&who.to_string(), Duration::from_millis(*wait));
                assert!(result.is_ok() || office.queue.waiting() >= office.pace.max_queue, "it is not full");
            }
            Happens::Ends(which, end) => {
                if let Some(ticket) = self.pick(*which, |it| it.going().is_some()) {
                    self.end(ticket, *end);
                }
            }
            Happens::HangsUp(which) => {
                if let Some(ticket) = self.pick(*which, |_| true) {
                    match self.office.account(ticket) {
                        Some(_) => self.end(ticket, End::Unsure),
                        None => self.office.leave(ticket, false),
                    }
                }
            }
            Happens::Retries(which) => {
                if let Some(ticket) = self.pick(*which, Joined::is_thinking) {
                    self.office.retry(ticket);
                }
            }
            Happens::Heard(who) => office.queue.heard(office.now, &who.to_string()),
            Happens::Available(bits) => {
                let there = |account: &AccountId| bits & (1 << account.0) != 0;
                office.available = (0..ACCOUNTS).map(AccountId).filter(there).collect();
                office.advance(true);
            }
        }
        let all = self.office.joined.values().filter(|it| it.going().is_some());
        let going: Vec<&String> = all.map(|it| &it.conversation).collect();
        assert_eq!(going.iter().collect::<BTreeSet<_>>().len(), going.len(), "one at a time: {going:?}");
    }

    fn pick(&self, which: usize, is_meant: impl Fn(&Joined) -> bool) -> Option<Ticket> {
        let all = self.office.joined.iter();
        let meant: Vec<Ticket> =
            all.filter(|(_, it)| !it.is_over && is_meant(it)).map(|(ticket, _)| *ticket).collect();
        meant.get(which.checked_rem(meant.len())?).copied()
    }

    fn end(&mut self, ticket: Ticket, end: End) {
        let joined = &self.office.joined[&ticket];
        if let Some((account, begun)) = joined.going() {
            let (done, conversation) = ((begun, self.office.now), joined.conversation.clone());
            if end != End::NeverLeft {
                self.by_account.entry(account).or_default().push(done);
            }
            if matches!(end, End::Sent | End::Unsure) {
                self.by_conversation.entry(conversation.clone()).or_default().push(done);
            }
            if end == End::Sent {
                self.sent.entry(conversation).or_default().push(ticket);
            }
        }
        match end {
            End::Sent | End::Unsure => self.office.leave(ticket, true),
            End::Refused => self.office.failed(ticket, true),
            End::NeverLeft => self.office.failed(ticket, false),
        }
    }

    /// In the end all accounts are there, and everything ends as it should.
    fn finish(&mut self) {
        self.step(&Happens::Available(0b111));
        // Nobody waits longer than 40 s, and each step of one second ends whoever is under way.
        for _ in 0..50 {
            while let Some(ticket) = self.pick(0, |it| it.going().is_some()) {
                self.end(ticket, End::Sent);
            }
            while let Some(ticket) = self.pick(0, Joined::is_thinking) {
                self.office.leave(ticket, false);
            }
            self.step(&Happens::Passes(1_000));
        }
        let forgotten = self.pick(0, |_| true);
        assert_eq!(forgotten, None, "{:?}", forgotten.map(|it| self.office.joined[&it].clone()));
        self.office.pass(seconds(100));
        let queue = &self.office.queue;
        assert_eq!(
            (queue.waiting(), queue.longest(), queue.poll_timeout()),
            (0, None, None),
            "nothing is left"
        );
    }

    fn judge(&self) {
        let pace = &self.office.pace;
        for (account, done) in &self.by_account {
            assert_within(&pace.accounts[account.index()].messages, done, &format!("{account:?}"));
        }
        for (conversation, done) in &self.by_conversation {
            assert_within(&pace.per_conversation, done, conversation);
        }
        for tickets in self.sent.values() {
            assert!(tickets.is_sorted(), "the order of a conversation: {tickets:?}");
        }
    }
}

/// However WeChat counts, no window holds more than its limit.
fn assert_within(limits: &[Limit], done: &[Done], whose: &str) {
    for limit in limits {
        for begin in done.iter().flat_map(|(early, late)| [*early, *late]) {
            let end = begin + limit.window;
            let count = done.iter().filter(|(early, late)| *late >= begin && *early < end).count();
            assert!(count <= limit.count as usize, "{whose}: {count} in {limit:?} from {begin:?}: {done:?}");
        }
    }
}
