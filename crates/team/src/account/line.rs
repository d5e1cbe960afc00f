//! The order in which what an account tells is handed on, though some of it has to be asked for first.
//!
//! The stream tells ids; what a message says is asked for, of many at once, and is handed on in the order of the
//! stream. An answer that never comes would hold all that follows, so it is waited for only as long as a person
//! would not notice: then what is behind it goes by, and it is handed on whenever it comes, as an old one.
//!
//! | what waits behind an answer that is out | for how long |
//! |---|---|
//! | a login, a logout, a scan | [`STATE`]: calls are routed by it |
//! | an answer that was asked for later | [`Line::grace`]: three times what answers take here, within bounds |
//! | anything else, if hardly anything else is out | the same |
//! | anything else | [`STALL`]: its service may just be slow, and slow in order |
//! | a line that is full, without an answer to anything | [`STALL`] |
//!
//! A service that is slow but answers one after the other loses no order by this, since nothing is answered
//! before what was asked for first.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// How long a login, a logout or a scan waits for what was told before.
const STATE: Duration = Duration::from_millis(250);
/// How long an answer is waited for, at least, if later ones have come.
const SHORTEST: Duration = Duration::from_millis(500);
/// How long it is waited for at most; and how long without any answer is no slowness any more.
const STALL: Duration = Duration::from_secs(3);
/// A service of which no more is asked is not slow because of that.
const FEW: usize = 4;
/// How many may be asked for at once and hold the line.
pub(super) const READING: usize = 64;
/// How many may stand in line, read or not.
const LONGEST: usize = 1_024;
/// What they may weigh, in bytes; the last one of them may weigh what it likes.
const HEAVIEST: usize = 4 << 20;

/// What stands in the line by its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// How the account stands.
    State,
    /// What happened.
    Event,
}

/// What stands in line holds so much memory, in bytes.
pub(super) trait Weighs {
    fn weight(&self) -> usize;
}

/// What an account has told, in order.
#[derive(Debug)]
pub(super) struct Line<T> {
    slots: VecDeque<Slot<T>>,
    next: u64,
    asked: usize,
    /// What all that is not out any more weighs.
    bytes: usize,
    /// The longest that an answer took lately.
    slowest: Duration,
    answered: Option<Instant>,
}

#[derive(Debug)]
struct Slot<T> {
    number: u64,
    since: Instant,
    what: What<T>,
}

#[derive(Debug)]
enum What<T> {
    /// It is being asked for.
    Asked,
    /// It was asked for.
    Answered(T),
    /// It needed no question.
    Told(Sort, T),
}

impl<T: Weighs> Line<T> {
    pub(super) fn new() -> Self {
        Self { slots: VecDeque::new(), next: 0, asked: 0, bytes: 0, slowest: Duration::ZERO, answered: None }
    }

    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether more may come.
    pub(super) fn has_room(&self) -> bool {
        self.asked < READING && self.slots.len() < LONGEST && self.bytes < HEAVIEST
    }

    /// It was told now, behind all others.
    pub(super) fn told(&mut self, now: Instant, sort: Sort, what: T) {
        let number = self.number();
        self.bytes += what.weight();
        self.slots.push_back(Slot { number, since: now, what: What::Told(sort, what) });
    }

    /// It is asked for from now on, behind all others. Returns its number.
    pub(super) fn asks(&mut self, now: Instant) -> u64 {
        let number = self.number();
        self.slots.push_back(Slot { number, since: now, what: What::Asked });
        self.asked += 1;
        number
    }

    /// It is asked for from now on, and is older than all others.
    pub(super) fn asks_first(&mut self, now: Instant) -> u64 {
        let number = self.number();
        self.slots.push_front(Slot { number, since: now, what: What::Asked });
        self.asked += 1;
        number
    }

