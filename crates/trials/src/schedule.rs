//! What happens in a trial, and when: drawn by a seed, readable as a story, and cut down when it fails.

use std::{fmt, time::Duration};

use fastrand::Rng;
use ha_wechaty_journal::sim::Faults;

use crate::paper;

/// The accounts, by their places in the team.
pub(crate) const ACCOUNTS: [&str; 3] = ["north", "south", "west"];
/// Who talks.
pub(crate) const PEOPLE: [&str; 2] = ["alice", "bob"];

const SECOND: Duration = Duration::from_secs(1);
/// A service notices within so many milliseconds that a connection is gone: systems give up after a quarter of an hour.
const LATEST_CLOSE: u64 = 900_000;

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
    /// Its service shows later what happens while nobody holds its event stream; a stock one drops that.
    pub(crate) catch_up: bool,
    /// How far its clock is ahead.
    pub(crate) ahead: Duration,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A file of this name.
    File,
}

/// How the processes of the bot share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift {
    /// One process has it all.
    Alone,
    /// Two: one works, the other waits.
    Standby,
    /// Two: each has its conversations.
    Shard,
}

impl Shift {
    /// How many processes there are.
    pub(crate) fn bots(self) -> usize {
        match self {
            Self::Alone => 1,
            Self::Standby | Self::Shard => 2,
        }
    }
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
    /// Its connections break, and its service does not notice: its event stream stays taken.
    HalfOpen,
    /// Its service notices now, and forgets the stream that it has.
    LateClose,
    /// It tells of a scan of this status, once, though it is logged in and works on.
    StrayScan(i32),
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A person says something.
    Says { who: usize, place: Place, kind: Kind, text: String },
    /// A person says a text once, and no account ever hands out its payload.
    Hushed { who: usize, place: Place, text: String },
    /// A person takes back what it said last there.
    TakesBack { who: usize, place: Place },
    /// The bot sends something that it sends only once, and waits for no answer.
    Sends { place: Place, kind: Kind, text: String },
    /// Something happens to an account.
    Ails { account: usize, trouble: Trouble },
    /// All that ails an account ends.
    Heals { account: usize },
    /// The connection of one of the bot's processes is cut; it comes back after a while.
    BotCut { bot: usize, back_after: Duration },
    /// One of the bot's processes stops, and starts after a while on the same connection.
    BotStops { bot: usize, back_after: Duration },
    /// The gateway is killed, and another one begins after a while with what it had written down.
    Dies { back_after: Duration },
    /// There is no room for what the gateway writes down, for a while.
    Fills { room_after: Duration },
}

/// A whole trial.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) manners: [Manner; 3],
    pub(crate) shift: Shift,
    /// Whether the accounts keep the pace that people report as safe.
    pub(crate) paced: bool,
    /// Whether a send that may have been sent and that nobody saw is sent again.
    pub(crate) at_least_once: bool,
    /// What goes wrong with the journal that the gateway writes, if it writes one.
    pub(crate) store: Option<Faults>,
    pub(crate) steps: Vec<(Duration, Step)>,
}

