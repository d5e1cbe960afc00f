//! What happens in a trial, and when: drawn by a seed, readable as a story, and cut down when it fails.

use std::{fmt, time::Duration};

use fastrand::Rng;

/// The accounts, by their places in the team.
pub(crate) const ACCOUNTS: [&str; 3] = ["north", "south", "west"];
/// Who talks.
pub(crate) const PEOPLE: [&str; 2] = ["alice", "bob"];

const SECOND: Duration = Duration::from_secs(1);

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A room with all accounts, alice and bob.
    Den,
    /// A room with alice, north and south.
    Attic,
    /// Between alice and north.
    Alice,
    /// Between bob and south.
    Bob,
}

impl Place {
    pub(crate) const ALL: [Self; 4] = [Self::Den, Self::Attic, Self::Alice, Self::Bob];

    /// The accounts that are there.
    pub(crate) fn accounts(self) -> &'static [usize] {
        match self {
            Self::Den => &[0, 1, 2],
            Self::Attic => &[0, 1],
            Self::Alice => &[0],
            Self::Bob => &[1],
        }
    }

    fn people(self) -> &'static [usize] {
        match self {
            Self::Den => &[0, 1],
            Self::Attic | Self::Alice => &[0],
            Self::Bob => &[1],
        }
    }

    pub(crate) fn is_room(self) -> bool {
        matches!(self, Self::Den | Self::Attic)
    }
}

/// How an account is, all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Its own sends come back to it as messages.
    pub(crate) echo: bool,
    /// WeChat keeps for it what happens while it is away.
    pub(crate) catch_up: bool,
    /// How far its clock is ahead.
    pub(crate) ahead: Duration,
}

/// What happens to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Its process is killed.
    Killed,
    /// Its process freezes.
    Frozen,
    /// It is logged out.
    LoggedOut,
    /// It hears nothing any more, and nobody says so.
    Deaf,
    /// Its events come late.
    Late(Duration),
    /// Its answers come late.
    Slow(Duration),
    /// Its next messages are shown again under new ids, some seconds later.
    Repeats(Duration),
    /// Its connection is cut during its next send, which is done or not.
    Cut { done: bool },
    /// It is taken out of the team, and put back when it is well again; its phone lives on.
    Removed,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A person says a text.
    Says { who: usize, place: Place, text: String },
    /// The bot sends a text that it sends only once.
    Sends { place: Place, text: String },
    /// Something happens to an account.
    Ails { account: usize, trouble: Trouble },
    /// All that ails an account ends.
    Heals { account: usize },
    /// The bot's connection is cut; it comes back after a while.
    BotCut { back_after: Duration },
}

/// A whole trial.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) manners: [Manner; 3],
    /// Whether a send that may have been sent and that nobody saw is sent again.
    pub(crate) at_least_once: bool,
    pub(crate) steps: Vec<(Duration, Step)>,
}

/// How many texts show that clocks are fine.
const TALK: u32 = 6;

