//! What happens, in plain words; every line fits into 79 columns.

mod frame;
#[cfg(test)]
mod tests;

use std::{io, time::Duration};

use tokio::time::Instant;

use crate::{
    demo::{
        mishaps::{Manner, Mishap},
        screen::{Screen, Told},
        stage::ACCOUNTS,
        tally::{Counts, Question, Seen},
    },
    text::{Ink, Line},
};

/// The widest line.
const WIDTH: usize = 79;

/// The narrator.
pub(in crate::demo) struct Story {
    screen: Screen,
    began: Instant,
    status: String,
}

impl Story {
    pub(in crate::demo) fn new(screen: Screen) -> Self {
        Self { screen, began: Instant::now(), status: String::new() }
    }

    /// A question and its answer, at once.
    pub(in crate::demo) fn exchange(
        &mut self,
        question: &Question,
        seen: Seen,
        by: &str,
        answer: &str,
    ) -> io::Result<()> {
        let line = self.question_line(question);
        self.screen.line(answered(line, seen, by, answer))
    }

    /// A question that waits, maybe for an account that is away.
    pub(in crate::demo) fn waits(&mut self, question: &Question, away: Option<usize>) -> io::Result<()> {
        let why = away.map(|account| format!(" until {} is back", ACCOUNTS[account])).unwrap_or_default();
        let line = self.question_line(question).put(Ink::Warn, format!("… waits{why}"));
        self.screen.line(line)
    }

    /// The answer to a question that had to wait.
    pub(in crate::demo) fn late(
        &mut self,
        question: &Question,
        seen: Seen,
        by: &str,
        answer: &str,
    ) -> io::Result<()> {
        let line = self.at(" ", Ink::Plain);
        let line = line.put(Ink::Dim, format!("{:<37}", format!("{} asked {}", question.who, question.text)));
        self.screen.line(answered(line, seen, by, answer))
    }

    /// The same answer once more.
    pub(in crate::demo) fn again(&mut self, question: &Question, by: &str) -> io::Result<()> {
        let text = format!("{by} answers {} again: said TWICE", question.text);
        self.event("✖", Ink::Bad, Line::new().put(Ink::Bad, text))
    }

    pub(in crate::demo) fn lost(&mut self, question: &Question) -> io::Result<()> {
        let text = format!("LOST: {} got no answer to {}", question.who, question.text);
        self.event("✖", Ink::Bad, Line::new().put(Ink::Bad, text))
    }

    /// People talk among themselves, or a visitor's bot says something.
    pub(in crate::demo) fn talk(&mut self, who: &str, place: &str, text: &str) -> io::Result<()> {
        let room = WIDTH - 28;
        let line =
            self.at(" ", Ink::Plain).put(Ink::Dim, format!("{who:<6} {place:<10} {}", cut(text, room)));
        self.screen.line(line)
    }

    /// An account fails.
    pub(in crate::demo) fn struck(&mut self, mishap: &Mishap) -> io::Result<()> {
        let text = match mishap.manner {
            Manner::Killed => "is killed: its process is gone, its port refuses",
            Manner::Scan => "is logged out: WeChat wants its QR code scanned again",
            Manner::Frozen => "freezes: its connections stay open, but nobody reads them",
            Manner::Deaf => "goes deaf: it looks well, but WeChat tells it nothing more",
            Manner::LoggedOut => "is logged out: somebody logged in on another device",
            Manner::Throttled => "talks too much, says WeChat: it may listen, but not speak",
        };
        let mark = if mishap.by_visitor { "☞" } else { "✖" };
        self.account_event(mark, Ink::Bad, mishap.account, Ink::Bad, text)?;
        if mishap.manner == Manner::Frozen {
            let text = "people keep silent until the gateway knows: see --help";
            self.event(" ", Ink::Plain, Line::new().put(Ink::Dim, text))?;
        }
        Ok(())
    }

