//! WeChat, its people, and the accounts' phones. Rules see of it what a gateway could see: facts, and what
//! calls answer. Whether an account really works they are never told.

mod fate;
mod phone;

use std::collections::{BTreeMap, VecDeque};

use ha_wechaty_core::{AccountId, AccountSet, Time};

use super::{
    assumptions::Assumptions,
    faults::{self, Kind},
    people::{Place, Saying, awake},
    tally::{Cause, Tally},
};
use fate::Event;
use phone::{Caller, Phone};

/// What a gateway is told. The number is the account's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fact {
    /// Its event stream is open.
    Opened(usize),
    /// Its event stream ended, or nobody answered the call.
    Lost(usize),
    /// It is logged in.
    LoggedIn(usize),
    /// It was logged out.
    LoggedOut(usize),
    /// A person must scan.
    Scan(usize),
    /// It was shown a message.
    Heard(usize, Message),
    /// The heartbeat contact answered it.
    Dong(usize),
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    Person(u32),
    Account(usize),
}

/// Something said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    /// No other message has it.
    pub(super) number: u64,
    /// When it was said.
    pub(super) at: Time,
    pub(super) author: Author,
    pub(super) place: Place,
    /// A number for its text.
    pub(super) content: u64,
    /// The question that it asks, if it is one.
    pub(super) question: Option<usize>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Its service says that it is done.
    Accepted,
    /// Its service says no.
    Refused,
    /// WeChat says that it was too much.
    Throttled,
    /// There is nobody to ask.
    Unreachable,
}

/// The world of one play.
pub(super) struct World<'a> {
    pub(super) assumptions: &'a Assumptions,
    pub(super) now: Time,
    pub(super) tally: Tally,
    facts: VecDeque<Fact>,
    phones: Vec<Phone>,
    events: BTreeMap<(Time, u64), Event>,
    count: u64,
    contact_back: Time,
    dice: fastrand::Rng,
}

impl<'a> World<'a> {
    /// A world in which all is well, with all faults until `end` to come.
    pub(super) fn new(assumptions: &'a Assumptions, seed: u64, accounts: usize, end: Time) -> Self {
        let mut world = Self {
            assumptions,
            now: Time::ZERO,
            tally: Tally::new(accounts, end),
            facts: VecDeque::new(),
            phones: (0..accounts).map(|_| Phone::default()).collect(),
            events: BTreeMap::new(),
            count: 0,
            contact_back: Time::ZERO,
            dice: faults::dice(seed, 2),
        };
        for account in 0..accounts {
            for (at, fault) in faults::of_account(assumptions, seed, account, end) {
                world.schedule(at, Event::Strike(account, fault));
            }
        }
        for (at, lasts) in faults::occurrences(&assumptions.provider, &mut faults::dice(seed, 3), end) {
            world.schedule(at, Event::Provider(lasts));
        }
        for (at, lasts) in faults::occurrences(&assumptions.contact, &mut faults::dice(seed, 4), end) {
            world.schedule(at, Event::Contact(lasts));
        }
        world
    }

    /// How many accounts there are.
    pub(super) fn accounts(&self) -> usize {
        self.phones.len()
    }

    /// What a gateway is told next.
    pub(super) fn poll_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    /// The accounts with which nothing is wrong.
    pub(super) fn sound(&self) -> AccountSet {
        self.which(Phone::is_sound)
    }

    /// The accounts that hear and send, if they are let.
    pub(super) fn able(&self) -> AccountSet {
        self.which(|phone| phone.is_sound() && !phone.is_throttled())
    }

    /// A person says something.
    pub(super) fn say(&mut self, saying: &Saying) {
        let is_private = matches!(saying.place, Place::Private(_));
        let question = saying.asks.then(|| self.tally.ask(self.now, is_private));
        let message = Message {
            number: self.number(),
            at: self.now,
            author: Author::Person(saying.person),
            place: saying.place,
            content: self.count,
            question,
        };
        self.show(message);
    }

    /// A call to an account's service: its stream, or nobody.
    pub(super) fn dial(&mut self, account: usize) {
        match &mut self.phones[account] {
            phone if phone.down.is_none() => self.attach(account),
            phone if phone.restarting => phone.caller = Caller::Once,
            _ => self.facts.push_back(Fact::Lost(account)),
        }
    }