impl Schedule {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let manners = std::array::from_fn(|_| Manner {
            echo: dice.bool(),
            catch_up: dice.u8(..4) > 0,
            ahead: Duration::from_secs([0, 0, 0, 5, 90][dice.usize(..5)]),
        });
        // A repeat that comes together with what it repeats, after a pause, can't be told from two.
        let repeats: [bool; 3] = std::array::from_fn(|_| dice.u8(..4) == 0);
        let at_least_once = dice.u8(..4) == 0;
        // Most of it close together, where the races are; some of it over an hour.
        let span = [5_000, 60_000, 300_000, 3_600_000][dice.usize(..4)];
        let mut steps = Vec::new();
        for number in 0..dice.usize(4..24) {
            let at = dice.u64(..span);
            let from = Duration::from_millis(at);
            match dice.u8(..10) {
                0..4 => {
                    let place = Place::ALL[dice.usize(..4)];
                    let who = place.people()[dice.usize(..place.people().len())];
                    // Often what was said before.
                    let text = match dice.bool() {
                        true => ["1", "ding", "哈哈"][dice.usize(..3)].to_owned(),
                        false => format!("text {number}"),
                    };
                    steps.push((from, Step::Says { who, place, text }));
                }
                4..7 => {
                    let place = Place::ALL[dice.usize(..4)];
                    steps.push((from, Step::Sends { place, text: format!("answer {number}") }));
                }
                7..9 => {
                    let account = dice.usize(..3);
                    steps.push((from, Step::Ails { account, trouble: trouble(repeats[account], &mut dice) }));
                    if dice.u8(..4) > 0 {
                        let until = Duration::from_millis(at + dice.u64(..span));
                        steps.push((until, Step::Heals { account }));
                    }
                }
                _ => {
                    let back_after = Duration::from_millis(dice.u64(..20_000));
                    steps.push((from, Step::BotCut { back_after }));
                }
            }
        }
        steps.sort_by_key(|(at, _)| *at);
        // WeChat counts seconds: what a person says twice in one, while its account is away, looks like once.
        let mut kept: Vec<(Duration, Step)> = Vec::new();
        for (at, step) in steps {
            let is_again = |(then, it): &(Duration, Step)| *it == step && at - *then < SECOND;
            if !(matches!(step, Step::Says { .. }) && kept.iter().any(is_again)) {
                kept.push((at, step));
            }
        }
        if kept.iter().any(|(_, step)| is_repeats(step)) {
            kept = with_clocks_known(kept);
        }
        Self { seed, manners, at_least_once, steps: kept }
    }

    /// Whether nothing ever happens to an account.
    pub(crate) fn is_sound(&self, account: usize) -> bool {
        !self.steps.iter().any(|(_, step)| matches!(step, Step::Ails { account: it, .. } if *it == account))
    }

    /// Whether an account is told, sooner or later, all that is said where it is.
    pub(crate) fn hears_all(&self, account: usize) -> bool {
        self.manners[account].catch_up || self.is_sound(account)
    }
}

fn is_repeats(step: &Step) -> bool {
    matches!(step, Step::Ails { trouble: Trouble::Repeats(_), .. })
}

/// The same steps after a talk of seconds: a time proves that something is shown again only if its clock is known
/// to tell apart what is said within seconds.
fn with_clocks_known(steps: Vec<(Duration, Step)>) -> Vec<(Duration, Step)> {
    let says = |n: u32| Step::Says { who: 0, place: Place::Den, text: format!("clock {n}") };
    let talk = (0..TALK).map(|n| (2 * n * SECOND, says(n)));
    let later = steps.into_iter().map(|(at, step)| (at + 2 * TALK * SECOND, step));
    talk.chain(later).collect()
}

fn trouble(repeats: bool, dice: &mut Rng) -> Trouble {
    if repeats {
        return Trouble::Repeats(Duration::from_millis(dice.u64(2_500..5_000)));
    }
    match dice.u8(..10) {
        0..2 => Trouble::Killed,
        2 => Trouble::Frozen,
        3 => Trouble::LoggedOut,
        4 => Trouble::Deaf,
        5 => Trouble::Late(Duration::from_millis(dice.u64(..50_000))),
        6 => Trouble::Slow(Duration::from_millis(dice.u64(..4_000))),
        7 => Trouble::Removed,
        _ => Trouble::Cut { done: dice.bool() },
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, Manner { echo, catch_up, ahead }) in ACCOUNTS.iter().zip(self.manners) {
            let echo = if echo { "hears itself" } else { "does not hear itself" };
            let catch_up = if catch_up { "catches up" } else { "misses what it was away for" };
            writeln!(f, "  {name} {echo}, {catch_up}, and its clock is {ahead:?} ahead")?;
        }
        if self.at_least_once {
            writeln!(f, "  what nobody saw is sent again")?;
        }
        for (at, step) in &self.steps {
            write!(f, "  {:>8.3} s  ", at.as_secs_f64())?;
            match step {
                Step::Says { who, place, text } => writeln!(f, "{} says {text:?} in {place:?}", PEOPLE[*who]),
                Step::Sends { place, text } => writeln!(f, "the bot sends {text:?} in {place:?}"),
                Step::Ails { account, trouble } => writeln!(f, "{}: {trouble:?}", ACCOUNTS[*account]),
                Step::Heals { account } => writeln!(f, "{} is well again", ACCOUNTS[*account]),
                Step::BotCut { back_after } => {
                    writeln!(f, "the bot is cut off, and back after {back_after:?}")
                }
            }?;
        }
        Ok(())
    }
}