    /// The gateway has found out, and who is left.
    pub(in crate::demo) fn noticed(&mut self, mishap: &Mishap, left: &[&str]) -> io::Result<()> {
        let after = mishap.noticed.map(|at| at - mishap.at).unwrap_or_default();
        if left.is_empty() {
            let text = format!("gateway knows after {}: nobody is left, so people wait", short(after));
            return self.account_event("→", Ink::Bad, mishap.account, Ink::Plain, &text);
        }
        let many = if left.len() == 1 { "s" } else { "" };
        let left = left.join(" and ");
        let text = match mishap.manner {
            Manner::Throttled => format!("told by WeChat, after {}: {left} speak{many} for it", short(after)),
            Manner::Deaf => format!("silent for {}: is it deaf? {left} take{many} over", short(after)),
            Manner::Killed | Manner::Scan | Manner::Frozen | Manner::LoggedOut => {
                format!("gateway knows after {}: {left} take{many} over", short(after))
            }
        };
        self.account_event("→", Ink::Warn, mishap.account, Ink::Plain, &text)
    }

    /// The gateway resets a puppet.
    pub(in crate::demo) fn reset(&mut self, account: usize) -> io::Result<()> {
        let text = "does not even hear its own test message: the gateway resets it";
        self.account_event("↻", Ink::Warn, account, Ink::Plain, text)
    }

    /// Something else is up with an account.
    pub(in crate::demo) fn unplanned(&mut self, account: usize, text: &str) -> io::Result<()> {
        self.account_event("!", Ink::Warn, account, Ink::Plain, text)
    }

    /// What was wrong is mended.
    pub(in crate::demo) fn mended(&mut self, mishap: &Mishap) -> io::Result<()> {
        let text = match mishap.manner {
            Manner::Killed => "is started again",
            Manner::Scan => "has its QR code scanned",
            Manner::Frozen => "thaws",
            Manner::Deaf => "is taken in hand: somebody restarts WeChat on it",
            Manner::LoggedOut => "logs in again",
            Manner::Throttled => "is forgiven by WeChat; the gateway will try it again",
        };
        self.account_event("↻", Ink::Warn, mishap.account, Ink::Plain, text)
    }

    /// The account works again; so many questions waited for it.
    pub(in crate::demo) fn back(&mut self, mishap: &Mishap, waiting: usize) -> io::Result<()> {
        let after = short(mishap.at.elapsed());
        let back = if mishap.manner == Manner::Throttled { "speaks again" } else { "is back" };
        let kept = match waiting {
            0 => String::new(),
            1 => "; a question waited for it".to_owned(),
            many => format!("; {many} questions waited for it"),
        };
        self.account_event("✔", Ink::Good, mishap.account, Ink::Good, &format!("{back} after {after}{kept}"))
    }

    /// The bot was told of a failure.
    pub(in crate::demo) fn trouble(&mut self, text: &str) -> io::Result<()> {
        let text = format!("the bot is told: {text}");
        self.event("!", Ink::Warn, Line::new().put(Ink::Warn, cut(&text, WIDTH - 10)))
    }

    /// Nobody asks any more.
    pub(in crate::demo) fn closing(&mut self, counts: Counts) -> io::Result<()> {
        let waiting = match counts.waiting {
            0 => String::new(),
            1 => "; one is still open".to_owned(),
            open => format!("; {open} are still open"),
        };
        self.event(" ", Ink::Plain, Line::new().put(Ink::Bold, format!("No more questions{waiting}.")))
    }

    /// The counts, at the bottom of the screen.
    pub(in crate::demo) fn status(&mut self, counts: Counts, available: [bool; 3]) -> io::Result<()> {
        let room = self.screen.room();
        let key = format!("{counts:?}{available:?}{room}");
        if key == self.status {
            return Ok(());
        }
        self.status = key;
        let line = lights(available, true).put(Ink::Plain, "   ");
        let line = put_counts(line, counts);
        if line.width() <= room {
            return self.screen.set_status(line);
        }
        self.screen.set_status(put_few_counts(lights(available, false), counts))
    }

    /// The counts, in a line, for those who see no status line.
    pub(in crate::demo) fn interim(&mut self, counts: Counts) -> io::Result<()> {
        if self.screen.is_live() {
            return Ok(());
        }
        let line = put_counts(self.at("=", Ink::Plain), counts);
        self.screen.line(line)
    }

