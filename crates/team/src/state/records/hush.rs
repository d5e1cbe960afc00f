//! Lines of the log that an account, a puppet or a bot has written, as far as they tell anything new: an account that
//! reports an error ten thousand times a second must be seen, and must not fill the disk, nor hide what the others say.
//!
//! Of each kind, each of them has `admin.log_lines` lines in [`EVERY`]. What is over that is counted, and once the time
//! is over one more line says how many there were, and how the last of them read.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ha_wechaty_core::{AccountId, BotId};
use tokio::time::Instant;

use ha_wechaty_transport::cut;

/// For how long lines are counted together.
const EVERY: Duration = Duration::from_secs(60);
/// So much is kept of the last line that was not written.
const WORDS: usize = 400;

/// About whom a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// An account.
    Account(AccountId),
    /// A bot.
    Bot(BotId),
    /// The team, though one account may be the cause.
    Team,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// An account is in another phase, or still in the same.
    Phase,
    /// What an account's stream, or its answers, have of what nobody can read.
    Garbage,
    /// An account's puppet reports an error.
    Reported,
    /// A message's payload can't be read.
    Unread,
    /// A message is lost.
    Lost,
    /// What is done for an account failed, or is not done for a while.
    Care,
    /// What a puppet that runs here prints.
    Printed,
    /// Rooms that lost accounts.
    Rooms,
    /// The team has failed, or is back.
    Availability,
    /// A bot's streams come and go.
    Streams,
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phase => "changes of phase",
            Self::Garbage => "events and answers that can't be read",
            Self::Reported => "errors that its puppet reports",
            Self::Unread => "messages that can't be read",
            Self::Lost => "messages that are lost, since so many wait to be read already",
            Self::Care => "failures of what is done for it",
            Self::Printed => "lines that its puppet prints",
            Self::Rooms => "lines about rooms that have lost accounts",
            Self::Availability => "changes of whether the team is available",
            Self::Streams => "lines about its event streams",
        })
    }
}

/// Who has had how many lines lately.
#[derive(Debug)]
pub struct Hush {
    lines: usize,
    /// At most one for each place of an account or a bot, and kind.
    lately: Mutex<BTreeMap<(Who, LineKind), Lately>>,
}

#[derive(Debug)]
struct Lately {
    since: Instant,
    lines: usize,
    more: u64,
    last: String,
}

/// What was not written.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    who: Who,
    kind: LineKind,
    more: u64,
    last: String,
}

impl Lately {
    fn count(&mut self, words: &str) {
        self.more += 1;
        self.last = cut(words, WORDS).into_owned();
    }
}

impl Hush {
    /// How many kinds of lines are counted, of all that they are about.
    pub(crate) fn len(&self) -> usize {
        self.locked().len()
    }

    /// So many lines each, as the operator wants it.
    pub fn new(lines: usize) -> Self {
        Self { lines, lately: Mutex::default() }
    }

    /// Whether one more line is to be written now. If not, it is counted, and its `words` are for the line that says
    /// so.
    pub fn lets(&self, who: Who, kind: LineKind, words: impl FnOnce() -> String) -> bool {
        self.lets_at(Instant::now(), who, kind, words)
    }

    /// Counts a line that is not to be written, since the same was lately.
    pub fn holds(&self, who: Who, kind: LineKind, words: impl FnOnce() -> String) {
        let now = Instant::now();
        let mut lately = self.locked();
        let begins = || Lately { since: now, lines: 0, more: 0, last: String::new() };
        lately.entry((who, kind)).or_insert_with(begins).count(&words());
    }

    fn lets_at(&self, now: Instant, who: Who, kind: LineKind, words: impl FnOnce() -> String) -> bool {
        let mut lately = self.locked();
        let begins = || Lately { since: now, lines: 0, more: 0, last: String::new() };
        let it = lately.entry((who, kind)).or_insert_with(begins);
        // What is over is told by whoever tells the rest; until then it is counted together.
        if now - it.since >= EVERY && it.more == 0 {
            *it = begins();
        }
        if it.lines < self.lines {
            it.lines += 1;
            return true;
        }
        it.count(&words());
        false
    }

