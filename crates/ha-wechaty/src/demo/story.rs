//! What happens, in plain words; every line fits into 79 columns.

use std::{io, time::Duration};

use tokio::time::Instant;

use super::{
    mishaps::{Manner, Mishap},
    screen::{Ink, Kept, Line, Screen},
    stage::{ACCOUNTS, SELF, Stage},
    tally::{Counts, Question, Seen, Tally},
};

/// The widest line.
const WIDTH: usize = 79;

/// The narrator.
#[derive(Debug)]
pub(super) struct Story {
    screen: Screen,
    began: Instant,
    status: String,
}

/// Why a question is not answered at once.
pub(super) enum Wait {
    /// Its account is away.
    Away(usize),
    /// The bot waits until it is known what became of this account.
    Unknown(usize),
    /// Nobody knows.
    Other,
}

impl Story {
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, began: Instant::now(), status: String::new() }
    }

    pub(super) fn heading(&mut self, stage: &Stage, every: Duration) -> io::Result<()> {
        let [north, south, west] = ACCOUNTS;
        self.blank()?;
        self.say(Ink::Bold, "  HAWechaty: three WeChat accounts, one bot")?;
        self.blank()?;
        for text in [
            format!("  {north}, {south} and {west} are simulated WeChat accounts, each behind a puppet"),
            format!("  service of its own. The gateway makes one of them: \"{SELF}\". People ask"),
            "  \"ding\", a bot answers \"dong\". Then accounts fail, one every".to_owned()
                + &format!(" {}, and the", humantime::format_duration(every)),
            "  others do their work. Watch the last line: nothing may be lost, or said twice.".to_owned(),
        ] {
            self.say(Ink::Plain, text)?;
        }
        self.blank()?;
        self.invitation(stage)?;
        self.blank()?;
        self.began = Instant::now();
        Ok(())
    }

    /// How a visitor's own bot joins.
    fn invitation(&mut self, stage: &Stage) -> io::Result<()> {
        if let Some(taken) = stage.taken {
            self.say(Ink::Warn, format!("  Port {} is taken by another program; this is another:", taken.port()))?;
        }
        let address = stage.gateway.local_addr();
        let how = match stage.is_plaintext() {
            false => "Your own bot can join, in TypeScript and others by TLS:",
            true => "Your own bot can join, without TLS (only TypeScript needs the last line):",
        };
        self.say(Ink::Plain, format!("  {how}"))?;
        for (name, value) in stage.variables() {
            self.screen.line(Line::new().put(Ink::Good, format!("    export {name}={value}")))?;
        }
        let stop = "Ctrl-C ends it and sums it up.";
        let python = if stage.is_plaintext() { "" } else { "Python knows no TLS: add --plaintext. " };
        self.say(Ink::Dim, format!("  Gateway at {address}. {python}{stop}"))
    }

    /// A question and its answer, at once.
    pub(super) fn exchange(&mut self, question: &Question, seen: Seen, by: &str, answer: &str) -> io::Result<()> {
        let line = self.question_line(question);
        self.screen.line(answered(line, seen, by, answer))
    }

    /// A question that waits.
    pub(super) fn waits(&mut self, question: &Question, why: Wait) -> io::Result<()> {
        let why = match why {
            Wait::Away(account) => format!("… waits until {} is back", ACCOUNTS[account]),
            Wait::Unknown(account) => format!("… waits: is {} there?", ACCOUNTS[account]),
            Wait::Other => "… waits".to_owned(),
        };
        let line = self.question_line(question).put(Ink::Warn, why);
        self.screen.line(line)
    }

    /// The answer to a question that had to wait.
    pub(super) fn late(&mut self, question: &Question, seen: Seen, by: &str, answer: &str) -> io::Result<()> {
        let line = self.at(" ", Ink::Plain);
        let line = line.put(Ink::Dim, format!("{:<37}", format!("{} asked {}", question.who, question.text)));
        self.screen.line(answered(line, seen, by, answer))
    }

    /// The same answer once more.
    pub(super) fn again(&mut self, question: &Question, by: &str) -> io::Result<()> {
        let text = format!("{by} answers {} again: said TWICE", question.text);
        self.event("✖", Ink::Bad, Line::new().put(Ink::Bad, text))
    }

    pub(super) fn lost(&mut self, question: &Question) -> io::Result<()> {
        let text = format!("LOST: {} got no answer to {}", question.who, question.text);
        self.event("✖", Ink::Bad, Line::new().put(Ink::Bad, text))
    }

    /// People talk among themselves, or a visitor's bot says something.
    pub(super) fn talk(&mut self, who: &str, place: &str, text: &str) -> io::Result<()> {
        let room = WIDTH - 27;
        let line = self.at(" ", Ink::Plain).put(Ink::Dim, format!("{who:<6} {place:<10} {}", cut(text, room)));
        self.screen.line(line)
    }

    /// An account fails.
    pub(super) fn struck(&mut self, mishap: &Mishap) -> io::Result<()> {
        let text = match mishap.manner {
            Manner::Killed => "is killed: its process is gone, its port refuses",
            Manner::Scan => "is logged out: WeChat wants its QR code scanned again",
            Manner::Frozen => "freezes: its connections stay open, but nobody reads them",
            Manner::Deaf => "goes deaf: it looks well, but WeChat tells it nothing more",
            Manner::LoggedOut => "is logged out: somebody logged in on another device",
            Manner::Throttled => "talks too much, says WeChat: it may listen, but not speak",
        };
        self.account_event("✖", Ink::Bad, mishap.account, Ink::Bad, text)
    }

    /// The gateway has found out, and who is left.
    pub(super) fn noticed(&mut self, mishap: &Mishap, left: &[&str]) -> io::Result<()> {
        let after = mishap.noticed.map(|at| at - mishap.at).unwrap_or_default();
        let left = left.join(" and ");
        let text = match mishap.manner {
            Manner::Throttled => format!("told by WeChat, after {}: {left} speak for it", short(after)),
            Manner::Deaf => format!("silent for {}: is it deaf? {left} take over", short(after)),
            _ => format!("gateway knows after {}: {left} take over", short(after)),
        };
        self.account_event("→", Ink::Warn, mishap.account, Ink::Plain, &text)
    }

    /// The gateway resets a puppet.
    pub(super) fn reset(&mut self, account: usize) -> io::Result<()> {
        let text = "does not even hear its own test message: the gateway resets it";
        self.account_event("↻", Ink::Warn, account, Ink::Plain, text)
    }

    /// Something else is up with an account.
    pub(super) fn unplanned(&mut self, account: usize, text: &str) -> io::Result<()> {
        self.account_event("!", Ink::Warn, account, Ink::Plain, text)
    }

    /// What was wrong is mended.
    pub(super) fn mended(&mut self, mishap: &Mishap) -> io::Result<()> {
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
    pub(super) fn back(&mut self, mishap: &Mishap, waiting: usize) -> io::Result<()> {
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
    pub(super) fn trouble(&mut self, text: &str) -> io::Result<()> {
        let text = format!("the bot is told: {text}");
        self.event("!", Ink::Warn, Line::new().put(Ink::Warn, cut(&text, WIDTH - 10)))
    }

    /// Nobody asks any more.
    pub(super) fn closing(&mut self, counts: Counts) -> io::Result<()> {
        let waiting = match counts.waiting {
            0 => String::new(),
            open => format!("; still waiting for {open} answers"),
        };
        self.event(" ", Ink::Plain, Line::new().put(Ink::Bold, format!("No more questions{waiting}.")))
    }

    /// The counts, at the bottom of the screen.
    pub(super) fn status(&mut self, counts: Counts, available: [bool; 3]) -> io::Result<()> {
        let key = format!("{counts:?}{available:?}");
        if key == self.status {
            return Ok(());
        }
        self.status = key;
        let mut line = Line::new().put(Ink::Plain, " ");
        for (index, (name, is_up)) in ACCOUNTS.iter().zip(available).enumerate() {
            let (ink, light) = if is_up { (Ink::Good, "●") } else { (Ink::Bad, "○") };
            line = line.put(ink, format!(" {light} ")).put(Ink::Account(index), *name);
        }
        let line = put_counts(line.put(Ink::Plain, "   "), counts);
        self.screen.set_status(line)
    }

    /// The counts, in a line, for those who see no status line.
    pub(super) fn interim(&mut self, counts: Counts) -> io::Result<()> {
        if self.screen.is_live() {
            return Ok(());
        }
        let line = put_counts(self.at("=", Ink::Plain), counts);
        self.screen.line(line)
    }

    /// The whole of it.
    pub(super) fn summary(&mut self, tally: &Tally, failures: &[Manner]) -> io::Result<()> {
        self.screen.end_status()?;
        let counts = tally.counts();
        self.blank()?;
        let lasted = Duration::from_secs(self.began.elapsed().as_secs());
        self.say(Ink::Bold, format!("  Summary of {}", humantime::format_duration(lasted)))?;
        let by: Vec<_> = ACCOUNTS.iter().map(|it| format!("{it} {}", tally.answered_by(it))).collect();
        self.row("questions asked", counts.asked, Ink::Plain, "")?;
        self.row("answers seen", counts.answered, Ink::Plain, &format!("by {}", by.join(", ")))?;
        self.row("failures", failures.len(), Ink::Plain, &kinds(failures))?;
        for (waited, what) in [(false, "longest wait"), (true, "… for one away")] {
            if let Some((question, wait)) = tally.longest(waited) {
                let note = format!("{}, {}: {}", question.who, question.place, question.text);
                self.row(what, short(wait), Ink::Plain, &note)?;
            }
        }
        let ink = |count: usize| if count == 0 { Ink::Good } else { Ink::Bad };
        self.row("answered twice", counts.twice, ink(counts.twice), "")?;
        let seconds = super::tally::DEADLINE.as_secs();
        self.row("LOST", counts.lost, ink(counts.lost), &format!("no answer seen within {seconds} s"))?;
        self.blank()
    }

    pub(super) fn kept(&self) -> Option<&Kept> {
        self.screen.kept()
    }

    fn row(&mut self, what: &str, value: impl ToString, ink: Ink, note: &str) -> io::Result<()> {
        let line = Line::new().put(Ink::Plain, format!("    {what:<16}"));
        let line = line.put(ink, format!("{:>8}", value.to_string()));
        self.screen.line(line.put(Ink::Dim, format!("   {}", cut(note, WIDTH - 31))))
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

fn put_counts(line: Line, counts: Counts) -> Line {
    let Counts { asked, answered, waiting, twice, lost } = counts;
    let ink = |count: usize| if count == 0 { Ink::Good } else { Ink::Bad };
    line.put(Ink::Plain, format!("asked {asked}  answered {answered}  waiting {waiting}  "))
        .put(ink(twice), format!("twice {twice}"))
        .put(ink(lost), format!("  LOST {lost}"))
}

fn kinds(failures: &[Manner]) -> String {
    let count = |manner: &Manner| failures.iter().filter(|it| *it == manner).count();
    let name = |manner: &Manner| match manner {
        Manner::Killed => "killed",
        Manner::Scan => "scan asked",
        Manner::Frozen => "frozen",
        Manner::Deaf => "deaf",
        Manner::LoggedOut => "logged out",
        Manner::Throttled => "throttled",
    };
    let kinds: Vec<_> = Manner::ALL
        .iter()
        .filter(|it| count(it) > 0)
        .map(|it| match count(it) {
            1 => name(it).to_owned(),
            many => format!("{many}× {}", name(it)),
        })
        .collect();
    kinds.join(", ")
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