impl Schedule {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let manners = std::array::from_fn(|_| Manner {
            echo: dice.bool(),
            catch_up: dice.bool(),
            ahead: Duration::from_secs([0, 0, 0, 5, 90][dice.usize(..5)]),
        });
        // A repeat that comes together with what it repeats, after a pause, can't be told from two.
        let repeats: [bool; 3] = std::array::from_fn(|_| dice.u8(..4) == 0);
        // Of a file its name alone is known, of a recall less: what is shown again can't be told from a second one.
        let is_plain = !repeats.contains(&true);
        let at_least_once = dice.u8(..4) == 0;
        let shift = [Shift::Alone, Shift::Alone, Shift::Standby, Shift::Shard][dice.usize(..4)];
        let paced = dice.u8(..4) == 0;
        // Most of it close together, where the races are; some of it over an hour.
        let span = [5_000, 60_000, 300_000, 3_600_000][dice.usize(..4)];
        let mut steps = Vec::new();
        for number in 0..dice.usize(4..24) {
            let at = dice.u64(..span);
            let from = Duration::from_millis(at);
            let place = Place::ALL[dice.usize(..4)];
            let who = place.people()[dice.usize(..place.people().len())];
            let back_after = Duration::from_millis(dice.u64(..20_000));
            match dice.u8(..20) {
                0..7 => steps.push((from, says(number, who, place, is_plain, &mut dice))),
                7 => steps.push((from, Step::Hushed { who, place, text: format!("hushed {number}") })),
                8 if is_plain => steps.push((from, Step::TakesBack { who, place })),
                8 => {}
                9..12 => steps.push((from, sends(place, &number.to_string(), is_plain, &mut dice))),
                // Without waiting, in one conversation or in several.
                12..14 => {
                    let places = [place, Place::ALL[dice.usize(..4)]];
                    for part in 1..=dice.usize(2..6) {
                        let place = places[dice.usize(..2)];
                        steps.push((from, sends(place, &format!("{number}.{part}"), is_plain, &mut dice)));
                    }
                }
                14..18 => {
                    let account = dice.usize(..3);
                    let trouble = trouble(repeats[account], &mut dice);
                    steps.push((from, Step::Ails { account, trouble }));
                    if trouble == Trouble::HalfOpen && dice.u8(..4) > 0 {
                        let later = Duration::from_millis(at + dice.u64(..span.min(LATEST_CLOSE)));
                        steps.push((later, Step::Ails { account, trouble: Trouble::LateClose }));
                    }
                    if dice.u8(..4) > 0 {
                        let until = Duration::from_millis(at + dice.u64(..span));
                        steps.push((until, Step::Heals { account }));
                    }
                }
                18 => steps.push((from, Step::BotCut { bot: dice.usize(..shift.bots()), back_after })),
                _ => steps.push((from, Step::BotStops { bot: dice.usize(..shift.bots()), back_after })),
            }
        }
        let store = lives(seed, span, &mut steps);
        steps.sort_by_key(|(at, _)| *at);
        Self { seed, manners, shift, paced, at_least_once, store, steps: told_apart(steps) }
    }

    /// Whether the gateway lives from the beginning to the end.
    pub(crate) fn lives_on(&self) -> bool {
        !self.steps.iter().any(|(_, step)| matches!(step, Step::Dies { .. }))
    }

    /// Whether nothing ever happens to an account.
    pub(crate) fn is_sound(&self, account: usize) -> bool {
        self.troubles(account).next().is_none()
    }

    /// Whether an account is always told at once what is said where it is, and always shows it.
    pub(crate) fn hears_well(&self, account: usize) -> bool {
        self.troubles(account).all(|(_, it)| matches!(it, Trouble::StrayScan(_)))
    }

    /// Whether an account's service tells at once what it tells.
    pub(crate) fn tells_at_once(&self, account: usize) -> bool {
        self.troubles(account).all(|(_, it)| !matches!(it, Trouble::Late(_)))
    }

    /// Whether nothing happens to an account but to its event stream.
    pub(crate) fn loses_only_streams(&self, account: usize) -> bool {
        self.troubles(account).all(|(_, it)| matches!(it, Trouble::HalfOpen | Trouble::LateClose))
    }

    /// Whether what happens can be told from something else only by a clock that is known. Whoever shows something
    /// again under a new id, with the same time, may show another by a coarse clock; whoever comes back and shows what
    /// was said before as said now, by a wrong clock, may show what was said again now.
    pub(crate) fn asks_for_clocks(&self) -> bool {
        (0..ACCOUNTS.len()).any(|account| {
            let is_wrong = !self.manners[account].ahead.is_zero();
            (is_wrong && !self.lives_on())
                || self.troubles(account).any(|(_, it)| is_wrong || matches!(it, Trouble::Repeats(_)))
        })
    }

    /// What happens to an account, and when.
    pub(crate) fn troubles(&self, account: usize) -> impl Iterator<Item = (Duration, Trouble)> {
        self.steps.iter().filter_map(move |(at, step)| {
            if let Step::Ails { account: it, trouble } = step
                && *it == account
            {
                Some((*at, *trouble))
            } else {
                None
            }
        })
    }
}

/// The lives of the gateway, of every other schedule, drawn apart from the rest. Mostly it dies when something else has
/// just happened. Returns what goes wrong with its journal.
fn lives(seed: u64, span: u64, steps: &mut Vec<(Duration, Step)>) -> Option<Faults> {
    let mut dice = Rng::with_seed(!seed);
    if dice.bool() {
        return None;
    }
    let moments: Vec<u64> = steps.iter().map(|(at, _)| at.as_millis().try_into().unwrap_or(span)).collect();
    let moment = |dice: &mut Rng| {
        let at = match dice.u8(..4) {
            0 => dice.u64(..span),
            1 => moments[dice.usize(..moments.len())] + dice.u64(..2_000),
            _ => moments[dice.usize(..moments.len())] + dice.u64(..40),
        };
        Duration::from_millis(at)
    };
    // What comes again together with what it repeats, after a pause, can't be told from two.
    let repeats = |step: &Step| matches!(step, Step::Ails { trouble: Trouble::Repeats(_), .. });
    if !moments.is_empty() && !steps.iter().any(|(_, step)| repeats(step)) {
        for _ in 0..dice.usize(..4) {
            let away = [100, 1_000, 20_000, span][dice.usize(..4)];
            let back_after = Duration::from_millis(dice.u64(..away));
            steps.push((moment(&mut dice), Step::Dies { back_after }));
        }
        if dice.u8(..6) == 0 {
            let room_after = Duration::from_millis(dice.u64(..60_000));
            steps.push((moment(&mut dice), Step::Fills { room_after }));
        }
    }
    Some(paper::draw(&mut dice))
}