    /// Calls until it is there.
    pub(super) fn dial_until_there(&mut self, account: usize) {
        match &mut self.phones[account] {
            phone if phone.down.is_none() => self.attach(account),
            phone => phone.caller = Caller::Patient,
        }
    }

    /// Has an account answer a question; what really came of it, the tally learns.
    pub(super) fn send(&mut self, account: usize, place: Place, question: usize) -> End {
        let phone = &self.phones[account];
        let end = match place {
            _ if !phone.attached => End::Unreachable,
            _ if phone.is_logged_out() => End::Refused,
            Place::Private(person) if self.friend_of(person) != account => End::Refused,
            _ if phone.is_throttled() => End::Throttled,
            Place::Room(_) | Place::Private(_) => End::Accepted,
        };
        if end != End::Accepted {
            self.tally.lose(question, Cause::Refused);
        } else if phone.is(Kind::is_mute) {
            self.tally.lose(question, Cause::Void);
            self.is_unheard(account);
        } else {
            self.tally.serve(self.now, question, self.assumptions.patience);
            let (number, author) = (self.number(), Author::Account(account));
            self.show(Message {
                number,
                at: self.now,
                author,
                place,
                content: answer_to(question),
                question: None,
            });
        }
        end
    }

    /// Has an account write `ding` to the heartbeat contact.
    pub(super) fn ding(&mut self, account: usize) -> End {
        self.tally.dings += 1;
        let phone = &self.phones[account];
        if !phone.attached {
            return End::Unreachable;
        }
        if phone.is_throttled() {
            return End::Throttled;
        }
        let is_lost = self.dice.f64() < self.assumptions.dong_lost;
        let takes = std::time::Duration::from_millis(self.dice.u64(1_000..4_000));
        if !is_lost && !phone.is(Kind::is_mute) && self.contact_back <= self.now {
            self.schedule(self.now + takes, Event::Dong(account));
        }
        End::Accepted
    }

    /// Whether an account's service answers a ding of its own: as long as its process lives. It costs nothing: WeChat does
    /// not see it.
    pub(super) fn puppet_dings(&self, account: usize) -> bool {
        self.phones[account].attached
    }

    /// Restarts an account's puppet; that ends its event stream.
    pub(super) fn reset(&mut self, account: usize) {
        self.tally.resets += 1;
        if self.phones[account].is_sound() {
            self.tally.reset_in_vain(account);
        }
        let phone = &mut self.phones[account];
        if phone.down.is_none() {
            phone.restarting = true;
            self.go_down(account, self.now + self.assumptions.restart);
        }
    }

    /// Tells a person that accounts need them: once, of all of these.
    pub(super) fn alarm(&mut self, accounts: &[usize]) {
        self.tally.told += 1;
        let mut is_needed = false;
        for account in accounts.iter().copied() {
            let phone = &mut self.phones[account];
            let Some((number, fault)) = phone.trouble.filter(|(_, fault)| fault.kind.needs_person()) else {
                continue;
            };
            is_needed = true;
            if !std::mem::replace(&mut phone.alarmed, true) {
                let at = awake(self.assumptions, self.now, fault.alarmed);
                self.schedule(at, Event::Repaired(account, number));
            }
        }
        self.tally.told_in_vain += u64::from(!is_needed);
    }

    /// The account that a person is a friend of.
    pub(super) fn friend_of(&self, person: u32) -> usize {
        person as usize % self.phones.len()
    }

    /// Shows a message to the accounts that it concerns.
    fn show(&mut self, message: Message) {
        for account in 0..self.accounts() {
            let is_there = match message.place {
                Place::Room(_) => true,
                Place::Private(person) => self.friend_of(person) == account,
            };
            if !is_there || message.author == Author::Account(account) {
                continue;
            }
            if self.phones[account].hears() {
                self.facts.push_back(Fact::Heard(account, message));
            } else {
                self.phones[account].miss(self.now, message, self.assumptions.patience);
            }
        }
    }

    fn which(&self, is_meant: impl Fn(&Phone) -> bool) -> AccountSet {
        let meant = self.phones.iter().enumerate().filter(|(_, phone)| is_meant(phone));
        meant.map(|(account, _)| AccountId::at(account)).collect()
    }

    fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

/// A number for the text that answers a question.
pub(super) fn answer_to(question: usize) -> u64 {
    1 << 63 | question as u64
}
