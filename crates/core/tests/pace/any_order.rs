//! Whatever happens in whatever order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ha_wechaty_core::{AccountId, BotId, Full, Limit, Pace, Ticket, Time, TryEnd};
use proptest::prelude::*;

use crate::{
    pace::office::{A, ACCOUNTS, B, Joined, Office, pace, seconds},
    support::random::check,
};

/// Something that may happen. Numbers choose among those that are there.
#[derive(Debug, Clone)]
enum Happens {
    Passes(u64),
    Joins(u16, u8, u64),
    /// The account of one that has its turn is asked.
    Asks(usize),
    Ends(usize, End),
    HangsUp(usize),
    Retries(usize),
    Heard(u8),
    Available(u8),
    /// An account that may have left, or not, is in the team again.
    Rejoins(u8),
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
        5 => (0..3u16, 0..6u8, 0..40_000u64).prop_map(|(bot, who, wait)| Happens::Joins(bot, who, wait)),
        6 => (0..10usize).prop_map(Happens::Asks),
        6 => (0..10usize, prop::sample::select(ends)).prop_map(|(which, end)| Happens::Ends(which, end)),
        1 => (0..10usize).prop_map(Happens::HangsUp),
        1 => (0..10usize).prop_map(Happens::Retries),
        1 => (0..6u8).prop_map(Happens::Heard),
        1 => (0..8u8).prop_map(Happens::Available),
        1 => (0..ACCOUNTS).prop_map(Happens::Rejoins),
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
        let mut trial =
            Trial::new(Pace { max_queue, max_weight: 12, ..pace(ACCOUNTS, &messages, &per_conversation) });
        script.into_iter().for_each(|happens| trial.step(&happens));
        trial.finish();
        trial.judge();
    });
}

/// After so long others need not wait for what is under way.
const LET_GO: Duration = Duration::from_secs(5);

/// When something was done: at the earliest and at the latest. WeChat counted it somewhere between.
type Done = (Time, Time);

struct Trial {
    office: Office,
    by_account: BTreeMap<AccountId, Vec<Done>>,
    by_conversation: BTreeMap<String, Vec<Done>>,
    /// What each bot said in each conversation, but for what took long.
    sent: BTreeMap<(BotId, String), Vec<Ticket>>,
    /// A try of these took long.
    long: BTreeSet<Ticket>,
}

impl Trial {
    fn new(pace: Pace) -> Self {
        let mut office = Office { asks_at_once: false, ..Office::new(pace) };
        // The last conversation is reached by one account alone.
        office.strangers.insert("5".to_owned(), [A, B].into_iter().collect());
        Self {
            office,
            by_account: BTreeMap::new(),
            by_conversation: BTreeMap::new(),
            sent: BTreeMap::new(),
            long: BTreeSet::new(),
        }
    }

    fn step(&mut self, happens: &Happens) {
        let office = &mut self.office;
        match happens {
            Happens::Passes(millis) => office.pass(Duration::from_millis(*millis)),
            Happens::Joins(bot, who, wait) => {
                let (weight, wait) = (1 + usize::from(*who) % 3, Duration::from_millis(*wait));
                let (waiting, weighs) = (office.queue.waiting(), office.queue.weight());
                match office.join_with(BotId(*bot), &who.to_string(), wait, weight) {
                    Ok(_) => {}
                    Err(Full::Calls(most)) => assert!(waiting >= most, "it is not full"),
                    Err(Full::Bytes(most)) => assert!(weighs + weight > most, "it is not full"),
                }
            }
            Happens::Asks(which) => {
                if let Some(ticket) = self.pick(*which, |it| it.going().is_some() && it.asked.is_none()) {
                    self.office.asks(ticket);
                }
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
            Happens::Rejoins(account) => {
                let allowance = office.pace.accounts[usize::from(*account)].clone();
                office.queue.admit(AccountId(*account), &allowance);
                office.advance(false);
            }
        }
        let mut going: BTreeMap<&String, Vec<(Time, Option<Time>)>> = BTreeMap::new();
        for joined in self.office.joined.values() {
            if let Some((_, begun)) = joined.going() {
                going.entry(&joined.conversation).or_default().push((begun, joined.asked));
            }
        }
        for times in going.values_mut() {
            times.sort();
            let apart = times.windows(2).all(|it| it[0].1.is_some_and(|asked| it[1].0 - asked >= LET_GO));
            assert!(apart, "one at a time, unless one takes long: {times:?}");
        }
    }

    fn pick(&self, which: usize, is_meant: impl Fn(&Joined) -> bool) -> Option<Ticket> {
        let all = self.office.joined.iter();
        let meant: Vec<Ticket> =
            all.filter(|(_, it)| !it.is_over && is_meant(it)).map(|(ticket, _)| *ticket).collect();
        meant.get(which.checked_rem(meant.len())?).copied()
    }

    fn end(&mut self, ticket: Ticket, end: End) {
        if end != End::NeverLeft && self.office.joined[&ticket].asked.is_none() {
            self.office.asks(ticket);
        }
        let joined = &self.office.joined[&ticket];
        if let Some((account, begun)) = joined.going() {
            let (done, bot) = ((begun, self.office.now), joined.bot);
            let conversation = joined.conversation.clone();
            if end != End::NeverLeft {
                self.by_account.entry(account).or_default().push(done);
            }
            if matches!(end, End::Sent | End::Unsure) {
                self.by_conversation.entry(conversation.clone()).or_default().push(done);
            }
            if joined.asked.is_some_and(|asked| self.office.now - asked >= LET_GO) {
                self.long.insert(ticket);
            }
            if end == End::Sent && !self.long.contains(&ticket) {
                self.sent.entry((bot, conversation)).or_default().push(ticket);
            }
        }
        match end {
            End::Sent | End::Unsure => self.office.leave(ticket, true),
            End::Refused => self.office.tried(ticket, TryEnd::Refused),
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
        let mut begun: BTreeMap<(BotId, &String), Vec<usize>> = BTreeMap::new();
        for it in self.office.joined.values() {
            begun.entry((it.bot, &it.conversation)).or_default().extend(it.place);
        }
        assert!(begun.values().all(|places| places.is_sorted()), "first tries, in order: {begun:?}");
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