    /// What the page is to show of it.
    pub(in crate::demo) fn told(&self) -> Told {
        self.screen.told()
    }

    pub(in crate::demo) fn kept(&self) -> &[Line] {
        self.screen.kept()
    }

    fn question_line(&self, question: &Question) -> Line {
        let Question { who, place, text, .. } = question;
        self.at(" ", Ink::Plain).put(Ink::Plain, format!("{who:<6} {place:<10} {text:<18} "))
    }

    fn account_event(
        &mut self,
        mark: &str,
        mark_ink: Ink,
        account: usize,
        ink: Ink,
        text: &str,
    ) -> io::Result<()> {
        let name = Line::new().put(Ink::Account(account), format!("{:<6} ", ACCOUNTS[account]));
        self.event(mark, mark_ink, name.put(ink, cut(text, WIDTH - 17)))
    }

    fn event(&mut self, mark: &str, ink: Ink, rest: Line) -> io::Result<()> {
        let mut line = self.at(mark, ink);
        line.0.extend(rest.0);
        self.screen.line(line)
    }

    /// A line's time and mark: ten columns.
    fn at(&self, mark: &str, ink: Ink) -> Line {
        let seconds = self.began.elapsed().as_secs();
        let time = format!("{}:{:02}", seconds / 60, seconds % 60);
        Line::new().put(Ink::Dim, format!("{time:>6}  ")).put(ink, format!("{mark} "))
    }

    fn say(&mut self, ink: Ink, text: impl Into<String>) -> io::Result<()> {
        self.screen.line(Line::new().put(ink, text))
    }

    fn blank(&mut self) -> io::Result<()> {
        self.screen.line(Line::new())
    }
}

fn answered(line: Line, seen: Seen, by: &str, answer: &str) -> Line {
    let ink = ACCOUNTS.iter().position(|it| *it == by).map_or(Ink::Plain, Ink::Account);
    line.put(Ink::Dim, "‹ ")
        .put(ink, format!("{by:<6}"))
        .put(Ink::Plain, format!("{answer:<15}"))
        .put(Ink::Dim, format!("{:>8}", short(seen.after)))
}

/// Which accounts get work, with their names if there is room.
fn lights(available: [bool; 3], is_wide: bool) -> Line {
    let mut line = Line::new().put(Ink::Plain, if is_wide { " " } else { "" });
    for (index, (name, is_up)) in ACCOUNTS.iter().zip(available).enumerate() {
        let (ink, light) = if is_up { (Ink::Good, "●") } else { (Ink::Bad, "○") };
        line = match is_wide {
            true => line.put(ink, format!(" {light} ")).put(Ink::Account(index), *name),
            false => line.put(ink, light),
        };
    }
    line
}

/// The counts for a narrow terminal.
fn put_few_counts(line: Line, counts: Counts) -> Line {
    let Counts { asked, answered, waiting, twice, lost } = counts;
    let ink = |count: usize| if count == 0 { Ink::Good } else { Ink::Bad };
    let line = line.put(Ink::Plain, format!(" {answered}/{asked} +{waiting} "));
    line.put(ink(twice), format!("twice {twice}")).put(ink(lost), format!(" LOST {lost}"))
}

fn put_counts(line: Line, counts: Counts) -> Line {
    let Counts { asked, answered, waiting, twice, lost } = counts;
    let ink = |count: usize| if count == 0 { Ink::Good } else { Ink::Bad };
    line.put(Ink::Plain, format!("asked {asked}  answered {answered}  waiting {waiting}  "))
        .put(ink(twice), format!("twice {twice}"))
        .put(ink(lost), format!("  LOST {lost}"))
}

/// A time in few characters.
fn short(time: Duration) -> String {
    match time.as_millis() {
        0 => "< 1 ms".to_owned(),
        ms if ms < 1_000 => format!("{ms} ms"),
        ms => format!("{:.1} s", ms as f64 / 1_000.0),
    }
}

fn cut(text: &str, width: usize) -> String {
    let text = text.lines().next().unwrap_or_default();
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
