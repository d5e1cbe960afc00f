//! How far an installation is, as a bar on a terminal. Elsewhere the log tells when one begins and ends.

use std::{
    io::{self, IsTerminal as _, Stderr, Write},
    time::Duration,
};

use super::terminal;
use ha_wechaty_gateway::Gateway;
use ha_wechaty_host::Progress;

/// How often it is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// How many characters it is long.
const LENGTH: usize = 30;
/// To the line's begin, and all of it away.
const CLEAR: &str = "\r\x1b[2K";

/// Draws what is installed as long as it is waited for; draws nothing if stderr is no terminal.
pub(super) async fn draw(gateway: &Gateway) {
    if !io::stderr().is_terminal() {
        return std::future::pending().await;
    }
    let mut is_drawn = false;
    loop {
        let columns = terminal::columns(io::stderr());
        let line = gateway.installing().as_ref().and_then(line).map(|line| terminal::cut(&line, columns));
        if line.is_some() || is_drawn {
            is_drawn = line.is_some();
            // Nobody can be told that stderr is broken.
            let _ = write!(io::stderr(), "{CLEAR}{}", line.unwrap_or_default());
        }
        tokio::time::sleep(DRAW_EVERY).await;
    }
}

/// Says what is waited for, over what was said before; nothing takes it away. Nothing if stderr is no terminal.
pub(super) fn say(text: &str) {
    if io::stderr().is_terminal() {
        let line = terminal::cut(text, terminal::columns(io::stderr()));
        // Nobody can be told that stderr is broken.
        let _ = write!(io::stderr(), "{CLEAR}{line}");
    }
}

/// Draws how far an installation is, over what was drawn before. Nothing if stderr is no terminal.
pub(super) fn show(progress: &Progress) {
    if let Some(line) = line(progress) {
        say(&line);
    }
}

/// Takes away what was drawn.
pub(super) fn clear() {
    say("");
}

fn line(progress: &Progress) -> Option<String> {
    let (what, done, total) = match progress {
        Progress::Waiting => return None,
        Progress::Choosing { what } => (what, 0, 0),
        Progress::Fetching { what, done, total } => (what, *done, *total),
    };
    let full = (done * LENGTH).checked_div(total).unwrap_or(0).min(LENGTH);
    let bar = "█".repeat(full) + &"░".repeat(LENGTH - full);
    let count =
        if total == 0 { "choosing versions".to_owned() } else { format!("{done} of {total} packages") };
    Some(format!("installing {what} {bar} {count}"))
}

/// Where the log goes: a line of it takes the place of a bar, which is drawn again below.
pub(super) struct LogLine(Stderr);

impl LogLine {
    /// The way onto a terminal.
    pub(super) fn new() -> Self {
        Self(io::stderr())
    }
}

impl Write for LogLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut stderr = self.0.lock();
        stderr.write_all(CLEAR.as_bytes())?;
        stderr.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fits_into_a_narrow_terminal() {
        let what = "wechaty-puppet-mock 1.19.4".to_owned();
        let bar = line(&Progress::Choosing { what }).expect("a line");
        assert_eq!(terminal::cut(&bar, Some(40)).chars().count(), 39);
        assert_eq!(terminal::cut(&bar, None), bar);
    }

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        let what = "wechaty-puppet-mock 1.19.4".to_owned();
        let at = |done| line(&Progress::Fetching { what: what.clone(), done, total: 222 }).expect("a line");
        let full = |done| at(done).matches('█').count();
        assert_eq!([0, 111, 222, 300].map(full), [0, 15, 30, 30]);
        assert!(at(111).starts_with("installing wechaty-puppet-mock 1.19.4 █"), "{}", at(111));
        assert!(at(111).ends_with("░ 111 of 222 packages"), "{}", at(111));
        assert!(line(&Progress::Choosing { what }).is_some_and(|line| line.ends_with("░ choosing versions")));
        assert_eq!(line(&Progress::Waiting), None);
    }
}
