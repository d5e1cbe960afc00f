//! One year under one set of rules.

use std::time::Duration;

use ha_wechaty_core::{AccountSet, Time};

use super::{
    Assumptions, Options,
    people::{People, Saying},
    tally::Tally,
    world::{Fact, World},
};

/// A set of rules. It sees of the world what a gateway could see.
pub(super) trait Rules {
    /// The year begins.
    fn begin(&mut self, world: &mut World<'_>);
    /// It is told something.
    fn handle(&mut self, world: &mut World<'_>, fact: Fact);
    /// When it has something to do by itself.
    fn wake_at(&self) -> Option<Time>;
    /// Does what is due.
    fn wake(&mut self, world: &mut World<'_>);
    /// Who gets work.
    fn at_work(&self) -> AccountSet;
}

/// A year to be played.
pub(super) struct Play<'a> {
    world: World<'a>,
    people: People<'a>,
    end: Time,
}

impl<'a> Play<'a> {
    pub(super) fn new(options: &Options, assumptions: &'a Assumptions, accounts: u8) -> Self {
        let end = Time::after_origin(Duration::from_secs(86_400) * options.days);
        Self {
            world: World::new(assumptions, options.seed, usize::from(accounts), end),
            people: People::new(assumptions, options.seed),
            end,
        }
    }

    /// Plays it.
    pub(super) fn run(self, rules: &mut impl Rules) -> Tally {
        let Self { mut world, people, end } = self;
        // The last questions may be answered a little later; nobody asks any more then.
        let close = end + world.assumptions.patience;
        let sayings = people.take_while(|saying| saying.at < close);
        let mut sayings = sayings.map(|it| Saying { asks: it.asks && it.at < end, ..it }).peekable();
        rules.begin(&mut world);
        loop {
            settle(rules, &mut world);
            let next = sayings.peek().map(|saying| saying.at);
            let Some(now) = [world.wake_at(), rules.wake_at(), next].into_iter().flatten().min() else {
                break;
            };
            if now > close {
                break;
            }
            world.now = now;
            if world.wake_at() == Some(now) {
                world.wake();
            } else if rules.wake_at() == Some(now) {
                rules.wake(&mut world);
            } else if let Some(saying) = sayings.next() {
                world.say(&saying);
            }
        }
        world.now = close;
        settle(rules, &mut world);
        world.tally
    }
}

/// Tells all that there is to tell, and looks how things stand then.
fn settle(rules: &mut impl Rules, world: &mut World<'_>) {
    while let Some(fact) = world.poll_fact() {
        rules.handle(world, fact);
    }
    let (at_work, sound, able, spared) =
        (rules.at_work(), world.sound(), world.able(), world.assumptions.spared);
    world.tally.look(world.now, at_work, sound, able, spared);
}
