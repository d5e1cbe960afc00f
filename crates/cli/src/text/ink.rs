//! Lines in pieces, each with its colour.

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
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
pub(crate) struct Line(pub(crate) Vec<(Ink, String)>);

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a piece.
    pub(crate) fn put(mut self, ink: Ink, text: impl Into<String>) -> Self {
        self.0.push((ink, text.into()));
        self
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.chars().count()).sum()
    }

    /// As much of it as fits into so many columns.
    pub(crate) fn cut(&self, columns: usize) -> Self {
        let mut room = columns;
        let pieces = self.0.iter().map(|(ink, text)| {
            let text: String = text.chars().take(room).collect();
            room -= text.chars().count();
            (*ink, text)
        });
        Self(pieces.collect())
    }

    pub(crate) fn render(&self, colour: bool) -> String {
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
