//! Where the story goes: a terminal with colours and a line that stays at the bottom, or plain text.

use std::{
    collections::VecDeque,
    io::{self, IsTerminal as _, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{commands::terminal, text::Line};

/// How many lines a picture has, at most.
const PICTURE: usize = 60;

/// How many lines a page shows, at most.
const PAGE: usize = 80;

/// The last lines, for whoever shows them elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Told(Arc<Mutex<VecDeque<Line>>>);

impl Told {
    /// Oldest first.
    pub(super) fn last(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn add(&self, line: Line) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= PAGE {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// What was told so far is shown nowhere else.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Where lines go, and how they look there.
pub(super) struct Screen {
    out: Box<dyn io::Write + Send>,
    /// How many columns it has now, if it says so.
    columns: fn() -> Option<usize>,
    colour: bool,
    /// Whether a line can stay at the bottom.
    live: bool,
    status: Option<Line>,
    /// What was shown, for a picture.
    kept: Option<Vec<Line>>,
    told: Told,
}

impl Screen {
    /// The standard output: colours on a terminal, unless `NO_COLOR` is set; `keep` remembers the first lines for a picture.
    pub(super) fn of_stdout(keep: bool) -> Self {
        let said = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        let live = io::stdout().is_terminal() && said("TERM").is_none_or(|it| it != "dumb");
        let colour = live && said("NO_COLOR").is_none();
        let columns = || terminal::columns(io::stdout());
        Self {
            out: Box::new(io::stdout()),
            columns,
            colour,
            live,
            status: None,
            kept: keep.then(Vec::new),
            told: Told::default(),
        }
    }

    /// Anywhere else.
    #[cfg(test)]
    pub(super) fn of(
        out: impl io::Write + Send + 'static,
        columns: fn() -> Option<usize>,
        colour: bool,
    ) -> Self {
        Self {
            out: Box::new(out),
            columns,
            colour,
            live: true,
            status: None,
            kept: None,
            told: Told::default(),
        }
    }

    /// Whether the status line is seen; else it must be told in a line now and then.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// How wide the line at the bottom may be: one that went on to the next row would be left behind there.
    pub(super) fn room(&self) -> usize {
        (self.columns)().map_or(usize::MAX, |columns| columns.saturating_sub(1))
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: Line) -> io::Result<()> {
        let (clear, status) = match &self.status {
            Some(status) if self.live => ("\r\x1b[2K", status.cut(self.room()).render(self.colour)),
            _ => ("", String::new()),
        };
        write!(self.out, "{clear}{}\n{status}", line.render(self.colour))?;
        self.out.flush()?;
        self.told.add(line.clone());
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.len() < PICTURE) {
            kept.push(line);
        }
        Ok(())
    }

    /// Changes the line at the bottom.
    pub(super) fn set_status(&mut self, status: Line) -> io::Result<()> {
        if self.live {
            write!(self.out, "\r\x1b[2K{}", status.cut(self.room()).render(self.colour))?;
            self.out.flush()?;
        }
        self.status = Some(status);
        Ok(())
    }

    /// Takes the line at the bottom away.
    pub(super) fn end_status(&mut self) -> io::Result<()> {
        if self.status.take().is_some() && self.live {
            write!(self.out, "\r\x1b[2K")?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// What a page is to show.
    pub(super) fn told(&self) -> Told {
        self.told.clone()
    }

    /// What was shown, if it was to be kept.
    pub(super) fn kept(&self) -> &[Line] {
        self.kept.as_deref().unwrap_or_default()
    }
}
