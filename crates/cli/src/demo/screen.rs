//! Where the story goes: a terminal with colours and a line that stays at the bottom, or plain text.
#![allow(clippy::print_stdout, reason = "the demo is for people at a terminal; nothing else here prints")]

use std::io::{self, IsTerminal as _, Write as _};

use crate::commands::terminal;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Dim,
    Bold,
    Good,
    Bad,
    Warn,
    /// The colour of an account, by its place in the team.
    Account(usize),
}

/// A line in pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(pub(super) Vec<(Ink, String)>);

impl Line {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a piece.
    pub(super) fn put(mut self, ink: Ink, text: impl Into<String>) -> Self {
        self.0.push((ink, text.into()));
        self
    }

    /// How many columns it takes.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.chars().count()).sum()
    }

    /// As much of it as fits into so many columns.
    fn cut(&self, columns: usize) -> Self {
        let mut room = columns;
        let pieces = self.0.iter().map(|(ink, text)| {
            let text: String = text.chars().take(room).collect();
            room -= text.chars().count();
            (*ink, text)
        });
        Self(pieces.collect())
    }

    fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for (ink, text) in &self.0 {
            match sgr(*ink).filter(|_| colour) {
                Some(code) => out.extend(["\x1b[", code, "m", text, "\x1b[0m"]),
                None => out.push_str(text),
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

fn sgr(ink: Ink) -> Option<&'static str> {
    match ink {
        Ink::Plain => None,
        Ink::Dim => Some("2"),
        Ink::Bold => Some("1"),
        Ink::Good => Some("32"),
        Ink::Bad => Some("1;31"),
        Ink::Warn => Some("33"),
        Ink::Account(0) => Some("36"),
        Ink::Account(1) => Some("35"),
        Ink::Account(_) => Some("94"),
    }
}

/// How many lines a picture has, at most.
const PICTURE: usize = 60;

/// The standard output.
#[derive(Debug)]
pub(super) struct Screen {
    colour: bool,
    /// Whether a line can stay at the bottom.
    live: bool,
    status: Option<Line>,
    /// What was shown, for a picture.
    kept: Option<Vec<Line>>,
}

impl Screen {
    /// Colours on a terminal, unless `NO_COLOR` is set; `keep` remembers the first lines for a picture.
    pub(super) fn of_stdout(keep: bool) -> Self {
        let said = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        let live = io::stdout().is_terminal() && said("TERM").is_none_or(|it| it != "dumb");
        let colour = live && said("NO_COLOR").is_none();
        Self { colour, live, status: None, kept: keep.then(Vec::new) }
    }

    /// Whether the status line is seen; else it must be told in a line now and then.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// How wide the line at the bottom may be: one that went on to the next row would be left behind there.
    pub(super) fn room(&self) -> usize {
        terminal::columns(io::stdout()).map_or(usize::MAX, |columns| columns.saturating_sub(1))
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: Line) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let (clear, status) = match &self.status {
            Some(status) if self.live => ("\r\x1b[2K", status.cut(self.room()).render(self.colour)),
            _ => ("", String::new()),
        };
        write!(out, "{clear}{}\n{status}", line.render(self.colour))?;
        out.flush()?;
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.len() < PICTURE) {
            kept.push(line);
        }
        Ok(())
    }

    /// Changes the line at the bottom.
    pub(super) fn set_status(&mut self, status: Line) -> io::Result<()> {
        if self.live {
            let mut out = io::stdout().lock();
            write!(out, "\r\x1b[2K{}", status.cut(self.room()).render(self.colour))?;
            out.flush()?;
        }
        self.status = Some(status);
        Ok(())
    }

    /// Takes the line at the bottom away.
    pub(super) fn end_status(&mut self) -> io::Result<()> {
        if self.status.take().is_some() && self.live {
            let mut out = io::stdout().lock();
            write!(out, "\r\x1b[2K")?;
            out.flush()?;
        }
        Ok(())
    }

    /// What was shown, if it was to be kept.
    pub(super) fn kept(&self) -> &[Line] {
        self.kept.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_to_its_room_whatever_its_pieces() {
        let line = Line::new().put(Ink::Good, " ● ").put(Ink::Bad, "north");
        assert_eq!((line.width(), line.cut(5).render(false)), (8, " ● no".to_owned()));
        assert_eq!([0, 8, 80].map(|room| line.cut(room).width()), [0, 8, 8]);
    }

    #[test]
    fn without_colours_a_line_is_its_text_alone() {
        let line = Line::new().put(Ink::Bad, "west").put(Ink::Plain, " is killed   ");
        assert_eq!(line.render(false), "west is killed");
        assert_eq!(line.render(true), "\u{1b}[1;31mwest\u{1b}[0m is killed");
    }
}
