//! (b) Several accounts, with the rules of the original HAWechaty.
//!
//! Ding after 300 s of silence, and again after each third; failed after 600 s, reset, and again after each;
//! every interval off by a sixth at the most. Whatever an account is shown is evidence, also what a teammate
//! says; so is a login. Rooms are answered in turn by the accounts that are logged in and have not failed; a
//! private question by the account that it was asked. A call that fails has failed.
//!
//! Where the original leaves something open, it is spared: lost connections are known at once and come back at
//! once, and no question is answered twice.

use std::{collections::BTreeSet, time::Duration};

use ha_wechaty_core::{AccountId, AccountSet, Time};

use super::{
    faults::dice,
    people::Place,
    play::Rules,
    tally::Cause,
    world::{Fact, Message, World},
};

const DING_AFTER: Duration = Duration::from_secs(300);
const FAIL_AFTER: Duration = Duration::from_secs(600);
const JITTER: f64 = 1.0 / 6.0;

/// One account's two timers.
#[derive(Debug, Clone, Copy, Default)]
struct Watch {
    logged_in: bool,
    failed: bool,
    ding_at: Time,
    ding_every: Duration,
    reset_at: Time,
}

impl Watch {
    fn wake_at(&self) -> Option<Time> {
        self.logged_in.then(|| self.ding_at.min(self.reset_at))
    }

    fn works(&self) -> bool {
        self.logged_in && !self.failed
    }
}

/// The original's team.
#[derive(Debug)]
pub(super) struct Original {
    watches: Vec<Watch>,
    turn: usize,
    answered: BTreeSet<usize>,
    dice: fastrand::Rng,
}

impl Original {
    pub(super) fn new(accounts: usize, seed: u64) -> Self {
        Self {
            watches: vec![Watch::default(); accounts],
            turn: 0,
            answered: BTreeSet::new(),
            dice: dice(seed, 5),
        }
    }

    fn evidence(&mut self, now: Time, account: usize) {
        let ding_after = self.off(DING_AFTER);
        let reset_at = now + self.off(FAIL_AFTER);
        let watch = &mut self.watches[account];
        watch.failed = false;
        (watch.ding_at, watch.ding_every, watch.reset_at) = (now + ding_after, ding_after / 3, reset_at);
    }

    fn off(&mut self, interval: Duration) -> Duration {
        interval.mul_f64(1.0 + JITTER * (2.0 * self.dice.f64() - 1.0))
    }

    fn heard(&mut self, world: &mut World<'_>, account: usize, message: Message) {
        self.evidence(world.now, account);
        let Some(question) = message.question.filter(|question| self.answered.insert(*question)) else {
            return;
        };
        let through = match message.place {
            Place::Private(_) => Some(account),
            Place::Room(_) => self.next(),
        };
        match through {
            Some(account) => {
                world.send(account, message.place, question);
            }
            None => world.tally.lose(question, Cause::Refused),
        }
    }

    /// In turn.
    fn next(&mut self) -> Option<usize> {
        let working: Vec<usize> = self
            .watches
            .iter()
            .enumerate()
            .filter(|(_, it)| it.works())
            .map(|(account, _)| account)
            .collect();
        self.turn += 1;
        working.get(self.turn % working.len().max(1)).copied()
    }
}

impl Rules for Original {
    fn begin(&mut self, world: &mut World<'_>) {
        (0..self.watches.len()).for_each(|account| world.dial_until_there(account));
    }

    fn handle(&mut self, world: &mut World<'_>, fact: Fact) {
        match fact {
            Fact::Lost(account) => {
                self.watches[account].logged_in = false;
                world.dial_until_there(account);
            }
            Fact::LoggedOut(account) | Fact::Scan(account) => {
                self.watches[account].logged_in = false;
                world.alarm(&[account]);
            }
            Fact::LoggedIn(account) => {
                self.watches[account].logged_in = true;
                self.evidence(world.now, account);
            }
            Fact::Dong(account) => self.evidence(world.now, account),
            Fact::Heard(account, message) => self.heard(world, account, message),
            Fact::Opened(_) => {}
        }
    }

    fn wake_at(&self) -> Option<Time> {
        self.watches.iter().filter_map(Watch::wake_at).min()
    }

    fn wake(&mut self, world: &mut World<'_>) {
        for account in 0..self.watches.len() {
            if self.watches[account].wake_at().is_none_or(|at| at > world.now) {
                continue;
            }
            let again = world.now + self.off(FAIL_AFTER);
            let watch = &mut self.watches[account];
            if watch.reset_at > world.now {
                watch.ding_at = world.now + watch.ding_every;
                world.ding(account);
                continue;
            }
            watch.reset_at = again;
            if !std::mem::replace(&mut watch.failed, true) {
                world.alarm(&[account]);
            }
            world.reset(account);
        }
    }

    fn at_work(&self) -> AccountSet {
        let working = self.watches.iter().enumerate().filter(|(_, it)| it.works());
        working.map(|(account, _)| AccountId::at(account)).collect()
    }
}
