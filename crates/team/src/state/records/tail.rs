//! The newest lines of the log, for people who look at the page: as they were written, at the levels at which the process
//! logs. Whoever writes the log puts them in; it holds what the log does, so neither tokens nor what was said.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use ha_wechaty_transport::cut;
use serde::{Deserialize, Serialize};

use crate::state::{bounded::Load, sends::since};

/// So many lines are kept.
const LINES: usize = 2_000;
/// And so many bytes of them.
const BYTES: usize = 1 << 20;
/// Of one line so many.
const LONGEST: usize = 2_000;
/// What a line weighs besides its texts.
const LINE: usize = 128;
/// So many are told unless more are asked for.
const USUAL: usize = 200;
const NAMES: [&str; 6] = ["level", "account", "text", "since", "before", "limit"];

/// How much a line of the log matters; what matters most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something is broken.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What an operator may want to know.
    Info,
    /// What a developer may.
    Debug,
    /// All there is.
    Trace,
}

impl LogLevel {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailLine {
    /// Its number since the process began, from 1.
    pub number: u64,
    /// When it was written (RFC 3339).
    pub at: String,
    /// How much it matters.
    pub level: LogLevel,
    /// The account that it is about, by its name, if it names one.
    pub account: Option<String>,
    /// The bot that it is about.
    pub bot: Option<String>,
    /// What it says, and behind that its other fields.
    pub text: String,
}

impl TailLine {
    fn weight(&self) -> usize {
        let names = [&self.account, &self.bot].into_iter().flatten().map(String::len).sum::<usize>();
        LINE + self.at.len() + self.text.len() + names
    }
}

/// Which lines somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct TailFilter {
    level: Option<LogLevel>,
    account: Option<String>,
    /// In small letters.
    text: Option<String>,
    since: Option<String>,
    before: Option<u64>,
    limit: Option<usize>,
}

impl TailFilter {
    /// Of names and values, as they stand in the part of an address behind `?`.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn of<N: AsRef<str>, V: Into<String>>(
        query: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, String> {
        let mut filter = Self::default();
        for (name, value) in query {
            let value = value.into();
            match name.as_ref() {
                "level" => {
                    let found = LogLevel::ALL.into_iter().find(|it| it.name() == value);
                    let words = LogLevel::ALL.map(LogLevel::name).join(", ");
                    filter.level =
                        Some(found.ok_or_else(|| format!("level is {value:?}, but must be one of {words}"))?);
                }
                "account" => filter.account = Some(value),
                "text" => filter.text = Some(value.to_lowercase()),
                "since" => filter.since = Some(since(&value)?),
                "before" => filter.before = Some(number("before", &value)?),
                "limit" => {
                    let limit = number("limit", &value)?;
                    filter.limit = Some(usize::try_from(limit).unwrap_or(LINES));
                }
                name => return Err(format!("{name} is no filter; there are {}", NAMES.join(", "))),
            }
        }
        Ok(filter)
    }

    fn lets(&self, it: &TailLine) -> bool {
        self.level.is_none_or(|least| it.level <= least)
            && self.account.as_ref().is_none_or(|wanted| it.account.as_ref() == Some(wanted))
            && self.text.as_ref().is_none_or(|wanted| it.text.to_lowercase().contains(wanted))
            && self.since.as_ref().is_none_or(|since| it.at >= *since)
            && self.before.is_none_or(|before| it.number < before)
    }
}

fn number(name: &str, value: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("{name} is {value:?}, but must be a number"))
}

/// The newest lines of the log; each copy is the same.
#[derive(Debug, Clone, Default)]
pub struct LogTail(Arc<Mutex<Tail>>);

#[derive(Debug, Default)]
struct Tail {
    /// Newest last.
    lines: VecDeque<TailLine>,
    bytes: usize,
    count: u64,
}