    /// This is what was asked for. It comes back if its place in the line is gone.
    pub(super) fn answer(&mut self, now: Instant, number: u64, what: T) -> Option<T> {
        self.answered = Some(now);
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.number == number) else { return Some(what) };
        let took = (now - slot.since).min(STALL);
        self.slowest = took.max(self.slowest.mul_f64(0.9));
        self.bytes += what.weight();
        slot.what = What::Answered(what);
        self.asked -= 1;
        None
    }

    /// What is to be handed on next, if anything may be. What it goes by loses its place: the numbers of those
    /// come first.
    pub(super) fn pop(&mut self, now: Instant) -> (Vec<u64>, Option<T>) {
        let passed: Vec<u64> =
            self.overdue().filter(|(at, _)| *at <= now).map(|(_, number)| number).collect();
        if !passed.is_empty() {
            self.slots.retain(|slot| !passed.contains(&slot.number));
            self.asked -= passed.len();
        }
        let is_due = self.slots.front().is_some_and(|slot| !matches!(slot.what, What::Asked));
        let front = if is_due { self.slots.pop_front() } else { None };
        let what = front.and_then(|slot| match slot.what {
            What::Answered(what) | What::Told(_, what) => Some(what),
            What::Asked => None,
        });
        self.bytes -= what.as_ref().map_or(0, T::weight);
        (passed, what)
    }

    /// When [`Line::pop`] gives more, if nothing happens before.
    pub(super) fn wake(&self) -> Option<Instant> {
        self.overdue().map(|(at, _)| at).min()
    }

    /// How long an answer is waited for if later ones have come.
    fn grace(&self) -> Duration {
        self.slowest.saturating_mul(3).clamp(SHORTEST, STALL)
    }

    /// Until when each answer that is out holds what is behind it.
    fn overdue(&self) -> impl Iterator<Item = (Instant, u64)> + '_ {
        let grace = self.grace();
        let is_full = !self.has_room();
        let (mut state, mut answer, mut event) = (false, false, false);
        self.slots.iter().rev().filter_map(move |slot| {
            match slot.what {
                What::Told(Sort::State, _) => state = true,
                What::Told(Sort::Event, _) => event = true,
                What::Answered(_) => answer = true,
                What::Asked => {
                    let patience = match (state, answer, event) {
                        (true, ..) => Some(STATE),
                        (false, true, _) => Some(grace),
                        (false, false, true) => Some(if self.asked <= FEW { grace } else { STALL }),
                        (false, false, false) => None,
                    };
                    let quiet = self.answered.map_or(slot.since, |at| at.max(slot.since));
                    let stall = is_full.then(|| quiet + STALL);
                    let until = patience.map(|patience| slot.since + patience);
                    return until.into_iter().chain(stall).min().map(|at| (at, slot.number));
                }
            }
            None
        })
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    impl Weighs for &'static str {
        fn weight(&self) -> usize {
            self.len()
        }
    }

    /// A line, and a clock that the test sets.
    struct World {
        line: Line<&'static str>,
        now: Instant,
    }

    impl World {
        fn new() -> Self {
            Self { line: Line::new(), now: Instant::now() }
        }

        fn asks(&mut self) -> u64 {
            self.line.asks(self.now)
        }

        fn told(&mut self, sort: Sort, what: &'static str) {
            self.line.told(self.now, sort, what);
        }

        fn answer(&mut self, number: u64, what: &'static str) -> Option<&'static str> {
            self.line.answer(self.now, number, what)
        }

        /// All that may be handed on now.
        fn given(&mut self) -> Vec<&'static str> {
            std::iter::from_fn(|| self.line.pop(self.now).1).collect()
        }

        fn pass(&mut self, millis: u32) {
            self.now += MS * millis;
        }
    }

    #[test]
    fn answers_are_handed_on_in_the_order_of_the_stream() {
        let mut world = World::new();
        let (one, two) = (world.asks(), world.asks());
        world.told(Sort::Event, "three");
        world.pass(20);
        assert_eq!(world.answer(two, "two"), None);
        assert!(world.given().is_empty());
        world.pass(20);
        world.answer(one, "one");
        assert_eq!(world.given(), ["one", "two", "three"]);
        assert_eq!(world.line.wake(), None);
    }

    #[test]
    fn an_answer_that_hangs_holds_later_ones_a_moment_and_nothing_that_comes_afterwards() {
        let mut world = World::new();
        let (hung, next) = (world.asks(), world.asks());
        world.answer(next, "next");
        assert!(world.given().is_empty());
        assert_eq!(world.line.wake(), Some(world.now + SHORTEST));
        world.pass(500);
        assert_eq!(world.given(), ["next"]);
        let later = world.asks();
        world.pass(5);
        world.answer(later, "later");
        assert_eq!(world.given(), ["later"]);
        world.pass(20_000);
        assert_eq!(world.answer(hung, "hung"), Some("hung"), "it is handed on by itself");
    }

    #[test]
    fn one_that_has_been_out_for_long_holds_nothing_at_all() {
        let mut world = World::new();
        world.asks();
        world.pass(2_000);
        let next = world.asks();
        world.answer(next, "next");
        assert_eq!(world.given(), ["next"]);
    }

    #[test]
    fn a_state_goes_by_what_is_out_and_takes_along_what_stood_before_it() {
        let mut world = World::new();
        let (_hung, next) = (world.asks(), world.asks());
        world.answer(next, "next");
        world.told(Sort::State, "logout");
        world.pass(249);
        assert!(world.given().is_empty());
        world.pass(1);
        assert_eq!(world.given(), ["next", "logout"]);
        assert!(world.line.is_empty());
    }

    #[test]
    fn a_service_that_is_slow_in_order_loses_no_order() {
        let mut world = World::new();
        let asked: Vec<u64> = (0..READING).map(|_| world.asks()).collect();
        assert!(!world.line.has_room());
        let mut given = 0;
        for number in asked {
            // The last is answered after ten seconds.
            world.pass(160);
            assert!(world.given().is_empty(), "nothing goes by another");
            assert_eq!(world.answer(number, "said"), None, "each has its place");
            given += world.given().len();
        }
        assert_eq!(given, READING);
    }

    #[test]
    fn where_answers_take_longer_they_are_waited_for_longer() {
        let mut world = World::new();
        let first = world.asks();
        world.pass(800);
        world.answer(first, "first");
        world.given();
        let (slow, quick) = (world.asks(), world.asks());
        world.pass(700);
        world.answer(quick, "quick");
        assert!(world.given().is_empty());
        world.pass(300);
        world.answer(slow, "slow");
        assert_eq!(world.given(), ["slow", "quick"]);
    }

    #[test]
    fn a_line_full_of_answers_that_hang_goes_on() {
        let mut world = World::new();
        for _ in 0..READING {
            world.asks();
        }
        world.pass(2_999);
        assert!(world.line.pop(world.now).0.is_empty() && !world.line.has_room());
        world.pass(1);
        assert_eq!(world.line.pop(world.now).0.len(), READING);
        assert!(world.line.has_room() && world.line.is_empty());
    }

    #[test]
    fn what_weighs_much_leaves_no_room_for_more_until_it_is_handed_on() {
        let heavy: &str = "x".repeat(HEAVIEST / 2).leak();
        let mut world = World::new();
        let hung = world.asks();
        world.told(Sort::Event, heavy);
        let answered = world.asks();
        assert!(world.line.has_room());
        world.answer(answered, heavy);
        assert!(!world.line.has_room());
        world.answer(hung, "here");
        assert_eq!(world.given().len(), 3);
        assert!(world.line.has_room() && world.line.bytes == 0);
    }

    #[test]
    fn what_waited_for_the_login_is_older_than_all_others() {
        let mut world = World::new();
        let new = world.asks();
        let (second, first) = (world.line.asks_first(world.now), world.line.asks_first(world.now));
        for (number, what) in [(new, "new"), (second, "second"), (first, "first")] {
            world.answer(number, what);
        }
        assert_eq!(world.given(), ["first", "second", "new"]);
    }
}