fn says(number: usize, who: usize, place: Place, has_files: bool, dice: &mut Rng) -> Step {
    // Often what was said before.
    let (kind, text) = match dice.u8(..8) {
        0..3 => (Kind::Text, ["1", "ding", "哈哈"][dice.usize(..3)].to_owned()),
        3 if has_files => (Kind::File, ["cat.png", "report.pdf"][dice.usize(..2)].to_owned()),
        _ => (Kind::Text, format!("text {number}")),
    };
    Step::Says { who, place, kind, text }
}

fn sends(place: Place, number: &str, has_files: bool, dice: &mut Rng) -> Step {
    match dice.u8(..6) {
        0 if has_files => Step::Sends { place, kind: Kind::File, text: format!("answer {number}.bin") },
        _ => Step::Sends { place, kind: Kind::Text, text: format!("answer {number}") },
    }
}

/// Without what looks like once and was twice: WeChat counts seconds, so what a person says twice in one while its
/// account is away can't be told from a copy; and of two recalls only the person and the place are known.
fn told_apart(steps: Vec<(Duration, Step)>) -> Vec<(Duration, Step)> {
    let mut kept: Vec<(Duration, Step)> = Vec::new();
    for (at, step) in steps {
        let apart = match step {
            Step::Says { .. } => SECOND,
            Step::TakesBack { .. } => 120 * SECOND,
            Step::Hushed { .. }
            | Step::Sends { .. }
            | Step::Ails { .. }
            | Step::Heals { .. }
            | Step::BotCut { .. }
            | Step::BotStops { .. }
            | Step::Dies { .. }
            | Step::Fills { .. } => Duration::ZERO,
        };
        if !kept.iter().any(|(then, it)| *it == step && at - *then < apart) {
            kept.push((at, step));
        }
    }
    kept
}

fn trouble(repeats: bool, dice: &mut Rng) -> Trouble {
    if repeats {
        return Trouble::Repeats(Duration::from_millis(dice.u64(2_500..5_000)));
    }
    match dice.u8(..14) {
        0..2 => Trouble::Killed,
        2 => Trouble::Frozen,
        3 => Trouble::LoggedOut,
        4 => Trouble::Deaf,
        5 => Trouble::Late(Duration::from_millis(dice.u64(..50_000))),
        6 => Trouble::Slow(Duration::from_millis(dice.u64(..4_000))),
        7 => Trouble::Removed,
        8..10 => Trouble::StrayScan(dice.i32(0..6)),
        10..12 => Trouble::HalfOpen,
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
        match self.shift {
            Shift::Alone => {}
            Shift::Standby => writeln!(f, "  the bot runs twice; one of them waits")?,
            Shift::Shard => writeln!(f, "  the bot runs twice; each has its conversations")?,
        }
        if self.paced {
            writeln!(f, "  the accounts keep their pace")?;
        }
        if self.at_least_once {
            writeln!(f, "  what nobody saw is sent again")?;
        }
        if let Some(faults) = &self.store {
            writeln!(f, "  the gateway writes a journal: {faults:?}")?;
        }
        for (at, step) in &self.steps {
            write!(f, "  {:>8.3} s  ", at.as_secs_f64())?;
            match step {
                Step::Says { who, place, kind: Kind::Text, text } => {
                    writeln!(f, "{} says {text:?} in {place:?}", PEOPLE[*who])
                }
                Step::Says { who, place, kind: Kind::File, text } => {
                    writeln!(f, "{} shows {text} in {place:?}", PEOPLE[*who])
                }
                Step::Hushed { who, place, text } => {
                    writeln!(f, "{} says {text:?} in {place:?}, whose payload never comes", PEOPLE[*who])
                }
                Step::TakesBack { who, place } => {
                    writeln!(f, "{} takes back what was said last in {place:?}", PEOPLE[*who])
                }
                Step::Sends { place, kind: Kind::Text, text } => {
                    writeln!(f, "the bot sends {text:?} in {place:?}")
                }
                Step::Sends { place, kind: Kind::File, text } => {
                    writeln!(f, "the bot sends the file {text} in {place:?}")
                }
                Step::Ails { account, trouble } => writeln!(f, "{}: {trouble:?}", ACCOUNTS[*account]),
                Step::Heals { account } => writeln!(f, "{} is well again", ACCOUNTS[*account]),
                Step::BotCut { bot, back_after } => {
                    writeln!(f, "bot {bot} is cut off, and back after {back_after:?}")
                }
                Step::BotStops { bot, back_after } => {
                    writeln!(f, "bot {bot} stops, and starts after {back_after:?}")
                }
                Step::Dies { back_after } => {
                    writeln!(f, "the gateway is killed, and another one begins after {back_after:?}")
                }
                Step::Fills { room_after } => {
                    writeln!(f, "there is no room for the journal for {room_after:?}")
                }
            }?;
        }
        Ok(())
    }
}