    /// Writes how many lines were not written, of those whose time is over; of all, if that `is_the_end`.
    pub fn tell_rest<'a>(
        &self,
        account: impl Fn(AccountId) -> &'a str,
        bot: impl Fn(BotId) -> std::sync::Arc<str>,
        is_the_end: bool,
    ) {
        for Rest { who, kind, more, last } in self.rest(Instant::now(), is_the_end) {
            let more = grouped(more);
            match who {
                Who::Account(it) => {
                    let account = account(it);
                    tracing::warn!(account, "and {more} more {kind}; the last: {last}");
                }
                Who::Bot(it) => {
                    let bot = bot(it);
                    tracing::warn!(bot = &*bot, "and {more} more {kind}; the last: {last}");
                }
                Who::Team => tracing::warn!("and {more} more {kind}; the last: {last}"),
            }
        }
    }

    fn rest(&self, now: Instant, is_the_end: bool) -> Vec<Rest> {
        let mut rest = Vec::new();
        self.locked().retain(|&(who, kind), it| {
            let is_over = is_the_end || now - it.since >= EVERY;
            if is_over && it.more > 0 {
                rest.push(Rest { who, kind, more: it.more, last: std::mem::take(&mut it.last) });
            }
            !is_over
        });
        rest
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<(Who, LineKind), Lately>> {
        // Each count is whole between any two statements.
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number for people: `9,412`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORTH: Who = Who::Account(AccountId(0));
    const SOUTH: Who = Who::Account(AccountId(1));

    fn written(hush: &Hush, at: Instant, who: Who, kind: LineKind, lines: std::ops::Range<u32>) -> usize {
        lines.filter(|n| hush.lets_at(at, who, kind, || format!("line {n}"))).count()
    }

    #[test]
    fn a_flood_is_a_few_lines_and_one_that_says_how_many_there_were_more() {
        let (hush, begin) = (Hush::new(20), Instant::now());
        assert_eq!(written(&hush, begin, NORTH, LineKind::Reported, 0..1_000_000), 20);
        assert_eq!(hush.rest(begin + EVERY / 2, false), []);
        let rest = Rest { who: NORTH, kind: LineKind::Reported, more: 999_980, last: "line 999999".into() };
        assert_eq!(hush.rest(begin + EVERY, false), [rest]);
        assert_eq!(hush.rest(begin + EVERY, true), [], "it is said once");
        assert_eq!(written(&hush, begin + EVERY, NORTH, LineKind::Reported, 0..100), 20);
        assert_eq!(hush.rest(begin + EVERY, true).len(), 1, "at the end, nothing is left unsaid");
    }

    #[test]
    fn who_writes_little_and_what_is_of_another_kind_is_never_held_back() {
        let (hush, begin) = (Hush::new(20), Instant::now());
        written(&hush, begin, NORTH, LineKind::Reported, 0..1_000);
        for (who, kind) in
            [(NORTH, LineKind::Phase), (SOUTH, LineKind::Reported), (Who::Team, LineKind::Reported)]
        {
            assert_eq!(written(&hush, begin, who, kind, 0..20), 20, "{who:?} {kind}");
        }
        let slow =
            (0..1_000).filter(|n| hush.lets_at(begin + EVERY / 20 * *n, SOUTH, LineKind::Phase, String::new));
        assert_eq!(slow.count(), 1_000);
        assert!(hush.rest(begin + EVERY * 50, false).iter().all(|rest| rest.who == NORTH));
    }

    #[test]
    fn what_was_held_back_and_is_not_told_yet_keeps_no_later_line_from_being_counted() {
        let (hush, begin) = (Hush::new(1), Instant::now());
        written(&hush, begin, NORTH, LineKind::Phase, 0..2);
        assert_eq!(written(&hush, begin + EVERY * 2, NORTH, LineKind::Phase, 2..3), 0);
        assert_eq!(hush.rest(begin + EVERY * 2, false)[0].more, 2);
        assert_eq!(written(&hush, begin + EVERY * 2, NORTH, LineKind::Phase, 3..4), 1);
    }

    #[test]
    fn numbers_are_for_people() {
        let numbers = [0, 12, 999, 1_000, 9_412, 123_456, 1_006_408].map(grouped);
        assert_eq!(numbers, ["0", "12", "999", "1,000", "9,412", "123,456", "1,006,408"]);
    }
}
