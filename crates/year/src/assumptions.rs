//! Every number that the simulated world is made of: for a sceptic to doubt, all in one place.
//!
//! None was measured. They are round numbers that somebody who runs such accounts would not laugh at, and
//! where there was a choice, the one that flatters a team less.

use std::time::Duration;

use super::faults::Kind;

/// Something that happens by chance: exponential times, by these means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Every {
    /// Days from one to the next; never, if infinite.
    pub days: f64,
    /// How long it lasts if it ends by itself.
    pub lasts: Duration,
    /// The share that a restart of the puppet heals.
    pub reset_heals: f64,
}

/// The world's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumptions {
    /// Questions to the bot in rooms, a day. All accounts are in all rooms.
    pub room_questions: f64,
    /// Questions to the bot in private, a day. Each person is a friend of one account only.
    pub private_questions: f64,
    /// What people say in rooms to each other, a day.
    pub chatter: f64,
    /// Rooms.
    pub rooms: u32,
    /// People.
    pub people: u32,
    /// An answer that comes later is none. An account that hears again is told what it missed within this.
    pub patience: Duration,
    /// Those who repair are awake from this hour.
    pub awake_from: u32,
    /// Until this hour.
    pub awake_until: u32,
    /// Until they notice a fault of which nobody told them, and have repaired it; in waking hours.
    pub unaided: Duration,
    /// Until they have repaired a fault after an alarm; in waking hours.
    pub alarmed: Duration,
    /// The service's process crashes, and is started again by its supervisor.
    pub crash: Every,
    /// WeChat logs the account out; a person must scan.
    pub logout: Every,
    /// Calls work, but nothing comes in.
    pub deaf: Every,
    /// Sends are accepted and never arrive.
    pub mute: Every,
    /// Deaf and mute.
    pub zombie: Every,
    /// Sends are refused, in WeChat's own words.
    pub throttle: Every,
    /// The provider of all accounts is down: all services crash together.
    pub provider: Every,
    /// The heartbeat contact answers nobody.
    pub contact: Every,
    /// The share of dings that is not answered though all is well.
    pub dong_lost: f64,
    /// How long a restart of the puppet takes.
    pub restart: Duration,
    /// An account that works and gets no work for longer than this is a false alarm.
    pub spared: Duration,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

impl Default for Assumptions {
    fn default() -> Self {
        let every = |days, lasts, reset_heals| Every { days, lasts: Duration::from_secs(lasts), reset_heals };
        Self {
            room_questions: 300.0,
            private_questions: 100.0,
            chatter: 600.0,
            rooms: 5,
            people: 60,
            patience: Duration::from_secs(5 * MINUTE),
            awake_from: 8,
            awake_until: 23,
            unaided: Duration::from_secs(3 * HOUR),
            alarmed: Duration::from_secs(45 * MINUTE),
            crash: every(10.0, 3 * MINUTE, 0.0),
            logout: every(30.0, 0, 0.0),
            deaf: every(20.0, 0, 0.7),
            mute: every(40.0, 0, 0.7),
            zombie: every(60.0, 0, 0.4),
            throttle: every(14.0, HOUR, 0.0),
            provider: every(60.0, 10 * MINUTE, 0.0),
            contact: every(60.0, HOUR, 0.0),
            dong_lost: 0.01,
            restart: Duration::from_secs(15),
            spared: Duration::from_secs(10),
        }
    }
}

impl Assumptions {
    /// A world in which nothing ever fails.
    pub fn faultless() -> Self {
        let mut it = Self { dong_lost: 0.0, ..Self::default() };
        for every in [
            &mut it.crash,
            &mut it.logout,
            &mut it.deaf,
            &mut it.mute,
            &mut it.zombie,
            &mut it.throttle,
            &mut it.provider,
            &mut it.contact,
        ] {
            every.days = f64::INFINITY;
        }
        it
    }

    /// How an account fails in this way.
    pub(super) fn of(&self, kind: Kind) -> &Every {
        match kind {
            Kind::Crash => &self.crash,
            Kind::LoggedOut => &self.logout,
            Kind::Deaf => &self.deaf,
            Kind::Mute => &self.mute,
            Kind::Zombie => &self.zombie,
            Kind::Throttled => &self.throttle,
        }
    }

    /// What a sceptic wants to know: each number's meaning, and the number.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let often = |it: &Every, more: String| match it.days.is_finite() {
            true => format!("every {} days{more}", it.days),
            false => "never".to_owned(),
        };
        let lasting = |it: &Every| often(it, format!(", for {}", words(it.lasts)));
        let healing = |it: &Every| often(it, format!(", {:.0} % by a reset", 100.0 * it.reset_heals));
        let account = "an account ";
        [
            ("questions a day in rooms, where all accounts are", format!("{}", self.room_questions)),
            ("questions a day in private, to one account each", format!("{}", self.private_questions)),
            ("other messages a day in rooms", format!("{}", self.chatter)),
            ("rooms, people", format!("{}, {}", self.rooms, self.people)),
            ("an answer counts, and what was missed is synced, within", words(self.patience)),
            (&format!("{account}crashes, and comes back by itself"), lasting(&self.crash)),
            (&format!("{account}is logged out, until a person scans"), often(&self.logout, String::new())),
            (&format!("{account}goes deaf: nothing comes in"), healing(&self.deaf)),
            (&format!("{account}goes mute: sends vanish"), healing(&self.mute)),
            (&format!("{account}goes deaf and mute"), healing(&self.zombie)),
            (&format!("{account}is throttled: sends are refused"), lasting(&self.throttle)),
            ("the provider fails: all accounts at once", lasting(&self.provider)),
            ("the heartbeat contact fails", lasting(&self.contact)),
            ("dings that get no dong though all is well", format!("{} %", 100.0 * self.dong_lost)),
            ("a restart of a puppet takes", words(self.restart)),
            ("a person repairs after an alarm within", words(self.alarmed)),
            ("a person notices without one, and repairs, within", words(self.unaided)),
            ("persons are awake", format!("{}:00 to {}:00", self.awake_from, self.awake_until)),
            ("out of work though it works: a false alarm after", words(self.spared)),
        ]
        .map(|(meaning, value)| (meaning.to_owned(), value))
        .into()
    }
}

/// A round duration in words.
fn words(duration: Duration) -> String {
    match duration.as_secs() {
        secs if secs % HOUR == 0 => format!("{} h", secs / HOUR),
        secs if secs % MINUTE == 0 => format!("{} min", secs / MINUTE),
        secs => format!("{secs} s"),
    }
}
