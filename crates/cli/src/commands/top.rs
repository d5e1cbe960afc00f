//! `ha-wechaty top`: the team as it is at each moment, on a screen of its own.

use std::{
    io::{self, IsTerminal as _, Read as _, Write as _},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Args;
use ha_wechaty_team::view::Status;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::sleep,
};

use super::{
    complain,
    door::{Door, Plan},
    hand::NOBODY,
    runtime, terminal,
};
use crate::text::{self, TopView};

/// How often the gateway is asked.
const OFTEN: Duration = Duration::from_secs(1);

/// What a terminal has that does not say.
const SIZE: (usize, usize) = (80, 24);

/// To a screen of its own, without a cursor, where lines are cut; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// Shows how a running gateway stands.
#[derive(Debug, Args)]
pub(super) struct Top {
    #[command(flatten)]
    door: Door,
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Quit,
    Before,
    Next,
    Open,
    Close,
}

/// A screen that is ours until this is gone.
struct Screen {
    was: Termios,
}

impl Screen {
    fn enter() -> io::Result<Self> {
        let was = tcgetattr(io::stdin())?;
        let mut raw = was.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        // From here on it is left again, whatever fails.
        let screen = Self { was };
        write(ENTER)?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // There is nobody left to be told that this failed.
        let _ = write(LEAVE);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.was);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

impl Top {
    pub(super) fn run(&self) -> ExitCode {
        let done = self.watch();
        let Err(why) = done else { return ExitCode::SUCCESS };
        complain(&format_args!("ha-wechaty top: {why}"));
        ExitCode::from(NOBODY)
    }

    fn watch(&self) -> Result<(), String> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(String::from("it needs a terminal; ha-wechaty status says the same once"));
        }
        let plan = self.door.plan()?;
        let fails = |error: io::Error| {
            format!("the terminal can't be used ({error}); ha-wechaty status says the same once")
        };
        let runtime = runtime().map_err(fails)?;
        let screen = Screen::enter().map_err(fails)?;
        let shown = runtime.block_on(show(plan));
        drop(screen);
        // A question may be under way.
        runtime.shutdown_background();
        shown.map_err(fails)
    }
}

/// What is known, and what is chosen.
#[derive(Default)]
struct Seen {
    status: Option<Status>,
    lost: Option<(String, Instant)>,
    chosen: usize,
    is_open: bool,
}

impl Seen {
    fn hears(&mut self, answer: Result<Status, String>) {
        match answer {
            Ok(status) => (self.status, self.lost) = (Some(status), None),
            Err(why) => {
                let since = self.lost.as_ref().map_or_else(Instant::now, |(_, since)| *since);
                self.lost = Some((why, since));
            }
        }
    }

    /// Whether it goes on.
    fn does(&mut self, key: Key) -> bool {
        let last = self.status.as_ref().map_or(0, |it| it.accounts.len().saturating_sub(1));
        match key {
            Key::Quit => return false,
            Key::Before => self.chosen = self.chosen.min(last).saturating_sub(1),
            Key::Next => self.chosen = (self.chosen + 1).min(last),
            Key::Open => self.is_open = true,
            Key::Close => self.is_open = false,
        }
        true
    }

    fn draw(&self, colour: bool) -> io::Result<()> {
        let (columns, rows) = terminal::size(io::stdout()).unwrap_or(SIZE);
        let lost = self.lost.as_ref().map(|(why, since)| (why.as_str(), since.elapsed().as_secs_f64()));
        let view = TopView { status: self.status.as_ref(), lost, chosen: self.chosen, is_open: self.is_open };
        let lines: Vec<String> = text::top(&view, columns, rows).iter().map(|it| it.render(colour)).collect();
        // Over what was there: so nothing flickers.
        write(&format!("\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n")))
    }
}

/// Until somebody has seen enough.
async fn show(plan: Plan) -> io::Result<()> {
    let colour = std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let (tell, mut told) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut is_known = false;
        loop {
            let answer = look(&plan, is_known).await;
            is_known = answer.is_ok();
            if tell.send(answer).await.is_err() {
                return;
            }
            sleep(OFTEN).await;
        }
    });
    let mut keys = keys();
    let mut resized = signal(SignalKind::window_change())?;
    let mut ends = signal(SignalKind::terminate())?;
    let mut seen = Seen::default();
    loop {
        seen.draw(colour)?;
        tokio::select! {
            Some(answer) = told.recv() => seen.hears(answer),
            key = keys.recv() => match key {
                Some(key) if seen.does(key) => {}
                _ => return Ok(()),
            },
            _ = resized.recv() => {}
            _ = ends.recv() => return Ok(()),
            // How long nobody answers goes on by itself.
            () = sleep(OFTEN), if seen.lost.is_some() => {}
        }
    }
}

/// How the team stands; whose gateway it is, is asked where that is not known.
async fn look(plan: &Plan, is_known: bool) -> Result<Status, String> {
    if !is_known {
        plan.is_meant().await?;
    }
    plan.read(&plan.good("/status", plan.get("/status").await?)?)
}

/// What is typed; it ends with the input.
fn keys() -> mpsc::Receiver<Key> {
    let (tell, told) = mpsc::channel(16);
    // It waits for somebody to type, and ends with the process.
    std::thread::spawn(move || {
        let mut typed = [0; 64];
        loop {
            match io::stdin().lock().read(&mut typed) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    for key in read(&typed[..count]) {
                        if tell.blocking_send(key).is_err() {
                            return;
                        }
                    }
                }
            }
        }
    });
    told
}

/// The keys that were typed.
fn read(typed: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = typed;
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        let key = match (first, more) {
            (0x1b, [b'[' | b'O', arrow, after @ ..]) => {
                rest = after;
                match arrow {
                    b'A' => Some(Key::Before),
                    b'B' => Some(Key::Next),
                    b'C' => Some(Key::Open),
                    b'D' => Some(Key::Close),
                    _ => None,
                }
            }
            (b'q' | b'Q' | 0x03 | 0x04, _) => Some(Key::Quit),
            (b'k', _) => Some(Key::Before),
            (b'j' | b'\t', _) => Some(Key::Next),
            (b'\r' | b'\n' | b' ' | b'l', _) => Some(Key::Open),
            (0x1b | 0x7f | b'h', _) => Some(Key::Close),
            _ => None,
        };
        keys.extend(key);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_arrows_are_read_however_many_come_at_once() {
        use Key::{Before, Close, Next, Open, Quit};
        assert_eq!(read(b"\x1b[B\x1bOBjk\x1b[A"), [Next, Next, Next, Before, Before]);
        assert_eq!(read(b"\r \x1b[C"), [Open, Open, Open]);
        assert_eq!(read(b"\x1b"), [Close]);
        assert_eq!(read(b"x\x1b[5~q\x03"), [Quit, Quit]);
    }

    #[test]
    fn what_is_chosen_stays_among_the_accounts() {
        let mut seen = Seen { status: Some(text::tests::of_all_sorts()), ..Seen::default() };
        for _ in 0..9 {
            assert!(seen.does(Key::Next));
        }
        assert_eq!(seen.chosen, 3);
        assert!(seen.does(Key::Before) && seen.does(Key::Open) && seen.is_open);
        seen.hears(Err(String::from("gone")));
        assert!(seen.status.is_some() && seen.lost.is_some(), "what was known stays");
        assert!(!seen.does(Key::Quit));
    }
}