impl LogTail {
    /// A line was written. What it says too much is cut off.
    pub fn put(
        &self,
        at: SystemTime,
        level: LogLevel,
        (account, bot): (Option<String>, Option<String>),
        text: &str,
    ) {
        let short = |name: Option<String>| name.map(|name| cut(&name, LINE).into_owned());
        let mut tail = self.locked();
        tail.count += 1;
        let line = TailLine {
            number: tail.count,
            at: humantime::format_rfc3339_millis(at).to_string(),
            level,
            account: short(account),
            bot: short(bot),
            text: cut(text, LONGEST).into_owned(),
        };
        tail.bytes += line.weight();
        tail.lines.push_back(line);
        while tail.lines.len() > LINES || tail.bytes > BYTES {
            let Some(oldest) = tail.lines.pop_front() else { break };
            tail.bytes -= oldest.weight();
        }
    }

    /// Those that a filter lets through, newest first.
    pub fn find(&self, filter: &TailFilter) -> Vec<TailLine> {
        let limit = filter.limit.unwrap_or(USUAL);
        self.locked().lines.iter().rev().filter(|it| filter.lets(it)).take(limit).cloned().collect()
    }

    /// How much is kept.
    pub(crate) fn load(&self) -> Load {
        let tail = self.locked();
        Load { entries: tail.lines.len(), bytes: tail.bytes, limit: BYTES }
    }

    fn locked(&self) -> MutexGuard<'_, Tail> {
        // Each line is whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn texts(tail: &LogTail, query: &[(&str, &str)]) -> Vec<String> {
        let filter = TailFilter::of(query.iter().copied()).expect("a filter");
        tail.find(&filter).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn the_newest_are_found_by_what_they_are_and_say() {
        let tail = LogTail::default();
        let of = |name: &str| (Some(name.to_owned()), None);
        tail.put(at(1), LogLevel::Info, of("north"), "available");
        tail.put(at(2), LogLevel::Warn, of("south"), "Offline: refused");
        tail.put(at(3), LogLevel::Error, (None, Some("main".into())), "the team has failed");
        tail.put(at(4), LogLevel::Debug, of("south"), "ding");
        assert_eq!(texts(&tail, &[("limit", "2")]), ["ding", "the team has failed"]);
        assert_eq!(texts(&tail, &[("level", "warn")]), ["the team has failed", "Offline: refused"]);
        assert_eq!(texts(&tail, &[("account", "south")]), ["ding", "Offline: refused"]);
        assert_eq!(texts(&tail, &[("text", "OFFLINE")]), ["Offline: refused"]);
        assert_eq!(texts(&tail, &[("before", "2")]), ["available"]);
        let since = [("since", "1970-01-01T00:00:03Z")];
        assert_eq!(texts(&tail, &since), ["ding", "the team has failed"]);
        for (name, value) in [("level", "loud"), ("since", "soon"), ("limit", "x"), ("colour", "red")] {
            let why = TailFilter::of([(name, value)]).expect_err("it is wrong");
            assert!(why.contains(name), "{why}");
        }
    }

    #[test]
    fn it_is_bounded_in_lines_and_in_bytes() {
        let tail = LogTail::default();
        for n in 0..LINES as u64 + 10 {
            tail.put(at(n), LogLevel::Info, (None, None), "x");
        }
        assert_eq!(tail.load().entries, LINES);
        assert_eq!(tail.find(&TailFilter::default())[0].number, LINES as u64 + 10);
        for n in 0..2_000 {
            tail.put(at(n), LogLevel::Info, (Some("é".repeat(9_999)), None), &"é".repeat(9_999));
        }
        let load = tail.load();
        assert!(load.bytes <= BYTES && load.entries > 300, "{} lines, {} bytes", load.entries, load.bytes);
        let counted: usize = tail.locked().lines.iter().map(TailLine::weight).sum();
        assert_eq!(counted, load.bytes, "what is dropped counts no more");
    }
}
